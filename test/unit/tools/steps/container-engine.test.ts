import { expect } from "chai";
import { candidates } from "../../../../tools/steps/container-engine.mjs";

const machine = (names: readonly string[]) => (name: string) => (names.includes(name) ? `/usr/bin/${name}` : null);

describe("candidates", () => {
  it("tries the most ordinary way first", () => {
    expect(candidates(machine(["podman", "runc", "docker"]))[0]).to.deep.equal({
      name: "podman",
      command: "/usr/bin/podman",
      globalArguments: [],
      runArguments: [],
    });
  });

  it("tries every runtime with and without limits, and docker last", () => {
    const ways = candidates(machine(["podman", "crun", "runc", "docker"]));
    expect(ways).to.have.length(13);
    expect(ways.at(-1)).to.include({ name: "docker" });
    const spelled = ways.map(({ globalArguments, runArguments }) => [...globalArguments, ...runArguments].join(" "));
    expect(spelled).to.include("--runtime runc --ulimit nofile=1024:1024 --ulimit nproc=4096:4096");
    expect(new Set(spelled).size).to.equal(12);
  });

  it("is empty without an engine", () => {
    expect(candidates(machine(["runc"]))).to.deep.equal([]);
  });
});
