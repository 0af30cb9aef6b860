// For each policy something that it lets pass, and the smallest changes that it must refuse.
import { comparisonFair } from "../../../policy/comparison.ts";
import { functionLimits } from "../../../policy/functions.ts";
import { leastPrivilege } from "../../../policy/identity.ts";
import { imagesPinned } from "../../../policy/images.ts";
import { networkNotOpen } from "../../../policy/network.ts";
import { costlyOwned } from "../../../policy/ownership.ts";
import { podResources, podRights } from "../../../policy/pods.ts";
import { stackQuota } from "../../../policy/quota.ts";
import type { PlannedInStack } from "../../../policy/rule.ts";
import { noPlainSecrets } from "../../../policy/secrets.ts";
import { bucketsPrivate } from "../../../policy/storage.ts";
import { budget } from "./budget-cases.ts";
import { type Case, flavor, ofOne, type Props, resource, server } from "./case.ts";

const digest = `registry.example/image@sha256:${"a".repeat(64)}`;
const container = {
  name: "main",
  image: digest,
  env: [{ name: "HOME", value: "/tmp" }],
  resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "1", memory: "1Gi" } },
  securityContext: { allowPrivilegeEscalation: false },
};
const job = (own: Props, pod: Props = {}): Props => ({
  spec: {
    template: {
      spec: { securityContext: { runAsNonRoot: true }, ...pod, containers: [{ ...container, ...own }] },
    },
  },
});
const jobType = "kubernetes:batch/v1:Job";
const tfJob = (own: Props): Props => ({ spec: { tfReplicaSpecs: { Chief: (job(own) as { spec: Props }).spec } } });

const admitted = {
  direction: "ingress",
  remoteIpPrefix: "203.0.113.0/24",
  portRangeMin: 22,
  portRangeMax: 22,
};
const awsIngress = { fromPort: 443, toPort: 443, cidrBlocks: ["10.0.0.0/8"] };
const balancer = { type: "LoadBalancer", loadBalancerSourceRanges: ["10.0.0.0/8"], ports: [{ port: 80 }] };
const network: readonly Case[] = [
  ofOne(networkNotOpen, "a rule for one network", "openstack:networking/secGroupRule:SecGroupRule", admitted, [
    ["for all addresses", { remoteIpPrefix: "0.0.0.0/0" }, /lets the whole world reach port 22$/],
    ["for all addresses of version 6", { remoteIpPrefix: "::/0" }, /the whole world/],
    ["without an address", { remoteIpPrefix: undefined }, /the whole world/],
    [
      "for all addresses and every port",
      { remoteIpPrefix: "::/0", portRangeMin: undefined, portRangeMax: undefined },
      /every port/,
    ],
  ]),
  ofOne(
    networkNotOpen,
    "a declared port",
    "openstack:networking/secGroupRule:SecGroupRule",
    { ...admitted, remoteIpPrefix: "0.0.0.0/0" },
    [["one more port", { portRangeMax: 23 }, /ports 22 to 23/]],
    { config: { openPorts: [22] } },
  ),
  ofOne(networkNotOpen, "a security group", "aws:ec2/securityGroup:SecurityGroup", { ingress: [awsIngress] }, [
    ["open", { ingress: [{ ...awsIngress, cidrBlocks: ["10.0.0.0/8", "0.0.0.0/0"] }] }, /port 443/],
    ["open to version 6", { ingress: [{ ...awsIngress, ipv6CidrBlocks: ["::/0"] }] }, /port 443/],
  ]),
  ofOne(
    networkNotOpen,
    "a rule of a group",
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    { type: "ingress", ...awsIngress },
    [["open", { cidrBlocks: ["0.0.0.0/0"] }, /port 443/]],
  ),
  ofOne(
    networkNotOpen,
    "an ingress rule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    { cidrIpv4: "10.0.0.0/8", fromPort: 80, toPort: 80 },
    [["open", { cidrIpv4: "0.0.0.0/0" }, /port 80/]],
  ),
  ofOne(networkNotOpen, "a load balancer", "kubernetes:core/v1:Service", { spec: balancer }, [
    ["for everybody", { spec: { ...balancer, loadBalancerSourceRanges: undefined } }, /port 80/],
  ]),
];

