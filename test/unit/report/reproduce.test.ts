import { expect } from "chai";
import { reproduceCommands } from "../../../report/reproduce.ts";
import { runOf } from "../../../report/run.ts";
import { reportInput } from "../../fixtures/report/results.ts";

describe("reproduceCommands", () => {
  const { lines, results } = reportInput();
  const run = runOf({ lines, results });

  it("leaves out a number of blocks that no option gives", () => {
    const changed = structuredClone(run);
    changed.schedule.series[1]!.blocksPerRound = 2;
    const [command] = reproduceCommands(changed, results);
    expect(command).to.not.include("blocks=");
    expect(command).to.include("steps=4");
  });
  it("turns photographs off when there were none", () => {
    const changed = structuredClone(run);
    changed.schedule.series.pop();
    expect(reproduceCommands(changed, results)[0]).to.include("--config photographs=false");
  });
  it("quotes what a shell would take apart", () => {
    const changed = structuredClone(results);
    changed.record.path = "out/it's; rm -rf x";
    expect(reproduceCommands(run, changed)[2]).to.equal(`sha256sum 'out/it'\\''s; rm -rf x'`);
  });
});
