/** Functions that really run, for tests and benches: packages made on the spot, fronts without an engine. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type EndpointControl, endpointControlSchema } from "../../measure/endpoint.ts";
import { type FunctionPackageFacts, functionPackageSchema } from "../../measure/function-package.ts";
import { functionFrontHandler } from "../../provider/function-front.ts";
import {
  type FunctionFrontInputs,
  functionFrontInputsSchema,
  functionPackageInputsSchema,
} from "../../provider/function-inputs.ts";
import { functionPackageHandler } from "../../provider/function-package.ts";
import { findLeftovers, type Leftover } from "../../provider/leftovers.ts";
import { type Machine, readMachine } from "../../provider/machine.ts";
import { digestOfFile } from "../../provider/record-file.ts";
import type { State } from "../../provider/resource-handler.ts";
import { makeRunId } from "../../provider/run.ts";
import type { ServedModelName } from "../../provider/resources.ts";
import { servingPrograms } from "../../workloads/index.ts";
import { packageFacts } from "../fixtures/function/package.ts";
import { quietOperation } from "./operation.ts";

/** Why functions cannot run here; null when they can. */
export function whyNoFunctions(machine: Machine): string | null {
  if (process.getuid?.() !== 0) {
    return "functions need root";
  }
  const lacking = (["root", "bubblewrap", "serving"] as const).find((part) => machine[part] === null);
  return lacking === undefined ? null : `${lacking} is missing: \`npx underlay setup --with pytorch --with serving\``;
}

const operation = quietOperation();

/** A front that stands, and how it is asked. */
export interface StandingFront {
  readonly url: string;
  readonly control: EndpointControl;
  readonly inputs: FunctionFrontInputs;
  readonly state: State;
}

/** A run of a test's own with functions in it. */
export class FunctionLab {
  readonly runId = makeRunId();
  readonly #directory = mkdtempSync(path.join(tmpdir(), "function-lab-"));
  readonly #fronts: StandingFront[] = [];

  /** Packs a folder as it is, or whatever else is given as the archive. */
  pack(folder: string, handler = "handler.handler"): FunctionPackageFacts {
    const archive = path.join(this.#directory, `${String(Math.random()).slice(2)}.zip`);
    const program =
      "import pathlib, sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w') as z:\n  for f in sorted(pathlib.Path(sys.argv[2]).rglob('*.py')): z.write(f, f.relative_to(sys.argv[2]))";
    const { status, stderr } = spawnSync("python3", ["-c", program, archive, folder], { encoding: "utf8" });
    if (status !== 0) {
      throw new Error(stderr);
    }
    return this.describe(archive, handler);
  }

  /** What would be known of a package at this path. */
  describe(archive: string, handler = "handler.handler"): FunctionPackageFacts {
    return {
      ...packageFacts,
      path: archive,
      sha256: digestOfFile(archive) ?? "",
      bytes: statSync(archive).size,
      handler,
    };
  }

  /** The real package of a model. */
  async packModel(model: ServedModelName): Promise<FunctionPackageFacts> {
    const inputs = functionPackageInputsSchema.parse({ name: "package", directory: servingPrograms, model });
    const { outputs } = await functionPackageHandler.create(inputs, operation);
    return functionPackageSchema.parse(outputs["archive"]);
  }

  /** Starts a front. */
  async start(own: Partial<FunctionFrontInputs> & Pick<FunctionFrontInputs, "package">): Promise<StandingFront> {
    const name = `fn-${String(this.#fronts.length)}`;
    const inputs = functionFrontInputsSchema.parse({ name, runId: this.runId, memoryMiB: 1769, ...own });
    const { outputs: state } = await functionFrontHandler.create(inputs, operation);
    const front = { url: String(state["url"]), control: endpointControlSchema.parse(state["control"]), inputs, state };
    this.#fronts.push(front);
    return front;
  }

  /** Whether a front is still there. */
  async reads({ inputs, state }: StandingFront): Promise<boolean> {
    return (await functionFrontHandler.read("", inputs, state, operation)) !== null;
  }

  /** Removes all fronts; returns what carries the run's id after that, its folder apart. */
  async end(): Promise<Leftover[]> {
    for (const { inputs, state } of this.#fronts.splice(0)) {
      await functionFrontHandler.delete("", inputs, state, operation);
    }
    rmSync(this.#directory, { recursive: true, force: true });
    return (await this.leftovers()).filter(({ owner }) => owner !== "");
  }

  /** What carries the run's id. */
  async leftovers(): Promise<Leftover[]> {
    return (await findLeftovers(readMachine())).filter(({ runId }) => runId === this.runId);
  }
}
