// Configuration of stacks whose hosts are reached over ssh: those that exist, and those of OpenStack.
import { z } from "zod";
import { isDate } from "../measure/date.ts";
import { isFile, oneOf, pathOf, whole } from "./config-values.ts";

const file = (message: string) => pathOf(isFile, message);
// None of these may begin with a dash: ssh would read it as an option.
const address = /^[A-Za-z0-9][A-Za-z0-9.:_-]*$/;
const list = (pattern: RegExp, message: string) =>
  z
    .string()
    .transform((text) => text.split(",").map((each) => each.trim()))
    .refine((items) => items.every((item) => pattern.test(item)), message);
const addresses = list(address, "must be addresses or host names, separated by commas").optional();
const id = (what: string) =>
  z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]*$/, `must be the id of ${what}`)
    .optional();
const flag = oneOf(["true", "false"]).transform((word) => word === "true");

/** Keys of hosts that are reached over ssh, whoever made them. */
const loginKeys = {
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]*$/, "must be a user name, such as debian")
    .default("debian"),
  port: whole(1, 65_535).default(22),
  jump: z
    .string()
    .regex(/^[A-Za-z0-9_][\w.:@,[\]-]*$/, "must be as ssh's ProxyJump, such as user@gateway")
    .optional(),
  identityFile: file("must be the file of a private key").optional(),
  knownHosts: file("must be a file of known hosts").optional(),
  readyTimeoutSec: whole(1, 86_400).default(1800),
  prepareHosts: flag.default(false),
};

/** Keys of the target `ssh`. */
const sshKeys = { bareMetalHosts: addresses, vmHosts: addresses };

/** Keys of the target `openstack`. */
const openstackKeys = {
  serverImage: id("an image"),
  bareMetalFlavor: id("a flavor"),
  vmFlavor: id("a flavor"),
  externalNetwork: id("an external network"),
  network: id("a network"),
  subnet: id("a subnet of that network"),
  securityGroup: id("a security group that lets ssh in"),
  admits: z
    .string()
    .regex(/^[0-9a-fA-F.:]+\/\d{1,3}$/, "must be a range of addresses, such as 203.0.113.0/24")
    .optional(),
  publicKey: file("must be the file of a public key").optional(),
  cloudInit: flag.default(true),
  owner: z.string().min(1, "must be whose servers they are").optional(),
  expires: z.string().refine(isDate, "must be a date, such as 2026-12-31").optional(),
  containers: oneOf(["podman", "magnum"]).default("podman"),
  clusterLabels: list(/^[\w.-]+=[^,=]+$/, "must be such as kube_tag=v1.34.2, separated by commas").optional(),
};

/** All keys of stacks whose hosts are reached over ssh. */
export const remoteKeys = { ...loginKeys, ...sshKeys, ...openstackKeys };

/** What is refused of a configuration as a whole. */
export interface Incoherence<S> {
  readonly key: keyof S & string;
  readonly holds: (settings: S) => boolean;
  readonly message: string;
}

type RemoteSettings = z.infer<z.ZodObject<typeof remoteKeys>> & {
  readonly environment: string;
  readonly target: string;
  readonly scenario: string;
  readonly overlay: string;
  readonly framework: string;
  readonly gpus: number;
  readonly cpus?: number | undefined;
  readonly image?: string | undefined;
};

const isRemote = ({ target }: RemoteSettings): boolean => target === "ssh" || target === "openstack";
const inContainers = ({ environment }: RemoteSettings): boolean => environment.startsWith("container-on-");
const wants = ({ environment }: RemoteSettings, kind: "bare-metal" | "vm"): boolean =>
  environment === kind || environment === `container-on-${kind}`;
const ofTarget =
  (target: string, test: (settings: RemoteSettings) => boolean) =>
  (settings: RemoteSettings): boolean =>
    settings.target !== target || test(settings);

