import { expect } from "chai";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Services } from "../../lab/first-program.ts";
import { Lab } from "../../lab/frame.ts";
import { readStatus } from "../../lab/status.ts";

describe("the services of a lab", () => {
  let state: string;
  let services: Services;
  beforeEach(() => {
    state = mkdtempSync(join(tmpdir(), "lab-"));
    mkdirSync(join(state, "log"));
    services = new Services(state, { PATH: process.env["PATH"] ?? "", WHO: "lab" });
  });
  afterEach(() => {
    rmSync(state, { recursive: true });
  });
  const start = (script: string): void =>
    services.start({ name: "one", argv: ["sh", "-c", script], env: { OWN: "1" } });
  const log = (): string => readFileSync(services.logOf("one"), "utf8");

  it("have the variables that all have, their own and their name, and a log", async () => {
    start("echo $WHO $OWN $UNDERLAY_LAB ${HOME-none}; exec sleep 0.5");
    await services.until("its log", () => log().includes("\n"));
    expect(log()).to.equal("lab 1 one none\n");
  });

  it("are waited for while what is asked for cannot be asked yet", async () => {
    start(`sleep 0.3; echo ready >${join(state, "ready")}; exec sleep 1`);
    // A file that is not there throws.
    await services.until("the file", () => readFileSync(join(state, "ready"), "utf8") === "ready\n");
    expect(existsSync(join(state, "ready"))).to.equal(true);
  });

  it("are not waited for once one has ended: an error that says which, how, and what for", async () => {
    start("exit 7");
    const failed = await services.until("something", () => false).catch((thrown: unknown) => String(thrown));
    expect(failed).to.equal("Error: one ended with 7 while the lab waited for something");
  });

  it("tell how far they are", () => {
    expect(readStatus(state)).to.equal(null);
    services.say("on the way");
    expect(readStatus(state)).to.deep.equal({ phase: "starting", text: "on the way" });
  });
});

describe("a lab", () => {
  it("that is not there says so", async () => {
    const nothing = () => Promise.resolve([]);
    const end = { device: "none0", address: "192.0.2.1" };
    const lab = new Lab({
      ...{ name: "nowhere", namespace: "underlay-lab-nowhere", folder: "/", prepare: nothing, equip: nothing },
      ...{ link: { outside: end, inside: end, prefix: 30 }, access: () => "", describe: nothing },
    });
    expect(await lab.runs()).to.equal(false);
    expect(await lab.status()).to.deep.equal(["nowhere: down"]);
  });
});
