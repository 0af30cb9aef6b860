import { expect } from "chai";
import { publishedServing } from "../../../catalogue/published/index.ts";
import { priceBook } from "../../../catalogue/prices/index.ts";
import { tune } from "../../../measure/tuning.ts";
import { servingCsv, servingStudyReport } from "../../../report/serving-study.ts";
import { tuningPage, tuningSentence, tuningText } from "../../../report/tuning.ts";
import { around, measuredSize } from "../../fixtures/serving.ts";
import { markupErrors } from "./well-formed.ts";

const dead = measuredSize({
  memoryMiB: 128,
  counts: { sent: 11, kept: 0, failed: 11, "failed:500 Runtime.OutOfMemory": 11 },
});
const sizes = [
  dead,
  measuredSize({ memoryMiB: 512, warm: around(1.6), cold: around(5) }),
  measuredSize({ memoryMiB: 1536, warm: around(0.7), cold: around(3) }),
];
const tuning = tune(sizes, priceBook("aws-2026"), { by: "weight", weight: 1 });

describe("the report of a tuning", () => {
  it("recommends in a sentence, with intervals", () => {
    expect(tuningSentence(tuning)).to.match(
      /^Give squeezenet-1\.0 1536 MiB \(.*\): a warm request takes 0\.700 \(0\.\d+ to 0\.\d+\) s and a thousand predictions cost USD 0\.\d+/,
    );
  });

  it("says which sizes cannot run and why, and leaves out percentiles that ten requests cannot carry", () => {
    const lines = tuningText(tuning).split("\n");
    expect(lines.find((line) => line.trimStart().startsWith("128"))).to.match(/cannot run: 500 Runtime\.OutOfMemory$/);
    expect(lines.find((line) => line.trimStart().startsWith("1536"))).to.match(/\s—\s.*recommended, front$/);
  });

  it("is a whole page with a curve of latency and one of cost", async () => {
    const page = await tuningPage(tuning);
    expect(markupErrors(page)).to.deep.equal([]);
    expect(page.match(/<svg/g)).to.have.lengthOf(2);
    expect(page).to.include(
      'aria-label="response time in s over memory. warm, mean: 512 MiB 1.600, 1536 MiB 0.7000; 128 MiB ✕.',
    );
  });
});

describe("the report of a study of serving", () => {
  const cells = sizes.map((size, index) => ({ ...size, id: `cell-${String(index)}` }));

  it("has a figure and a table for each pattern, the publication's claims and the prices", async () => {
    const page = await servingStudyReport(publishedServing(), cells, priceBook("aws-2017"));
    expect(markupErrors(page)).to.deep.equal([]);
    for (const id of ["warm", "cold", "scale", "published", "prices", "cells"]) expect(page).to.include(`id="${id}"`);
    expect(page).to.include("Weights are random");
    expect(page).to.include("500 Runtime.OutOfMemory");
    expect(page).to.include("0.0000002080");
  });

  it("is CSV of every number and count, as many fields in each line", () => {
    const lines = servingCsv(cells, priceBook("aws-2017")).trimEnd().split("\r\n");
    const fields = lines.map((line) => line.split(",").length);
    expect(lines.find((line) => line.startsWith("cell-1,squeezenet-1.0,512,warm,responseTime,s,10,"))).not.to.equal(
      undefined,
    );
    expect(lines.find((line) => line.startsWith("cell-0,squeezenet-1.0,128,warm,failed,requests,11,"))).not.to.equal(
      undefined,
    );
    expect(Math.min(...fields)).to.equal(13);
  });
});
