const voids = new Set(["meta", "br", "hr", "img", "link", "input", "wbr", "!doctype"]);

/**
 * Walks through all tags of a document and lists what is wrong: tags that close nothing, stay open or cross, and attributes
 * without quotes.
 */
export function markupErrors(html: string): string[] {
  const errors: string[] = [];
  const open: string[] = [];
  const withoutStyle = html.replace(/<style>[^]*?<\/style>/g, "<style></style>");
  for (const match of withoutStyle.matchAll(/<(\/?)([!a-zA-Z][\w-]*)((?:"[^"]*"|[^">])*?)(\/?)>/g)) {
    const [whole, closing, name = "", attributes = "", selfClosing] = match;
    const lower = name.toLowerCase();
    if (/=(?!")/.test(attributes.replace(/"[^"]*"/g, '""'))) errors.push(`unquoted attribute in ${whole}`);
    if (voids.has(lower) || selfClosing === "/") continue;
    if (closing === "") open.push(lower);
    else if (open.pop() !== lower) errors.push(`${whole} closes another tag`);
  }
  const strayed = withoutStyle.replace(/<(?:"[^"]*"|[^">])*>/g, "");
  if (/[<>]/.test(strayed)) errors.push(`a bare angle bracket near ${String(/.{0,20}[<>].{0,20}/.exec(strayed))}`);
  return [...errors, ...open.map((name) => `<${name}> stays open`)];
}
