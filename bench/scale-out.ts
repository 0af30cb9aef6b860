import { request } from "node:http";
import { once } from "node:events";
import { statSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { IncomingMessage } from "node:http";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { z } from "zod";
import { endpointControlSchema } from "../measure/endpoint.ts";
import { proportionInterval } from "../measure/interval.ts";
import { functionFrontHandler } from "../provider/function-front.ts";
import { functionFrontInputsSchema } from "../provider/function-inputs.ts";
import { digestOfFile } from "../provider/record-file.ts";
import { Session } from "../provider/session.ts";
import { servingPlan } from "../workloads/index.ts";
import type { Bench } from "./bench.ts";
import { type BenchPlace, withHosts } from "./hosts.ts";

const requests = 550;
const maximumInstances = 150;
const frontSchema = z.object({ url: z.string(), control: endpointControlSchema });

/** A front of a function that waits: what is looked at is how instances come, not how fast this machine computes. */
async function standFront(place: BenchPlace): Promise<z.infer<typeof frontSchema>> {
  const path = join(place.directory, "package.zip");
  const source = fileURLToPath(new URL("scale-out.py", import.meta.url));
  const program = "import sys, zipfile; zipfile.ZipFile(sys.argv[1], 'w').write(sys.argv[2], 'handler.py')";
  await execa("python3", ["-c", program, path, source]);
  const sha256 = digestOfFile(path) ?? "";
  const bytes = statSync(path).size;
  const archive = {
    ...{ path, sha256, bytes, unzippedBytes: bytes, parts: [], handler: "handler.handler", runtime: "python3.11" },
    ...{ architecture: "x86_64", modelPath: path, modelIn: "package" },
    model: { name: "none", sha256, bytes, weights: "random" },
  };
  const inputs = { name: "scale-out", runId: place.runId, package: archive, memoryMiB: 256, maximumInstances };
  const { outputs } = await functionFrontHandler.create(functionFrontInputsSchema.parse(inputs), place.operation);
  return frontSchema.parse(outputs);
}

async function instancesOf(socketPath: string): Promise<number> {
  const asked = request({ socketPath, path: "/instances" }).end();
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  const { idle, busy } = z.object({ idle: z.number(), busy: z.number() }).parse(JSON.parse(await text(answer)));
  return idle + busy;
}

/** The rising load of Ishakian 2018 on a function of this machine: every request is answered, by as many instances as began. */
export const scaleOut: Bench = {
  name: "scale-out",
  title: "requests that are lost under a load of 10 to 100 requests/s within ten seconds, from no instance on",
  goal: `0 lost of ${String(requests)}, as many instances as cold starts`,
  unit: "requests",
  run: (progress) =>
    withHosts(progress, async (place) => {
      const { url, control } = await standFront(place);
      const by = {
        url: `${url}/predict`,
        eviction: { by: "socket", path: control.socket },
        reports: { from: "file", path: control.log },
      };
      const { command, directory, options } = servingPlan({ profile: "paper", series: ["scale"] }, by);
      const session = Session.open({
        connection: { hops: [] },
        command: command.map((word) => word.replaceAll("{program}", directory)),
        runId: place.runId,
        owner: "scale-out",
        answerTimeoutSec: 120,
      });
      try {
        await session.start(options);
        const { event } = await session.block("scale", 0, 10);
        const counts = event.counts ?? {};
        const instances = await instancesOf(control.socket);
        await session.stop();
        const value = requests - (counts["kept"] ?? 0); // What is throttled or fails is lost as well.
        progress(`${JSON.stringify(counts)}, ${String(instances)} instances`);
        return {
          ...{ value, n: requests, interval: proportionInterval(value, requests) },
          pass: value === 0 && instances === counts["coldStarts"],
          detail: { counts, instances, slowestSec: Math.max(...event.steps) },
        };
      } finally {
        await session.kill();
      }
    }),
};
