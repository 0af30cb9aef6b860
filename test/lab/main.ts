// `npm run lab -- NAME up|down|status`: real services to test against, in a network namespace of their own.
import { messageOf } from "../../measure/error.ts";
import type { Lab } from "./frame.ts";
import { kubernetesLab } from "./kubernetes/lab.ts";
import { openstackLab } from "./openstack/lab.ts";

const labs: Readonly<Record<string, Lab>> = { kubernetes: kubernetesLab, openstack: openstackLab };
const usage = `Usage: npm run lab -- ${Object.keys(labs).join("|")} up|down|status`;

async function main([name = "", command = ""]: readonly string[]): Promise<number> {
  const started = performance.now();
  const say = (text: string): void => {
    console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}`);
  };
  const lab = labs[name];
  if (lab === undefined || !["up", "down", "status"].includes(command)) {
    console.error(usage);
    return 2;
  }
  if (command === "up") {
    await lab.up(say);
  }
  if (command === "down") {
    await lab.down();
    say("nothing of it is left");
    return 0;
  }
  (await lab.status()).forEach((line) => console.log(line));
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (thrown) {
  console.error(messageOf(thrown));
  process.exitCode = 1;
}
