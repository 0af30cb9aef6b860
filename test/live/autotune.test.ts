import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { execa } from "execa";
import { mallocsOf } from "../../cli/autotune.ts";
import { runTuner, type TunerRequest } from "../../cli/tuner-process.ts";
import { readMachine as ourMachine } from "../../provider/machine.ts";
import { proofOf, type TunerEnd, type TunerSession } from "../../measure/autotuning.ts";
import { rejectionOf } from "../support/expect-error.ts";
import { TemporaryHomes } from "../support/machine-file.ts";
import { readMachine } from "../support/machine.mjs";
import { skip } from "../support/skip.ts";

/** Whose best settings are known: it computes more where a setting is worse. */
const objective = fileURLToPath(new URL("../fixtures/tuner/objective.py", import.meta.url));

describe("the tuner", function () {
  this.timeout(400_000);
  let homes: TemporaryHomes;
  let means: { python: string; packages: string };
  let mallocs: readonly string[];

  before(function () {
    const machine = readMachine();
    if (machine?.python == null) skip(this, "there is no Python that trains: run `npm test`");
    if (machine.tuner == null) skip(this, "Optuna is not here: run `npx underlay setup --with tuner`");
    means = { python: machine.python.command, packages: machine.tuner.directory };
    mallocs = Object.values(mallocsOf(ourMachine()));
  });
  beforeEach(() => (homes = new TemporaryHomes()));
  afterEach(() => homes.restore());

  function request(change: Partial<TunerRequest> = {}): TunerRequest {
    const name = { framework: "tensorflow", model: "mnist-cnn", cpus: 2, mallocs: {} } as const;
    // Compiler and batch are left: eight settings.
    const fixed = { intra: 2, inter: 1, prefetch: 2, onednn: "on" };
    const play = { rungs: [4, 12], minutes: 1, limitSec: 30, seed: 1, folder: homes.folder("search") };
    return { ...name, fixed, ...play, command: [means.python, objective], variables: {}, ...change };
  }

  async function tuned(asked: TunerRequest): Promise<{ end: TunerEnd | null; sessions: TunerSession[] }> {
    const sessions: TunerSession[] = [];
    const end = await runTuner(asked, means, { space: () => undefined, session: (each) => sessions.push(each) });
    return { end, sessions };
  }

  it("starts a training with the allocators that set-up got", async function () {
    if (mallocs.length === 0)
      skip(this, "neither jemalloc nor tcmalloc is here: run `npx underlay setup --with tuner`");
    for (const library of mallocs) {
      const env = { LD_PRELOAD: library };
      const { stdout, stderr } = await execa(means.python, ["-c", "print(open('/proc/self/maps').read())"], { env });
      expect(stderr).to.equal("");
      expect(stdout).to.include(path.basename(library));
    }
  });

  it("finds settings that compute less, leaves time for the proof, and proves them", async () => {
    const { end, sessions } = await tuned(request());
    // A busy machine lets it try a few only; what it takes must compute less for each image than the defaults.
    const work = (end?.best["compiler"] === "none" ? 1 : 1.6) / Number(end?.best["batch"]);
    expect(work).to.be.below(1 / 128);
    const { againstDefaults, compiler } = proofOf(end!);
    // What the rounds are worth depends on what else the machine does; unit tests hold the verdicts.
    expect(againstDefaults?.n).to.be.at.least(3);
    expect(compiler?.n).to.be.at.least(3);
    expect(compiler?.compiler).to.equal("xla");
    const search = sessions.filter(({ phase }) => phase === "search");
    expect(Math.min(...search.map(({ leftSec }) => leftSec)), "time is left for the proof").to.be.above(0);
    expect(search[0]?.settings, "the defaults come first").to.deep.equal(end?.defaults);
    expect(search.filter(({ steps }) => steps === 12).length).to.be.below(
      search.filter(({ steps }) => steps === 4).length,
    );
  });

  it("plays a whole grid and proves its best, and holds two settings against each other", async () => {
    const small = { fixed: { batch: 128, intra: 2, inter: 1, prefetch: 2, malloc: "system" }, rungs: [1, 4] };
    const grid = await tuned(request({ ...small, exhaustive: true, rounds: 1 }));
    const played = grid.sessions.filter(({ phase }) => phase === "search");
    expect(played.map(({ steps }) => steps)).to.deep.equal([4, 4, 4, 4]);
    expect(new Set(played.map(({ settings }) => JSON.stringify(settings))).size).to.equal(4);
    expect(grid.end).to.deep.include({ tried: 4, size: 4 });
    expect(grid.end?.rounds).to.have.lengthOf(1);
    const defaults = { ...grid.end!.defaults };
    const slow = { ...defaults, onednn: "off", compiler: "xla" };
    const rivals = await tuned(request({ ...small, rivals: { best: defaults, defaults: slow }, rounds: 3 }));
    expect(rivals.sessions.map(({ phase }) => phase)).to.deep.equal(Array.from({ length: 6 }, () => "proof"));
    expect(rivals.end?.best).to.deep.equal(defaults);
    expect(rivals.end?.rounds.map((round) => Object.keys(round).sort())).to.deep.equal(
      Array.from({ length: 3 }, () => ["best", "defaults"]),
    );
  });

  it("goes on from where it was ended, and plays nothing twice", async () => {
    const first = await tuned(request({ minutes: 0.2 }));
    const kept = first.sessions.filter(({ phase, repeated }) => phase === "search" && repeated === false);
    const again = await tuned(request({ minutes: 0.2 }));
    const played = again.sessions.filter(({ phase, repeated }) => phase === "search" && repeated === false);
    const key = ({ settings, steps }: TunerSession): string => JSON.stringify([Object.entries(settings).sort(), steps]);
    const all = [...kept, ...played].map(key);
    expect(new Set(all).size).to.equal(all.length);
    const lines = readFileSync(path.join(homes.directory, "search", "sessions.jsonl"), "utf8")
      .trim()
      .split("\n");
    expect(lines).to.have.lengthOf(all.length);
  });

  it("ends when it is interrupted, with what was played kept", async () => {
    const asked = request({ minutes: 5 });
    let count = 0;
    const end = await runTuner(asked, means, {
      space: () => undefined,
      session: () => {
        count += 1;
        if (count === 2) process.emit("SIGTERM", "SIGTERM");
      },
    });
    expect(end).to.equal(null);
    expect(readFileSync(path.join(asked.folder, "sessions.jsonl"), "utf8").trim().split("\n").length).to.be.within(
      2,
      3,
    );
  });

  it("says why nothing can be tuned", async () => {
    const broken = request({ command: [means.python, "-c", "raise SystemExit('no data')"] });
    const error = await rejectionOf(tuned(broken));
    expect(error.code).to.equal("tuning-failed");
    expect(error.message).to.include("the defaults do not train: ended with 1: no data");
    const wrong = await rejectionOf(tuned(request({ fixed: { affinity: "close" } })));
    expect(wrong.message).to.include("affinity is no setting of tensorflow");
  });
});
