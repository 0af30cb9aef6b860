import { expect } from "chai";
import { slurmConfiguration } from "../../../../provider/slurm/configuration.ts";

describe("slurmConfiguration", () => {
  const lines = slurmConfiguration("/state", { cpus: 4, memoryMiB: 1024 }).split("\n");

  it("gives the node what it was given, and each CPU its share of memory", () => {
    expect(lines).to.include("NodeName=localhost NodeAddr=127.0.0.1 CPUs=4 RealMemory=1024 State=UNKNOWN");
    expect(lines).to.include("DefMemPerCPU=256");
  });

  it("keeps every file below its own folder, and sockets where their paths are short", () => {
    const files = lines.filter((line) => /=\/|socket=/.test(line));
    expect(files).to.have.length.above(6);
    expect(files.filter((line) => !/=(?:socket=)?(?:\/state|\/proc\/1\/cwd)\//.test(line))).to.deep.equal([]);
    const short = files.filter((line) => line.includes("/proc/1/cwd/"));
    expect(short.map((line) => line.split("=")[0])).to.have.members(["AuthInfo", "SlurmdSpoolDir"]);
  });
});
