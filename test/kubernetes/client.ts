// Who asks a service on the cluster: a pod of another namespace, which finds it by its name.
import { readFileSync } from "node:fs";
import { execa } from "execa";
import { labKubeconfig } from "../lab/kubernetes/lab.ts";
import { kubectl, send } from "./cluster.ts";

/** What a load saw. */
export interface Seen {
  /** Predictions by the version of the model. */
  readonly versions: Readonly<Record<string, number>>;
  /** Versions in the order in which they first answered. */
  readonly order: readonly number[];
  /** Requests without a prediction, in words. */
  readonly failed: readonly string[];
  /** Kept connections that were found ended when a request was sent. */
  readonly reconnected: number;
}

/** A load that is under way. */
export interface Load {
  /** Ends it. */
  end(): Promise<Seen>;
}

const script = readFileSync(new URL("../lab/kubernetes/service_load.py", import.meta.url), "utf8");
const asking = `
import json, sys, urllib.request
body = json.dumps({"instances": [[1, 2, 3]]}).encode()
request = urllib.request.Request(sys.argv[1] + "/predict", body, {"content-type": "application/json"})
with urllib.request.urlopen(request, timeout=30) as answer:
    print(json.dumps({"status": answer.status, "body": json.load(answer)["predictions"][0]}))
`;

/** A pod of the namespace `default` with Python in it. */
export class Client {
  /**
   * A pod that is not there yet.
   *
   * @param name its name
   */
  constructor(private readonly name: string) {}

  /** Starts it, and waits until it can be entered. */
  async start(image: string): Promise<void> {
    const container = { name: "client", image, command: ["sleep", "3600"], imagePullPolicy: "Never" };
    const pod = { terminationGracePeriodSeconds: 0, containers: [container] };
    await send({ apiVersion: "v1", kind: "Pod", metadata: { name: this.name }, spec: pod }, "create");
    await kubectl("wait", "--for=condition=Ready", "--timeout=60s", `pod/${this.name}`);
  }

  /** Has it ask for one prediction. */
  async predict(url: string): Promise<{ readonly status: number; readonly body: unknown }> {
    const answer = await kubectl("exec", this.name, "--", "python3", "-c", asking, url);
    return JSON.parse(answer) as { status: number; body: unknown };
  }

  /** Has it ask until it is told to end: over a connection for each request, or over connections that it keeps. */
  load(url: string, mode: "each" | "kept"): Load {
    const words = ["exec", "--stdin", this.name, "--", "python3", "-c", script, url, mode];
    const running = execa("kubectl", ["--kubeconfig", labKubeconfig(), ...words], { reject: false });
    return {
      end: async () => {
        running.stdin.end();
        const { stdout, stderr, exitCode } = await running;
        if (exitCode !== 0) throw new Error(`the load ended with ${String(exitCode)}: ${stderr}`);
        return JSON.parse(stdout) as Seen;
      },
    };
  }

  /** Removes it. */
  async end(): Promise<void> {
    await kubectl("delete", "pod", this.name, "--wait=true");
  }
}
