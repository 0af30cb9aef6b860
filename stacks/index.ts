import { bareMetal } from "./bare-metal.ts";
import { comparison } from "./comparison.ts";
import { readConfig, readHpcConfig, readServingConfig, type Settings } from "./config.ts";
import { containerOnBareMetal } from "./container-on-bare-metal.ts";
import { containerOnVm } from "./container-on-vm.ts";
import type { HpcOutputs } from "./hpc.ts";
import { serverless } from "./serverless.ts";
import type { StackOutputs } from "./outputs.ts";
import { splitTenure } from "./tenure.ts";
import { vm } from "./vm.ts";

/** Every stack on this machine that trains, by the name that the configuration key `underlay:environment` picks it with. */
export const stacks: Readonly<Record<Settings["environment"], (settings: Settings) => StackOutputs>> = {
  comparison,
  "bare-metal": bareMetal,
  vm,
  "container-on-bare-metal": containerOnBareMetal,
  "container-on-vm": containerOnVm,
};

/**
 * Makes the stack that a configuration asks for.
 *
 * @param all all configuration of the stack, as `namespace:key` and text
 * @throws UnderlayError `config-invalid`, and what the stack itself refuses
 */
export async function makeStack(all: Readonly<Record<string, string>>): Promise<StackOutputs | HpcOutputs> {
  // Every run takes the tenure itself; that of servers is read with the rest of their settings.
  const { rest } = splitTenure(all);
  const serving = readServingConfig(rest);
  if (serving?.target === "local") return serverless(serving);
  if (serving?.target === "aws") {
    const { serverlessOnAws } = await import("./serverless-on-aws.ts");
    return serverlessOnAws(serving, { region: all["aws:region"], profile: all["aws:profile"] });
  }
  const queued = readHpcConfig(rest);
  if (queued !== null) return (await import("./hpc.ts")).hpc(queued);
  const settings = readConfig(all);
  switch (settings.target) {
    case "local":
      return stacks[settings.environment](settings);
    case "kubernetes": {
      const { kubernetes } = await import("./kubernetes.ts");
      return kubernetes(settings);
    }
    case "ssh":
      return (await import("./ssh.ts")).ssh(settings);
    case "openstack":
      return (await import("./openstack.ts")).openstack(settings);
  }
}

export { type Settings, configKeys, readConfig } from "./config.ts";
export type { HpcOutputs } from "./hpc.ts";
export type { StackOutputs } from "./outputs.ts";
