import { numberText } from "../number-text.ts";
import { draw, literal, measured, pixels } from "./draw.ts";
import type { Layer, Padding } from "./draw.ts";
import type { PlotTheme } from "./theme.ts";
import { lightTheme } from "./theme.ts";

/** One number at one size of memory. */
export interface SizePoint {
  /** In MiB. */
  readonly memoryMiB: number;
  readonly value: number;
  /** Ends of its 95 % interval; null without one. */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** One curve. */
export interface SizeCurve {
  /** In a word or two. */
  readonly name: string;
  readonly points: readonly SizePoint[];
}

/** What a plot over sizes of memory shows. */
export interface SizePlotOptions {
  /** Title of the vertical axis, with its unit. */
  readonly title: string;
  /** All sizes, in MiB, in their order: those that no curve has a number for too. */
  readonly sizes: readonly number[];
  readonly curves: readonly SizeCurve[];
  /** Sizes that are shown with a word instead of a number, such as `cannot run`. @default none */
  readonly notes?: ReadonlyMap<number, string>;
  /** Size that is pointed out, in MiB. @default none */
  readonly marked?: number | null;
  /** Width in pixels. @default 520 */
  readonly width?: number;
  /** Colours and font. @default lightTheme */
  readonly theme?: PlotTheme;
}

const height = 260;
const padding: Padding = { left: 62, right: 14, top: 26, bottom: 46 };
/** Signs of curves, in their order; colours come from the theme. */
const shapes = ["circle", "square", "triangle-up", "diamond", "triangle-down"];

/** Numbers over sizes of memory: each size has the same room, a whisker is a 95 % interval, the axis starts at zero. */
export async function sizePlot(options: SizePlotOptions): Promise<string> {
  const { title, sizes, curves, notes = new Map(), marked = null, width = 520, theme = lightTheme } = options;
  const inner = width - padding.left - padding.right;
  const place = (memoryMiB: number): number => ((sizes.indexOf(memoryMiB) + 0.5) * inner) / Math.max(1, sizes.length);
  const tops = curves.flatMap(({ points }) => points.map(({ value, interval }) => interval?.high ?? value));
  const top = tops.length === 0 ? 1 : 1.06 * Math.max(...tops, Number.MIN_VALUE);
  const y = (field: string) => measured(field, [0, top], { title, tickCount: 5, grid: true, line: false });
  const colours = [theme.ink, ...Object.values(theme.environments).slice(1)];
  const rows = curves.flatMap(({ name, points }, index) =>
    points.map(({ memoryMiB, value, interval }) => ({
      ...{ name, value, x: place(memoryMiB), colour: colours[index % colours.length] ?? theme.ink },
      ...{
        shape: shapes[index % shapes.length] ?? "circle",
        low: interval?.low ?? value,
        high: interval?.high ?? value,
      },
    })),
  );
  const layers: Layer[] = [
    ...curveLayers(rows, y),
    ...labelLayers({ sizes, notes, marked, curves, colours, place, inner }, theme),
  ];
  return draw({ layers, width, height, padding, theme, alt: altOf(options) });
}

type Axis = (field: string) => ReturnType<typeof measured>;
interface Row {
  readonly name: string;
  readonly x: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly colour: string;
  readonly shape: string;
}

function curveLayers(rows: readonly Row[], y: Axis): Layer[] {
  const values = rows.map((row) => ({ ...row }));
  return [
    {
      name: "line",
      data: { values },
      mark: { type: "line", strokeWidth: 1.5, aria: false },
      encoding: { x: pixels("x"), y: y("value"), stroke: literal("colour"), detail: { field: "name" } },
    },
    {
      name: "whisker",
      data: { values },
      mark: { type: "rule", strokeWidth: 1.5, aria: false },
      encoding: { x: pixels("x"), y: y("low"), y2: { field: "high" }, color: literal("colour") },
    },
    {
      name: "point",
      data: { values },
      mark: { type: "point", filled: true, size: 52, opacity: 1, aria: false },
      encoding: { x: pixels("x"), y: y("value"), fill: literal("colour"), shape: literal("shape") },
    },
  ];
}

interface Labels {
  readonly sizes: readonly number[];
  readonly notes: ReadonlyMap<number, string>;
  readonly marked: number | null;
  readonly curves: readonly SizeCurve[];
  readonly colours: readonly string[];
  readonly place: (memoryMiB: number) => number;
  readonly inner: number;
}

function labelLayers({ sizes, notes, marked, curves, colours, place, inner }: Labels, theme: PlotTheme): Layer[] {
  const bottom = height - padding.top - padding.bottom;
  const text = (name: string, values: { x: number; y: number; text: string; colour: string }[]): Layer => ({
    name,
    data: { values },
    mark: { type: "text", align: "center", baseline: "alphabetic", aria: false },
    encoding: { x: pixels("x"), y: pixels("y"), text: { field: "text", type: "nominal" }, color: literal("colour") },
  });
  // Names of sizes do not fit beside each other when there are many.
  const every = Math.ceil((sizes.length * 42) / inner);
  const named = sizes.filter((size, index) => index % every === 0 || size === marked);
  return [
    text(
      "size",
      named.map((size) => ({
        ...{ x: place(size), y: bottom + 16, text: size === marked ? `▲ ${size}` : String(size) },
        colour: size === marked ? theme.ink : theme.muted,
      })),
    ),
    text("axis", [{ x: inner / 2, y: bottom + 36, text: "memory in MiB", colour: theme.muted }]),
    text(
      "note",
      [...notes].map(([size, note]) => ({ x: place(size), y: bottom - 6, text: note, colour: theme.muted })),
    ),
    text(
      "name",
      curves.map(({ name }, index) => ({
        x: ((index + 0.5) * inner) / curves.length,
        y: -10,
        text: `${["●", "■", "▲", "◆", "▼"][index % 5] ?? "●"} ${name}`,
        colour: colours[index % colours.length] ?? theme.ink,
      })),
    ),
  ];
}

function altOf({ title, curves, notes = new Map() }: SizePlotOptions): string {
  const said = curves.map(
    ({ name, points }) =>
      `${name}: ${points.map(({ memoryMiB, value }) => `${memoryMiB} MiB ${numberText(value)}`).join(", ")}`,
  );
  const noted = [...notes].map(([size, note]) => `${size} MiB ${note}`);
  return `${title} over memory. ${[...said, ...noted].join("; ")}.`;
}
