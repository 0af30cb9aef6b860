import { expect } from "chai";
import { studyCsv, studyReport, type StudyResult } from "../../../report/study.ts";
import { reportInput } from "../../fixtures/report/results.ts";
import { markupErrors } from "./well-formed.ts";

const usual = { scenario: "single", framework: "tensorflow", batchSize: 4 } as const;
const cells = [
  { ...usual, id: "single-resnet50", model: "resnet50", results: reportInput().results },
  { ...usual, id: "single-alexnet", model: "alexnet", results: reportInput({ failing: "vm" }).results },
];

const distributed = structuredClone(reportInput().results);
distributed.environments[1]!.network = [
  {
    ...{ from: "chief", to: "worker-1", throughputMbitPerSec: 957.3, roundTripMs: 0.28, n: 100, mtuBytes: 1450 },
    ...{ configuredMbitPerSec: 1000, configuredLatencyMs: 0, overlay: "vxlan" },
  },
];
const { results: shared } = reportInput({ shared: true });
const sharing: readonly StudyResult[] = [
  { ...usual, id: "shared-resnet50", scenario: "shared", model: "resnet50", results: shared },
  { ...usual, id: "distributed-alexnet", scenario: "distributed", model: "alexnet", results: distributed },
  { ...usual, id: "shared-alexnet", scenario: "shared", model: "alexnet", results: shared },
];

describe("the report of a study", () => {
  it("has a line of CSV for each cell, metric, series and environment, with its ratio", () => {
    const [head, ...lines] = studyCsv(cells).trimEnd().split("\r\n");
    const series = cells[0]!.results.environments[0]!.series.length;
    expect(head).to.match(
      /^cell,scenario,model,series,environment,metric,unit,median,n,ratio,low,high,verdict,reason$/,
    );
    expect(lines).to.have.lengthOf(cells.length * 2 * series * 4);
    const vm = cells[0]!.results.comparisons.find(
      ({ environment, metric }) => environment === "vm" && metric === "throughput",
    )!;
    const line = lines.find((one) => one.startsWith(`single-resnet50,single,resnet50,${vm.series},vm,throughput`))!;
    expect(line.split(",")[9]).to.equal(String(vm.ratio));
  });

  it("is a well-formed page with a picture of every cell, and a link to its own report", async () => {
    const page = await studyReport("lin-2018", cells);
    expect(markupErrors(page)).to.deep.equal([]);
    const series = cells[0]!.results.environments[0]!.series.length;
    const mine = page.slice(0, page.indexOf('id="published"'));
    expect(mine.match(/<svg/g)).to.have.lengthOf(2 * 2 * series);
    expect(page).to.include('href="single-alexnet/report/index.html"');
  });

  it("holds the study against what was published, and only under that name", async () => {
    expect(await studyReport("lin-2018", cells)).to.include("Against the published results");
    expect(await studyReport("another", cells)).to.not.include("Against the published results");
  });

  it("orders its sections by scenario, and numbers its figures", async () => {
    const page = await studyReport("another", [...sharing, ...cells]);
    const heads = [...page.matchAll(/<h2 id="([\w-]+)"/g)].map(([, id]) => id);
    expect(heads.slice(0, -2)).to.deep.equal([
      ...["single-throughput", "single-elapsed"],
      ...["distributed-throughput", "distributed-elapsed", "distributed-network"],
      ...["shared-throughput", "shared-elapsed", "shared-interference"],
    ]);
    const numbers = [...page.matchAll(/Figure (\d+)\./g)].map(([, number]) => Number(number));
    expect(numbers).to.deep.equal([1, 2, 3, 4, 5, 6, 7]);
    expect(markupErrors(page)).to.deep.equal([]);
  });

  it("has one figure and one table of what all shared cells lost, and why", async () => {
    const page = await studyReport("another", sharing);
    const section = page.slice(page.indexOf('id="shared-interference"'), page.indexOf('id="facts"'));
    expect(section.match(/<figure/g)).to.have.lengthOf(1);
    expect(section.match(/<svg/g)).to.have.lengthOf(2);
    for (const id of ["shared-resnet50", "shared-alexnet"])
      expect(section).to.include(`scope="rowgroup">${id}, synthetic`);
    expect(section.match(/<td>waiting for a CPU<\/td>/g)).to.have.lengthOf(4);
    const lines = studyCsv(sharing)
      .split("\r\n")
      .filter((line) => line.includes(",interference,"));
    expect(lines).to.have.lengthOf(8);
    expect(lines[0]).to.match(
      /^shared-resnet50,shared,resnet50,synthetic,bare-metal,interference,,,12,0\..*,slower,waiting for a CPU$/,
    );
  });

  it("has the measured network of distributed cells", async () => {
    const page = await studyReport("another", sharing);
    const section = page.slice(page.indexOf('id="distributed-network"'), page.indexOf('id="shared-throughput"'));
    expect(section).to.match(/<th scope="row">vm \(user-mode-linux\)<\/th><td>chief to worker-1<\/td>/);
    for (const text of ["957", "1000", "0.280", "1450", "vxlan"]) expect(section).to.include(`>${text}</td>`);
    expect(await studyReport("another", cells)).to.not.include("Network between hosts");
  });

  it("warns first of a cell that is not whole", async () => {
    const page = await studyReport("lin-2018", cells);
    expect(page.indexOf("single-alexnet: This run is partial")).to.be.within(1, page.indexOf("<main>"));
  });
});
