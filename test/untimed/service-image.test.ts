import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import type { ServiceImageFacts } from "../../measure/model-service.ts";
import { engineCommand } from "../../provider/container-engine.ts";
import { execute } from "../../provider/execute.ts";
import { readMachine } from "../../provider/machine.ts";
import { containerName, startService, stopService } from "../../provider/model-service/container.ts";
import { buildCommand, engineOf } from "../../provider/model-service/engine-build.ts";
import { digestOfTree } from "../../provider/image/assemble.ts";
import { packagesReference } from "../../provider/model-service/packages-image.ts";
import { ask } from "../../provider/model-service/request.ts";
import { buildService, type PreparedService, prepareService } from "../../provider/model-service/service-build.ts";
import { cacheOfServices, kept } from "../../provider/model-service/service-cache.ts";
import { modelServicePrograms } from "../../workloads/index.ts";
import { freshRunId } from "../support/machine-file.ts";
import { whyNoServices } from "../support/service-load.ts";
import { skip } from "../support/skip.ts";

const told = { signal: new AbortController().signal, status: (): void => undefined };
const shape = { cpus: 1, memoryMiB: 512, workers: 1, threads: 4 };

/** Answers after as many seconds as it is asked for, and with the user that it runs as. */
const program = (version: number): string =>
  [
    "import os, time",
    `VERSION = ${String(version)}`,
    "def predict(seconds):",
    "    time.sleep(seconds)",
    '    return {"version": VERSION, "user": os.getuid(), "group": os.getgid()}',
    "",
  ].join("\n");

