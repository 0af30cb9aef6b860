import * as pulumi from "@pulumi/pulumi/output.js";
import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi/resource.js";
import type { EndpointControl, EndpointFacts } from "../../measure/endpoint.ts";
import type { EnvironmentName } from "../../measure/facts.ts";
import type { ServiceImageFacts } from "../../measure/model-service.ts";
import {
  ServiceContainer,
  type ServiceContainerArgs,
  ServiceImage,
  type ServiceImageArgs,
} from "../../provider/model-service/resources.ts";
import type { Run } from "../../provider/resources.ts";
import type { Endpoint } from "../host.ts";

/** A price, or why there is none. */
export interface KnownPrice {
  /** Null where nothing is known. */
  readonly value: number | null;
  /** Null where there is a value. */
  readonly reason: string | null;
}

/** Arguments of a {@link ModelService}. */
export interface ModelServiceArgs extends ServiceImageArgs, Omit<ServiceContainerArgs, "runId" | "service"> {
  /** The run that the service belongs to. */
  readonly run: Run;
}

/** Why a service of the machine at hand has no price. */
const noPrice: KnownPrice = {
  value: null,
  reason: "Nobody has said what this machine costs: a private price book says it.",
};

/** A model's source, served in a container of the machine at hand. */
export class ModelService extends ComponentResource implements Endpoint {
  static readonly type = "underlay:local:ModelService";
  readonly environment: EnvironmentName = "container-on-bare-metal";
  readonly url: pulumi.Output<string>;
  readonly facts: pulumi.Output<EndpointFacts>;
  readonly control: pulumi.Output<EndpointControl> | undefined = undefined;
  /** What was built of the source. */
  readonly image: pulumi.Output<ServiceImageFacts>;
  /** Digest of the image's manifest. */
  readonly imageDigest: pulumi.Output<string>;
  /** Price of an hour. */
  readonly pricePerHour: pulumi.Output<KnownPrice>;
  /** Price of 1,000 predictions. */
  readonly pricePerThousand: pulumi.Output<KnownPrice>;

  constructor(name: string, args: ModelServiceArgs, opts?: ComponentResourceOptions) {
    super(ModelService.type, name, {}, opts);
    const { run, port, cpus, memoryMiB, workers, threads, ...source } = args;
    const { image } = new ServiceImage(
      `${name}-image`,
      { ...source, service: source.service ?? name },
      { parent: this },
    );
    const shape = { port, cpus, memoryMiB, workers, threads };
    const container = new ServiceContainer(
      `${name}-container`,
      { ...shape, runId: run.runId, service: image },
      { parent: this },
    );
    this.url = container.url;
    this.facts = container.facts;
    this.image = image;
    this.imageDigest = image.digest;
    this.pricePerHour = pulumi.output(noPrice);
    this.pricePerThousand = pulumi.output(noPrice);
    this.registerOutputs({
      ...{ url: this.url, facts: this.facts, image, imageDigest: this.imageDigest },
      ...{ pricePerHour: this.pricePerHour, pricePerThousand: this.pricePerThousand },
    });
  }
}
