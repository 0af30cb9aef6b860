import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { leastSquares } from "../../../measure/least-squares.ts";
import { randomFrom } from "../../../measure/random.ts";
import { errorOf } from "../../support/expect-error.ts";
import { readMachine } from "../../support/machine.mjs";
import { skip } from "../../support/skip.ts";

/** Coefficients by NumPy's lstsq, which goes by singular values, and leverages by the same decomposition. */
const reference = `
import json, sys
import numpy as np
given = json.load(sys.stdin)
x, y, p = (np.array(given[name]) for name in ("rows", "values", "penalties"))
stacked = np.vstack([x, np.diag(np.sqrt(p))])
b = np.linalg.lstsq(stacked, np.concatenate([y, np.zeros(len(p))]), rcond=None)[0]
left = np.linalg.svd(stacked, full_matrices=False)[0]
hat = (left[: len(x)] ** 2).sum(1).tolist()
print(json.dumps({"b": b.tolist(), "rss": float(((y - x @ b) ** 2).sum()), "hat": hat}))
`;

describe("leastSquares", () => {
  it("fits a line that is known", () => {
    const x = [0, 1, 2, 3].map((value) => [1, value]);
    const { coefficients, residualSquares, effectiveParameters } = leastSquares(x, [1, 3, 5, 7], [0, 0]);
    expect(coefficients[0]).to.be.closeTo(1, 1e-12);
    expect(coefficients[1]).to.be.closeTo(2, 1e-12);
    expect(residualSquares).to.be.closeTo(0, 1e-20);
    expect(effectiveParameters).to.be.closeTo(2, 1e-12);
  });

  it("shrinks by a penalty as the formula says, and counts fewer parameters", () => {
    // One column of ones: b = Σy/(n + p), leverage 1/(n + p).
    const rows = [[1], [1], [1], [1]];
    const { coefficients, effectiveParameters, leverage } = leastSquares(rows, [2, 4, 6, 8], [1]);
    expect(coefficients[0]).to.be.closeTo(20 / 5, 1e-12);
    expect(leverage([1])).to.be.closeTo(1 / 5, 1e-12);
    expect(effectiveParameters).to.be.closeTo(4 / 5, 1e-12);
  });

  it("agrees with NumPy, with penalties and without, also where columns are nearly combinations", function () {
    this.timeout(60_000);
    const python = readMachine()?.python?.command;
    if (python === undefined) skip(this, "there is no Python with NumPy: run `npm test`");
    const random = randomFrom(11);
    for (const [n, p, near] of [
      [12, 3, 0],
      [40, 9, 0],
      [30, 5, 1e-5],
    ] as const) {
      const rows = Array.from({ length: n }, () => {
        const row = Array.from({ length: p }, () => random.normal() * 10 ** (4 * random.unit() - 2));
        return near === 0 ? row : [...row.slice(0, -1), (row[0] ?? 0) + near * random.normal()];
      });
      const values = rows.map(() => 100 * random.normal());
      for (const penalties of [rows[0]!.map(() => 0), rows[0]!.map((_, index) => index / 3)]) {
        const input = JSON.stringify({ rows, values, penalties });
        const { stdout, stderr } = spawnSync(python, ["-c", reference], { input, encoding: "utf8" });
        expect(stderr).to.equal("");
        const expected = JSON.parse(stdout) as { b: number[]; rss: number; hat: number[] };
        const found = leastSquares(rows, values, penalties);
        // A nearly combined column is ill-conditioned by 1/near: so many digits are lost by any method.
        const digits = near === 0 ? 1e-9 : 1e-4;
        found.coefficients.forEach((value, index) => {
          expect(value).to.be.closeTo(expected.b[index]!, digits * Math.max(1, Math.abs(expected.b[index]!)));
        });
        expect(found.residualSquares / expected.rss).to.be.closeTo(1, 1e-8);
        rows.forEach((row, index) => expect(found.leverage(row)).to.be.closeTo(expected.hat[index]!, 1e-7));
      }
    }
  });

  it("refuses a column that is a combination of others, unless it has a penalty", () => {
    const rows = [1, 2, 3].map((value) => [1, value, 1 + value]);
    expect(errorOf(() => leastSquares(rows, [1, 2, 4], [0, 0, 0])).code).to.equal("least-squares-singular");
    expect(errorOf(() => leastSquares([[0], [0]], [1, 2], [0])).code).to.equal("least-squares-singular");
    expect(leastSquares(rows, [1, 2, 4], [0.1, 0.1, 0.1]).coefficients).to.have.lengthOf(3);
  });

  it("refuses sizes that do not go together, and what is no number", () => {
    for (const [rows, values] of [
      [[[1]], [1, 2]],
      [[[1, 2]], [1]],
      [[[NaN]], [1]],
      [[[1]], [Infinity]],
    ] as [number[][], number[]][]) {
      expect(errorOf(() => leastSquares(rows, values, [0])).code).to.equal("least-squares-shape");
    }
  });
});
