/** Properties of a resource that are told; of more than these only their number is. */
const told = 6;
const longest = 60;

/** Each value that is no object or list, by its path, such as `ports[0].port`. */
function leaves(value: unknown, path: string): (readonly [string, string])[] {
  if (typeof value !== "object" || value === null)
    return [[path, value === undefined ? "not known" : JSON.stringify(value)]];
  const inner = Array.isArray(value)
    ? value.map((one: unknown, index) => leaves(one, `${path}[${String(index)}]`))
    : Object.entries(value).map(([key, one]) => leaves(one, path === "" ? key : `${path}.${key}`));
  return inner.length === 0 ? [[path, Array.isArray(value) ? "[]" : "{}"]] : inner.flat();
}

const short = (text: string): string => (text.length <= longest ? text : `${text.slice(0, longest)}…`);

/**
 * What differs between two sets of properties, such as `cpus: 2 → 4`.
 *
 * @param before as they were
 * @param after as they will be
 */
export function propertyChanges(before: unknown, after: unknown): string[] {
  const [was, is] = [before, after].map((props) => new Map(leaves(props, "")));
  const paths = [...new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])])];
  const changes = paths.flatMap((path) => {
    const [old, now] = [was?.get(path), is?.get(path)];
    return old === now ? [] : [`${path}: ${short(old ?? "nothing")} → ${short(now ?? "nothing")}`];
  });
  const more = changes.length - told;
  return more > 0 ? [...changes.slice(0, told), `and ${String(more)} more`] : changes;
}
