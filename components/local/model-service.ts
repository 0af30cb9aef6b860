import * as pulumi from "@pulumi/pulumi/output.js";
import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi/resource.js";
import type { EndpointControl, EndpointFacts } from "../../measure/endpoint.ts";
import type { EnvironmentName } from "../../measure/facts.ts";
import type { ServiceImageFacts } from "../../measure/model-service.ts";
import { type NodePrice, perThousand, replicasPerHour, type ServicePrice } from "../../measure/service-price.ts";
import {
  ServiceContainer,
  type ServiceContainerArgs,
  ServiceImage,
  type ServiceImageArgs,
} from "../../provider/model-service/resources.ts";
import type { Run } from "../../provider/resources.ts";
import type { Endpoint } from "../host.ts";

/** Arguments of a {@link ModelService}. */
export interface ModelServiceArgs extends ServiceImageArgs, Omit<ServiceContainerArgs, "runId" | "service"> {
  /** The run that the service belongs to. */
  readonly run: Run;
  /** What this machine costs, as a price book says, and what may be used of it. @default not known */
  readonly nodePrice?: NodePrice;
  /** Answers in a second that were measured, for the price of predictions. @default not known */
  readonly requestsPerSec?: number;
}

/** What a container has unless told: as its resource says. */
const sizes = { cpus: 1, memoryMiB: 2048 };

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
  /** What its share of the machine costs for an hour; null with a reason where that is not known. */
  readonly pricePerHour: pulumi.Output<ServicePrice>;
  /** What a thousand predictions cost while it is busy; null with a reason. */
  readonly pricePerThousand: pulumi.Output<ServicePrice>;

  constructor(name: string, args: ModelServiceArgs, opts?: ComponentResourceOptions) {
    super(ModelService.type, name, {}, opts);
    const { run, port, cpus, memoryMiB, workers, threads, nodePrice, requestsPerSec, ...source } = args;
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
    const replica = { count: 1, cpus: cpus ?? sizes.cpus, memoryMiB: memoryMiB ?? sizes.memoryMiB };
    const perHour = replicasPerHour(nodePrice, replica);
    this.pricePerHour = pulumi.output(perHour);
    this.pricePerThousand = pulumi.output(perThousand(perHour, 1, requestsPerSec));
    this.registerOutputs({
      ...{ url: this.url, facts: this.facts, image, imageDigest: this.imageDigest },
      ...{ pricePerHour: this.pricePerHour, pricePerThousand: this.pricePerThousand },
    });
  }
}
