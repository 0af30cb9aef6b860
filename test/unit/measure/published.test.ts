import { expect } from "chai";
import { publishedResults } from "../../../catalogue/published/index.ts";
import { comparePublishedNumbers, judgePublished } from "../../../measure/published.ts";
import type { Judgement, StudyCell } from "../../../measure/published.ts";
import { gpus, slowedBy, studyCell } from "../../fixtures/published/study.ts";

const published = publishedResults("lin-2018");

/** The judgement of one finding. */
function judged(id: string, cells: readonly StudyCell[], margin?: number): Judgement {
  const options = margin === undefined ? {} : { margin };
  const found = judgePublished(cells, published, options).find(({ finding }) => finding.id === id);
  if (found === undefined) throw new Error(`no finding ${id}`);
  return found;
}

const kindsOf = ({ differences }: Judgement) => [...new Set(differences.map(({ kind }) => kind))];

describe("judgePublished", () => {
  it("judges every finding, in its order", () => {
    const ids = judgePublished([studyCell()], published).map(({ finding }) => finding.id);
    expect(ids).to.deep.equal(published.findings.map(({ id }) => id));
  });

  it("cannot tell anything from an empty study, and says what is missing", () => {
    for (const { verdict, outcome, evidence, decisive } of judgePublished([], published)) {
      expect(verdict).to.equal("cannot tell");
      expect(outcome).to.match(/^the study has no cell of the scenario (?:single|distributed|shared) with /);
      expect(evidence).to.deep.equal([]);
      expect(decisive).to.equal(null);
    }
  });

  describe("slower", () => {
    const id = "single-synthetic-vm-slower";

    it("agrees when both metrics are below the baseline's speed", () => {
      const judgement = judged(id, [studyCell({ ratio: slowedBy(1.1) })]);
      expect(judgement.verdict).to.equal("agrees");
      expect(judgement.evidence.map(({ metric, verdict }) => [metric, verdict])).to.deep.equal([
        ["throughput", "agrees"],
        ["elapsed", "agrees"],
      ]);
      expect(judgement.outcome).to.match(/^of 2 comparisons 2 agree; nearest to its bound: /);
    });

    it("disagrees when both are above it", () => {
      expect(judged(id, [studyCell({ ratio: slowedBy(0.8) })]).verdict).to.equal("disagrees");
    });

    it("cannot tell when an interval holds 1, also at its end", () => {
      expect(judged(id, [studyCell()]).verdict).to.equal("cannot tell");
      const touching = studyCell({ ratio: (_, metric) => (metric === "throughput" ? [0.9, 0.8, 1] : [1.1, 1, 1.2]) });
      expect(judged(id, [touching]).verdict).to.equal("cannot tell");
    });

    it("cannot tell when one metric agrees and the other is open, and shows the open one", () => {
      const cell = studyCell({ ratio: (_, metric) => (metric === "throughput" ? [0.9, 0.88, 0.92] : [1, 0.9, 1.1]) });
      const { verdict, outcome, decisive } = judged(id, [cell]);
      expect(verdict).to.equal("cannot tell");
      expect(outcome).to.include("1 agrees, 1 cannot tell; undecided: elapsed time");
      expect(decisive?.metric).to.equal("elapsed");
    });

    it("needs more than a near miss among many to disagree", () => {
      const near: StudyCell[] = ["resnet50", "inception-v3", "alexnet"].map((model) =>
        studyCell({
          model,
          ratio: (_, metric) =>
            model === "alexnet" && metric === "throughput"
              ? [1.01, 1.001, 1.019]
              : metric === "throughput"
                ? [0.9, 0.89, 0.91]
                : [1.1, 1.09, 1.11],
        }),
      );
      const { verdict, evidence } = judged(id, near);
      expect(evidence.filter((each) => each.verdict === "disagrees")).to.have.length(1);
      expect(verdict).to.equal("cannot tell");
      const clear = studyCell({ model: "alexnet", ratio: slowedBy(0.8) });
      expect(judged(id, [...near.slice(0, 2), clear]).verdict).to.equal("disagrees");
    });
  });

  describe("about equal", () => {
    const id = "single-container-equal";
    const data = (low: number, high: number) => studyCell({ ratio: () => [Math.sqrt(low * high), low, high] });

    it("agrees only when the whole interval is inside the margin", () => {
      expect(judged(id, [data(0.95, 1.05)]).verdict).to.equal("agrees");
      expect(judged(id, [data(0.89, 1.05)]).verdict).to.equal("cannot tell");
      expect(judged(id, [data(0.95, 1.12)]).verdict).to.equal("cannot tell");
      expect(judged(id, [data(0.95, 1.05)], 0.02).verdict).to.equal("cannot tell");
    });

    it("cannot tell from a wide interval around 1, which shows no difference and no equality either", () => {
      expect(judged(id, [data(0.5, 2)]).verdict).to.equal("cannot tell");
    });

    it("disagrees only when an interval is outside of the margin", () => {
      expect(judged(id, [data(0.5, 0.6)]).verdict).to.equal("disagrees");
      expect(judged(id, [data(1.5, 1.6)]).verdict).to.equal("disagrees");
    });

    it("says which margin was taken where the paper names none", () => {
      expect(judged(id, [data(0.95, 1.05)]).reason).to.include("The source names no margin; 10 % was taken.");
    });
  });

  it("holds a limit against the slower side alone", () => {
    const id = "single-synthetic-limited-to-15-percent";
    expect(judged(id, [studyCell({ ratio: slowedBy(0.5) })]).verdict).to.equal("agrees");
    expect(judged(id, [studyCell({ ratio: slowedBy(1.12) })]).verdict).to.equal("agrees");
    expect(judged(id, [studyCell({ ratio: slowedBy(1.16) })]).verdict).to.equal("cannot tell");
    expect(judged(id, [studyCell({ ratio: slowedBy(2) })]).verdict).to.equal("disagrees");
  });

  it("compares two environments by their common baseline, with the interval of both", () => {
    const cell = studyCell({
      ratio: (environment, metric) => {
        const slow = environment === "vm" ? 1.25 : 1;
        return metric === "throughput" ? [1 / slow, 0.97 / slow, 1.03 / slow] : [slow, 0.97 * slow, 1.03 * slow];
      },
    });
    const { verdict, evidence } = judged("single-synthetic-vm-slower-than-container", [cell]);
    expect(verdict).to.equal("agrees");
    const [throughput] = evidence;
    expect(throughput!.quantity).to.equal("throughput, vm ÷ container-on-bare-metal");
    expect(throughput!.ratio).to.be.closeTo(0.8, 1e-9);
    expect(throughput!.terms).to.have.length(2);
    // sqrt(2) times as wide on the logarithmic scale as each of the two.
    expect(Math.log(throughput!.interval!.high / 0.8)).to.be.closeTo(Math.hypot(Math.log(1.03), Math.log(0.97)), 1e-9);
  });

  it("compares slowdowns between scenarios, models, data and metrics", () => {
    const single = studyCell({ ratio: slowedBy(1.05) });
    const distributed = studyCell({ scenario: "distributed", ratio: slowedBy(1.4) });
    expect(judged("distributed-suffers-more-than-single", [single, distributed]).verdict).to.equal("agrees");
    const swapped = [
      studyCell({ ratio: slowedBy(1.4) }),
      studyCell({ scenario: "distributed", ratio: slowedBy(1.05) }),
    ];
    expect(judged("distributed-suffers-more-than-single", swapped).verdict).to.equal("disagrees");
    expect(judged("distributed-data-equal", [distributed]).verdict).to.equal("agrees");

    const alexnet = studyCell({ model: "alexnet", batchSize: 512, ratio: slowedBy(1.3) });
    const { verdict, decisive } = judged("single-synthetic-alexnet-suffers-more", [single, alexnet]);
    expect(verdict).to.equal("agrees");
    expect(decisive?.quantity).to.match(/^slowdown of \S+, alexnet ÷ resnet50$/);

    const slowDisk = studyCell({
      ratio: (_e, _m, series) => (series === "imagenet" ? [2, 1.98, 2.02] : [1, 0.99, 1.01]),
    });
    expect(judged("single-imagenet-container-on-vm-suffers-more", [slowDisk]).verdict).to.equal("agrees");

    const lateStart = studyCell({ ratio: (_, metric) => (metric === "elapsed" ? [1.5, 1.49, 1.51] : [1, 0.99, 1.01]) });
    expect(judged("single-synthetic-elapsed-suffers-more", [lateStart]).verdict).to.equal("agrees");
  });

  it("cannot compare slowdowns when the other side was not measured", () => {
    const { verdict, outcome } = judged("distributed-suffers-more-than-single", [
      studyCell({ scenario: "distributed" }),
    ]);
    expect(verdict).to.equal("cannot tell");
    expect(outcome).to.include("the study has nothing to compare it with");
  });

  describe("interference", () => {
    const shared = (mean: number, batchSize: number, facts = gpus) =>
      studyCell({
        ...{ scenario: "shared", model: "alexnet", batchSize, facts: () => facts },
        elapsed: () => [mean, 1],
      } as const);
    const alone = (batchSize: number, facts = gpus) =>
      studyCell({ model: "alexnet", batchSize, facts: () => facts, elapsed: () => [100, 1] });

    it("divides the time beside a background job by that alone", () => {
      const { verdict, evidence } = judged("shared-alexnet-32-limited-to-10-percent", [shared(105, 32), alone(32)]);
      expect(verdict).to.equal("agrees");
      expect(evidence[0]!.ratio).to.be.closeTo(1.05, 1e-9);
      expect(evidence[0]!.interval!.low).to.be.closeTo(1.05 - 0.0145, 2e-3);
    });

    it("needs the run alone, of equal resources", () => {
      const id = "shared-alexnet-32-limited-to-10-percent";
      expect(judged(id, [shared(105, 32)]).outcome).to.include("was not measured alone");
      const one = { ...gpus, accelerators: ["GeForce GTX 1080"] };
      const { verdict, outcome } = judged(id, [shared(105, 32, one), alone(32)]);
      expect(verdict).to.equal("cannot tell");
      expect(outcome).to.include("had other CPUs, memory or accelerators");
    });

    it("compares batch sizes, and does not take one for the other", () => {
      const id = "shared-large-batch-suffers-more";
      expect(judged(id, [shared(150, 512), alone(512), shared(105, 32), alone(32)]).verdict).to.equal("agrees");
      expect(judged(id, [shared(150, 16), alone(16)]).outcome).to.include("batch 512");
    });

    it("says nothing of accelerators without one", () => {
      const none = { accelerators: [] };
      const cells = [shared(150, 512, none), alone(512, none)];
      const { verdict, outcome, evidence } = judged("shared-large-batch-slower", cells);
      expect(evidence.map((each) => each.verdict)).to.include("agrees");
      expect(verdict).to.equal("cannot tell");
      expect(outcome).to.include("this study has none");
    });
  });

  describe("reasons", () => {
    it("names the CPU, the kind of virtualisation, the machine, batch, profile, framework and missing models", () => {
      const cell = studyCell({ batchSize: 4, profile: "quick", framework: "pytorch", ratio: slowedBy(0.8) });
      const judgement = judged("single-synthetic-vm-slower", [cell]);
      expect(kindsOf(judgement)).to.deep.equal([
        "accelerator",
        "virtualisation",
        "machine",
        "framework",
        "batch size",
        "profile",
        "coverage",
      ]);
      expect(judgement.reason).to.include(
        "CPU instead of GPU: Intel(R) Xeon(R) Processor @ 2.60GHz; theirs: 2 × GeForce GTX 1080",
      );
      expect(judgement.reason).to.include("virtualised by User-Mode Linux");
      expect(judgement.reason).to.include("inception-v3 was not measured in the scenario single");
    });

    it("has none where all is as in the paper", () => {
      const models = [
        ["resnet50", 32],
        ["inception-v3", 32],
        ["alexnet", 512],
      ] as const;
      const facts = (environment: string) => ({ ...gpus, virtualisation: environment.endsWith("vm") ? "kvm" : "none" });
      const cells = models.map(([model, batchSize]) => studyCell({ model, batchSize, facts, ratio: slowedBy(1.1) }));
      const judgement = judged("single-synthetic-vm-slower", cells);
      expect(judgement.verdict).to.equal("agrees");
      expect(judgement.differences).to.deep.equal([]);
      expect(judgement.reason).to.not.include("differs");
    });

    it("does not speak of the vm where none is compared", () => {
      expect(kindsOf(judged("single-container-equal", [studyCell()]))).to.not.include("virtualisation");
    });

    it("says why an environment was not measured", () => {
      const skipped = [{ environment: "vm" as const, reason: "there is no kernel for a guest" }];
      const cell = studyCell({ environments: ["bare-metal", "container-on-bare-metal"], skipped });
      const { verdict, outcome } = judged("single-synthetic-vm-slower", [cell]);
      expect(verdict).to.equal("cannot tell");
      expect(outcome).to.include("vm was not measured with synthetic: there is no kernel for a guest");
    });

    it("takes over why a comparison has no ratio", () => {
      const cell = studyCell({ ratio: () => "the clock of vm cannot be trusted" });
      const { verdict, outcome } = judged("single-synthetic-vm-slower", [cell]);
      expect(verdict).to.equal("cannot tell");
      expect(outcome).to.include("the clock of vm cannot be trusted");
    });

    it("names drift", () => {
      const drift = [{ series: "synthetic", ratio: 1.2, interval: null, verdict: "drifted" as const, reason: null }];
      expect(kindsOf(judged("single-synthetic-vm-slower", [studyCell({ drift })]))).to.include("drift");
    });
  });
});

describe("comparePublishedNumbers", () => {
  it("has each number once for each environment, with what was measured of it", () => {
    const numbers = comparePublishedNumbers([studyCell({ ratio: slowedBy(1.3) })], published);
    const stated = published.statements.flatMap((statement) => statement.numbers.flatMap((each) => each.environments));
    expect(numbers).to.have.length(stated.length);
    const almost = numbers.find(({ statement }) => statement.id === "single-imagenet-container-on-vm")!;
    expect(almost.measured.map(({ series, ratio }) => [series, ratio])).to.deep.equal([["imagenet", 1.3]]);
    const far = numbers.find(({ statement }) => statement.id === "distributed-synthetic-container-20-percent")!;
    expect(far.measured).to.deep.equal([]);
  });
});
