import type * as pulumi from "@pulumi/pulumi";
import { output } from "@pulumi/pulumi/output.js";
import { ComponentResource } from "@pulumi/pulumi/resource.js";
import type { EndpointFacts } from "../../measure/endpoint.ts";
import { UnderlayError } from "../../measure/error.ts";
import { costOfRequest } from "../../measure/function-cost.ts";
import { monthly, noPrice, type ServicePrice } from "../../measure/service-price.ts";
import type { Endpoint } from "../host.ts";
import { LambdaEndpoint } from "./lambda-endpoint.ts";
import type { FunctionImage, LambdaEndpointArgs } from "./lambda-endpoint-args.ts";

/** Arguments of a {@link LambdaModelService}. */
export interface LambdaModelServiceArgs extends Omit<LambdaEndpointArgs, "package" | "packageInBucket" | "image"> {
  /** The service as a function's image, in a registry of the account. */
  readonly image: pulumi.Input<FunctionImage>;
  /** Time that a warm request is charged for, on average, in seconds, as it was measured. @default not measured */
  readonly measuredSec?: number;
}

/** A model's service as a function of AWS Lambda behind an HTTP API, with what it costs. */
export class LambdaModelService extends ComponentResource implements Endpoint {
  static readonly type = "underlay:aws:LambdaModelService";
  readonly environment = "serverless";
  readonly url: pulumi.Output<string>;
  readonly facts: pulumi.Output<EndpointFacts>;
  readonly control = undefined;
  /** Digest of the image that it runs. */
  readonly imageDigest: pulumi.Output<string>;
  /** What it costs for an hour before anybody asks: instances that are kept warm; null with a reason. */
  readonly pricePerHour: pulumi.Output<ServicePrice>;
  /** What a thousand warm predictions cost, through the HTTP API; null with a reason. */
  readonly pricePerThousand: pulumi.Output<ServicePrice>;

  constructor(name: string, args: LambdaModelServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super(LambdaModelService.type, name, {}, opts);
    const { image, measuredSec: _measured, ...rest } = args;
    const endpoint = new LambdaEndpoint(name, { ...rest, image }, { parent: this });
    this.url = endpoint.url;
    this.facts = endpoint.facts;
    this.imageDigest = output(image).apply(({ sha256 }) => `sha256:${sha256}`);
    this.pricePerHour = endpoint.keepWarmPerMonth.apply((month) => idlePrice(args, month));
    this.pricePerThousand = this.facts.apply((facts) => requestPrice(args, facts));
    const { url, facts, imageDigest, pricePerHour, pricePerThousand } = this;
    this.registerOutputs({ url, facts, imageDigest, pricePerHour, pricePerThousand });
  }
}

function idlePrice({ prices, keepWarm }: LambdaModelServiceArgs, perMonth: number | null): ServicePrice {
  if (prices === undefined) return noPrice("nobody said what the service charges: give prices");
  const { currency, asOf, name } = prices;
  if (keepWarm === undefined) return { value: 0, currency, asOf, reason: null };
  return perMonth === null
    ? noPrice(`${name} has no price for instances that are kept warm`)
    : monthly(perMonth, currency, asOf);
}

function requestPrice({ prices, measuredSec }: LambdaModelServiceArgs, facts: EndpointFacts): ServicePrice {
  if (prices === undefined) return noPrice("nobody said what the service charges: give prices");
  if (measuredSec === undefined) return noPrice("nobody measured what a request is charged for: give measuredSec");
  const { currency, asOf } = prices;
  try {
    return { value: costOfRequest(prices, facts, measuredSec, true).total * 1000, currency, asOf, reason: null };
  } catch (thrown) {
    if (thrown instanceof UnderlayError && thrown.code === "price-unknown") return noPrice(thrown.message);
    throw thrown;
  }
}
