// What set-up has to say about one thing it looked for.

/**
 * One thing that set-up looked for.
 *
 * @typedef {object} Finding
 * @property {string} id Such as `pulumi`.
 * @property {string} title Its name in a sentence.
 * @property {"ok" | "missing" | "degraded" | "failed"} status What became of it; `missing` when this machine cannot have
 *   it, `failed` when getting it went wrong.
 * @property {string} detail What was found, or why nothing was.
 * @property {string | null} remedy What to do about it.
 */

/**
 * What a step brings: the part of `machine.json` it is responsible for, and what to say about it.
 *
 * @template Part
 * @typedef {object} Found
 * @property {Part | null} part Null when it is not to be had.
 * @property {Finding["status"]} status What became of it.
 * @property {string} detail What was found, or why nothing was.
 * @property {string | null} [remedy] What to do about it.
 * @property {boolean} [lasting] False when it may come out better at another time; true by default.
 */

/** Something that set-up cannot have, with the reason and what to do about it. */
export class Unavailable extends Error {
  /**
   * @param {string} reason Why.
   * @param {string} remedy What to do about it.
   * @param {ErrorOptions & { lasting?: boolean }} [options] The cause; `lasting: false` when it may go another way at
   *   another time though nothing changes on this machine, as with a network.
   */
  constructor(reason, remedy, { lasting = true, ...options } = {}) {
    super(reason, options);
    this.name = "Unavailable";
    this.remedy = remedy;
    this.lasting = lasting;
  }
}

/**
 * What to say about an extra that set-up was not asked for.
 *
 * @param {string} extra Its word after `--with`.
 * @param {string} user Who alone needs it, such as `the framework pytorch`.
 * @returns {Found<never>} Nothing, and no fault.
 */
export function notAskedFor(extra, user) {
  const remedy = `Run \`npx underlay setup --with ${extra}\`.`;
  return { part: null, status: "ok", detail: `not asked for; nothing but ${user} needs it`, remedy };
}

/**
 * First line of an error's message.
 *
 * @param {unknown} error Anything that was thrown.
 * @returns {string} One line.
 */
export function messageOf(error) {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n")[0] ?? "").trim();
}
