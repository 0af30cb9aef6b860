// Downloads the Pulumi CLI of the installed SDK's version from its makers, by their own Automation API:
// `node download.mjs FOLDER`. A program of its own, so that it can be ended at a time limit.
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";

const [root = ""] = process.argv.slice(2);
const installed = await PulumiCommand.install({ root });
console.log(installed.version?.version ?? "");
