// The lanes of `npm test`: what each one runs and what it needs of the machine.
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { whyCold as whyKubernetesIsCold } from "./lab/kubernetes/install.mjs";
import { whyCold } from "./lab/openstack/install.mjs";
import { countJunit, countMocha, countOne } from "./support/counts.mjs";
import { missing } from "./support/machine.mjs";

/** @typedef {import("./support/counts.mjs").Counts} Counts */
/** @typedef {import("./support/machine.mjs").Machine} Machine */

/**
 * Where a run takes place.
 *
 * @typedef {object} Place
 * @property {string} root The repository.
 * @property {string} temporary A folder for this run alone.
 * @property {string} checks A folder that outlives the run, for what checks need not compute again.
 * @property {boolean} again Whether checks that passed before are run all the same.
 * @property {Machine | null} machine What set-up found.
 */

/**
 * One program of a lane.
 *
 * @typedef {object} Step
 * @property {string} name Its name, such as `eslint`.
 * @property {string} command An executable.
 * @property {readonly string[]} args Its arguments.
 * @property {string} [cwd] Where it runs; the repository by default.
 * @property {Readonly<Record<string, string>>} [env] Variables on top of the lane's.
 * @property {readonly string[]} [reads] Set where it does nothing but read files of the repository: what its outcome
 *   depends on besides them. What passed on the same files passes again without being run.
 * @property {(problem: string | null) => Counts} count Its tests, given how it ended badly.
 */

/**
 * When a lane runs: `beside` others that compute, and giving way to `waiting` lanes, which all run at once since they mostly
 * wait for services; `alone` with nothing beside it.
 *
 * @typedef {"beside" | "waiting" | "alone"} Turn
 */

/**
 * One lane.
 *
 * @typedef {object} Lane
 * @property {string} name What `--lane` takes.
 * @property {string} title What it is about.
 * @property {number} limitSeconds Time for the whole lane: what hangs is ended, what is merely slow is not.
 * @property {Turn} turn When it runs.
 * @property {(place: Place) => string | null} cannot Why it cannot run here; null when it can.
 * @property {(place: Place) => readonly Step[]} steps Its programs, in order.
 */

/**
 * A program of an npm package, run by this Node.
 *
 * @param {Place} place Where.
 * @param {string} name Its name.
 * @param {string} bin Its file under `node_modules`.
 * @param {readonly string[]} args Its arguments.
 * @returns {Step} One test as a whole.
 */
function tool(place, name, bin, args) {
  return {
    name,
    command: process.execPath,
    args: [path.join(place.root, "node_modules", bin), ...args],
    count: (problem) => countOne(name, problem),
  };
}

/**
 * A tool that does nothing but read the repository.
 *
 * @param {Parameters<typeof tool>} given As for any tool.
 * @returns {Step} It, not run again on what it passed on.
 */
const check = (...given) => ({ ...tool(...given), reads: [] });

/**
 * A lane of mocha tests: `test/NAME/**`.
 *
 * @param {string} name Its name and folder.
 * @param {string} title What it is about.
 * @param {object} [options] How it differs from a lane that only computes.
 * @param {number} [options.limitSeconds] Time for the whole lane.
 * @param {number} [options.testSeconds] Time for one test, unless the test says otherwise.
 * @param {Turn} [options.turn] When it runs.
 * @param {Readonly<Record<string, string>>} [options.env] Variables on top of those of all lanes.
 * @param {(machine: Machine | null) => string | null} [options.cannot] What it needs of the machine.
 * @returns {Lane} The lane.
 */
function mochaLane(name, title, options = {}) {
  const { limitSeconds = 300, testSeconds = 10, turn = "beside", env = {}, cannot = () => null } = options;
  return {
    name,
    title,
    limitSeconds,
    turn,
    cannot: ({ root, machine }) => {
      const folder = path.join(root, "test", name);
      const files = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
      return files.some((file) => file.endsWith(".test.ts")) ? cannot(machine) : `no tests under test/${name}`;
    },
    steps: (place) => {
      const output = path.join(place.temporary, `${name}.jsonl`);
      const reporter = path.join(place.root, "test", "support", "mocha-reporter.mjs");
      const args = ["--timeout", `${testSeconds}s`, "--reporter", reporter, "--reporter-option", `output=${output}`];
      const step = tool(place, "mocha", "mocha/bin/mocha.js", [...args, `test/${name}/**/*.test.ts`]);
      return [{ ...step, env, count: (problem) => countMocha(output, `mocha of ${name}`, problem) }];
    },
  };
}

/** Style, unused code, formatting. @type {Lane} */
const lint = {
  name: "lint",
  title: "eslint, prettier, knip",
  limitSeconds: 600,
  turn: "beside",
  cannot: () => null,
  steps: (place) => [
    // No cache by file: what rules with types say of a file depends on others.
    check(place, "eslint", "eslint/bin/eslint.js", ["--max-warnings", "0", "."]),
    check(place, "prettier", "prettier/bin/prettier.cjs", [
      ...["--check", "--log-level", "warn", "--cache", "--cache-strategy", "content"],
      ...["--cache-location", path.join(place.checks, "prettier"), "."],
    ]),
    check(place, "knip", "knip/bin/knip.js", ["--no-progress"]),
  ],
};

