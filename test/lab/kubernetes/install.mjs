// What the lab is made of, all in the cache: Kubernetes, CoreDNS and the training operator, built from Go modules; etcd and
// containerd from Debian's packages, unpacked and never installed; the images that its node has.
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { unpackArchives } from "../../../tools/apt.mjs";
import { cached } from "../../../tools/cache.mjs";
import { keyOf } from "../../../tools/digest.mjs";
import { Unavailable } from "../../../tools/finding.mjs";
import { findCommand } from "../../../tools/find-command.mjs";
import { findGo, goBuild } from "../../../tools/go.mjs";
import { cacheFolder } from "../../../tools/paths.mjs";
import { digestOfTree } from "../../../tools/root/archive.mjs";
import { clusterImageConfig, clusterImageName, writeImageArchive } from "../../../tools/root/cluster-image.mjs";
import { run } from "../../../tools/run.mjs";

/** @typedef {{ raw: (text: string) => void, say: (text: string) => void, file: string }} Log */
/** @typedef {{ name: string, module: string, source: string, linkerFlags: string }} Program */
/** @typedef {{ directory: string, digest: string }} Root */

/**
 * What the lab is made of.
 *
 * @typedef {object} Installed
 * @property {Readonly<Record<string, string>>} programs Their files, by name.
 * @property {string} debian Tree of the unpacked packages.
 * @property {string} images What containerd keeps, with every image in it.
 * @property {string} manifests Folder with a kustomization of the training operator.
 */

const here = import.meta.dirname;
const parent = path.join(cacheFolder, "lab-kubernetes");
const version = "1.34.4";
const operatorModule = "github.com/kubeflow/training-operator";
const operatorVersion = "1.8.1";
/** nftables is for kube-proxy; a machine without a firewall lacks some of the libraries that it is linked with. */
const debianPackages = [
  ...["containerd", "etcd-server", "runc", "containernetworking-plugins", "nftables", "libnftables1"],
  ...["libedit2", "libgmp10", "libjansson4", "libmnl0", "libnftnl11", "libxtables12"],
];

const stamped = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"]
  .flatMap((place) => [`gitVersion=v${version}`, "gitMajor=1", "gitMinor=34"].map((pair) => `-X ${place}.${pair}`))
  .join(" ");
const kubernetes = ["kube-apiserver", "kube-scheduler", "kube-controller-manager", "kubelet", "kube-proxy"];

/** Every program that is built. @type {readonly Program[]} */
const programs = [
  { name: "pause", module: "node", source: "./pause", linkerFlags: "-s -w" },
  { name: "gpus", module: "node", source: "./gpus", linkerFlags: "-s -w" },
  ...kubernetes.map((name) => {
    return { name, module: "kube", source: `k8s.io/kubernetes/cmd/${name}`, linkerFlags: `-s -w ${stamped}` };
  }),
  { name: "coredns", module: "coredns", source: ".", linkerFlags: "-s -w" },
  {
    name: "training-operator",
    module: "training-operator",
    source: `${operatorModule}/cmd/training-operator.v1`,
    linkerFlags: "-s -w",
  },
];

/** @param {string} module Folder of a Go module of the lab. */
const moduleFolder = (module) => path.join(here, "go", module);

/** @param {Program} program A program. */
function programKey({ name, module, source, linkerFlags }) {
  const files = readdirSync(moduleFolder(module), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(?:go|mod|sum)$/.test(file))
    .sort();
  const contents = files.map((file) => readFileSync(path.join(moduleFolder(module), file)));
  return `${name}-${keyOf([process.arch, source, linkerFlags, ...contents])}`;
}

const debianKey = () => `debian-${keyOf([debianPackages.join(" "), process.arch, readFileSync("/etc/os-release")])}`;

/** @param {Root} root The shared root. */
function imagesKey(root) {
  const ours = programs.filter(({ name }) => name === "pause" || name === "training-operator").map(programKey);
  const files = ["install.mjs", "images", "settings.ts"].map((name) => readFileSync(path.join(here, name)));
  return `images-${keyOf([root.digest, debianKey(), ...ours, ...files])}`;
}

/**
 * Why the lab cannot start at once.
 *
 * @param {Root | null} root The shared root; null when set-up has not made it.
 * @returns {string | null} Null when all of it is in the cache.
 */
export function whyCold(root) {
  if (root === null) {
    return "its pods' image is the shared root, which is not there";
  }
  const folders = [...programs.map(programKey), debianKey(), imagesKey(root)];
  return folders.every((folder) => existsSync(path.join(parent, folder)))
    ? null
    : "the lab's programs are not in the cache: `npm run lab -- kubernetes up` builds them, in some twenty minutes";
}

/**
 * What the lab is made of, from the cache or made now.
 *
 * @param {Root} root The shared root.
 * @param {Log} log Where it is written what is done.
 * @returns {Promise<Installed>} Where it is.
 * @throws {Unavailable} When this machine cannot have it.
 */
export async function install(root, log) {
  mustBeAble();
  const debian = await cached(parent, debianKey(), (building) => unpackDebian(building, log));
  /** @type {Record<string, string>} */
  const built = {};
  for (const program of programs) {
    built[program.name] = await builtProgram(program, log);
  }
  const manifests = await cached(
    parent,
    `manifests-${keyOf([readFileSync(path.join(here, "install.mjs"))])}`,
    (building) => copyManifests(building, log),
  );
  const images = await cached(parent, imagesKey(root), (building) =>
    makeImages(building, { root, built, debian, log }),
  );
  return { programs: built, debian, images: path.join(images, "containerd"), manifests };
}

