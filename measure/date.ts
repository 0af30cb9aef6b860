/**
 * Whether a text is a date, or a date with its time, as ISO 8601 writes them: `2026-12-31`, `2026-12-31T18:00:00Z`.
 * Other texts that the runtime takes for a date, such as `31 Dec 2026`, are none.
 */
export function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text));
}
