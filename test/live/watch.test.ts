import { execa } from "execa";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { findLeftovers } from "../../provider/leftovers.ts";
import { readMachine } from "../../provider/machine.ts";
import { SteadyLoad, whyNoServices } from "../support/service-load.ts";
import { skip } from "../support/skip.ts";

const fixture = fileURLToPath(new URL("../fixtures/service/source", import.meta.url));
const command = fileURLToPath(new URL("../../cli/underlay.mjs", import.meta.url));

interface Told {
  readonly event: string;
  readonly url?: string;
  readonly version?: string;
  readonly code?: string;
}

describe("a watch on a model repository", function () {
  this.timeout(600_000);
  const machine = readMachine();
  let folder = "";
  let end: (() => Promise<unknown>) | undefined;

  before(function () {
    const reason = whyNoServices(machine);
    if (reason !== null) skip(this, reason);
    folder = mkdtempSync(join(tmpdir(), "underlay-watch-"));
  });
  after(async () => {
    await end?.();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Puts a version into the repository at once, as a store does. */
  function publish(name: string, change: (text: string) => string): void {
    const aside = join(folder, `${name}.tmp`);
    cpSync(fixture, aside, { recursive: true });
    const file = join(aside, "predict.py");
    writeFileSync(file, change(readFileSync(file, "utf8")));
    renameSync(aside, join(folder, "repository", name));
  }

  it("serves each new version that predicts, never one that does not, and fails no request meanwhile", async () => {
    mkdirSync(join(folder, "repository"));
    const own = { XDG_STATE_HOME: join(folder, "state") };
    const options = ["--json", "--interval", "0.5", "--memory", "512", "--name", "adder"];
    const program = execa("node", [command, "watch", join(folder, "repository"), ...options], {
      env: own,
      reject: false,
      // On a busy machine its end takes longer than the 5 s after which execa would kill it.
      forceKillAfterDelay: false,
    });
    end = () => {
      program.kill("SIGTERM");
      return program;
    };
    const told: Told[] = [];
    const waiting: { event: string; version: string | undefined; resolve: (told: Told) => void }[] = [];
    createInterface({ input: program.stdout }).on("line", (line) => {
      const one = JSON.parse(line) as Told;
      told.push(one);
      waiting
        .filter(({ event, version }) => one.event === event && (version === undefined || one.version === version))
        .forEach(({ resolve }) => {
          resolve(one);
        });
    });
    const until = (event: string, version?: string): Promise<Told> =>
      new Promise((resolve, reject) => {
        const there = told.find((one) => one.event === event && (version === undefined || one.version === version));
        if (there !== undefined) resolve(there);
        waiting.push({ event, version, resolve });
        void program.then(({ stderr }) => {
          reject(new Error(`the watch ended: ${stderr}`));
        });
      });

    const { url = "" } = await until("listening");
    publish("v1", (text) => text);
    await until("serving", "v1");
    const load = new SteadyLoad(url.replace(/\/predict$/, ""), JSON.stringify({ instances: [[1, 2, 3]] }));
    publish("v2", (text) => text.replace("VERSION = 1", "VERSION = 2"));
    await until("retired", "v1");
    publish("v3", (text) => text.replace("sum(values)", "missing(values)"));
    const refused = await until("refused", "v3");
    publish("v4", (text) => `${text.replace("VERSION = 1", "VERSION = 4")}\nthis is no Python\n`);
    const broken = await until("refused", "v4");
    publish("v5", (text) => text.replace("VERSION = 1", "VERSION = 5"));
    await until("retired", "v2");
    await load.end();

    expect(load.failed).to.deep.equal([]);
    expect([refused.code, broken.code]).to.deep.equal(["smoke-test-failed", "source-syntax"]);
    const versions = load.answers.map(
      ({ body }) => (JSON.parse(body) as { predictions: { version: number }[] }).predictions[0]?.version,
    );
    expect([...new Set(versions)]).to.deep.equal([1, 2, 5]);
    program.kill("SIGTERM");
    expect((await program).exitCode).to.equal(0);
    const left = (await findLeftovers(machine)).filter(
      ({ name, owner }) => owner === "adder" || name.includes("-adder"),
    );
    expect(left).to.deep.equal([]);
  });
});
