// The cluster's own certificate authority, and a key pair and kubeconfig for everybody in it.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execute } from "../../../provider/execute.ts";
import { labName, link, ranges, server } from "./place.ts";

interface Identity {
  readonly name: string;
  readonly subject: string;
  /** Names and addresses that it answers by; left out for whoever only asks. */
  readonly answersBy?: readonly string[];
  readonly kubeconfig?: boolean;
}

const node = [`IP:${link.inside.address}`, "IP:127.0.0.1"];
const service = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"];

const identities: readonly Identity[] = [
  {
    name: "apiserver",
    subject: "/CN=kube-apiserver",
    answersBy: [...node, `IP:${ranges.firstService}`, ...service.map((name) => `DNS:${name}`)],
  },
  { name: "kubelet-server", subject: `/CN=${labName}`, answersBy: [...node, `DNS:${labName}`] },
  { name: "front-proxy", subject: "/CN=front-proxy" },
  { name: "admin", subject: "/O=system:masters/CN=admin", kubeconfig: true },
  { name: "controller-manager", subject: "/CN=system:kube-controller-manager", kubeconfig: true },
  { name: "scheduler", subject: "/CN=system:kube-scheduler", kubeconfig: true },
  { name: "kube-proxy", subject: "/CN=system:kube-proxy", kubeconfig: true },
  { name: "kubelet", subject: `/O=system:nodes/CN=system:node:${labName}`, kubeconfig: true },
];

const openssl = (...words: string[]): Promise<string> => execute(["openssl", ...words], { timeoutSec: 30 });
const newKey = (file: string): Promise<string> =>
  openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", file);

async function sign(folder: string, { name, subject, answersBy = [] }: Identity): Promise<void> {
  const file = (ending: string): string => join(folder, `${name}.${ending}`);
  const ca = (ending: string): string => join(folder, `ca.${ending}`);
  const names = answersBy.length === 0 ? "" : `subjectAltName=${answersBy.join(",")}\n`;
  writeFileSync(file("ext"), `keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n${names}`);
  await newKey(file("key"));
  await openssl("req", "-new", "-key", file("key"), "-subj", subject, "-out", file("csr"));
  const by = ["-CA", ca("crt"), "-CAkey", ca("key"), "-extfile", file("ext")];
  await openssl("x509", "-req", "-in", file("csr"), ...by, "-days", "30", "-sha256", "-out", file("crt"));
}

/** A kubeconfig, which is YAML, and JSON is YAML. */
function kubeconfigOf(folder: string, name: string): string {
  const data = (file: string): string => readFileSync(join(folder, file)).toString("base64");
  const cluster = { server, "certificate-authority-data": data("ca.crt") };
  const user = { "client-certificate-data": data(`${name}.crt`), "client-key-data": data(`${name}.key`) };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "lab", cluster }],
    users: [{ name, user }],
    contexts: [{ name: "lab", context: { cluster: "lab", user: name } }],
    "current-context": "lab",
  });
}

/** A certificate authority, as PEM. */
export interface Authority {
  readonly certificate: string;
  readonly key: string;
}

async function makeAuthority(folder: string): Promise<void> {
  await newKey(join(folder, "ca.key"));
  const ca = ["-x509", "-new", "-key", join(folder, "ca.key"), "-sha256", "-days", "30", "-subj", "/CN=underlay-lab"];
  await openssl("req", ...ca, "-out", join(folder, "ca.crt"));
}

/**
 * Makes everybody's keys anew, readable by their owner only.
 *
 * @param state The lab's state folder.
 * @param authority Who signs them; one of the lab's own where none is given.
 */
export async function makeKeys(state: string, authority?: Authority): Promise<void> {
  const folder = join(state, "pki");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (authority === undefined) {
    await makeAuthority(folder);
  } else {
    writeFileSync(join(folder, "ca.key"), authority.key, { mode: 0o600 });
    writeFileSync(join(folder, "ca.crt"), authority.certificate);
  }
  await openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", join(folder, "sa.key"));
  await openssl("pkey", "-in", join(folder, "sa.key"), "-pubout", "-out", join(folder, "sa.pub"));
  for (const identity of identities) {
    await sign(folder, identity);
    if (identity.kubeconfig === true) {
      const file = join(folder, `${identity.name}.kubeconfig`);
      writeFileSync(file, kubeconfigOf(folder, identity.name), { mode: 0o600 });
    }
  }
}
