import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import { ProgressLines } from "../../../cli/progress-lines.ts";
import { captured } from "../../support/captured.ts";

const urn = "urn:pulumi:start::underlay::underlay:index:Measurement::training-measurement";

function diagnostic(severity: string, message: string, more: Record<string, unknown> = {}): EngineEvent {
  return { diagnosticEvent: { severity, message, color: "never", ...more } } as unknown as EngineEvent;
}

function done(op: string, type: string, name: string): EngineEvent {
  return {
    resOutputsEvent: { metadata: { op, type, urn: `urn:pulumi:a::b::${type}::${name}` } },
  } as unknown as EngineEvent;
}

describe("progress lines", () => {
  const { isTTY, columns } = process.stderr;
  function terminal(is: boolean): void {
    Object.assign(process.stderr, { isTTY: is, columns: 30 });
  }
  afterEach(() => {
    Object.assign(process.stderr, { isTTY, columns });
  });

  /** What is printed for events, without colours. */
  async function printed(events: readonly EngineEvent[], lines = new ProgressLines()): Promise<string> {
    const text = await captured("stderr", () => events.forEach(lines.take));
    // eslint-disable-next-line no-control-regex -- colours are what is taken out
    return text.replaceAll(/\u001b\[\d+m/g, "");
  }

  it("print what the engine says, without its colour marks", async () => {
    terminal(false);
    expect(await printed([diagnostic("info", "<{%fg 2%}>audit: nothing<{%reset%}>\n")])).to.equal("audit: nothing\n");
    expect(await printed([diagnostic("warning", "the record is gone")])).to.equal("warning the record is gone\n");
  });

  it("print nothing for what says nothing, and for what is meant for developers", async () => {
    expect(await printed([diagnostic("info", " \n"), diagnostic("debug", "details"), {} as EngineEvent])).to.equal("");
  });

  it("keep errors, by the resource that they are of", async () => {
    terminal(false);
    const lines = new ProgressLines();
    const text = await printed(
      [diagnostic("error", "the guest did not answer", { urn }), diagnostic("error", "update failed")],
      lines,
    );
    expect(text).to.include("error training-measurement: the guest did not answer\n");
    expect(lines.errors).to.deep.equal(["training-measurement: the guest did not answer", "update failed"]);
  });

  it("tell of the provider's resources as they come and go, and of nothing else", async () => {
    terminal(false);
    const events = [
      done("create", "underlay:index:Sandbox", "vm-sandbox"),
      done("same", "underlay:index:Run", "run"),
      done("create", "underlay:local:VmHost", "vm"),
      done("delete", "underlay:index:Run", "run"),
    ];
    expect(await printed(events)).to.equal("created vm-sandbox\ndeleted run\n");
  });

  it("say how it goes now and then where lines stay", async () => {
    terminal(false);
    const statuses = ["block 1 of 8", "block 2 of 8"].map((text) => diagnostic("info", text, { ephemeral: true }));
    expect(await printed(statuses)).to.equal("block 1 of 8\n");
  });

  it("move one line on a terminal, no wider than it is, and clear it before a line that stays", async () => {
    terminal(true);
    const long = "vm: block 1 of 8, synthetic, 2.86 images/s; 3 min left";
    const text = await printed([
      diagnostic("info", long, { ephemeral: true }),
      diagnostic("info", "done"),
      diagnostic("info", "over"),
    ]);
    expect(text).to.equal(`\r\u001b[2K${long.slice(0, 29)}\r\u001b[2Kdone\nover\n`);
  });
});
