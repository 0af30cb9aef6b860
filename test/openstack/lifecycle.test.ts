import { expect } from "chai";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { projectRoot } from "../../cli/version.ts";
import { configure, openWorkspace, takeUp } from "../../cli/workspace.ts";
import { hostFactsSchema } from "../../measure/facts.ts";
import { type Results, resultsSchema } from "../../measure/results.ts";
import { execute } from "../../provider/execute.ts";
import { readMachine, required } from "../../provider/machine.ts";
import { findCommand } from "../../tools/find-command.mjs";
import { clusterImageName } from "../../tools/root/cluster-image.mjs";
import { realCluster, serveClusters } from "../lab/clusters.ts";
import { whyCold as whyKubernetesIsCold } from "../lab/kubernetes/install.mjs";
import { credentials, openstackLab } from "../lab/openstack/lab.ts";
import { type Client, logIn } from "../lab/openstack/openstack-client.ts";
import type { Api } from "../lab/openstack/place.ts";
import { skip } from "../support/skip.ts";

type Json = Record<string, unknown>;

describe("the life of a stack on OpenStack, against its real services", function () {
  this.timeout(600_000);
  const folder = mkdtempSync(join(tmpdir(), "openstack-"));
  const machineBoots = readMachine().guestKernel?.kind === "user-mode-linux";
  let stack: Stack;
  let project: Client;
  let system: Client;
  let outputs: Readonly<Record<string, string>> = {};
  let endClusters: () => Promise<void> = () => Promise.resolve();
  const changed = { traits: ["CUSTOM_GPU_H100", "CUSTOM_NVLINK"], ports: [22, 6443], hostname: "second" };

  const config = (values: Readonly<Record<string, unknown>>): Record<string, string> => {
    const all = {
      image: join(folder, "tiny.img"),
      publicKey: readFileSync(join(folder, "key.pub"), "utf8").trim(),
      privateKeyFile: join(folder, "key"),
      records: join(folder, "records"),
      ...{ others: true, measure: machineBoots },
      ...values,
    };
    return Object.fromEntries(Object.entries(all).map(([key, value]) => [`test:${key}`, text(value)]));
  };
  const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  const read = async (client: Client, api: Api, path: string): Promise<Json> => (await client(api, path)).body as Json;
  const bring = async (): Promise<Readonly<Record<string, number>>> => {
    const { outputs: given, summary } = await stack.up();
    outputs = Object.fromEntries(Object.entries(given).map(([name, { value }]) => [name, String(value)]));
    return summary.resourceChanges ?? {};
  };
  const server = async (id: string | undefined): Promise<Json> =>
    (await read(project, "nova", `/servers/${id ?? ""}`))["server"] as Json;
  const allocated = async (id: string | undefined): Promise<Json> => {
    const { allocations } = await read(project, "placement", `/allocations/${id ?? ""}`);
    const each = Object.values(allocations as Record<string, { resources: Json }>);
    return Object.assign({}, ...each.map(({ resources }) => resources)) as Json;
  };
  /** Brings up and destroys a stack of the project's own program, by configuration alone, in between. */
  const byConfiguration = async (name: string, values: Readonly<Record<string, string>>): Promise<Results> => {
    const own = {
      ...{ user: "root", identityFile: join(folder, "key"), recordDirectory: join(folder, "records") },
      ...{ cpus: "1", memoryMiB: "2048" },
      ...{
        model: "alexnet",
        rounds: "1",
        blocks: "1",
        batchSize: "4",
        warmUpSteps: "0",
        photographs: "false",
        ...values,
      },
    };
    const all = Object.fromEntries(Object.entries(own).map(([key, value]) => [`underlay:${key}`, value]));
    const program = join(projectRoot, "program.mjs");
    const mine = await openWorkspace({ name, program, config: all, machine: readMachine() });
    try {
      const { outputs: given, summary } = await mine.up();
      expect(summary.result).to.equal("succeeded");
      return resultsSchema.parse(given["results"]?.value);
    } finally {
      await takeUp(mine);
      await mine.destroy();
    }
  };
  const node = (): Promise<Json> => read(system, "ironic", `/v1/nodes/${outputs["nodeId"] ?? ""}`);

  before(async function () {
    this.timeout(1_200_000);
    process.env["XDG_STATE_HOME"] = join(folder, "state");
    await openstackLab.up(() => undefined);
    endClusters = serveClusters(() => undefined);
    Object.assign(process.env, credentials());
    project = await logIn(credentials()["OS_PASSWORD"] ?? "", { project: "admin" });
    system = await logIn(credentials()["OS_PASSWORD"] ?? "", { system: true });
    writeFileSync(join(folder, "tiny.img"), "tiny");
    await execute(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")], { timeoutSec: 30 });
    const program = fileURLToPath(new URL("program/program.mjs", import.meta.url));
    stack = await openWorkspace({ name: "openstack", program, config: config({}), machine: readMachine() });
  });

  after(async () => {
    await endClusters();
    await openstackLab.down();
    rmSync(folder, { recursive: true, force: true });
  });

  it("makes everything that it is asked for", async () => {
    expect(await bring()).to.have.all.keys("create");
    expect(outputs["address"]).to.match(/^10\.77\.0\.\d+$/);
    expect(outputs["hostKey"]).to.match(/^ssh-ed25519 \S+$/);
  });

  it("has a GPU, pinned CPUs and large pages for the virtual machine, as Nova and Placement tell", async () => {
    expect(await server(outputs["serverId"])).to.include({ status: "ACTIVE", config_drive: "True" });
    expect(await allocated(outputs["serverId"])).to.deep.include({ CUSTOM_PCI_10DE_2330: 1, PCPU: 4, MEMORY_MB: 8192 });
  });

  it("has a whole node for the other server, as Nova, Placement and Ironic tell", async () => {
    expect(await server(outputs["metalServerId"])).to.include({ status: "ACTIVE" });
    expect(await allocated(outputs["metalServerId"])).to.deep.equal({ CUSTOM_BAREMETAL_H100: 1 });
    const found = await node();
    expect(found).to.include({ provision_state: "active", instance_uuid: outputs["metalServerId"] });
    expect(found["traits"]).to.deep.equal(["CUSTOM_GPU_H100"]);
    expect(found["inspection_finished_at"]).to.be.a("string");
  });

  it("admits what is asked for and nothing else, as Neutron tells", async () => {
    const { security_group_rules: all } = await read(
      project,
      "neutron",
      `/v2.0/security-group-rules?security_group_id=${outputs["securityGroupId"] ?? ""}&direction=ingress`,
    );
    const rules = (all as Json[]).map(
      ({ protocol, port_range_min: port, remote_ip_prefix: from, remote_group_id: group }) =>
        [protocol, port, from, group].join(" "),
    );
    expect(rules.sort()).to.deep.equal([`   ${outputs["securityGroupId"] ?? ""}`, "tcp 22 198.19.255.0/30 "]);
  });

  it("has the cluster with its group of nodes, as Magnum tells, and how to log in at it as a secret", async () => {
    const found = await read(project, "magnum", `/clusters/${outputs["clusterId"] ?? ""}`);
    expect(found["status"]).to.match(/_COMPLETE$/);
    const { nodegroups } = await read(project, "magnum", `/clusters/${outputs["clusterId"] ?? ""}/nodegroups`);
    expect((nodegroups as Json[]).map(({ role }) => role)).to.have.members(["master", "worker", "worker"]);
    const kubeconfig = (await stack.outputs())["kubeconfig"];
    expect(kubeconfig?.secret).to.equal(true);
    expect(kubeconfig?.value).to.include("certificate-authority-data");
  });

  it("lets us in at servers of both kinds, which show their own keys, and measures on them", async function () {
    if (!machineBoots) {
      skip(this, "this machine has no User-Mode Linux: servers of the lab boot nothing");
    }
    const given = await stack.outputs();
    const [vm, metal] = z.array(hostFactsSchema).parse(given["hostFacts"]?.value);
    expect(vm).to.include({ cpuModel: "UML", cpus: 1, kernelRelease: readMachine().guestKernel?.release });
    expect(metal?.kernelRelease).to.equal(release());
    const results = resultsSchema.parse(given["results"]?.value);
    expect(results.status).to.equal("complete");
    expect(results.environments.map(({ environment }) => environment)).to.have.members(["vm", "bare-metal"]);
  });

  it("is trained on as hosts that exist, by configuration alone, with keys that are known", async function () {
    if (!machineBoots) {
      skip(this, "this machine has no User-Mode Linux: servers of the lab boot nothing");
    }
    const given = await stack.outputs();
    const [vm = "", metal = ""] = z.array(z.string()).parse(given["addresses"]?.value);
    const keys = z.array(z.string()).parse(given["hostKeys"]?.value);
    const known = [vm, metal].map((at, index) => `${at} ${keys[index] ?? ""}\n`).join("");
    writeFileSync(join(folder, "known-hosts"), known);
    const hosts = { bareMetalHosts: metal, vmHosts: vm, knownHosts: join(folder, "known-hosts") };
    const results = await byConfiguration("hosts", { target: "ssh", environment: "comparison", ...hosts });
    expect(results.status).to.equal("complete");
    expect(results.environments.map(({ environment, facts }) => [environment, facts.limits.cpus])).to.deep.equal([
      ["bare-metal", { mechanism: "affinity", value: 1 }],
      ["vm", { mechanism: "affinity", value: 1 }],
    ]);
  });

  it("trains in pods of a cluster that Magnum makes, in one up by configuration alone", async function () {
    const { root } = readMachine();
    const cold = findCommand("pulumi-resource-kubernetes") === null ? "there is no plugin" : whyKubernetesIsCold(root);
    if (!machineBoots || cold !== null) {
      skip(this, `servers of the lab boot nothing, or there is no cluster here: ${cold ?? "no User-Mode Linux"}`);
    }
    const results = await byConfiguration("cloud", {
      ...{ target: "openstack", environment: "container-on-vm", containers: "magnum" },
      ...{ vmFlavor: outputs["plainFlavorId"] ?? "", serverImage: outputs["imageId"] ?? "" },
      ...{ network: outputs["networkId"] ?? "", subnet: outputs["subnetId"] ?? "" },
      ...{ securityGroup: outputs["securityGroupId"] ?? "", externalNetwork: outputs["outsideId"] ?? "" },
      ...{ publicKey: join(folder, "key.pub"), clusterLabels: `${realCluster}=true,kube_tag=v1.34.4` },
      image: clusterImageName(required(readMachine(), "root", root)),
    });
    expect(results.status).to.equal("complete");
    const facts = new Map(results.environments.map((each) => [each.environment, each.facts]));
    expect([...facts.keys()]).to.deep.equal(["container-on-vm"]);
    expect(facts.get("container-on-vm")).to.include({ containerRuntime: "containerd of Kubernetes", memoryMiB: 2048 });
    const { clusters } = (await read(project, "magnum", "/clusters")) as { clusters: Json[] };
    expect(clusters.map(({ uuid }) => uuid)).to.deep.equal([outputs["clusterId"]]);
  });

  it("keeps the password of the node's controller and private keys out of the state's plain text", () => {
    const backend = join(stack.workspace.workDir, "backend");
    const files = readdirSync(backend, { recursive: true, encoding: "utf8", withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    const written = files.map((file) => readFileSync(join(file.parentPath, file.name), "utf8")).join("\n");
    expect(written).to.include("lab-node");
    expect(written).to.not.include("not-for-anybody");
    expect(written).to.not.include("PRIVATE KEY");
  });

  it("changes nothing in a second up, nor in a refresh", async () => {
    expect(await bring()).to.have.all.keys("same");
    const refresh = await stack.refresh();
    expect(refresh.summary.resourceChanges).to.have.all.keys("same");
  });

  it("changes a node and a security group in place, and replaces a server whose first boot is another", async () => {
    const before = outputs["serverId"];
    await configure(stack, config(changed));
    const changes = await bring();
    expect(changes).to.include({ update: 1, create: 1, replace: 1 });
    expect(outputs["serverId"]).to.not.equal(before);
    expect((await node())["traits"]).to.have.members(["CUSTOM_GPU_H100", "CUSTOM_NVLINK"]);
    const gone = await project("nova", `/servers/${before ?? ""}`, { accepts: [404] });
    expect(gone.status).to.equal(404);
  });

  it("says which part of a cluster failed, in the words that Magnum has of it", async () => {
    // As Heat says it, which Magnum asks where servers are made.
    const clusterFailure =
      "Resource CREATE failed: ResourceInError: resources.kube_minions.resources[0].resources.node";
    await configure(stack, config({ ...changed, clusterFailure }));
    const failure = await bring().then(String, String);
    expect(failure).to.include(`is in an error state: ${clusterFailure}`);
  });

  it("is refused what exceeds a quota, in Nova's own words, and can be run again", async () => {
    await configure(stack, config({ vcpus: 64, others: false, measure: false, hostname: "third" }));
    const failure = await bring().then(String, String);
    expect(failure).to.match(/Quota exceeded for cores/);
  });

  it("is refused more GPUs than there are, and Nova says why", async () => {
    await configure(stack, config({ gpus: 16, others: false, measure: false, hostname: "fourth" }));
    const failure = await bring().then(String, String);
    expect(failure).to.match(/unexpected state 'ERROR'/);
    const { servers } = (await read(project, "nova", "/servers/detail?status=ERROR")) as { servers: Json[] };
    expect(JSON.stringify(servers[0]?.["fault"])).to.include("No valid host was found");
  });

  it("leaves nothing after destroy, in any of the services", async () => {
    await takeUp(stack);
    await stack.destroy();
    const lists: readonly (readonly [Client, Api, string, string])[] = [
      [project, "nova", "/servers", "servers"],
      [project, "nova", "/os-keypairs", "keypairs"],
      [project, "nova", "/flavors", "flavors"],
      [project, "neutron", "/v2.0/networks", "networks"],
      [project, "neutron", "/v2.0/ports", "ports"],
      [project, "neutron", "/v2.0/routers", "routers"],
      [project, "glance", "/v2/images", "images"],
      [system, "ironic", "/v1/nodes", "nodes"],
      [project, "magnum", "/clusters", "clusters"],
      [project, "magnum", "/clustertemplates", "clustertemplates"],
    ];
    for (const [client, api, path, key] of lists) {
      expect((await read(client, api, path))[key], path).to.deep.equal([]);
    }
    const { security_groups: groups } = await read(project, "neutron", "/v2.0/security-groups");
    expect((groups as Json[]).filter(({ name }) => name !== "default")).to.deep.equal([]);
  });
});
