import { type Content, markup, trusted } from "../markup.ts";
import { style } from "./style.ts";

/**
 * A whole page that needs nothing else: its style is within, nothing is fetched, no script runs.
 *
 * @param title of the page, in plain text
 * @param body what stands in it
 * @param generator what made it
 */
export function htmlPage(title: string, body: Content, generator: string): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="${generator}">
<title>${title}</title>
<style>${trusted(style)}</style>
</head>
<body>
${body}
</body>
</html>
`.html;
}
