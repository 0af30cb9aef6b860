import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { parseRecord } from "../../measure/parse-record.ts";
import { resultsSchema } from "../../measure/results.ts";
import { type Connection, quote, through } from "../../provider/connection.ts";
import { execute } from "../../provider/execute.ts";
import { measurementInputsSchema } from "../../provider/inputs.ts";
import { findLeftovers, type Leftover } from "../../provider/leftovers.ts";
import { readMachine } from "../../provider/machine.ts";
import { measurementHandler } from "../../provider/measurement.ts";
import { programPlace, shipProgram } from "../../provider/program.ts";
import { clearRun, runHandler } from "../../provider/run.ts";
import { runDirectory, writeRunFile } from "../../provider/run-directory.ts";
import { removeProgram, shippedPrograms } from "../../provider/shipped-programs.ts";
import { sshHop } from "../../provider/ssh-hop.ts";
import { rejectionOf } from "../support/expect-error.ts";
import { freshRunId } from "../support/machine-file.ts";
import { quietOperation } from "../support/operation.ts";
import { measurementInputs } from "../support/provider-inputs.ts";
import { skip } from "../support/skip.ts";

const program = fileURLToPath(new URL("../fixtures/program", import.meta.url));
const noSignal = new AbortController().signal;

/** A host with a root and a folder for temporary files of its own, and the real server of OpenSSH, asked over a pipe. */
describe("a workload program on a host that is reached over ssh", function () {
  this.timeout(120_000);
  let folder: string;
  let temporary: string;
  let connection: Connection;
  let owner: { runId: string; name: string };
  let place: string;

  before(async function () {
    const { root, bubblewrap } = readMachine();
    if (process.getuid?.() !== 0) skip(this, "an ssh server that changes its root needs root");
    if (root === null || bubblewrap === null) skip(this, "there is no root file system or no bubblewrap");
    folder = mkdtempSync(join(tmpdir(), "ssh-program-"));
    temporary = join(folder, "tmp");
    mkdirSync(temporary);
    chmodSync(temporary, 0o1777);
    for (const name of ["host", "login"]) {
      await execute(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)], { timeoutSec: 30 });
    }
    const server = [
      ...[bubblewrap, "--cap-add", "ALL", "--ro-bind", root.directory, "/", "--dev", "/dev", "--proc", "/proc"],
      ...["--tmpfs", "/run", "--dir", "/run/sshd", "--bind", temporary, "/tmp", "--ro-bind", folder, "/mnt"],
      ...[
        "--die-with-parent",
        "--",
        "/usr/sbin/sshd",
        "-i",
        "-h",
        "/mnt/host",
        "-o",
        "AuthorizedKeysFile=/mnt/login.pub",
      ],
      ...["-o", "StrictModes=no", "-o", "UsePAM=no", "-o", "LogLevel=ERROR", "-o", "UseDNS=no"],
    ];
    const [type, key] = readFileSync(join(folder, "host.pub"), "utf8").split(" ");
    writeFileSync(join(folder, "known"), `bench-host ${type ?? ""} ${key ?? ""}\n`);
    connection = sshHop({ host: "bench-host", user: "root", identityFile: join(folder, "login") }, [
      `ProxyCommand=${server.map(quote).join(" ")}`,
      ...[`UserKnownHostsFile=${join(folder, "known")}`, "LogLevel=ERROR"],
    ]);
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(() => {
    owner = { runId: freshRunId(), name: "training-measurement" };
    place = programPlace(owner, "bare-metal");
  });
  afterEach(async () => {
    await clearRun(owner.runId);
    expect(readdirSync(temporary)).to.deep.equal([]);
  });

  const outside = (path: string): string => join(temporary, path.slice("/tmp/".length));
  const own = async (): Promise<Leftover[]> => (await findLeftovers(null)).filter(({ runId }) => runId === owner.runId);
  const openRun = (): void => {
    const { project, stack } = { project: "underlay", stack: "test" };
    const creator = { pid: process.pid, startTime: "" };
    writeRunFile({ runId: owner.runId, project, stack, directory: folder, engine: {}, createdAt: "", creator });
  };

  it("is gone once it was measured, and so is the note of it", async () => {
    const warnings: string[] = [];
    const [host] = (measurementInputs(owner.runId, program) as { hosts: Record<string, unknown>[] }).hosts;
    const inputs = measurementInputsSchema.parse({
      ...measurementInputs(owner.runId, program),
      hosts: [{ ...host, connection: through(connection, { argv: ["taskset", "--cpu-list", "0"], shell: false }) }],
      recordDirectory: join(folder, "records"),
    });
    const { outputs } = await measurementHandler.create(inputs, quietOperation(warnings));
    const results = resultsSchema.parse(outputs["results"]);
    expect(results.status).to.equal("complete");
    const lines = parseRecord(readFileSync(results.record.path, "utf8"));
    expect(lines.filter(({ type }) => type === "block")).to.have.lengthOf(4);
    expect(warnings).to.deep.equal([]);
    expect(readdirSync(temporary)).to.deep.equal([]);
    expect(shippedPrograms([owner.runId])).to.deep.equal([]);
  });

  it("lies in a folder of the run that nobody but the login may enter, whatever stood there", async () => {
    const elsewhere = outside("/tmp/elsewhere");
    mkdirSync(elsewhere);
    symlinkSync("/tmp/elsewhere", outside(place));
    await shipProgram(program, connection, owner, place, noSignal);
    const found = lstatSync(outside(place));
    expect([found.isDirectory(), found.mode & 0o777, found.uid]).to.deep.equal([true, 0o700, 0]);
    expect(readdirSync(outside(place))).to.include("main.py");
    expect(readdirSync(elsewhere)).to.deep.equal([]);
    rmSync(elsewhere, { recursive: true });
    // Another environment of the same run on this host, and another run, have folders of their own.
    const other = programPlace(owner, "vm");
    await shipProgram(program, connection, owner, other, noSignal);
    expect(readdirSync(temporary)).to.have.lengthOf(2);
    expect(shippedPrograms([owner.runId])).to.have.lengthOf(2);
  });

  it("is refused a folder that is another user's", async () => {
    // The login of a user without rights, on this machine: root's folder stands where the program is to be.
    const login = {
      hops: [{ argv: ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"], shell: false }],
    };
    mkdirSync(place, { mode: 0o755 });
    try {
      const error = await rejectionOf(shipProgram(program, login, owner, place, noSignal));
      expect(error.code).to.equal("command-failed");
      expect(error.hint).to.include(`cannot remove '${place}'`);
      expect(readdirSync(place)).to.deep.equal([]);
    } finally {
      rmSync(place, { recursive: true });
    }
  });

  it("is found by what was noted down when its measurement was killed, and goes with the run", async () => {
    openRun();
    await shipProgram(program, connection, owner, place, noSignal);
    const name = `bench-host:${place}`;
    expect(await own()).to.deep.include({
      ...{ kind: "program", runId: owner.runId, owner: owner.name, name, detail: "" },
    });
    const warnings: string[] = [];
    await runHandler.delete(
      owner.runId,
      runHandler.schema.parse({ project: "underlay", stack: "test" }),
      {},
      quietOperation(warnings),
    );
    expect(warnings).to.deep.equal([`audit: program ${name} of ${owner.name} was left behind, and is removed.`]);
    expect(existsSync(outside(place))).to.equal(false);
    expect(await own()).to.deep.equal([]);
  });

  it("on a host that cannot be reached any more holds nothing up, and is named", async () => {
    openRun();
    const gone = sshHop({ host: "gone-host" }, ["ProxyCommand=/bin/false"]);
    await rejectionOf(shipProgram(program, gone, owner, place, noSignal));
    const [shipped] = shippedPrograms([owner.runId]);
    expect(shipped?.name).to.equal(`gone-host:${place}`);
    if (shipped !== undefined) await rejectionOf(removeProgram(shipped));
    expect(shippedPrograms([owner.runId])).to.have.lengthOf(1);
    const warnings: string[] = [];
    await runHandler.delete(
      owner.runId,
      runHandler.schema.parse({ project: "underlay", stack: "test" }),
      {},
      quietOperation(warnings),
    );
    expect(warnings).to.have.lengthOf(1);
    expect(warnings[0]).to.include(
      `program gone-host:${place} of ${owner.name} stays, if its host is still there: ssh`,
    );
    expect(existsSync(runDirectory(owner.runId))).to.equal(false);
  });
});
