import { expect } from "chai";
import { proofOf, type TunerEnd, tunerEventSchema, type TunerSession } from "../../../measure/autotuning.ts";
import { autotuningText, sessionLine, settingsText } from "../../../report/autotuning.ts";

const defaults = { batch: 128, compiler: "none", onednn: "on" };

function end(change: Partial<TunerEnd> = {}): TunerEnd {
  return {
    event: "end",
    best: { ...defaults, batch: 512 },
    ...{ defaults, standing: defaults },
    given: { arguments: [], environment: {} },
    compilerFlipped: { ...defaults, batch: 512, compiler: "xla" },
    rounds: [1, 1.02, 0.98, 1.01].map((factor) => ({
      best: 0.001 * factor,
      defaults: 0.0015 * factor * factor,
      compilerFlipped: 0.002 * factor,
    })),
    facts: { version: "2.21.0", images: 60_000, parameters: 1_199_882, flops_per_image: 7e7 },
    ...{ brackets: 2, tried: 18, size: 512, outOfTime: true },
    ...change,
  };
}

describe("proofOf", () => {
  it("gives the speed-up against the defaults, with an interval over the rounds", () => {
    const { againstDefaults } = proofOf(end());
    expect(againstDefaults?.speedup).to.be.closeTo(1.503, 0.01);
    expect(againstDefaults?.interval?.low).to.be.above(1.4);
    expect(againstDefaults).to.include({ n: 4, verdict: "faster" });
  });

  it("says that the compiler made it slower, whichever side the best was on", () => {
    expect(proofOf(end()).compiler).to.include({ compiler: "xla", verdict: "slower" });
    const turned = end({
      best: { ...defaults, compiler: "xla" },
      compilerFlipped: defaults,
      rounds: [1, 1.02, 0.98].map((factor) => ({ best: 0.001 * factor, compilerFlipped: 0.002 })),
    });
    const { compiler, againstDefaults } = proofOf(turned);
    expect(compiler).to.include({ compiler: "xla", verdict: "faster" });
    expect(compiler?.speedup).to.be.closeTo(2, 0.05);
    expect(againstDefaults, "the defaults did not play").to.equal(null);
  });

  it("claims nothing without an interval, and nothing of a compiler that is fixed", () => {
    const { againstDefaults, compiler } = proofOf(end({ compilerFlipped: null, rounds: end().rounds.slice(0, 2) }));
    expect(againstDefaults).to.include({ verdict: "cannot tell", interval: null });
    expect(compiler).to.equal(null);
  });

  it("tells no difference where there is none", () => {
    const rounds = [1.1, 0.9, 1.05, 0.95].map((factor) => ({ best: 0.001, defaults: 0.001 * factor }));
    expect(proofOf(end({ rounds })).againstDefaults?.verdict).to.equal("no credible difference");
  });
});

describe("what the tuner prints", () => {
  const session: TunerSession = {
    ...{ event: "session", phase: "search", steps: 20, wallSec: 5, leftSec: 100, reason: null, trial: 3, bracket: 0 },
    ...{ settings: { ...defaults, batch: 64 }, secondsPerImage: 0.0005, repeated: false },
  };

  it("is read line by line, and what is no event is refused", () => {
    expect(tunerEventSchema.parse(JSON.parse(JSON.stringify(end())))).to.deep.equal(end());
    expect(tunerEventSchema.parse(session)).to.deep.equal(session);
    expect(() => tunerEventSchema.parse({ ...session, secondsPerImage: 0 })).to.throw();
    expect(() => tunerEventSchema.parse({ event: "surprise" })).to.throw();
  });

  it("names only what differs from the defaults", () => {
    expect(settingsText(defaults, defaults)).to.equal("the defaults");
    expect(sessionLine(session, defaults)).to.equal("trial 3, 20 steps: 2000 images/s with batch 64");
    expect(sessionLine({ ...session, secondsPerImage: null, reason: "no compiler\u001b[0m" }, defaults)).to.equal(
      "trial 3, 20 steps: failed: no compiler\ufffd[0m with batch 64",
    );
  });

  it("says both signs, and how much of the space was seen", () => {
    const text = autotuningText(end(), proofOf(end()));
    expect(text).to.match(/^best: batch 512\n/);
    expect(text).to.match(/against the defaults: 1\.5\d\d times as fast \(95 % interval .*, 4 rounds\): faster/);
    expect(text).to.match(/xla on, against off: 0\.500 times as fast .*: slower/);
    expect(text).to.include("18 of 512 settings tried in 2 brackets; the time was over");
  });
});
