import type { EnvironmentName } from "../../measure/facts.ts";

/** Colours and type of plots. */
export interface PlotTheme {
  /** Font family, as SVG and CSS take it. */
  readonly font: string;
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly surface: string;
  readonly environments: Readonly<Record<EnvironmentName, string>>;
  /** Parts of a launch in their order, from dark to light. */
  readonly phases: readonly string[];
  /** Text on each of them. */
  readonly phaseInks: readonly string[];
}

const font = "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif";

/**
 * On white. The hues are those of Okabe and Ito, "Color Universal Design" (2008), darkened where needed so that each
 * stands out from the page by 3 : 1 (WCAG 2.1, 1.4.11). Shapes repeat what colours say.
 */
export const lightTheme: PlotTheme = {
  font,
  ink: "#1a1c20",
  muted: "#5b616b",
  grid: "#e3e5e8",
  surface: "#ffffff",
  environments: {
    "bare-metal": "#6b7280",
    vm: "#0072b2",
    "container-on-bare-metal": "#c67a00",
    "container-on-vm": "#00875f",
    serverless: "#b84a86",
    hpc: "#5d3a9b",
  },
  phases: ["#27374d", "#4f6685", "#8ba1bd", "#b0c0d5", "#ccd8e6"],
  phaseInks: ["#ffffff", "#ffffff", "#1a1c20", "#1a1c20", "#1a1c20"],
};

/** On near-black. */
export const darkTheme: PlotTheme = {
  font,
  ink: "#eceef1",
  muted: "#a3abb6",
  grid: "#2e333b",
  surface: "#14171b",
  environments: {
    "bare-metal": "#9aa3b0",
    vm: "#56b4e9",
    "container-on-bare-metal": "#f0a52e",
    "container-on-vm": "#2ec79a",
    serverless: "#e38fbd",
    hpc: "#ab8be8",
  },
  phases: ["#e0e8f2", "#b3c4d9", "#8aa2c1", "#516a8a", "#3b516d"],
  phaseInks: ["#14171b", "#14171b", "#14171b", "#eceef1", "#eceef1"],
};

/** Names of the custom properties that carry a theme in a page. */
function properties(theme: PlotTheme): [string, string][] {
  return [
    ["ink", theme.ink],
    ["muted", theme.muted],
    ["grid", theme.grid],
    ["surface", theme.surface],
    ...Object.entries(theme.environments),
    ...theme.phases.map((colour, index): [string, string] => [`phase-${index}`, colour]),
    ...theme.phaseInks.map((colour, index): [string, string] => [`phase-ink-${index}`, colour]),
  ];
}

/** A theme as CSS declarations, one custom property for each colour. */
export function cssOf(theme: PlotTheme): string {
  return properties(theme)
    .map(([name, colour]) => `--${name}:${colour};`)
    .join("");
}

/** The theme of plots within a page: every colour is a custom property, so that one SVG serves light and dark. */
export const pageTheme: PlotTheme = {
  font: "inherit",
  ink: "var(--ink)",
  muted: "var(--muted)",
  grid: "var(--grid)",
  surface: "var(--surface)",
  environments: Object.fromEntries(
    Object.keys(lightTheme.environments).map((name) => [name, `var(--${name})`]),
  ) as Record<EnvironmentName, string>,
  phases: lightTheme.phases.map((_, index) => `var(--phase-${index})`),
  phaseInks: lightTheme.phaseInks.map((_, index) => `var(--phase-ink-${index})`),
};

/** The shape of an environment's points, in the words of Vega; a second sign beside the colour. */
export const environmentShapes: Readonly<Record<EnvironmentName, string>> = {
  "bare-metal": "circle",
  vm: "square",
  "container-on-bare-metal": "triangle-up",
  "container-on-vm": "diamond",
  serverless: "triangle-down",
  hpc: "cross",
};
