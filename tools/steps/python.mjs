// Python with the development tools: ruff, mypy, pytest.
import path from "node:path";
import { cached, prune } from "../cache.mjs";
import { digestOfFiles } from "../digest.mjs";
import { projectFile } from "../paths.mjs";
import { run } from "../run.mjs";

/**
 * Makes the environment of the development tools.
 *
 * @param {import("../context.mjs").Context} context What set-up knows.
 * @param {Promise<string>} uv The installer.
 * @returns {Promise<import("../finding.mjs").Found<{ command: string }>>} Its Python.
 */
export async function pythonStep({ cache, log }, uv) {
  const lock = projectFile("tools", "requirements", "development.txt");
  const parent = path.join(cache, "python");
  const installer = await uv;
  const folder = await cached(parent, digestOfFiles([lock]).slice(0, 16), async (building) => {
    const venv = path.join(building, "venv");
    const env = { UV_NO_PROGRESS: "1" };
    // `--relocatable`: the environment is moved into place when it is complete.
    const options = ["venv", "--no-config", "--relocatable", "--python", ">=3.10", venv];
    await run(installer, options, { timeoutSec: 300, env, log: log.raw });
    const python = ["--python", path.join(venv, "bin", "python")];
    const args = ["pip", "install", "--no-config", "--require-hashes", "--no-deps", ...python, "--requirement", lock];
    await run(installer, args, { timeoutSec: 300, env, log: log.raw });
  });
  await prune(parent, 2);
  const command = path.join(folder, "venv", "bin", "python");
  const version = (await run(command, ["--version"])).trim();
  await run(command, ["-c", "import mypy, pytest"]);
  return { part: { command }, status: "ok", detail: `${version} with ruff, mypy and pytest at ${command}` };
}
