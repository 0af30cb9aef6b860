import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { condensed, leastSquares } from "../../../measure/least-squares.ts";
import { randomFrom } from "../../../measure/random.ts";
import { errorOf } from "../../support/expect-error.ts";
import { readMachine } from "../../support/machine.mjs";
import { skip } from "../../support/skip.ts";

/** Coefficients by NumPy's lstsq, which goes by singular values, and leverages by the same decomposition. */
const reference = `
import json, sys
import numpy as np
def solve(given):
    x, y, p = (np.array(given[name]) for name in ("rows", "values", "penalties"))
    stacked = np.vstack([x, np.diag(np.sqrt(p))])
    b = np.linalg.lstsq(stacked, np.concatenate([y, np.zeros(len(p))]), rcond=None)[0]
    left = np.linalg.svd(stacked, full_matrices=False)[0]
    hat = (left[: len(x)] ** 2).sum(1).tolist()
    return {"b": b.tolist(), "rss": float(((y - x @ b) ** 2).sum()), "hat": hat}
print(json.dumps([solve(given) for given in json.load(sys.stdin)]))
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
    const sizes: readonly (readonly [number, number, number])[] = [
      [12, 3, 0],
      [40, 9, 0],
      [30, 5, 1e-5],
    ];
    const problems = sizes.flatMap(([n, p, near]) => {
      const rows = Array.from({ length: n }, () => {
        const row = Array.from({ length: p }, () => random.normal() * 10 ** (4 * random.unit() - 2));
        return near === 0 ? row : [...row.slice(0, -1), (row[0] ?? 0) + near * random.normal()];
      });
      const values = rows.map(() => 100 * random.normal());
      // A nearly combined column is ill-conditioned by 1/near: so many digits are lost by any method.
      const given = { rows, values, digits: near === 0 ? 1e-9 : 1e-4 };
      const [first] = rows as [number[], ...number[][]];
      return [first.map(() => 0), first.map((_, index) => index / 3)].map((penalties) => ({ ...given, penalties }));
    });
    const { stdout, stderr } = spawnSync(python, ["-c", reference], {
      input: JSON.stringify(problems),
      encoding: "utf8",
    });
    expect(stderr).to.equal("");
    const solved = JSON.parse(stdout) as { b: number[]; rss: number; hat: number[] }[];
    expect(solved).to.have.lengthOf(6);
    problems.forEach(({ rows, values, penalties, digits }, at) => {
      const expected = solved[at]!;
      const found = leastSquares(rows, values, penalties);
      found.coefficients.forEach((value, index) => {
        expect(value).to.be.closeTo(expected.b[index]!, digits * Math.max(1, Math.abs(expected.b[index]!)));
      });
      expect(found.residualSquares / expected.rss).to.be.closeTo(1, 1e-8);
      rows.forEach((row, index) => expect(found.leverage(row)).to.be.closeTo(expected.hat[index]!, 1e-7));
    });
  });

  it("makes the same of condensed rows, whatever the penalties", () => {
    const random = randomFrom(5);
    const rows = Array.from({ length: 20 }, () => [random.normal(), random.normal(), 100 * random.normal()]);
    const values = rows.map(() => random.normal());
    const few = condensed(rows, values);
    expect(few.rows).to.have.lengthOf(4);
    for (const penalties of [
      [0, 0, 0],
      [0.1, 20, 3],
    ]) {
      const [found, expected] = [few, { rows, values }].map((of) => leastSquares(of.rows, of.values, penalties));
      found!.coefficients.forEach((value, at) => expect(value).to.be.closeTo(expected!.coefficients[at]!, 1e-12));
      expect(found!.residualSquares).to.be.closeTo(expected!.residualSquares, 1e-12);
      expect(found!.effectiveParameters).to.be.closeTo(expected!.effectiveParameters, 1e-12);
      expect(found!.leverage([1, 2, 3])).to.be.closeTo(expected!.leverage([1, 2, 3]), 1e-12);
    }
    expect(condensed(rows.slice(0, 4), values.slice(0, 4)).rows).to.deep.equal(rows.slice(0, 4));
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
