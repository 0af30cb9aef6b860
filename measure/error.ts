/**
 * An error that its reader can mend. It is printed without a stack: what is wrong, which value, what is allowed, and
 * how to fix it.
 */
export class UnderlayError extends Error {
  /** Stable name of the kind of error, in kebab-case. */
  readonly code: string;
  /** What to do about it; null when the message says it all. */
  readonly hint: string | null;

  constructor(code: string, message: string, hint: string | null = null, options?: ErrorOptions) {
    super(hint === null ? message : `${message}\n  ${hint}`, options);
    this.name = "UnderlayError";
    this.code = code;
    this.hint = hint;
  }
}

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
