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

/** Text for HTML content and quoted attributes. Control characters, which HTML forbids, become U+FFFD. */
export function escapeHtml(text: string): string {
  return (
    text
      .replace(/[&<>"']/g, (character) => entities[character] ?? character)
      // eslint-disable-next-line no-control-regex -- control characters are what this is about
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, "\ufffd")
  );
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

/** Pieces in one, with a separator between them. */
export function joined(contents: readonly Content[], separator = ""): Markup {
  return new Markup(contents.map(htmlOf).join(escapeHtml(separator)));
}

function htmlOf(content: Content): string {
  if (content === null) return "";
  if (content instanceof Markup) return content.html;
  if (typeof content === "string") return escapeHtml(content);
  if (typeof content === "number") return String(content);
  return content.map(htmlOf).join("");
}
