import { expect } from "chai";
import { publishedServing } from "../../../catalogue/published/index.ts";
import { priceBook } from "../../../catalogue/prices/index.ts";
import { againstPublishedServing, type ClaimEvidence } from "../../../measure/serving-published.ts";
import type { MeasuredSize } from "../../../measure/tuning.ts";
import { around, measuredSize } from "../../fixtures/serving.ts";

const judge = (cells: readonly MeasuredSize[]): ClaimEvidence[] =>
  againstPublishedServing(publishedServing(), cells, priceBook("aws-2017"));
const verdict = (cells: readonly MeasuredSize[], id: string, model = "squeezenet-1.0"): string | undefined =>
  judge(cells).find(({ statement, model: of }) => statement.id === id && of === model)?.agreement;

describe("Ishakian 2018 against what was measured", () => {
  const like = [
    measuredSize({ memoryMiB: 512, warm: around(1.6), cold: around(5) }),
    measuredSize({ memoryMiB: 1024, warm: around(0.75), cold: around(3) }),
    measuredSize({ memoryMiB: 1536, warm: around(0.74), cold: around(2.5) }),
  ];

  it("agrees where measurements are as its text says", () => {
    for (const id of ["warm-falls", "cold-falls", "cold-overhead", "cost-not-rising", "model-sizes"]) {
      expect(verdict(like, id), id).to.equal("agrees");
    }
    // Eight units of 100 ms at either size, half as dear again at the larger.
    expect(verdict(like, "no-gain")).to.equal("agrees");
  });

  it("disagrees where they are the reverse", () => {
    const reverse = [
      measuredSize({ memoryMiB: 1024, warm: around(1), cold: around(0.5) }),
      measuredSize({ memoryMiB: 1536, warm: around(2), cold: around(1) }),
    ];
    for (const id of ["warm-falls", "cold-falls", "cold-overhead", "cost-not-rising"]) {
      expect(verdict(reverse, id), id).to.equal("disagrees");
    }
    const faster = [
      measuredSize({ memoryMiB: 1024, warm: around(1) }),
      measuredSize({ memoryMiB: 1536, warm: around(0.5) }),
    ];
    expect(verdict(faster, "no-gain")).to.equal("disagrees");
  });

  it("cannot tell where intervals overlap, or nothing was measured", () => {
    const same = [
      measuredSize({ memoryMiB: 512, warm: around(1, 0.5) }),
      measuredSize({ memoryMiB: 1536, warm: around(0.98, 0.5) }),
    ];
    expect(verdict(same, "warm-falls")).to.equal("cannot tell");
    expect(verdict(same, "cold-falls")).to.equal("cannot tell");
    expect(verdict(same, "no-gain")).to.equal("cannot tell");
    expect(verdict(same, "model-size-resnet", "resnet-18")).to.equal("cannot tell");
  });

  it("sets memory beside its own, which other software used", () => {
    const evidence = judge(like).find(
      ({ statement, model }) => statement.id === "memory-used" && model === "squeezenet-1.0",
    );
    expect(evidence).to.include({ agreement: "beside it", found: "85 MiB, by other software" });
  });

  it("has only quotations and claims that the schema allows, under ids that differ", () => {
    const ids = publishedServing().statements.map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
  });
});
