import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { lackedBy, usedModules } from "../../../../tools/plugins/kubernetes.mjs";

describe("the Kubernetes plugin", () => {
  const programs = usedModules.map((name) =>
    readFileSync(new URL(`../../../../node_modules/@pulumi/kubernetes/${name}.js`, import.meta.url), "utf8"),
  );
  const inputs = {
    inputProperties: {
      metadata: {},
      spec: {},
      directory: {},
      namespace: {},
      resourcePrefix: {},
      ...{ binaryData: {}, data: {}, immutable: {}, stringData: {}, type: {} },
      skipAwait: {},
    },
  };
  const tokens = [
    "kubernetes:apps/v1:DaemonSet",
    "kubernetes:apps/v1:Deployment",
    "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
    "kubernetes:batch/v1:Job",
    "kubernetes:core/v1:ConfigMap",
    "kubernetes:core/v1:Namespace",
    "kubernetes:core/v1:ResourceQuota",
    "kubernetes:core/v1:Secret",
    "kubernetes:core/v1:Service",
    "kubernetes:kustomize/v2:Directory",
    "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    "kubernetes:policy/v1:PodDisruptionBudget",
  ];
  const schema = Object.fromEntries(tokens.map((token) => [token, inputs]));

  it("is asked for every module that components import, custom resources and the provider itself apart", () => {
    const folder = new URL("../../../../components/kubernetes/", import.meta.url);
    const imported = readdirSync(folder).flatMap((file) =>
      [...readFileSync(new URL(file, folder), "utf8").matchAll(/ from "@pulumi\/kubernetes\/(.+)\.js";/g)].map(
        ([, module]) => module,
      ),
    );
    const own = [...new Set(imported)].filter(
      (module) => !["apiextensions/customResource", "provider"].includes(module ?? ""),
    );
    expect(own.sort()).to.deep.equal(usedModules);
  });

  it("has all that components use, where its schema does", () => {
    expect(lackedBy(programs, schema)).to.deep.equal([]);
  });

  it("lacks what its schema does not have, by token and name", () => {
    const { "kubernetes:batch/v1:Job": _job, ...rest } = schema;
    const poorer = { ...rest, "kubernetes:core/v1:Namespace": { inputProperties: { spec: {} } } };
    expect(lackedBy(programs, poorer)).to.deep.equal([
      "kubernetes:batch/v1:Job is not there",
      "kubernetes:core/v1:Namespace lacks the input metadata",
    ]);
  });

  it("cannot be checked against a module that is none of its kind", () => {
    expect(lackedBy(["exports.a = 1"], schema)).to.deep.equal(["a module of @pulumi/kubernetes has no type token"]);
  });
});