/** Keys that a machine of a kind comes from, by target. */
export const machineKeys = {
  ssh: { "bare-metal": "bareMetalHosts", vm: "vmHosts" },
  openstack: { "bare-metal": "bareMetalFlavor", vm: "vmFlavor" },
} as const;

const machinesMissing = (["ssh", "openstack"] as const).flatMap((target) =>
  (["bare-metal", "vm"] as const).map((kind): Incoherence<RemoteSettings> => {
    const key = machineKeys[target][kind];
    const what = target === "ssh" ? "the addresses of its hosts" : "the id of its flavor";
    return {
      key,
      holds: ofTarget(target, (settings) => !wants(settings, kind) || settings[key] !== undefined),
      message: `must be ${what} where target is ${target} and environment is ${kind}, or a container on it`,
    };
  }),
);

/** What has to go together where hosts are reached over ssh, each with the key that is told of. */
export const remoteIncoherences: readonly Incoherence<RemoteSettings>[] = [
  ...machinesMissing,
  {
    key: "bareMetalHosts",
    holds: ofTarget(
      "ssh",
      ({ environment, bareMetalHosts, vmHosts }) =>
        environment !== "comparison" || bareMetalHosts !== undefined || vmHosts !== undefined,
    ),
    message: "must be addresses where target is ssh, unless vmHosts is set",
  },
  {
    key: "cpus",
    holds: (settings) => !isRemote(settings) || settings.cpus !== undefined,
    message: "must be the CPUs that programs use on each host where target is ssh or openstack",
  },
  {
    key: "image",
    holds: (settings) => !isRemote(settings) || !inContainers(settings) || settings.image !== undefined,
    message: "must be the image of the shared root, as the hosts pull it, where target is ssh or openstack",
  },
  {
    key: "overlay",
    holds: (settings) =>
      !isRemote(settings) ||
      settings.scenario !== "distributed" ||
      settings.overlay === "host" ||
      settings.containers === "magnum" ||
      !(inContainers(settings) || (settings.environment === "comparison" && settings.image !== undefined)),
    message: "must be host for containers of podman that train together: their hosts have no overlay between them",
  },
  {
    key: "framework",
    holds: (settings) =>
      !isRemote(settings) || !settings.prepareHosts || settings.framework === "tensorflow" || settings.gpus > 0,
    message: "must be tensorflow where prepareHosts is true and gpus is 0: PyTorch is locked for accelerators alone",
  },
  {
    key: "scenario",
    holds: ofTarget("openstack", ({ scenario }) => scenario !== "shared"),
    message:
      "cannot be shared where target is openstack: nobody says which servers lie on one machine; ssh takes hosts that do",
  },
  {
    key: "serverImage",
    holds: ofTarget("openstack", ({ serverImage }) => serverImage !== undefined),
    message: "must be the id of the servers' image where target is openstack",
  },
  {
    key: "publicKey",
    holds: ofTarget("openstack", ({ publicKey }) => publicKey !== undefined),
    message: "must be the file of the public key that may log in where target is openstack",
  },
  {
    key: "network",
    holds: ofTarget(
      "openstack",
      ({ network, externalNetwork }) => network !== undefined || externalNetwork !== undefined,
    ),
    message: "must be the id of a network where target is openstack, unless externalNetwork is set",
  },
  {
    key: "subnet",
    holds: ofTarget(
      "openstack",
      ({ network, subnet, securityGroup }) =>
        network === undefined || (subnet !== undefined && securityGroup !== undefined),
    ),
    message: "must be set, and securityGroup, where network is",
  },
  {
    key: "admits",
    holds: ofTarget("openstack", ({ network, admits }) => network !== undefined || admits !== undefined),
    message: "must be the range of addresses that may log in where target is openstack and its network is made",
  },
  {
    key: "externalNetwork",
    holds: ofTarget(
      "openstack",
      ({ containers, externalNetwork }) => containers !== "magnum" || externalNetwork !== undefined,
    ),
    message: "must be the id of an external network where containers is magnum: its API is reached by it",
  },
];
