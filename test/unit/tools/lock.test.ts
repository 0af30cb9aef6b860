import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { lock } from "../../../tools/lock.mjs";

const module = new URL("../../../tools/lock.mjs", import.meta.url).href;

async function owner(cache: string) {
  const script = `const { lock } = await import(${JSON.stringify(module)});
    await lock(${JSON.stringify(cache)}, () => {}); console.log("locked"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

describe("lock", () => {
  let folder = "";

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "underlay-lock-"));
    mkdirSync(path.join(folder, "other"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("is free again when it was let go", async () => {
    const waits: string[] = [];
    (await lock(folder, (pid) => waits.push(pid)))();
    (await lock(folder, (pid) => waits.push(pid)))();
    expect(waits).to.deep.equal([]);
  });

  it("does not keep other cache folders out", async () => {
    const release = await lock(folder, () => undefined);
    (await lock(path.join(folder, "other"), () => expect.fail("waited")))();
    release();
  });

  it("names the owner it waits for, and is free as soon as the owner was killed", async () => {
    const child = await owner(folder);
    let named = "";
    const waiting = lock(folder, (pid) => {
      named = pid;
      child.kill("SIGKILL");
    });
    const release = await waiting;
    release();
    expect(named).to.equal(String(child.pid));
    expect(child.killed).to.equal(true);
  });
});