/** Says at once what would be found lacking after many minutes. */
function mustBeAble() {
  if (findCommand("apt-get") === null || process.getuid?.() !== 0) {
    throw new Unavailable(
      "the lab needs containerd and etcd from Debian's packages, and root to get and run them",
      "Run it as root on Debian or Ubuntu.",
    );
  }
  const lacking = ["kubectl", "openssl", "nsenter", "ip"].find((name) => findCommand(name) === null);
  if (lacking !== undefined) {
    throw new Unavailable(`the lab needs ${lacking}`, `Install ${lacking} and run it again.`);
  }
}

/**
 * @param {Program} program What to build.
 * @param {Log} log Takes what Go prints.
 * @returns {Promise<string>} Its file.
 */
async function builtProgram(program, log) {
  const { name, module, source, linkerFlags } = program;
  const folder = await cached(parent, programKey(program), async (building) => {
    log.say(`building ${name}`);
    const go = await findGo(name, "There is no download of it for a lab");
    const output = path.join(building, name);
    await goBuild(go.command, { module: moduleFolder(module), source, linkerFlags, output }, log.raw);
  });
  return path.join(folder, name);
}

/**
 * @param {string} tree Where they unpack to.
 * @param {Log} log Takes what APT prints.
 */
async function unpackDebian(tree, log) {
  log.say("getting containerd and etcd");
  const archives = path.join(tree, "archives");
  mkdirSync(archives);
  await run("apt-get", ["update", "--quiet"], { timeoutSec: 300, log: log.raw });
  // Checked against the distribution's signatures; those that this machine has come again, and do no harm.
  await run("apt-get", ["download", "--quiet", ...debianPackages], { cwd: archives, timeoutSec: 600, log: log.raw });
  await unpackArchives(archives, tree, log.raw);
  ["var", "etc"].forEach((name) => rmSync(path.join(tree, name), { recursive: true, force: true }));
}

/** Kinds of the operator's manifests that own no other objects. */
const ownersOfNothing = [
  "ClusterRole",
  "ClusterRoleBinding",
  "Secret",
  "Service",
  "ServiceAccount",
  "ValidatingWebhookConfiguration",
];

/**
 * A kustomization of the operator's own manifests, with the image that the lab's node has.
 *
 * @param {string} folder Where.
 * @param {Log} log Takes what Go prints.
 */
async function copyManifests(folder, log) {
  const go = await findGo("the training operator", "There is no download of its manifests for a lab");
  const env = { GOTOOLCHAIN: "auto", GOFLAGS: "", GOWORK: "off" };
  const args = ["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", operatorModule];
  const sources = await run(go.command, args, { cwd: moduleFolder("training-operator"), env, log: log.raw });
  cpSync(path.join(sources.trim(), "manifests"), path.join(folder, "manifests"), { recursive: true });
  // Modules are read-only, folders included.
  await run("chmod", ["-R", "u+w", folder]);
  const image = {
    name: "kubeflow/training-operator",
    newName: "underlay.lab/training-operator",
    newTag: operatorVersion,
  };
  const kustomization = {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: ["manifests/overlays/standalone"],
    images: [image],
    // Deleted in the foreground, as the provider does it, they take a moment to be gone: where its look falls into that
    // moment and its watch after it, it waits for ten minutes.
    patches: ownersOfNothing.map((kind) => {
      const metadata = { name: "any", annotations: { "pulumi.com/deletionPropagationPolicy": "background" } };
      return { target: { kind }, patch: JSON.stringify({ apiVersion: "any", kind, metadata }) };
    }),
  };
  writeFileSync(path.join(folder, "kustomization.yaml"), `${JSON.stringify(kustomization, null, 2)}\n`);
}

/**
 * @param {string} folder Where containerd's folder goes.
 * @param {{ root: Root, built: Readonly<Record<string, string>>, debian: string, log: Log }} parts What it is made from.
 */
async function makeImages(folder, { root, built, debian, log }) {
  const work = path.join(folder, "work");
  mkdirSync(work);
  log.say("making the images of the lab's node");
  const { containerdConfig, pauseImage } = await import("./settings.ts");
  const operator = `underlay.lab/training-operator:${operatorVersion}`;
  await writeImageArchive(path.join(work, "root.tar"), root, clusterImageName(root), clusterImageConfig(root));
  await writeProgramImage(path.join(work, "pause.tar"), built["pause"] ?? "", "/pause", pauseImage);
  await writeProgramImage(path.join(work, "manager.tar"), built["training-operator"] ?? "", "/manager", operator);
  writeFileSync(path.join(work, "containerd.toml"), containerdConfig("/mnt/state/containerd", "/mnt/containerd"));
  const archives = ["root", "pause", "manager"].map((name) => `/mnt/state/work/${name}.tar`);
  const args = ["-", folder, debian, path.join(here, "images"), ...archives];
  await run(path.join(here, "enter"), args, { timeoutSec: 900, log: log.raw });
  rmSync(work, { recursive: true });
}

/**
 * @param {string} archive Where the image goes.
 * @param {string} program The only file in it.
 * @param {string} place Where it is in the image, which starts it.
 * @param {string} reference Name of the image.
 */
async function writeProgramImage(archive, program, place, reference) {
  const directory = `${archive}.tree`;
  mkdirSync(directory);
  const file = path.join(directory, path.basename(place));
  copyFileSync(program, file);
  chmodSync(file, 0o755);
  const tree = { directory, digest: await digestOfTree(directory) };
  await writeImageArchive(archive, tree, reference, { Entrypoint: [place] });
}