/** The type check. @type {Lane} */
const types = {
  name: "types",
  title: "tsc over everything",
  limitSeconds: 600,
  turn: "beside",
  cannot: () => null,
  steps: (place) => [
    check(place, "tsc", "typescript/bin/tsc", [
      ...["--noEmit", "-p", "tsconfig.json", "--tsBuildInfoFile", path.join(place.checks, "all.tsbuildinfo")],
    ]),
  ],
};

/** The Python programs of the workloads. @type {Lane} */
const python = {
  name: "python",
  title: "ruff, mypy and pytest of the workloads' programs",
  limitSeconds: 1500,
  turn: "beside",
  cannot: ({ machine }) => missing(machine, "python", "python"),
  steps: ({ temporary, checks, machine }) => {
    const settings = "workloads/pyproject.toml";
    const junit = path.join(temporary, "python.xml");
    const command = machine?.python?.command ?? "python3";
    const env = {
      // Of the frameworks, too, which are compiled for most of a minute: Python knows by times and sizes what holds.
      PYTHONPYCACHEPREFIX: path.join(checks, "python"),
      RUFF_CACHE_DIR: path.join(checks, "ruff"),
      MYPY_CACHE_DIR: path.join(checks, "mypy"),
    };
    /** @type {(name: string, ...args: string[]) => Step} */
    const module = (name, ...args) => ({
      name,
      command,
      args: ["-m", ...args],
      env,
      count: (problem) => countOne(name, problem),
    });
    /** @type {typeof module} */
    const reading = (...given) => ({ ...module(...given), reads: [command] });
    const folders = ["workloads", "provider/function", "test/python", "test/lab"];
    return [
      reading("ruff check", "ruff", "check", "--config", settings, ...folders),
      reading("ruff format", "ruff", "format", "--check", "--config", settings, ...folders),
      reading("mypy", "mypy", "--config-file", settings),
      // What tests PyTorch or scikit-learn looks for it there, and skips itself where it is not.
      {
        ...module("pytest", "pytest", "-c", settings, "-q", `--junitxml=${junit}`),
        env: {
          ...env,
          UNDERLAY_PYTORCH: machine?.pytorch?.directory ?? "",
          UNDERLAY_ONNX: machine?.onnx?.directory ?? "",
        },
        count: (problem) => countJunit(junit, "pytest", problem),
      },
    ];
  },
};

/**
 * Why stacks cannot use a provider here.
 *
 * @param {Machine | null} machine What set-up found.
 * @param {string} name Of the provider.
 * @returns {string | null} Null when its plugin is there.
 */
function lacksPlugin(machine, name) {
  const folders = [...(machine?.pulumi?.path ?? []), ...(process.env["PATH"] ?? "").split(path.delimiter)];
  return folders.some((folder) => existsSync(path.join(folder, `pulumi-resource-${name}`)))
    ? null
    : `Pulumi's plugin of ${name} is not on this machine: run \`npm run setup -- --plugins ${name}\``;
}

/** Every lane, in the order in which they print. */
export const lanes = /** @type {readonly Lane[]} */ ([
  // Two lanes run at once: the longest ones begin.
  mochaLane("automation", "stacks under the real Pulumi engine", {
    limitSeconds: 1800,
    testSeconds: 300,
    cannot: (machine) => missing(machine, "pulumi", "pulumi") ?? missing(machine, "root", "root"),
  }),
  python,
  mochaLane("preview", "stacks as the real Pulumi engine plans them", {
    limitSeconds: 900,
    testSeconds: 240,
    cannot: (machine) => missing(machine, "pulumi", "pulumi") ?? missing(machine, "root", "root"),
  }),
  // What holds however busy the machine is; what is measured, or has to be there in time, is live.
  mochaLane("untimed", "real sandboxes and queues, whatever runs beside them", {
    limitSeconds: 900,
    testSeconds: 180,
    cannot: (machine) => missing(machine, "root", "root"),
  }),
  lint,
  types,
  mochaLane("unit", "functions"),
  mochaLane("property", "functions over generated inputs", { limitSeconds: 600, testSeconds: 60 }),
  mochaLane("mocks", "components under a mocked engine", { testSeconds: 30 }),
  mochaLane("live", "real sandboxes, containers and guests", {
    limitSeconds: 1200,
    testSeconds: 180,
    turn: "alone",
    cannot: (machine) => missing(machine, "root", "root"),
  }),
  mochaLane("openstack", "stacks against real services of OpenStack", {
    limitSeconds: 2400,
    testSeconds: 600,
    turn: "waiting",
    // The lane of Kubernetes has a node of its own at the same time.
    env: { UNDERLAY_LAB_OF_OPENSTACK: "1" },
    cannot: (machine) => missing(machine, "pulumi", "pulumi") ?? lacksPlugin(machine, "openstack") ?? whyCold(),
  }),
  mochaLane("kubernetes", "stacks against a real cluster", {
    limitSeconds: 2400,
    testSeconds: 300,
    turn: "waiting",
    cannot: (machine) =>
      missing(machine, "pulumi", "pulumi") ??
      lacksPlugin(machine, "kubernetes") ??
      whyKubernetesIsCold(machine?.root ?? null),
  }),
  mochaLane("package", "the packed library in an empty project", { limitSeconds: 600, testSeconds: 300 }),
]);
