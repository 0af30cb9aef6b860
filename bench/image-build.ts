import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { engineCommand } from "../provider/container-engine.ts";
import { execute } from "../provider/execute.ts";
import { readMachine } from "../provider/machine.ts";
import { engineOf, inspected } from "../provider/model-service/engine-build.ts";
import { packagesReference } from "../provider/model-service/packages-image.ts";
import { buildService, type PreparedService, prepareService } from "../provider/model-service/service-build.ts";
import { median } from "../measure/statistics.ts";
import { cacheOfServices } from "../provider/model-service/service-cache.ts";
import { modelServicePrograms } from "../workloads/index.ts";
import type { Bench, Progress } from "./bench.ts";

const goals = { size: 0.6, time: 1, rebuildSec: 5 };
const example = fileURLToPath(new URL("../examples/fashion-mnist", import.meta.url));
const naiveBase = "localhost/underlay-bench-python:3.11";
const naiveImage = "localhost/underlay-bench-naive";
/** Changes of code that are built, one after the other. */
const changes = 5;
const service = "bench-fashion-mnist";
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

/**
 * A service whose packages are not installed yet and come over the network, as for the other: without the installer's
 * cache. With it, the reference of the image that its packages will be.
 */
function withoutCache(prepared: PreparedService): { cold: PreparedService; packages: string } {
  const { build, folder } = prepared;
  if (build === null) throw new RangeError("a function has no image");
  const bare = (text: string): string => text.replace(/ {4}--mount=type=cache,[^\n]*\n/, "");
  const file = join(folder, "Dockerfile");
  writeFileSync(file, bare(readFileSync(file, "utf8")));
  const recipe = { ...build.recipe, dockerfile: bare(build.recipe.dockerfile) };
  return { cold: { ...prepared, build: { ...build, recipe } }, packages: packagesReference(recipe) };
}

async function measure(folder: string, progress: Progress, made: string[]) {
  const machine = readMachine();
  const told = { signal: new AbortController().signal, status: progress };
  const source = join(folder, "fashion-mnist");
  cpSync(example, source, { recursive: true });
  const args = { source, programs: modelServicePrograms, name: service };
  const build = async (prepared: PreparedService) => {
    const image = await buildService(prepared, machine, told);
    made.push(image.reference);
    return image;
  };
  const prepared = await prepareService(args, join(folder, "service"), machine, told);
  await build(prepared);
  // The script made the model; from now on it is in the source, and no change of code makes it again.
  cpSync(join(prepared.folder, "models"), source, { recursive: true });
  progress("the service, from nothing but its bases");
  const { cold, packages } = withoutCache(prepared);
  made.push(packages);
  await engine("rmi", "--force", "--ignore", packages);
  let ownBytes = 0;
  const ownSec = await seconds(async () => {
    ownBytes = (await build(cold)).bytes;
  });
  await makeNaiveBase(folder);
  progress("the naive Dockerfile, from nothing");
  const naiveSec = await buildNaive(folder, source, prepared.lock.text);
  const { bytes: naiveBytes } = await inspected(naiveImage, machine);
  const code = join(source, "predict.py");
  const rebuilds: number[] = [];
  for (let change = 0; change < changes; change += 1) {
    writeFileSync(code, `${readFileSync(code, "utf8")}\n# Change ${String(change)} at ${new Date().toISOString()}.\n`);
    rebuilds.push(await seconds(async () => build(await prepareService(args, join(folder, "changed"), machine, told))));
  }
  return { ownBytes, naiveBytes, ownSec, naiveSec, rebuilds, rebuildSec: median(rebuilds) ?? Infinity };
}

/** The image of a service beside the one that people write by hand. */
export const imageBuild: Bench = {
  name: "image-build",
  title: "size of a service's image ÷ that of the naive Dockerfile with the same packages (times in the detail)",
  goal: `≤ ${String(goals.size)} of the size, ≤ ${String(goals.time)} of the time, rebuild after a change of code (median of ${String(changes)}) ≤ ${String(goals.rebuildSec)} s`,
  unit: "ratio",
  run: async (progress) => {
    const folder = mkdtempSync(join(tmpdir(), "underlay-image-build-"));
    const made = [naiveImage, naiveBase];
    try {
      const measured = await measure(folder, progress, made);
      const value = measured.ownBytes / measured.naiveBytes;
      const time = measured.ownSec / measured.naiveSec;
      const pass = value <= goals.size && time <= goals.time && measured.rebuildSec <= goals.rebuildSec;
      return { value, n: 1, interval: null, pass, detail: { ...measured, timeRatio: time } };
    } finally {
      rmSync(folder, { recursive: true, force: true });
      rmSync(join(cacheOfServices(), "images", `localhost_underlay-service_${service}`), {
        recursive: true,
        force: true,
      });
      await engine("rmi", "--force", "--ignore", ...new Set(made));
    }
  },
};
