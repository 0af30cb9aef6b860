import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { WorkspaceLock } from "../../../cli/workspace-lock.ts";
import { identify } from "../../../provider/processes.ts";
import { errorOf } from "../../support/expect-error.ts";
import { TemporaryHomes } from "../../support/machine-file.ts";

describe("the lock of a workspace", () => {
  let homes: TemporaryHomes;
  let file: string;

  beforeEach(() => {
    homes = new TemporaryHomes();
    file = path.join(homes.directory, "state/underlay/start/lock.json");
  });
  afterEach(() => {
    homes.restore();
  });

  /** What another command left there. */
  function leave(content: string): void {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  it("names its holder, and is given back", () => {
    const lock = WorkspaceLock.take("start");
    expect(lock.foundStale).to.equal(false);
    expect(JSON.parse(readFileSync(file, "utf8"))).to.deep.equal(identify(process.pid));
    expect(readdirSync(path.dirname(file))).to.deep.equal(["lock.json"]);
    lock.release();
    expect(existsSync(file)).to.equal(false);
    expect(WorkspaceLock.take("start").foundStale).to.equal(false);
  });

  it("is not given to a second command while the first one runs", () => {
    const lock = WorkspaceLock.take("start");
    const error = errorOf(() => WorkspaceLock.take("start"));
    expect(error.code).to.equal("workspace-busy");
    expect(error.message).to.include(`process ${String(process.pid)}`);
    lock.release();
  });

  it("of another workspace is another one", () => {
    WorkspaceLock.take("start");
    expect(WorkspaceLock.take("bench").foundStale).to.equal(false);
  });

  const stale: readonly (readonly [string, () => string])[] = [
    ["its holder is gone", () => JSON.stringify({ pid: 2 ** 22 + 1, startTime: "1" })],
    ["its holder's id is another process's now", () => JSON.stringify({ ...identify(process.pid), startTime: "1" })],
    ["it is empty", () => ""],
    ["it was cut off", () => '{"pid":'],
    ["it says nothing", () => "null"],
  ];
  for (const [why, content] of stale) {
    it(`is taken over when ${why}, and says that it was found`, () => {
      leave(content());
      const lock = WorkspaceLock.take("start");
      expect(lock.foundStale).to.equal(true);
      expect(JSON.parse(readFileSync(file, "utf8"))).to.deep.equal(identify(process.pid));
      lock.release();
      expect(existsSync(file)).to.equal(false);
    });
  }
});
