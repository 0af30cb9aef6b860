/**
 * Rows of cells as lines of equal columns, two spaces apart.
 *
 * @param rows The first one is the head; all have as many cells.
 * @param numbers Columns that stand to the right, counted from 0.
 */
export function columnLines(rows: readonly (readonly string[])[], numbers: readonly number[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows.map((cells) =>
    cells
      .map((cell, column) => cell[numbers.includes(column) ? "padStart" : "padEnd"](widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
