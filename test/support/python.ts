import { spawnSync } from "node:child_process";
import { skip } from "./skip.ts";

/** Skips a test or suite on a machine without Python: workload programs are written in it. */
export function needPython(context: Mocha.Context): void {
  if (spawnSync("python3", ["--version"]).status !== 0) {
    skip(context, "there is no python3 on PATH");
  }
}
