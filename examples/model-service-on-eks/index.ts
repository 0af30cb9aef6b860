// A model's service on a cluster of EKS, and a repository of models: a new version in its bucket is built, has to predict, and
// takes over. It needs an AWS account and subnets of yours; `pulumi preview` shows every resource, `underlay price` the cost.
import { Config } from "@pulumi/pulumi/config.js";
import { EksCluster, ModelRepository } from "../../components/aws/index.ts";
import { Run } from "../../components/index.ts";
import { KubernetesCluster, KubernetesModelService } from "../../components/kubernetes/index.ts";

const config = new Config("example");
/** The service's image, by its digest. */
const image = config.require("image");
/** The image that builds run in, by its digest. */
const builder = config.require("builder");
const subnetIds = config.require("subnetIds").split(",");

const run = new Run("run", { project: "model-service-on-eks", stack: "dev" });
const eks = new EksCluster("serving", { subnetIds, nodes: 2 });
const cluster = new KubernetesCluster("cluster", { kubeconfig: eks.kubeconfig, nodes: "vm" });

const service = new KubernetesModelService("mnist", {
  ...{ run, cluster, image },
  // What `underlay containerise` measured of it, and a node of the catalogue.
  measured: { cpus: 1, memoryMiB: 1024, peakMemoryMiB: null, requestsPerSec: null, coldStartSec: null },
  nodePrice: { perHour: 0.1008, currency: "USD", asOf: "2026-07-20", cpus: 1.93, memoryMiB: 6903 },
  admits: [config.get("admits") ?? "203.0.113.0/24"],
  annotations: { "service.beta.kubernetes.io/aws-load-balancer-type": "nlb" },
});

const models = new ModelRepository("models", {
  ...{ service: "fashion-mnist", builder },
  deploy: ['pulumi config set example:image "$IMAGE" --stack dev', "pulumi up --yes --stack dev"],
  deployMay: [{ actions: ["eks:DescribeCluster"], resources: [eks.arn] }],
});

/** Address of the service; predictions are at `/predict` below it. */
export const url = service.url;
/** Digest of the image that it runs. */
export const imageDigest = service.imageDigest;
/** What its replicas cost for an hour, by their share of the nodes. */
export const pricePerHour = service.pricePerHour;
/** What a thousand predictions cost: not known before somebody measures what a replica answers in a second. */
export const pricePerThousand = service.pricePerThousand;
/** Where new versions are put, as `models/NAME.zip`. */
export const bucket = models.bucket;
