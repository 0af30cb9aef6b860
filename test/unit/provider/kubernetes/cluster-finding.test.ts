import { expect } from "chai";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clusterFindings } from "../../../../provider/kubernetes/cluster-finding.ts";

/** A kubectl of one version that reaches a cluster of another one, as its `version` prints them; null where none answers. */
function kubectlOf(client: number, server: number | null): string {
  const version = (minor: number) => ({ gitVersion: `v1.${String(minor)}.2`, major: "1", minor: `${String(minor)}+` });
  const clientVersion = version(client);
  const both = server === null ? null : JSON.stringify({ clientVersion, serverVersion: version(server) });
  return `#!/bin/sh
case "$*" in *--client*) echo '${JSON.stringify({ clientVersion })}'; exit 0;; esac
${both === null ? 'echo "Unable to connect to the server: dial tcp 192.0.2.1:6443: i/o timeout" >&2; exit 1' : `echo '${both}'`}
`;
}

describe("what is said of a cluster", () => {
  const path = process.env["PATH"] ?? "";
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "underlay-kubectl-"));
  });
  afterEach(() => {
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
  });

  async function statuses(script: string): Promise<string[]> {
    writeFileSync(join(folder, "kubectl"), script);
    chmodSync(join(folder, "kubectl"), 0o755);
    process.env["PATH"] = `${folder}:${path}`;
    const findings = await clusterFindings({ KUBECONFIG: "/nowhere" });
    return findings.map(({ status, title, detail, remedy }) => `${status} ${title}: ${detail} ${remedy ?? ""}`.trim());
  }

  it("is its version, where kubectl is near it", async () => {
    expect(await statuses(kubectlOf(34, 33))).to.deep.equal(["ok kubectl: v1.34.2", "ok Kubernetes: v1.33.2 answers"]);
  });

  it("is that kubectl is too far from it", async () => {
    expect((await statuses(kubectlOf(31, 33)))[1]).to.match(
      /^degraded .*v1\.33\.2 answers; kubectl is v1\.31\.2 Install/,
    );
  });

  it("is that it does not answer", async () => {
    expect((await statuses(kubectlOf(34, null)))[1]).to.match(/^missing .*i\/o timeout Check the server's address/);
  });

  it("is that kubectl says nothing that is a version", async () => {
    expect(await statuses("#!/bin/sh\necho '{}'\n")).to.have.lengthOf(1);
  });
});
