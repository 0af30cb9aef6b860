import { expect } from "chai";
import { UnderlayError } from "../../measure/error.ts";

function underlayError(thrown: unknown): UnderlayError {
  expect(thrown).to.be.instanceOf(UnderlayError);
  return thrown as UnderlayError;
}

/** The error that a function throws for its user; fails when it throws none, or another. */
export function errorOf(work: () => unknown): UnderlayError {
  try {
    work();
  } catch (thrown) {
    return underlayError(thrown);
  }
  throw new Error("nothing was thrown");
}

/** The error that a promise is rejected with for its user; fails when it is not, or with another. */
export async function rejectionOf(work: Promise<unknown>): Promise<UnderlayError> {
  try {
    await work;
  } catch (thrown) {
    return underlayError(thrown);
  }
  throw new Error("nothing was thrown");
}
