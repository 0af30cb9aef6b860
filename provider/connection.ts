import { z } from "zod";

/** One step of the way into a host. */
export const hopSchema = z.strictObject({
  /** Command whose arguments end where the command to run inside begins. */
  argv: z.array(z.string()).min(1),
  /** Whether what follows is read by a shell on the other side, as `ssh` does: it is then passed as one quoted word. */
  shell: z.boolean(),
});

/** How to run a command on a host: hops from the outside to the inside. */
export const connectionSchema = z.strictObject({ hops: z.array(hopSchema) });

/** One step of the way into a host. */
export type Hop = z.infer<typeof hopSchema>;
/** How to run a command on a host. */
export type Connection = z.infer<typeof connectionSchema>;

/**
 * Quotes one word for a POSIX shell. Injective: the shell reads back exactly the word, as an argument and as the name of
 * a command, the shell's own reserved words (`if`, `for`, …) apart.
 *
 * @throws RangeError when the word holds a NUL, which no command line can carry.
 */
export function quote(word: string): string {
  if (word.includes("\0")) {
    throw new RangeError("a command line cannot carry a NUL character");
  }
  return /^[A-Za-z0-9_\-./:@%+,]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The argument vector that runs `argv` at the end of the connection. */
export function commandLine(connection: Connection, argv: readonly string[]): string[] {
  return connection.hops.reduceRight<string[]>(
    (inside, hop) => [...hop.argv, ...(hop.shell ? [inside.map(quote).join(" ")] : inside)],
    [...argv],
  );
}

/** A connection that goes on from `connection` by one more hop. */
export function through(connection: Connection, hop: Hop): Connection {
  return { hops: [...connection.hops, hop] };
}
