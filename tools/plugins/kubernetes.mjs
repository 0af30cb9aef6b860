// The Kubernetes plugin that can be built is older than the npm package: whether it knows all that our components use.
import { readFileSync } from "node:fs";
import path from "node:path";

/** Modules of the npm package that components import, from its folder. @type {readonly string[]} */
export const usedModules = [
  "apps/v1/daemonSet",
  "apps/v1/deployment",
  "autoscaling/v2/horizontalPodAutoscaler",
  "batch/v1/job",
  "core/v1/configMap",
  "core/v1/namespace",
  "core/v1/resourceQuota",
  "core/v1/secret",
  "core/v1/service",
  "kustomize/v2/directory",
  "networking/v1/networkPolicy",
  "policy/v1/podDisruptionBudget",
];

/**
 * What a schema of Pulumi says of a resource, as far as it is read here.
 *
 * @typedef {{ inputProperties?: Readonly<Record<string, unknown>> }} Described
 */

/**
 * Where a schema lacks what modules of the npm package ask for.
 *
 * @param {readonly string[]} programs JavaScript of the modules.
 * @param {Readonly<Record<string, Described>>} resources Of the schema, by token.
 * @returns {string[]} One line per difference; empty when it has everything.
 */
export function lackedBy(programs, resources) {
  return programs.flatMap((program) => {
    const token = /__pulumiType = '(kubernetes:[^']+)'/.exec(program)?.[1];
    if (token === undefined) {
      return ["a module of @pulumi/kubernetes has no type token"];
    }
    const inputs = [...program.matchAll(/resourceInputs\["(\w+)"\] = args\?\.(?:\1)\b/g)].map(([, name]) => name ?? "");
    const given = resources[token]?.inputProperties;
    return given === undefined
      ? [`${token} is not there`]
      : inputs.filter((name) => !(name in given)).map((name) => `${token} lacks the input ${name}`);
  });
}

/**
 * @param {string} npmFolder Where @pulumi/kubernetes is.
 * @param {string} schemaFile The plugin's schema.
 * @returns {string[]} Where it lacks what components use.
 */
export function kubernetesLacks(npmFolder, schemaFile) {
  const programs = usedModules.map((name) => readFileSync(path.join(npmFolder, `${name}.js`), "utf8"));
  const { resources } = /** @type {{ resources: Record<string, Described> }} */ (
    /** @type {unknown} */ (JSON.parse(readFileSync(schemaFile, "utf8")))
  );
  return lackedBy(programs, resources);
}
