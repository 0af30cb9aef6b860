// Holds configuration that documents show against the schemas that stacks read theirs by.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { messageOf } from "../../../measure/error.ts";
import { configNamespace, readConfig, readHpcConfig, readServingConfig } from "../../../stacks/config.ts";

/** Keys that name a file or folder of the reader's: for the check something of that kind stands in. */
const places: Readonly<Record<string, (folder: string) => string>> = {
  kubeconfig: fileIn,
  request: fileIn,
  measurements: fileIn,
  weights: fileIn,
  trace: fileIn,
  data: (folder) => folder,
  operator: (folder) => folder,
  imagenet: (folder) => folder,
};

function fileIn(folder: string): string {
  return path.join(folder, "train-00000-of-00001");
}

/**
 * What is wrong with the configuration of a stack; null when it is one that the stack reads.
 *
 * @param config as `namespace:key` and text, keys of other namespaces among them
 */
export function configurationProblem(config: Readonly<Record<string, string>>): string | null {
  const folder = mkdtempSync(path.join(tmpdir(), "documents-"));
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileIn(folder), "");
  const prefix = `${configNamespace}:`;
  const standIn = (key: string, value: string): string =>
    key.startsWith(prefix) ? (places[key.slice(prefix.length)]?.(folder) ?? value) : value;
  try {
    const all = Object.fromEntries(Object.entries(config).map(([key, value]) => [key, standIn(key, value)]));
    if (readServingConfig(all) === null && readHpcConfig(all) === null) readConfig(all);
    return null;
  } catch (thrown) {
    return messageOf(thrown);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
