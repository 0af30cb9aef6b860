import { expect } from "chai";
import { digestIn, judgePod, podSchema, refusalIn } from "../../../../provider/kubernetes/pod.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

/** A pod as the API tells of it, in the words of Kubernetes 1.34. */
function pod(status: Record<string, unknown>, metadata: Record<string, unknown> = {}) {
  return podSchema.parse({ metadata: { name: "trainer-x", uid: "1", ...metadata }, spec: {}, status });
}

function container(state: Record<string, unknown>, ready = false) {
  return { containerStatuses: [{ name: "trainer", ready, imageID: `docker.io/x@${digest}`, state }] };
}

describe("a pod", () => {
  it("is ready when its container is, and not when another one is or it is being deleted", () => {
    const running = { phase: "Running", ...container({ running: { startedAt: "x" } }, true) };
    expect(judgePod(pod(running), "trainer")).to.deep.equal({ state: "ready" });
    expect(judgePod(pod(running), "tensorflow").state).to.equal("coming");
    expect(judgePod(pod(running, { deletionTimestamp: "x" }), "trainer").state).to.equal("coming");
  });

  it("is coming while nothing is wrong, and says what it waits for", () => {
    expect(judgePod(pod({}), "trainer")).to.deep.equal({ state: "coming", said: "not seen yet" });
    const creating = { phase: "Pending", ...container({ waiting: { reason: "ContainerCreating" } }) };
    expect(judgePod(pod(creating), "trainer")).to.deep.equal({ state: "coming", said: "Pending: ContainerCreating" });
  });

  it("that no node has room for is stuck, in the scheduler's words", () => {
    const message = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu.";
    const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }];
    expect(judgePod(pod({ phase: "Pending", conditions }), "trainer")).to.include({
      state: "stuck",
      code: "pod-unschedulable",
      said: `Unschedulable: ${message}`,
    });
  });

  for (const [reason, code] of [
    ["ErrImagePull", "image-not-pulled"],
    ["ImagePullBackOff", "image-not-pulled"],
    ["InvalidImageName", "image-not-pulled"],
    ["CreateContainerConfigError", "container-not-started"],
    ["RunContainerError", "container-not-started"],
  ] as const) {
    it(`that says ${reason} is stuck: ${code}`, () => {
      const waiting = { phase: "Pending", ...container({ waiting: { reason, message: "the runtime's words" } }) };
      const judged = judgePod(pod(waiting), "trainer");
      expect(judged).to.include({ state: "stuck", code, said: `${reason}: the runtime's words` });
    });
  }

  it("that ended says how", () => {
    const killed = { phase: "Running", ...container({ terminated: { reason: "OOMKilled", exitCode: 137 } }) };
    expect(judgePod(pod(killed), "trainer")).to.deep.equal({ state: "ended", exitCode: 137, said: "OOMKilled" });
    const evicted = pod({ phase: "Failed", reason: "Evicted", message: "The node was low on resource: memory." });
    expect(judgePod(evicted, "trainer")).to.deep.equal({
      state: "ended",
      exitCode: null,
      said: "Evicted: The node was low on resource: memory.",
    });
  });

  it("gives its image's digest, however the runtime writes it", () => {
    expect(digestIn(`registry.example/underlay-root@${digest}`)).to.equal(digest);
    expect(digestIn(digest)).to.equal(digest);
    expect(digestIn("")).to.equal(null);
  });
});

describe("what refuses a pod", () => {
  const event = (reason: string, message: string, type = "Warning") => ({ type, reason, message });

  it("is a quota, by the API's own words", () => {
    const said =
      'Error creating: pods "a-x" is forbidden: exceeded quota: q, requested: limits.cpu=9, limited: limits.cpu=2';
    expect(refusalIn({ items: [event("FailedCreate", said)] })).to.include({ code: "quota-exceeded", said });
  });

  it("is anything else that keeps a controller from making it", () => {
    const said = 'pods "a" is forbidden: violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true)';
    expect(refusalIn({ items: [event("FailedCreatePod", said)] })).to.include({ code: "pod-refused", said });
  });

  it("is nothing that is no warning, or about something else", () => {
    const items = [event("SuccessfulCreate", "Created pod: a-x", "Normal"), event("BackoffLimitExceeded", "x")];
    expect(refusalIn({ items })).to.equal(null);
    expect(refusalIn({ items: [] })).to.equal(null);
  });
});
