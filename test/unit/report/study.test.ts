import { expect } from "chai";
import { studyCsv, studyReport } from "../../../report/study.ts";
import { reportInput } from "../../fixtures/report/results.ts";
import { markupErrors } from "./well-formed.ts";

const usual = { scenario: "single", framework: "tensorflow", batchSize: 4 } as const;
const cells = [
  { ...usual, id: "single-resnet50", model: "resnet50", results: reportInput().results },
  { ...usual, id: "single-alexnet", model: "alexnet", results: reportInput({ failing: "vm" }).results },
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

  it("warns first of a cell that is not whole", async () => {
    const page = await studyReport("lin-2018", cells);
    expect(page.indexOf("single-alexnet: This run is partial")).to.be.within(1, page.indexOf("<main>"));
  });
});
