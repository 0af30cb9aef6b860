// A program with as many environments as it is asked for, on which nothing is measured: previews of it are timed.
import * as pulumi from "@pulumi/pulumi";
import { BareMetalHost, Run } from "../../../components/index.ts";

const count = new pulumi.Config("test").requireNumber("environments");
const run = new Run("run", { project: pulumi.getProject(), stack: pulumi.getStack() });
const hosts = Array.from(
  { length: count },
  (_, index) => new BareMetalHost(`host-${String(index)}`, { run, memoryMiB: 256 }),
);

export const environments = hosts.length;