describe("the image of a service", function () {
  this.timeout(900_000);
  const folders: string[] = [];
  const name = `waiter-${freshRunId()}`;
  const owner = { runId: freshRunId(), name };
  let image: ServiceImageFacts;

  const fresh = (): string => {
    folders.push(mkdtempSync(join(tmpdir(), "underlay-waiter-")));
    return folders.at(-1) ?? "";
  };
  const engine = (...argv: readonly string[]): Promise<string> =>
    execute(engineCommand(engineOf(readMachine()), argv), { timeoutSec: 600 });
  const prepare = (version: number, change: { lock?: string } = {}): Promise<PreparedService> => {
    const source = fresh();
    writeFileSync(join(source, "predict.py"), program(version));
    const args = { source, programs: modelServicePrograms, name, ...change };
    return prepareService(args, join(fresh(), "files"), readMachine(), told);
  };
  const build = async (version: number): Promise<ServiceImageFacts> =>
    buildService(await prepare(version), readMachine(), told);
  const tags = async (repository: string): Promise<string[]> =>
    (await engine("images", "--filter", `reference=${repository}`, "--format", "{{.Tag}}")).split("\n").filter(Boolean);

  before(async function () {
    const reason = whyNoServices(readMachine());
    if (reason !== null) skip(this, reason);
    image = await build(1);
  });
  after(async () => {
    if (!existsSync(folders[0] ?? "")) return;
    const repository = `localhost/underlay-service/${name}`;
    for (const tag of await tags(repository)) await engine("rmi", "--force", `${repository}:${tag}`);
    rmSync(join(cacheOfServices(), "images", repository.replaceAll("/", "_")), { recursive: true, force: true });
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  it("says its health check, its user, what its versions were chosen by, and keeps no installer", async () => {
    const said = JSON.parse(await engine("image", "inspect", image.reference)) as [
      {
        Digest: string;
        User: string;
        Healthcheck?: { Test: string[] };
        Config: { Labels: Record<string, string>; Env: string[] };
      },
    ];
    expect(said[0].Digest).to.equal(image.digest);
    expect(said[0].User).to.equal("10001:10001");
    if (engineOf(readMachine()).name === "podman") {
      expect(said[0].Healthcheck?.Test).to.deep.equal(["CMD", "python3", "-m", "model_server.probe"]);
    }
    expect(said[0].Config.Labels["underlay.versions"]).to.be.oneOf(["newest", "measured records"]);
    expect(image.versions).to.match(/^by (?:newest|measured records): ./);
  });

  it("has the same digest when it is built from nothing out of another folder", async function () {
    if (engineOf(readMachine()).name !== "podman") skip(this, "docker keeps no digest of an image that was not pushed");
    // A lock of its own, so that nobody else's image of packages is in the way.
    const lock = join(fresh(), "own.lock");
    writeFileSync(lock, `# ${name}\n${readFileSync(join(image.folder, "requirements.lock"), "utf8")}`);
    const [first, second] = [await prepare(1, { lock }), await prepare(1, { lock })];
    if (first.build === null) expect.fail("a container has a build");
    const packages = packagesReference(first.build.recipe);
    const one = await buildService(first, readMachine(), told);
    await engine("rmi", one.reference, packages);
    const other = await buildService(second, readMachine(), told);
    expect(other.buildSec).to.be.above(0);
    expect(other.digest).to.equal(one.digest);
    await engine("rmi", other.reference, packages);
  });

  it("has what its Dockerfile says, though the engine does not build by it", async function () {
    const machine = readMachine();
    if (engineOf(machine).name !== "podman") skip(this, "docker builds by the Dockerfile");
    const reference = `localhost/underlay-test-by-dockerfile:${name}`;
    const certificates = process.env["SSL_CERT_FILE"] ?? "/etc/ssl/certs/ca-certificates.crt";
    const secrets = existsSync(certificates) ? { certificates } : {};
    await execute(buildCommand(engineOf(machine), { folder: image.folder, reference, layers: true, secrets }), {
      timeoutSec: 600,
    });
    try {
      const [built, assembled] = await Promise.all(
        [reference, image.reference].map(async (each) => {
          const [said] = JSON.parse(await engine("image", "inspect", each)) as [{ Config: object }];
          const folder = (await engine("image", "mount", each)).trim();
          try {
            return { config: { ...said.Config, Healthcheck: null }, files: await digestOfTree(folder, told.signal) };
          } finally {
            await engine("image", "unmount", each);
          }
        }),
      );
      expect(assembled).to.deep.equal(built);
    } finally {
      await engine("rmi", reference);
    }
  });

  it("serves as a user without rights, answers what is under way when it is told to end, and ends within seconds", async () => {
    const machine = readMachine();
    const standing = await startService(owner, "first", image, shape, { machine, signal: told.signal });
    try {
      const request = { socket: standing.socket, method: "POST", path: "/predict", timeoutSec: 30 } as const;
      const slow = ask({ ...request, body: '{"instances":[3]}' });
      await sleep(1000);
      const from = performance.now();
      await engine("kill", "--signal", "TERM", containerName(owner, "first"));
      const { status, body } = await slow;
      expect(status).to.equal(200);
      expect(JSON.parse(body)).to.deep.include({ predictions: [{ version: 1, user: 10_001, group: 10_001 }] });
      expect((await engine("wait", containerName(owner, "first"))).trim()).to.equal("0");
      expect(performance.now() - from).to.be.below(10_000);
    } finally {
      await stopService(owner, "first", machine);
    }
  });

  it("gives way to later ones, but for those that a container was made of", async () => {
    const machine = readMachine();
    await startService(owner, "kept", image, shape, { machine, signal: told.signal });
    try {
      const built: ServiceImageFacts[] = [];
      for (let version = 2; version < 3 + kept.images; version += 1) built.push(await build(version));
      const left = await tags(`localhost/underlay-service/${name}`);
      const tagOf = ({ reference }: ServiceImageFacts): string => reference.split(":")[1] ?? "";
      expect(left).to.have.members([image, ...built.slice(-kept.images)].map(tagOf));
      expect(readFileSync(join(built.at(-1)?.folder ?? "", "source/predict.py"), "utf8")).to.equal(
        program(2 + kept.images),
      );
    } finally {
      await stopService(owner, "kept", machine);
    }
  });
});
