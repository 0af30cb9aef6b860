import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { engineCommand } from "../provider/container-engine.ts";
import { execute } from "../provider/execute.ts";
import { readMachine } from "../provider/machine.ts";
import { engineOf, inspected } from "../provider/model-service/engine-build.ts";
import { buildService, prepareService } from "../provider/model-service/service-build.ts";
import { modelServicePrograms } from "../workloads/index.ts";
import type { Bench, Progress } from "./bench.ts";

const goals = { size: 0.6, time: 1, rebuildSec: 5 };
const example = fileURLToPath(new URL("../examples/fashion-mnist", import.meta.url));
const naiveBase = "localhost/underlay-bench-python:3.11";
const naiveImage = "localhost/underlay-bench-naive";
const ownImage = "localhost/underlay-bench-service";
const certificates = process.env["SSL_CERT_FILE"] ?? "/etc/ssl/certs/ca-certificates.crt";

/** The Dockerfile that people write, with the packages that the other image has: same versions, same server. */
const naive = (python: string): string =>
  [
    `FROM ${python}`,
    "WORKDIR /app",
    "COPY . /app",
    "RUN --mount=type=secret,id=certificates,target=/run/certificates PIP_CERT=/run/certificates pip install --break-system-packages -r requirements.txt",
    'CMD ["python3", "predict.py"]',
    "",
  ].join("\n");

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
};

const engine = (...argv: readonly string[]): Promise<string> =>
  execute(engineCommand(engineOf(readMachine()), argv), { timeoutSec: 1800 });

const buildWords = ["build", "--isolation", "chroot", "--network", "host", "--pull=never", "--no-cache"];

/** Debian with Python and pip, in place of an image of a registry. */
async function makeNaiveBase(folder: string): Promise<void> {
  const archive = join(folder, "base.tar");
  const options = ["--variant=minbase", "--mode=root", "--include=python3,python3-pip,ca-certificates"];
  await execute(["mmdebstrap", ...options, "bookworm", archive], { timeoutSec: 900 });
  await engine("import", "--quiet", archive, naiveBase);
  rmSync(archive);
}

async function buildNaive(folder: string, source: string, lock: string): Promise<number> {
  const context = join(folder, "naive");
  cpSync(source, context, { recursive: true });
  const pinned = lock.split("\n").flatMap((line) => /^([\w.-]+(?:\[[^\]]*\])?==[^\s;\\]+)/.exec(line)?.[1] ?? []);
  writeFileSync(join(context, "requirements.txt"), `${pinned.join("\n")}\n`);
  writeFileSync(join(context, "Dockerfile"), naive(naiveBase));
  return seconds(() =>
    engine(...buildWords, "--secret", `id=certificates,src=${certificates}`, "--tag", naiveImage, context),
  );
}

/** The service's own Dockerfile, without the installer's cache: all wheels come over the network, as for the other. */
async function buildOwn(folder: string): Promise<number> {
  const file = join(folder, "Dockerfile.cold");
  const text = readFileSync(join(folder, "Dockerfile"), "utf8");
  writeFileSync(file, text.replace(/ {4}--mount=type=cache,[^\n]*\n/, ""));
  const secret = ["--secret", `id=certificates,src=${certificates}`];
  return seconds(() => engine(...buildWords, ...secret, "--file", file, "--tag", ownImage, folder));
}

async function measure(folder: string, progress: Progress) {
  const machine = readMachine();
  const told = { signal: new AbortController().signal, status: progress };
  const source = join(folder, "fashion-mnist");
  cpSync(example, source, { recursive: true });
  const args = { source, programs: modelServicePrograms };
  const prepared = await prepareService(args, join(folder, "service"), machine, told);
  await buildService(prepared, machine, told);
  progress("the service's Dockerfile, from nothing");
  const ownSec = await buildOwn(prepared.folder);
  await makeNaiveBase(folder);
  progress("the naive Dockerfile, from nothing");
  mkdirSync(join(folder, "made"));
  cpSync(join(prepared.folder, "models"), join(folder, "made"), { recursive: true });
  cpSync(source, join(folder, "made"), { recursive: true });
  const naiveSec = await buildNaive(folder, join(folder, "made"), prepared.lock.text);
  const [own, other] = [await inspected(ownImage, machine), await inspected(naiveImage, machine)];
  const code = join(source, "predict.py");
  writeFileSync(code, `${readFileSync(code, "utf8")}\n# Changed at ${new Date().toISOString()}.\n`);
  // The model follows from the source: its script runs again, which is no part of a rebuild.
  await prepareService(args, join(folder, "changed"), machine, told);
  const rebuildSec = await seconds(async () => {
    await buildService(await prepareService(args, join(folder, "changed"), machine, told), machine, told);
  });
  return { ownBytes: own.bytes, naiveBytes: other.bytes, ownSec, naiveSec, rebuildSec };
}

/** The image of a service beside the one that people write by hand. */
export const imageBuild: Bench = {
  name: "image-build",
  title: "size of a service's image ÷ that of the naive Dockerfile with the same packages (times in the detail)",
  goal: `≤ ${String(goals.size)} of the size, ≤ ${String(goals.time)} of the time, rebuild after a change of code ≤ ${String(goals.rebuildSec)} s`,
  unit: "ratio",
  run: async (progress) => {
    const folder = mkdtempSync(join(tmpdir(), "underlay-image-build-"));
    try {
      const measured = await measure(folder, progress);
      const value = measured.ownBytes / measured.naiveBytes;
      const time = measured.ownSec / measured.naiveSec;
      const pass = value <= goals.size && time <= goals.time && measured.rebuildSec <= goals.rebuildSec;
      return { value, n: 1, interval: null, pass, detail: { ...measured, timeRatio: time } };
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await engine("rmi", "--force", "--ignore", naiveImage, ownImage, naiveBase);
    }
  },
};
