import { expect } from "chai";
import { studyCsv, studyReport } from "../../../report/study.ts";
import { reportInput } from "../../fixtures/report/results.ts";
import { markupErrors } from "./well-formed.ts";

const cells = [
  { id: "single-resnet50", scenario: "single", model: "resnet50", results: reportInput().results },
  { id: "single-alexnet", scenario: "single", model: "alexnet", results: reportInput({ failing: "vm" }).results },
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
    expect(page.match(/<svg/g)).to.have.lengthOf(2 * 2 * series);
    expect(page).to.include('href="single-alexnet/report/index.html"');
  });

  it("warns first of a cell that is not whole", async () => {
    const page = await studyReport("lin-2018", cells);
    expect(page.indexOf("single-alexnet: This run is partial")).to.be.within(1, page.indexOf("<main>"));
  });
});
