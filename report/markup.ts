/** A piece of HTML whose text is already escaped. Only `markup` and `trusted` make one. */
export class Markup {
  /** The HTML itself. */
  readonly html: string;

  constructor(html: string) {
    this.html = html;
  }
}

/** What may stand in a `markup` template: plain text is escaped, a list is joined, null leaves nothing. */
export type Content = string | number | Markup | null | readonly Content[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for HTML content and quoted attributes, without control characters. */
export function escapeHtml(text: string): string {
  return withoutControls(text).replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** Text in which every control character but tab and line break, which HTML and XML forbid, is U+FFFD. */
export function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => (/[\t\n\r]/.test(character) ? character : "\ufffd"));
}

/** A template tag for HTML: whatever is put in is escaped, unless it is itself `Markup`. */
export function markup(strings: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  const parts = strings.map((piece, index) => (index === 0 ? "" : htmlOf(contents[index - 1] ?? null)) + piece);
  return new Markup(parts.join(""));
}

/** Marks text as HTML that needs no escaping, such as an SVG that its renderer has escaped. */
export function trusted(html: string): Markup {
  return new Markup(html);
}

function htmlOf(content: Content): string {
  if (content === null) return "";
  if (content instanceof Markup) return content.html;
  if (typeof content === "string") return escapeHtml(content);
  if (typeof content === "number") return String(content);
  return content.map(htmlOf).join("");
}
