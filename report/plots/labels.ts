/**
 * Moves labels apart along one axis with the least sum of squared shifts, keeping their order: the isotonic regression
 * of their positions (pool adjacent violators; Barlow and Brunk, JASA 67, 1972).
 *
 * @param positions Where the labels would like to be, in any order.
 * @param gap Least distance between two of them.
 * @param low Least position.
 * @param high Greatest position; exceeded only when the labels do not fit at all.
 */
export function spreadLabels(positions: readonly number[], gap: number, low: number, high: number): number[] {
  const order = positions.map((position, index) => ({ position, index })).sort((a, b) => a.position - b.position);
  const pools: { sum: number; count: number }[] = [];
  order.forEach(({ position }, rank) => {
    let pool = { sum: position - rank * gap, count: 1 };
    for (
      let last = pools.at(-1);
      last !== undefined && last.sum / last.count > pool.sum / pool.count;
      last = pools.at(-1)
    ) {
      pools.pop();
      pool = { sum: last.sum + pool.sum, count: last.count + pool.count };
    }
    pools.push(pool);
  });
  const starts = pools.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count));
  const ceiling = Math.max(low, high - (positions.length - 1) * gap);
  const placed = positions.map(() => low);
  order.forEach(({ index }, rank) => {
    placed[index] = Math.min(ceiling, Math.max(low, starts[rank] ?? low)) + rank * gap;
  });
  return placed;
}
