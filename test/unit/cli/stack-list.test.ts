import { expect } from "chai";
import { rowOf } from "../../../cli/ls.ts";
import { taggedIn as awsTagged, deletionOf } from "../../../cli/reap/aws.ts";
import { taggedIn as clusterTagged } from "../../../cli/reap/kubernetes.ts";
import { doomedOf } from "../../../cli/reap/on-target.ts";
import { isExpired, type ListedStack } from "../../../cli/stack-list.ts";
import { stackListText } from "../../../report/stack-list.ts";
import { UnderlayError } from "../../../measure/error.ts";
import { splitTenure } from "../../../stacks/tenure.ts";

const now = new Date("2026-12-31T12:00:00Z");
const listed: ListedStack = {
  stack: "dev",
  runId: "r0123abcde",
  createdAt: "2026-12-29T12:00:00Z",
  resources: 4,
  owner: "somebody",
  expires: null,
  cost: { charges: [], totals: [{ currency: "EUR", perHour: 2 }], rates: [], unknown: ["gpu"], byUse: [] },
  problem: null,
  place: { directory: "/", engine: {} },
};

describe("a listed stack", () => {
  it("has stood too long from the day after its last, or from the moment that it names, while something stands", () => {
    expect(isExpired(listed, now)).to.equal(false);
    const until = (expires: string): boolean => isExpired({ ...listed, expires }, now);
    expect(["2026-12-30", "2026-12-31T11:59:00Z"].map(until)).to.deep.equal([true, true]);
    expect(["2026-12-31", "2026-12-31T12:30:00Z"].map(until)).to.deep.equal([false, false]);
    expect(isExpired({ ...listed, expires: "2020-01-01", resources: 0 }, now)).to.equal(false);
  });

  it("has cost its price times its age, and what has no price is told beside", () => {
    const row = rowOf({ ...listed, expires: "2026-12-30" }, now);
    expect(row.spent).to.deep.equal([{ currency: "EUR", amount: 96 }]);
    const text = stackListText([row]);
    expect(text).to.include("96.00 EUR, 1 without a price").and.include("2 d").and.include("2026-12-30 (over)");
    expect(text).to.include("r0123abcde").and.include("somebody");
    expect(rowOf({ ...listed, createdAt: null }, now).spent).to.equal(null);
    expect(stackListText([rowOf({ ...listed, problem: "locked", cost: null }, now)])).to.include("dev: locked");
    expect(stackListText([])).to.equal("There are no stacks.\n");
  });
});

describe("splitTenure", () => {
  it("takes owner and expiry out of a configuration, and refuses what is no date", () => {
    const all = { "underlay:owner": "me", "underlay:expires": "2026-12-31", "underlay:model": "alexnet" };
    expect(splitTenure(all)).to.deep.equal({
      tenure: { owner: "me", expires: "2026-12-31" },
      rest: { "underlay:model": "alexnet" },
    });
    expect(splitTenure({}).tenure).to.deep.equal({});
    for (const wrong of ["soon", "2026-13-45", "31.12.2026"]) {
      expect(() => splitTenure({ "underlay:expires": wrong })).to.throw(UnderlayError, wrong);
    }
  });
});

describe("what targets list", () => {
  const labels = { "underlay.dev/run": "r0123abcde" };
  const item = (kind: string, metadata: object): object => ({ kind, metadata: { name: kind, labels, ...metadata } });

  it("of Kubernetes is what neither an owner nor a namespace of the run takes along", () => {
    const items = [
      item("Namespace", { name: "mine", annotations: { "underlay.dev/expires": "2026-12-30" } }),
      item("Pod", { namespace: "mine" }),
      item("Pod", { namespace: "other", ownerReferences: [{}] }),
      item("Job", { namespace: "other" }),
      { kind: "Pod", metadata: { name: "theirs", namespace: "other" } },
    ];
    const found = clusterTagged(JSON.stringify({ items }));
    expect(found.map(({ kind, id }) => `${kind} ${id}`)).to.deep.equal(["namespace mine", "job other/Job"]);
    expect(doomedOf(found, { run: [], expired: true }, now).map(({ id }) => id)).to.deep.equal(["mine"]);
    expect(doomedOf(found, { run: ["r0123abcde"] }, now)).to.have.length(2);
    expect(doomedOf(found, { run: ["r9999zzzzz"] }, now)).to.deep.equal([]);
    expect(doomedOf(found, { run: [] }, now)).to.deep.equal([]);
  });

  it("of AWS is by the tag run, each kind with its own deletion, and others only listed", () => {
    const tagged = (arn: string): object => ({ ResourceARN: arn, Tags: [{ Key: "run", Value: "r0123abcde" }] });
    const list = [
      "arn:aws:lambda:eu-central-1:1:function:serve",
      "arn:aws:ec2:eu-central-1:1:instance/i-1",
      "arn:aws:logs:eu-central-1:1:log-group:/aws/lambda/serve",
      "arn:aws:apigateway:eu-central-1::/apis/a1b2c3",
      "arn:aws:s3:::bucket",
    ];
    const others = [{ ResourceARN: "arn:aws:s3:::theirs", Tags: [] }];
    const found = awsTagged(JSON.stringify({ ResourceTagMappingList: [...list.map(tagged), ...others] }));
    expect(found.map(({ id }) => id)).to.deep.equal(list);
    const region = ["--region", "eu-central-1"];
    expect(found.map(deletionOf)).to.deep.equal([
      ["lambda", "delete-function", "--function-name", "serve", ...region],
      ["ec2", "terminate-instances", "--instance-ids", "i-1", ...region],
      ["logs", "delete-log-group", "--log-group-name", "/aws/lambda/serve", ...region],
      ["apigatewayv2", "delete-api", "--api-id", "a1b2c3", ...region],
      null,
    ]);
  });
});