const token = `ghp_${"a1".repeat(18)}`;
const secrets: readonly Case[] = [
  ofOne(
    noPlainSecrets,
    "user data with a server's own host key",
    "openstack:compute/instance:Instance",
    { userData: '#cloud-config\n{"ssh_keys":{"ed25519_private":"-----BEGIN OPENSSH PRIVATE KEY-----"}}' },
    [
      [
        "a key of somebody else",
        { userData: "-----BEGIN RSA PRIVATE KEY-----\nMII" },
        /a private key in its user data/,
      ],
      ["an access key", { userData: "export ID=AKIAABCDEFGHIJKLMNOP" }, /an AWS access key/],
      ["a password", { userData: "chpasswd: {password: hunter2hunter2}" }, /a password/],
    ],
  ),
  ofOne(
    noPlainSecrets,
    "a function that refers to its secret",
    "aws:lambda/function:Function",
    { environment: { variables: { API_KEY: "arn:aws:secretsmanager:eu-central-1:1:secret:key" } } },
    [
      [
        "the secret itself",
        { environment: { variables: { API_KEY: "0123456789" } } },
        /a secret in its variable API_KEY/,
      ],
      ["a token under any name", { environment: { variables: { LEVEL: token } } }, /a GitHub token/],
    ],
  ),
  ofOne(noPlainSecrets, "a pod", jobType, job({}), [
    ["a token", job({ env: [{ name: "HF_TOKEN", value: "abcdefgh" }] }), /a secret in its variable HF_TOKEN/],
  ]),
];

const owned = { metadata: { owner: "me@example.org", run: "r1", expires: "2026-12-31" } };
const costlyUrn = "urn:pulumi:test::underlay::underlay:openstack:GpuVm$openstack:compute/instance:Instance::gpu-server";
const ownership: readonly Case[] = [
  ofOne(
    costlyOwned,
    "a machine with a GPU that says whose it is",
    "openstack:compute/instance:Instance",
    owned,
    [
      ["not whose", { metadata: { ...owned.metadata, owner: "" } }, /does not say its owner/],
      ["nothing", { metadata: undefined }, /owner, run, expires/],
      ["some day", { metadata: { ...owned.metadata, expires: "soon" } }, /expires on "soon", which is no date/],
    ],
    { urn: costlyUrn },
  ),
  ofOne(costlyOwned, "a small instance", "aws:ec2/instance:Instance", { instanceType: "t3.micro" }, [
    ["with GPUs", { instanceType: "p4d.24xlarge" }, /does not say its owner, run, expires/],
    ["of metal", { instanceType: "c5.metal" }, /does not say/],
  ]),
];

