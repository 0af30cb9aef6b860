import pc from "picocolors";
import { type Finding, readMachine } from "../provider/machine.ts";

const marks = { ok: pc.green("✓"), degraded: pc.yellow("!"), missing: pc.red("✗"), failed: pc.red("✗") } as const;

/** What `doctor` looks at. */
export type DoctorTarget = "local" | "openstack" | "kubernetes";
interface Found {
  readonly findings: readonly Finding[];
  readonly at: string;
}

const found: Readonly<Record<DoctorTarget, () => Found | Promise<Found>>> = {
  local: readMachine,
  openstack: cloud,
  kubernetes: cluster,
};

/**
 * Prints every finding with its remedy; returns 1 when something is missing or went wrong.
 *
 * @param target `local`: what set-up found on this machine. `openstack`: whether the cloud that the environment names lets
 *   us in, and what this machine lacks as a compute host with GPUs. `kubernetes`: whether kubectl is there, and the cluster
 *   of the environment answers.
 * @param asJson Whether programs read it.
 */
export async function doctor(target: DoctorTarget, asJson: boolean): Promise<number> {
  const { findings, at } = await found[target]();
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ at, findings }, null, 2)}\n`);
  } else {
    for (const { status, title, detail, remedy } of findings) {
      process.stdout.write(`${marks[status]} ${title}: ${detail}\n${remedy === null ? "" : `    ${remedy}\n`}`);
    }
  }
  return findings.some(({ status }) => status === "missing" || status === "failed") ? 1 : 0;
}

async function cloud(): Promise<Found> {
  const { cloudFinding } = await import("../provider/ironic/cloud-finding.ts");
  const { passthroughFindings } = await import("../provider/passthrough/findings.ts");
  return { findings: [await cloudFinding(process.env), ...passthroughFindings()], at: new Date().toISOString() };
}

async function cluster(): Promise<Found> {
  const { clusterFindings } = await import("../provider/kubernetes/cluster-finding.ts");
  return { findings: await clusterFindings(process.env), at: new Date().toISOString() };
}
