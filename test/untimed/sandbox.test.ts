import { expect } from "chai";
import { hostFactsSchema } from "../../measure/facts.ts";
import { connectionSchema } from "../../provider/connection.ts";
import { executeAt, identityVariables } from "../../provider/execute.ts";
import { type SandboxInputs, sandboxInputsSchema } from "../../provider/inputs.ts";
import { findLeftovers } from "../../provider/leftovers.ts";
import { readMachine } from "../../provider/machine.ts";
import type { State } from "../../provider/resource-handler.ts";
import { clearRun, makeRunId } from "../../provider/run.ts";
import { sandboxHandler } from "../../provider/sandbox.ts";
import { whyNot } from "../../stacks/availability.ts";
import { type LocalEnvironment, localEnvironments } from "../../stacks/config.ts";
import { quietOperation } from "../support/operation.ts";
import { skip } from "../support/skip.ts";

const operation = quietOperation();
const memoryMiB = 384;
const runId = makeRunId();

/** Sandboxes that stand, and what is needed to ask and remove them. */
class Standing {
  readonly #made: { inputs: SandboxInputs; state: State }[] = [];

  async make(environment: LocalEnvironment, name: string): Promise<State> {
    const on = environment === "container-on-vm" ? await this.make("vm", `${name}-host`) : undefined;
    const inputs = sandboxInputsSchema.parse({
      ...{ name, runId, environment, cpus: 1, memoryMiB },
      kind: environment.startsWith("container") ? "container" : environment === "vm" ? "vm" : "process",
      ...(on === undefined ? {} : { on: on["connection"], onFacts: on["facts"] }),
    });
    const { outputs } = await sandboxHandler.create(inputs, operation);
    this.#made.push({ inputs, state: outputs });
    return outputs;
  }

  /** Whether the newest sandbox is still there. */
  async reads(): Promise<boolean> {
    const newest = this.#made.at(-1);
    return newest !== undefined && (await sandboxHandler.read("", newest.inputs, newest.state, operation)) !== null;
  }

  async removeAll(): Promise<void> {
    for (const { inputs, state } of this.#made.splice(0).reverse()) {
      await sandboxHandler.delete("", inputs, state, operation);
    }
  }
}

async function ask(state: State, argv: readonly string[]): Promise<string> {
  const env = identityVariables(runId, "asking");
  return (await executeAt(connectionSchema.parse(state["connection"]), argv, { timeoutSec: 60, env })).trim();
}

const allocate = `b = bytearray(${String(memoryMiB * 2)} * 1024 * 1024)\nfor i in range(0, len(b), 4096): b[i] = 1\nprint("held")`;
const roots = new Map<string, string>();

for (const environment of localEnvironments) {
  describe(`a real sandbox: ${environment}`, function () {
    this.timeout(240_000);
    const standing = new Standing();
    let state: State = {};

    before(async function () {
      const reason = whyNot(readMachine(), environment);
      if (reason !== null) {
        skip(this, reason);
      }
      state = await standing.make(environment, environment);
    });

    after(async () => {
      await standing.removeAll();
      await clearRun(runId);
    });

    it("holds its program to one CPU", async () => {
      const script = "import os; print(len(os.sched_getaffinity(0)))";
      expect(await ask(state, ["python3", "-c", script])).to.equal("1");
      expect(hostFactsSchema.parse(state["facts"]).cpus).to.equal(1);
    });

    it("ends a program that takes more memory than it has", async function () {
      if (hostFactsSchema.parse(state["facts"]).limits.memory.mechanism === "none") {
        skip(this, "this user may not limit memory");
      }
      const answer = await ask(state, ["sh", "-c", 'python3 -c "$0" 2>/dev/null || echo ended', allocate]);
      expect(answer).to.equal("ended");
    });

    it("leads to no network but its own link", async () => {
      const script = "import os; print(' '.join(sorted(os.listdir('/sys/class/net'))))";
      const interfaces = (await ask(state, ["python3", "-c", script])).split(" ");
      const routes = await ask(state, ["ip", "route", "show", "default"]);
      expect(routes).to.equal("");
      expect(interfaces).to.include("lo");
    });

    it("cannot change the shared root", async () => {
      await ask(state, ["sh", "-c", "echo changed > /usr/lib/underlay-mark || true"]);
      const script = "import glob; print(len(glob.glob('/usr/lib/underlay-mark')))";
      const { root } = readMachine();
      expect(root).to.not.equal(null);
      const fresh = await standing.make("bare-metal", `${environment}-witness`);
      expect(await ask(fresh, ["python3", "-c", script])).to.equal("0");
    });

    it("has the same interpreter and libc as every other", async () => {
      const files = ["/usr/bin/python3.11", "/lib/x86_64-linux-gnu/libc.so.6"];
      roots.set(environment, await ask(state, ["sha256sum", ...files]));
      expect(new Set(roots.values()).size).to.equal(1);
    });

    it("is noticed when it is gone, and leaves nothing", async () => {
      expect(await standing.reads()).to.equal(true);
      await standing.removeAll();
      const left = (await findLeftovers(readMachine())).filter((leftover) => leftover.runId === runId);
      expect(left.filter(({ kind }) => kind !== "directory")).to.deep.equal([]);
    });
  });
}
