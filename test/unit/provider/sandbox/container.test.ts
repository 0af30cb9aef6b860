import { expect } from "chai";
import { sandboxInputsSchema } from "../../../../provider/inputs.ts";
import { plannedAttachment } from "../../../../provider/network/attach.ts";
import { hostsFile } from "../../../../provider/network/members.ts";
import { runArguments } from "../../../../provider/sandbox/container.ts";
import type { SandboxContext } from "../../../../provider/sandbox/kind.ts";
import { fullMachine } from "../../../support/machine-file.ts";
import { hostAttachment, networkLink, sandboxInputs } from "../../../support/provider-inputs.ts";

const runId = "r0123abcde";

function words(change: Record<string, unknown> = {}, limits = { cpus: true, memory: true }): string[] {
  const own = { name: "box", kind: "container", environment: "container-on-bare-metal" };
  const inputs = sandboxInputsSchema.parse({ ...sandboxInputs(runId), ...own, ...change });
  const attachment = plannedAttachment(inputs, fullMachine);
  const signal = new AbortController().signal;
  const context: SandboxContext = {
    ...{ inputs, machine: fullMachine, directory: "/nowhere", cpuSet: [0], env: {}, attachment, signal },
  };
  return runArguments(context, fullMachine.containerEngine!, limits);
}

/** The word after another. */
const after = (argv: readonly string[], word: string): string | undefined => argv[argv.indexOf(word) + 1];

describe("the words that start a container", () => {
  it("leave it without a network, capabilities and a root to write to", () => {
    expect(words().join(" ")).to.include(
      "--network none --read-only --tmpfs /tmp:rw,exec --tmpfs /run --cap-drop all --security-opt no-new-privileges",
    );
  });

  it("limit what the engine can limit, and nothing else", () => {
    expect(after(words(), "--cpuset-cpus")).to.equal("0");
    const bare = words({}, { cpus: false, memory: false });
    expect(bare).to.not.include.members(["--cpuset-cpus"]).and.not.include.members(["--memory"]);
  });

  it("give it the network namespace that was made for it, and the names of its network", () => {
    const network = { link: networkLink(), hostName: "box", address: "198.19.0.1" };
    const argv = words({ network, onAttachment: hostAttachment });
    expect(after(argv, "--network")).to.equal("ns:/run/netns/underlay-r0123abcde-box");
    expect(argv).to.include("--no-hosts");
    expect(after(argv, "--volume")).to.equal(`${hostsFile(runId, "lan")}:/etc/hosts:ro`);
  });

  it("give it its host's network namespace where that is asked for", () => {
    const network = { link: networkLink(), hostName: "box", overlay: "host" };
    const argv = words({ network, onAttachment: hostAttachment });
    expect(after(argv, "--network")).to.equal(`ns:/run/netns/${hostAttachment.namespace ?? ""}`);
  });
});
