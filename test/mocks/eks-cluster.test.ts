import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { cloudPrices, priceBook } from "../../catalogue/prices/index.ts";
import { EksCluster, type EksClusterArgs } from "../../components/aws/index.ts";
import { Run } from "../../components/index.ts";
import { KubernetesCluster, KubernetesModelService } from "../../components/kubernetes/index.ts";
import { plannedCost } from "../../measure/planned-cost.ts";
import { listed, named, run, valueOf } from "./engine.ts";
import { refusals } from "./refusals.ts";

const subnetIds = ["subnet-a", "subnet-b"];
const make = (args: Partial<EksClusterArgs> = {}, preview = false) =>
  run(() => new EksCluster("serving", { subnetIds, ...args }), preview);

describe("a cluster of EKS", () => {
  it("is a control plane and nodes with roles of their own, and the parts of Kubernetes that services need", async () => {
    const { value, registered } = await make();
    const component = "underlay:aws:EksCluster serving";
    expect(listed(registered)).to.deep.equal(
      [
        ...[
          "aws:cloudwatch/logGroup:LogGroup serving-log",
          "aws:ec2/launchTemplate:LaunchTemplate serving-node-template",
          "aws:eks/addon:Addon serving-coredns",
          "aws:eks/addon:Addon serving-kube-proxy",
          "aws:eks/addon:Addon serving-metrics-server",
          "aws:eks/addon:Addon serving-vpc-cni",
          "aws:eks/cluster:Cluster serving-cluster",
          "aws:eks/nodeGroup:NodeGroup serving-nodes",
          "aws:iam/role:Role serving-node-role",
          "aws:iam/role:Role serving-role",
          "aws:iam/rolePolicyAttachment:RolePolicyAttachment serving-node-role-AmazonEC2ContainerRegistryPullOnly",
          "aws:iam/rolePolicyAttachment:RolePolicyAttachment serving-node-role-AmazonEKSWorkerNodePolicy",
          "aws:iam/rolePolicyAttachment:RolePolicyAttachment serving-node-role-AmazonEKS_CNI_Policy",
          "aws:iam/rolePolicyAttachment:RolePolicyAttachment serving-role-AmazonEKSClusterPolicy",
        ].map((line) => `${line} < ${component}`),
        `${component} < stack`,
      ].sort(),
    );
    expect(named(registered, "serving-cluster").inputs).to.deep.include({
      ...{ name: "serving", version: "1.34", upgradePolicy: { supportType: "STANDARD" } },
      vpcConfig: { subnetIds, endpointPrivateAccess: true, endpointPublicAccess: false },
    });
    expect(named(registered, "serving-log").inputs).to.include({
      name: "/aws/eks/serving/cluster",
      retentionInDays: 14,
    });
    expect(named(registered, "serving-vpc-cni").inputs["configurationValues"]).to.equal(
      '{"enableNetworkPolicy":"true"}',
    );
    expect(named(registered, "serving-node-template").inputs).to.deep.include({
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
    });
    const config = JSON.parse((await valueOf(value.kubeconfig))!) as {
      users: { user: { exec: { args: string[] } } }[];
    };
    expect(config.users[0]!.user.exec.args).to.deep.equal([
      "eks",
      "get-token",
      "--cluster-name",
      "serving",
      "--region",
      "eu-west-1",
    ]);
    expect(value.environment).to.equal("container-on-vm");
  });

  it("lets those in from the internet whom it is told, and encrypts by a key that it is given", async () => {
    const { registered } = await make({ admits: ["203.0.113.0/24"], kmsKeyArn: "arn:key", version: "1.33" });
    expect(named(registered, "serving-cluster").inputs).to.deep.include({
      vpcConfig: {
        ...{ subnetIds, endpointPrivateAccess: true, endpointPublicAccess: true },
        publicAccessCidrs: ["203.0.113.0/24"],
      },
      encryptionConfig: { provider: { keyArn: "arn:key" }, resources: ["secrets"] },
    });
    expect(named(registered, "serving-log").inputs).to.include({ kmsKeyId: "arn:key" });
  });

  it("carries a model's service, passes every policy with it, and has a price before it is made", async () => {
    const { registered } = await run(() => {
      const own = new Run("run", { project: "underlay", stack: "test" });
      const { kubeconfig } = new EksCluster("serving", { subnetIds, nodes: 3 });
      const cluster = new KubernetesCluster("cluster", { kubeconfig, nodes: "vm" });
      const measured = { cpus: 1, memoryMiB: 1024, peakMemoryMiB: null, requestsPerSec: 20, coldStartSec: null };
      const image = `1.dkr.ecr.us-east-1.amazonaws.com/mnist@sha256:${"ab".repeat(32)}`;
      const annotations = { "service.beta.kubernetes.io/aws-load-balancer-type": "nlb" };
      return new KubernetesModelService("mnist", {
        run: own,
        cluster,
        image,
        measured,
        annotations,
        admits: ["203.0.113.0/24"],
      });
    });
    expect(refusals(registered)).to.deep.equal([]);
    const resources = registered.map(({ type, name, inputs }) => ({
      type,
      name,
      urn: `${type}::${name}`,
      props: inputs,
      from: {},
    }));
    const cost = plannedCost(resources, {
      table: { clouds: cloudPrices(), book: null, functions: priceBook("aws-2026") },
      ...{ currency: "USD", here: null, region: "us-east-1" },
    });
    // Three m7i.large, the control plane and a network load balancer.
    expect(cost.totals).to.have.lengthOf(1);
    expect(cost.totals[0]!.perHour).to.be.closeTo(3 * 0.1008 + 0.1 + 0.0225, 1e-9);
    expect(cost.unknown).to.deep.equal([]);
  });

  it("may be made twice, and shows everything in a preview, when nothing is known", async () => {
    const { registered } = await run(() => ["one", "two"].map((name) => new EksCluster(name, { subnetIds })), true);
    expect(registered.filter(({ type }) => type === "aws:eks/nodeGroup:NodeGroup")).to.have.lengthOf(2);
  });

  for (const [what, args, path] of [
    ["a version that is none", { version: "latest" }, "version"],
    ["all of the internet", { admits: ["0.0.0.0/0"] }, "admits"],
    ["no node", { nodes: 0 }, "nodes"],
    ["fewer nodes at most", { nodes: 3, maximumNodes: 2 }, "maximumNodes"],
    ["a disk that nothing fits on", { diskGiB: 5 }, "diskGiB"],
    ["a name with a space", { clusterName: "a b" }, "clusterName"],
  ] as const) {
    it(`refuses ${what}, naming the argument`, async () => {
      await run(() => {
        try {
          new EksCluster("serving", { subnetIds, ...args });
        } catch (thrown) {
          const { errors } = thrown as pulumi.InputPropertiesError;
          expect(errors.map(({ propertyPath }) => propertyPath)).to.include(path);
          return;
        }
        throw new Error("it was taken");
      });
    });
  }
});
