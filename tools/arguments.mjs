// The options of set-up.
import { parseArgs } from "node:util";

/** What `--plugins` takes. @type {readonly string[]} */
const knownPlugins = ["openstack", "kubernetes"];

/** What `--with` takes. @type {readonly string[]} */
const knownExtras = ["onnx", "pytorch", "serving", "slurm", "tuner"];

/** What `--help` prints. */
export const help = `Usage: node tools/setup.mjs [--development] [--with NAME] [--plugins NAME,NAME] [--force] [--json]

Finds or gets what this project needs on this machine: npm packages, the Pulumi CLI, system packages, the root file
system that all environments share, a container engine, a guest kernel, a small set of photographs. What it found is
in machine.json in the cache folder ($XDG_CACHE_HOME or ~/.cache, /underlay), what it did in setup.log beside it.
It asks nothing, goes on where a set-up that was ended stopped, and takes a moment when nothing has changed.

  --development  also get what the tests need: ruff, mypy, pytest, Chromium
  --with onnx    also get what ports models to ONNX: converters, ONNX Runtime, scikit-learn (0.3 GB; with pytorch for its
                 models)
  --with pytorch also get PyTorch, the second framework of the training (1.0 GB; kept by later set-ups)
  --plugins openstack,kubernetes
                 where Pulumi cannot download a provider's plugin, build it from Go modules (kept by later set-ups)
  --with serving also get what functions that serve models take: ONNX Runtime, AWS's runtime interface client, torchvision
                 (0.2 GB; with pytorch for their packages)
  --with slurm   also get Slurm, for a batch system of one node on this machine (15 MB; nothing is installed)
  --with tuner   also get Optuna, which searches the settings of a training (1 MB; with development, whose Python trains)
  --force        probe again what was probed since this machine booted
  --json         print machine.json to standard output at the end
  --help         print this

Exit code 0: there is enough to measure with. 1: something essential is missing; the last lines say what to do.
`;

/**
 * The options.
 *
 * @typedef {object} Options
 * @property {boolean} development Whether the development tools are wanted.
 * @property {readonly string[]} extras What else is wanted, such as `pytorch` and `plugin-openstack`.
 * @property {boolean} force Whether to probe anew.
 * @property {boolean} json Whether to print what was found.
 * @property {boolean} help Whether to print the usage only.
 */

/**
 * Reads the options.
 *
 * @param {readonly string[]} words The command line without Node and the program.
 * @returns {Options} The options.
 * @throws {TypeError} When there is an unknown one, or one asks for what there is not.
 */
export function parseOptions(words) {
  const flag = /** @type {const} */ ({ type: "boolean", default: false });
  const { values } = parseArgs({
    args: [...words],
    options: {
      development: flag,
      force: flag,
      json: flag,
      help: { ...flag, short: "h" },
      with: { type: "string", multiple: true, default: [] },
      plugins: { type: "string", multiple: true, default: [] },
    },
  });
  const { with: extras, plugins: lists, ...flags } = values;
  const plugins = lists.flatMap((list) => list.split(","));
  mustBeKnown("--with", extras, knownExtras);
  mustBeKnown("--plugins", plugins, knownPlugins);
  return { ...flags, extras: [...extras, ...plugins.map((name) => `plugin-${name}`)] };
}

/**
 * @param {string} option Whose value it is.
 * @param {readonly string[]} given What it was given.
 * @param {readonly string[]} known What it takes.
 */
function mustBeKnown(option, given, known) {
  const unknown = given.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`${option} is "${unknown}", but must be one of ${known.join(", ")}.`);
  }
}