const bucket = resource("aws:s3/bucket:Bucket", {}, { name: "b" });
const ofBucket = { from: { bucket: [bucket.urn] } };
const allClosed = {
  ...{ blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
};
const block = (props: Props) => resource("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", props, ofBucket);
const encryptionType = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
const encryption = resource(encryptionType, {}, ofBucket);
const versions = resource("aws:s3/bucketVersioning:BucketVersioning", {}, ofBucket);
const storage: readonly Case[] = [
  {
    rule: bucketsPrivate,
    what: "a bucket with all that it needs",
    good: [bucket, block(allClosed), encryption, versions],
    bad: [
      {
        but: "half open",
        resources: [bucket, block({ ...allClosed, blockPublicPolicy: false }), encryption, versions],
        says: /The bucket b is not closed/,
      },
      { but: "plain", resources: [bucket, block(allClosed), versions], says: /not encrypted/ },
      { but: "without versions", resources: [bucket, block(allClosed), encryption], says: /no versions/ },
      {
        but: "the encryption of another",
        resources: [bucket, block(allClosed), { ...encryption, from: { bucket: ["other"] } }, versions],
        says: /not encrypted/,
      },
    ],
  },
];

const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };
const policyOf = (one: object): Props => ({ policy: JSON.stringify({ Statement: [one] }) });
const identity: readonly Case[] = [
  ofOne(leastPrivilege, "one action", "aws:iam/rolePolicy:RolePolicy", policyOf(statement), [
    [
      "all of a service",
      policyOf({ ...statement, Action: ["s3:*"] }),
      /allows every action on everything in statement 1/,
    ],
    ["all", policyOf({ ...statement, Action: "*", Sid: "All" }), /statement All/],
    ["all but one", policyOf({ Effect: "Allow", NotAction: "s3:*", Resource: "*" }), /every action/],
  ]),
  ofOne(
    leastPrivilege,
    "a small policy of AWS",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    { policyArn: "arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole" },
    [["all rights", { policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" }, /allows everything/]],
  ),
];

const images: readonly Case[] = [
  ofOne(imagesPinned, "a digest", jobType, job({}), [
    ["a tag", job({ image: "registry.example/image:1.0" }), /runs the image registry\.example\/image:1\.0/],
  ]),
  ofOne(imagesPinned, "a digest in a TFJob", "kubernetes:kubeflow.org/v1:TFJob", tfJob({}), [
    ["a tag", tfJob({ image: "image:latest" }), /image:latest/],
  ]),
  ofOne(imagesPinned, "a function's digest", "aws:lambda/function:Function", { imageUri: digest }, [
    ["a tag", { imageUri: "1.dkr.ecr.eu-west-1.amazonaws.com/serve:new" }, /serve:new/],
  ]),
  ofOne(
    imagesPinned,
    "a checked download",
    "openstack:images/image:Image",
    { imageSourceUrl: "https://images.example/debian.qcow2", verifyChecksum: true },
    [["unchecked", { verifyChecksum: false }, /without a check/]],
  ),
];

const pods: readonly Case[] = [
  ofOne(podResources, "requests and limits", jobType, job({}), [
    ["no limits", job({ resources: { requests: { cpu: "1", memory: "1Gi" } } }), /limit of cpu, limit of memory$/],
    [
      "no request for memory",
      job({ resources: { ...container.resources, requests: { cpu: "1" } } }),
      /request for memory$/,
    ],
    ["nothing", job({ resources: undefined }), /request for cpu/],
  ]),
  ofOne(podRights, "no rights", jobType, job({}), [
    [
      "privileged",
      job({ securityContext: { allowPrivilegeEscalation: false, privileged: true } }),
      /a privileged container main/,
    ],
    ["root", job({}, { securityContext: {} }), /may run as root/],
    ["may gain rights", job({ securityContext: {} }), /may gain rights/],
  ]),
];

const lambda = { memorySize: 512, timeout: 30, loggingConfig: { logGroup: "log" } };
const throttled = { throttlingRateLimit: 10, throttlingBurstLimit: 20 };
const functions: readonly Case[] = [
  ofOne(functionLimits, "a function with limits", "aws:lambda/function:Function", lambda, [
    ["no memory", { memorySize: undefined }, /lacks memory/],
    ["no timeout", { timeout: undefined }, /lacks a timeout/],
    ["anybody's logs", { loggingConfig: undefined }, /lacks a log group/],
  ]),
  ofOne(functionLimits, "logs that end", "aws:cloudwatch/logGroup:LogGroup", { retentionInDays: 14 }, [
    ["for ever", { retentionInDays: 0 }, /an end of its logs/],
  ]),
  ofOne(functionLimits, "a limited rate", "aws:apigatewayv2/stage:Stage", { defaultRouteSettings: throttled }, [
    ["no rate", { defaultRouteSettings: { throttlingBurstLimit: 20 } }, /a limit of its rate/],
    ["no settings", { defaultRouteSettings: undefined }, /a limit of its rate/],
  ]),
];

const gpuPod = resource(jobType, job({ resources: { limits: { "nvidia.com/gpu": "1" } } }), { name: "pod" });
const quota: readonly Case[] = [
  {
    rule: stackQuota,
    what: "a stack within its quota",
    config: { maxNodes: 1, maxGpus: 2 },
    good: [flavor, server("one")],
    bad: [
      {
        but: "one more server",
        resources: [{ ...flavor, props: {} }, server("one"), server("two")],
        says: /2 servers, and may have 1/,
      },
      { but: "one more GPU", resources: [flavor, server("one"), gpuPod], says: /3 GPUs, and may have 2/ },
    ],
  },
];

const sandboxOf = (name: string, cpus: number, memoryMiB: number): PlannedInStack =>
  resource("underlay:index:Sandbox", { cpus, memoryMiB }, { name });
const trainingPod = (name: string, own: Props): PlannedInStack =>
  resource(jobType, job(own), {
    name,
    urn: `urn:pulumi:test::underlay::underlay:kubernetes:TrainingJob$${jobType}::${name}`,
  });
const comparison: readonly Case[] = [
  {
    rule: comparisonFair,
    what: "equal environments",
    good: [sandboxOf("vm", 1, 2048), sandboxOf("bare-metal", 1, 2048), trainingPod("a", {}), trainingPod("b", {})],
    bad: [
      {
        but: "CPUs",
        resources: [sandboxOf("vm", 1, 2048), sandboxOf("c", 2, 2048)],
        says: /differ in CPUs: 1 \(vm\); 2 \(c\)/,
      },
      { but: "memory", resources: [sandboxOf("vm", 1, 2048), sandboxOf("c", 1, 4096)], says: /differ in memory/ },
      {
        but: "images",
        resources: [trainingPod("a", {}), trainingPod("b", { image: "other" })],
        says: /differ in image/,
      },
    ],
  },
];

/** All cases of all policies. */
export const cases: readonly Case[] = [
  ...network,
  ...secrets,
  ...ownership,
  ...storage,
  ...identity,
  ...images,
  ...pods,
  ...functions,
  ...quota,
  ...budget,
  ...comparison,
];
