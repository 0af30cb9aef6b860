import { expect } from "chai";
import { statSync } from "node:fs";
import { UnderlayError } from "../../../../measure/error.ts";
import { clusterError, kubectl, podHop, writeKubeconfig } from "../../../../provider/kubernetes/kubectl.ts";
import { sandboxDirectory } from "../../../../provider/run-directory.ts";
import { freshRunId, TemporaryHomes } from "../../../support/machine-file.ts";

describe("a cluster's refusal", () => {
  // What kubectl 1.32 and an API server 1.34 print.
  const cases: readonly (readonly [said: string, code: string])[] = [
    ["error: You must be logged in to the server (Unauthorized)", "cluster-unauthorised"],
    ["Please enter Username: error: EOF", "cluster-unauthorised"],
    ['Error from server (Forbidden): pods is forbidden: User "a" cannot list resource "pods"', "cluster-forbidden"],
    ["Unable to connect to the server: dial tcp 10.0.0.1:6443: i/o timeout", "cluster-unreachable"],
    ["The connection to the server 10.77.0.1:6443 was refused - did you specify the right host", "cluster-unreachable"],
    ["Error from server (InternalError): etcdserver: leader changed", "cluster-failed"],
    ["Error from server (ServiceUnavailable): the server is currently unable to handle the request", "cluster-failed"],
    ['Error from server (NotFound): namespaces "a" not found', "cluster-refused"],
    ["spawn kubectl ENOENT", "kubectl-missing"],
  ];
  for (const [said, code] of cases) {
    it(`is ${code}: ${said.slice(0, 60)}`, () => {
      expect(clusterError(said).code).to.equal(code);
    });
  }

  it("is told in its own words", () => {
    expect(clusterError("first\nError from server (Forbidden): no").message).to.include(
      "Error from server (Forbidden): no",
    );
  });
});

describe("the way into a pod", () => {
  let homes: TemporaryHomes;
  const runId = freshRunId();
  const secretText = "apiVersion: v1\nkind: Config\nusers: [{name: a, user: {token: very-secret}}]\n";
  const access = { runId, name: "trainer", kubeconfig: secretText, context: "lab", namespace: "training" };

  before(() => {
    homes = new TemporaryHomes();
  });
  after(() => {
    homes.restore();
  });

  it("names a file of the run, and carries no secret itself", () => {
    const { argv, shell } = podHop(access, "trainer-x", "trainer");
    expect(shell).to.equal(false);
    expect(argv[0]).to.equal("kubectl");
    expect(argv.join(" ")).to.include("--namespace training --context lab exec --stdin --quiet trainer-x");
    expect(argv.slice(-3)).to.deep.equal(["--container", "trainer", "--"]);
    expect(argv.join(" ")).to.not.include("very-secret");
  });

  it("keeps that file from everybody else", () => {
    writeKubeconfig(access);
    writeKubeconfig(access);
    const file = `${sandboxDirectory(runId, "trainer")}/kubeconfig`;
    expect(statSync(file).mode & 0o777).to.equal(0o600);
  });

  it("of a cluster that is not there is an error with its code", async () => {
    const nowhere = `apiVersion: v1
kind: Config
clusters: [{name: a, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: a, user: {token: none}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
current-context: a
`;
    const { context: _context, ...plain } = { ...access, kubeconfig: nowhere };
    writeKubeconfig(plain);
    const code = await kubectl(plain, ["get", "pods"]).then(
      () => "none",
      (thrown: unknown) => (thrown instanceof UnderlayError ? thrown.code : "unknown"),
    );
    expect(code).to.be.oneOf(["cluster-unreachable", "kubectl-missing"]);
  });
});
