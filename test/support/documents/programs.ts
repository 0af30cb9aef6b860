// Makes modules of the TypeScript that documents show, as a reader who types it all would have them.
import type { Block } from "./blocks.ts";

/** A block as a module of its own. */
export interface DocumentProgram {
  /** Name of its file: the document and the line of the block. */
  readonly name: string;
  readonly text: string;
}

const nameOf = ({ file, line }: Block): string => `${file.replaceAll(/[^A-Za-z0-9]+/g, "-")}-${String(line)}.mts`;

/**
 * The blocks of TypeScript, each with what it takes as given and what it goes on from.
 *
 * @throws Error when one goes on from nothing
 */
export function programsOf(blocks: readonly Block[]): DocumentProgram[] {
  const programs: (DocumentProgram & { readonly file: string })[] = [];
  for (const block of blocks.filter(({ language }) => language === "ts")) {
    const before = block.continues ? programs.findLast(({ file }) => file === block.file) : undefined;
    if (block.continues && before === undefined) throw new Error(`${nameOf(block)} goes on from no block`);
    const text = [before?.text ?? "", block.given, block.text].filter((part) => part !== "").join("\n");
    programs.push({ file: block.file, name: nameOf(block), text });
  }
  return programs.map(({ name, text }) => ({ name, text: `${text}\nexport {};\n` }));
}
