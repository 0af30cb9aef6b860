/** Reads what Vega drew: only as much SVG as these tests ask about. */

/** A mark's place, in pixels of the plotting area. */
export interface Line {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** The SVG group of a layer by its name. */
export function layerOf(svg: string, name: string): string {
  const group = new RegExp(`<g class="mark-\\w+ role-mark ${name}_marks"[^>]*>(.*?)</g>`, "s").exec(svg);
  if (group === null) throw new Error(`the plot has no layer ${name}`);
  return group[1] ?? "";
}

/** The straight lines of a layer. */
export function linesOf(svg: string, name: string): Line[] {
  const pattern = /<line transform="translate\(([\d.-]+),([\d.-]+)\)" x2="([\d.-]+)" y2="([\d.-]+)"/g;
  return [...layerOf(svg, name).matchAll(pattern)].map((match) => {
    const [x1 = NaN, y1 = NaN, dx = NaN, dy = NaN] = match.slice(1).map(Number);
    return { x1, y1, x2: x1 + dx, y2: y1 + dy };
  });
}

/** Left edge and width of the rectangles of a layer. */
export function barsOf(svg: string, name: string): { left: number; width: number }[] {
  const pattern = /<path d="M([\d.-]+),[\d.-]+h([\d.-]+)/g;
  return [...layerOf(svg, name).matchAll(pattern)].map((match) => ({
    left: Number(match[1]),
    width: Number(match[2]),
  }));
}

/** Centres of the points of a layer. */
export function pointsOf(svg: string, name: string): { x: number; y: number }[] {
  const pattern = /<path transform="translate\(([\d.-]+),([\d.-]+)\)"/g;
  return [...layerOf(svg, name).matchAll(pattern)].map((match) => ({ x: Number(match[1]), y: Number(match[2]) }));
}

/** Texts of a layer, with entities resolved. */
export function textsOf(svg: string, name: string): string[] {
  return [...layerOf(svg, name).matchAll(/<text[^>]*>(.*?)<\/text>/g)].map((match) => resolved(match[1] ?? ""));
}

/** Text with the five entities resolved that the reports write. */
export function resolved(html: string): string {
  return html
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}
