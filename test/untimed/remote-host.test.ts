import { expect } from "chai";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectionSchema } from "../../provider/connection.ts";
import { execute, executeAt } from "../../provider/execute.ts";
import { readMachine } from "../../provider/machine.ts";
import { remoteContainerHandler } from "../../provider/remote/container.ts";
import { hostPreparationHandler } from "../../provider/remote/preparation.ts";
import { findCommand } from "../../tools/find-command.mjs";
import { factsOf } from "../fixtures/report/fixture.ts";
import { rejectionOf } from "../support/expect-error.ts";
import { freshRunId } from "../support/machine-file.ts";
import { quietOperation } from "../support/operation.ts";
import { findShellcheck } from "../support/shellcheck.ts";
import { skip } from "../support/skip.ts";

/** The machine at hand stands for a host: the way to it has no hop. */
describe("a container of podman on a host that exists", () => {
  const runId = freshRunId();
  const configured = process.env["CONTAINERS_CONF"];
  const { containerEngine } = readMachine();
  let folder: string;

  beforeEach(function () {
    if (containerEngine?.name !== "podman" || containerEngine.rootless) {
      skip(this, "there is no podman that root runs");
    }
    folder = mkdtempSync(join(tmpdir(), "remote-"));
    // What set-up found podman to need on this machine, as a host's own configuration has it.
    const { globalArguments, runArguments } = containerEngine;
    const after = (words: readonly string[], name: string): string[] =>
      words.flatMap((word, index) => (words[index - 1] === name ? [JSON.stringify(word)] : []));
    const conf = [
      ...["[containers]", `default_ulimits = [${after(runArguments, "--ulimit").join(", ")}]`],
      ...["[engine]", ...after(globalArguments, "--runtime").map((runtime) => `runtime = ${runtime}`)],
    ];
    writeFileSync(join(folder, "containers.conf"), `${conf.join("\n")}\n`);
    process.env["CONTAINERS_CONF"] = join(folder, "containers.conf");
  });
  afterEach(() => {
    if (configured === undefined) {
      delete process.env["CONTAINERS_CONF"];
    } else {
      process.env["CONTAINERS_CONF"] = configured;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const inputs = (more: Record<string, unknown> = {}) =>
    remoteContainerHandler.schema.parse({
      ...{ name: "contained", runId, environment: "container-on-bare-metal", on: { hops: [] } },
      ...{ onFacts: factsOf("bare-metal"), imageName: containerEngine?.image.reference ?? "none:1" },
      ...{ cpus: 1, memoryMiB: 256, ...more },
    });

  it("has the CPUs and the memory that it was given, until it is removed", async () => {
    const warnings: string[] = [];
    const { id, outputs } = await remoteContainerHandler.create(inputs(), quietOperation(warnings));
    const facts = outputs["facts"] as ReturnType<typeof factsOf>;
    expect(facts).to.deep.include({ cpus: 1, memoryMiB: 256, virtualisation: factsOf("bare-metal").virtualisation });
    expect(facts.limits).to.deep.equal({
      cpus: { mechanism: "cgroup cpuset", value: 1 },
      memory: { mechanism: "cgroup", value: 256 },
    });
    expect(facts.containerRuntime).to.match(/^podman \d/);
    expect(facts.imageDigest).to.match(/^sha256:/);
    expect(await remoteContainerHandler.read(id, inputs(), outputs, quietOperation())).to.equal(outputs);
    // What a killed `up` left there makes room.
    await remoteContainerHandler.create(inputs({ memoryMiB: 128 }), quietOperation());
    await remoteContainerHandler.delete(id, inputs(), outputs, quietOperation());
    expect(await remoteContainerHandler.read(id, inputs(), outputs, quietOperation(warnings))).to.equal(null);
    expect(warnings).to.deep.equal(['container-on-bare-metal "contained" is gone: it no longer runs on its host.']);
    await remoteContainerHandler.delete(id, inputs(), outputs, quietOperation());
  });

  it("that had too little memory leaves nothing in the login's folder, which is where commands begin", async () => {
    const home = join(folder, "home");
    mkdirSync(home);
    const on = { hops: [{ argv: ["env", "-C", home], shell: false }] };
    const given = inputs({ on, name: "hungry", memoryMiB: 64 });
    const { id, outputs } = await remoteContainerHandler.create(given, quietOperation());
    try {
      const connection = connectionSchema.parse(outputs["connection"]);
      const killed = await rejectionOf(
        executeAt(connection, ["python3", "-c", "bytearray(1 << 30)"], { timeoutSec: 60 }),
      );
      expect(killed.message).to.include("ended with 137");
      expect(await executeAt(connection, ["echo", "there"], { timeoutSec: 60 })).to.equal("there");
    } finally {
      await remoteContainerHandler.delete(id, given, outputs, quietOperation());
    }
    expect(readdirSync(home)).to.deep.equal([]);
  });

  it("is refused an image that is nowhere, in podman's words, and leaves nothing", async () => {
    const error = await rejectionOf(
      remoteContainerHandler.create(inputs({ imageName: "underlay.invalid/root:1" }), quietOperation()),
    );
    expect(error.code).to.equal("image-not-pulled");
    expect(error.message).to.include("underlay.invalid");
  });

  it("says that its host cannot be reached, and holds nothing up for that", async () => {
    const away = { hops: [{ argv: ["sh", "-c", "echo away >&2; exit 255"], shell: false }] };
    const warnings: string[] = [];
    const state = { name: "contained" };
    expect(await remoteContainerHandler.read("id", inputs({ on: away }), state, quietOperation(warnings))).to.equal(
      state,
    );
    await remoteContainerHandler.delete("id", inputs({ on: away }), state, quietOperation(warnings));
    expect(warnings).to.have.lengthOf(2);
    expect(warnings[1]).to.include("stays on a host that cannot be reached");
  });
});

/** A host whose home and `/etc` are folders, and whose package manager is a script. */
describe("the preparation of a host", () => {
  const script = fileURLToPath(new URL("../../provider/remote/prepare", import.meta.url));
  const runId = freshRunId();
  let root: string;
  const write = (file: string, text: string, mode = 0o644): void => {
    mkdirSync(join(root, file, ".."), { recursive: true });
    writeFileSync(join(root, file), text, { mode });
  };
  const enter = (): string[] => [
    ...["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--tmpfs", "/tmp"],
    ...["--bind", join(root, "etc"), "/etc", "--bind", root, "/mnt"],
    ...["--unsetenv", "XDG_CACHE_HOME", "--setenv", "HOME", "/mnt/home", "--setenv", "PATH", "/mnt/bin:/usr/bin:/bin"],
    ...["--die-with-parent", "--"],
  ];
  const prepare = (...words: string[]): Promise<string> =>
    execute([...enter(), "sh", script, ...words], { timeoutSec: 120, input: words[0] === "lock" ? lock : "" });
  let lock = "";
  const inputs = (more: Record<string, unknown> = {}) =>
    hostPreparationHandler.schema.parse({
      ...{ name: "prepared", runId, on: { hops: [{ argv: enter(), shell: false }] }, onFacts: factsOf("vm"), ...more },
    });

  beforeEach(function () {
    if (findCommand("bwrap") === null) {
      skip(this, "there is no bubblewrap: run `npm test`, which gets it");
    }
    root = mkdtempSync(join(tmpdir(), "prepared-"));
    ["etc", "home", "bin"].forEach((name) => mkdirSync(join(root, name)));
    write("bin/podman", "#!/bin/sh\necho podman version 5.0.0\n", 0o755);
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it("installs packages by their hashes, once for all of its users, and removes them with the last", async function () {
    const make = `import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1], "w")
archive.writestr("tiny.py", "word = 'installed'")
archive.writestr("tiny-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1\\n")
archive.writestr("tiny-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
archive.writestr("tiny-1.dist-info/RECORD", "")
`;
    const wheel = join(root, "tiny-1-py3-none-any.whl");
    spawnSync("python3", ["-c", make, wheel]);
    if (!existsSync(wheel)) skip(this, "there is no Python to make a wheel with");
    const digest = createHash("sha256").update(readFileSync(wheel)).digest("hex");
    const locked = (hash: string): string => `tiny @ file:///mnt/tiny-1-py3-none-any.whl --hash=sha256:${hash}\n`;
    lock = locked("0".repeat(64));
    await prepare("lock", "one");
    const refused = await prepare("packages", "one", "first").then(String, String);
    expect(refused).to.include("DO NOT MATCH THE HASHES", refused);
    lock = locked(digest);
    await prepare("lock", "one");
    const said = await prepare("packages", "one", "first");
    expect(said).to.match(/^python 3\.11\.\d+\nfolder \/mnt\/home\/\.cache\/underlay\/packages-one\/env\/bin$/);
    expect(await prepare("packages", "one", "second")).to.equal(said);
    const tell = "import tiny; print(tiny.word)";
    const python = "/mnt/home/.cache/underlay/packages-one/env/bin/python3";
    expect(await execute([...enter(), python, "-c", tell], { timeoutSec: 30 })).to.equal("installed");
    await prepare("show", "one", "yes", "no");
    await prepare("forget", "one", "first");
    await prepare("show", "one", "yes", "no");
    await prepare("forget", "one", "second");
    expect(await prepare("show", "one", "yes", "no").then(String, String)).to.include("its packages are gone");
    expect(existsSync(join(root, "home/.cache/underlay/packages-one"))).to.equal(false);
  });

  it("gets the engine and the toolkit that are missing, and those alone", async () => {
    const gives = "printf '#!/bin/sh\\ntouch /etc/cdi/nvidia.yaml\\necho toolkit 1.17\\n' >/mnt/bin/nvidia-ctk";
    write("bin/apt-get", `#!/bin/sh\necho "$*" >>/mnt/log\n${gives}\nchmod +x /mnt/bin/nvidia-ctk\n`, 0o755);
    const { outputs } = await hostPreparationHandler.create(
      inputs({ engine: true, accelerators: true }),
      quietOperation(),
    );
    expect(readFileSync(join(root, "log"), "utf8")).to.equal(
      "install --yes --no-install-recommends nvidia-container-toolkit\n",
    );
    expect(outputs["connection"]).to.deep.equal(inputs().on);
    expect(outputs["facts"]).to.deep.equal(factsOf("vm"));
    const given = inputs({ engine: true, accelerators: true });
    expect(await hostPreparationHandler.read("id", given, outputs, quietOperation())).to.equal(outputs);
    rmSync(join(root, "etc/cdi"), { recursive: true });
    const warnings: string[] = [];
    expect(await hostPreparationHandler.read("id", given, outputs, quietOperation(warnings))).to.equal(null);
    expect(warnings.join()).to.include("its container toolkit is gone");
  });

  it("says what to do where the toolkit is nowhere", async () => {
    write("bin/apt-get", '#!/bin/sh\necho "E: Unable to locate package $4" >&2\nexit 100\n', 0o755);
    const error = await rejectionOf(
      hostPreparationHandler.create(inputs({ engine: true, accelerators: true }), quietOperation()),
    );
    expect(error.code).to.equal("toolkit-missing");
    expect(error.message).to.include("Unable to locate package nvidia-container-toolkit");
  });

  it("is done by a script that shellcheck finds nothing in", function () {
    const shellcheck = findShellcheck();
    if (shellcheck === null) skip(this, "there is no shellcheck: run `npm test`, which gets it");
    expect(spawnSync(shellcheck, [script], { encoding: "utf8" }).stdout).to.equal("");
  });
});
