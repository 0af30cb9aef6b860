import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { pulumi } from "../../../cli/pulumi.ts";
import { makeProgram } from "../../../cli/program.ts";
import { fullMachine, TemporaryHomes } from "../../support/machine-file.ts";

describe("underlay pulumi", () => {
  let homes: TemporaryHomes;
  let said: string;
  const before = process.exitCode;
  beforeEach(() => {
    homes = new TemporaryHomes();
    said = path.join(homes.directory, "said");
    const folder = homes.folder("bin");
    const command = path.join(folder, "pulumi");
    writeFileSync(
      command,
      `#!/bin/sh\nprintf '%s\\n' "$PATH" "$@" >'${said}'\n[ "$1" = killed ] && kill -9 $$\nexit 3\n`,
    );
    chmodSync(command, 0o755);
    homes.writeMachine({ ...fullMachine, pulumi: { ...fullMachine.pulumi, command, path: [folder, "/beside"] } });
  });
  afterEach(() => {
    homes.restore();
    process.exitCode = before;
  });

  it("hands every word on, finds what the CLI starts, and ends as it does", async () => {
    await makeProgram().parseAsync(["pulumi", "up", "--yes", "--help", "-C", "a b", "--version"], { from: "user" });
    expect(process.exitCode).to.equal(3);
    const [search = "", ...words] = readFileSync(said, "utf8").trimEnd().split("\n");
    expect(words).to.deep.equal(["up", "--yes", "--help", "-C", "a b", "--version"]);
    expect(search.split(":").slice(0, 2)).to.deep.equal([path.join(homes.directory, "bin"), "/beside"]);
    expect(search.split(":")).to.include.members((process.env["PATH"] ?? "").split(":"));
  });

  it("ends with 1 when a signal ended the CLI, and listens for none afterwards", async () => {
    const listeners = process.listenerCount("SIGINT");
    expect(await pulumi(["killed"])).to.equal(1);
    expect(process.listenerCount("SIGINT")).to.equal(listeners);
  });

  it("says what to do where there is none", async () => {
    homes.writeMachine({ ...fullMachine, pulumi: null });
    const error: unknown = await pulumi(["up"]).catch((thrown: unknown) => thrown);
    expect(error)
      .to.be.instanceOf(Error)
      .and.to.have.property("message")
      .that.includes("pulumi is missing on this machine");
  });
});
