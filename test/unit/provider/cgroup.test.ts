import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { groupsNamed, makeMemoryGroup, type MemoryGroup, membersOf, removeGroup } from "../../../provider/cgroup.ts";
import { freshRunId } from "../../support/machine-file.ts";
import { skip } from "../../support/skip.ts";

describe("a control group", () => {
  const name = `underlay-${freshRunId()}-test`;
  let group: MemoryGroup;
  let child: ChildProcess | undefined;

  before(function () {
    const made = makeMemoryGroup(name, 128);
    if ("reason" in made) {
      skip(this, `this user cannot make control groups: ${made.reason}`);
    }
    group = made;
  });
  after(() => {
    child?.kill("SIGKILL");
    for (const directory of groupsNamed(name)) {
      removeGroup(directory);
    }
  });

  it("holds the memory limit that it was made with", () => {
    const file = group.mechanism === "cgroup v2" ? "memory.max" : "memory.limit_in_bytes";
    expect(readFileSync(path.join(group.directory, file), "utf8").trim()).to.equal(String(128 * 1024 * 1024));
  });

  it("is found by the start of its name", () => {
    expect(groupsNamed(name.slice(0, -5))).to.deep.equal([group.directory]);
    expect(groupsNamed(`underlay-${freshRunId()}`)).to.deep.equal([]);
  });

  it("is not found by another user than its owner", function () {
    if (process.getuid?.() !== 0) {
      skip(this, "only root can give a control group to another user");
    }
    chownSync(group.directory, 65534, 65534);
    expect(groupsNamed(name)).to.deep.equal([]);
    chownSync(group.directory, 0, 0);
  });

  it("takes processes in, and says which it has", async () => {
    expect(membersOf(group.directory)).to.deep.equal([]);
    child = spawn("sleep", ["60"]);
    writeFileSync(path.join(group.directory, "cgroup.procs"), String(child.pid));
    expect(membersOf(group.directory)).to.deep.equal([child.pid]);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(membersOf(group.directory)).to.deep.equal([]);
  });

  it("is removed, once and again", () => {
    removeGroup(group.directory);
    removeGroup(group.directory);
    expect(existsSync(group.directory)).to.equal(false);
    expect(membersOf(group.directory)).to.deep.equal([]);
  });
});

describe("a control group that cannot be made", () => {
  it("is a reason, and leaves nothing", () => {
    // A limit that no kernel takes.
    const name = `underlay-${freshRunId()}-test`;
    const made = makeMemoryGroup(name, Number.NaN);
    expect(made).to.have.property("reason");
    expect(groupsNamed(name)).to.deep.equal([]);
  });
});
