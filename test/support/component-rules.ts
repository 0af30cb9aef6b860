// What every public component keeps to, read off its source with the TypeScript compiler.
import ts from "typescript";

/** A source file to judge. */
export interface Source {
  /** Path from the root of the repository. */
  readonly path: string;
  readonly text: string;
}

interface ClassInFile {
  readonly node: ts.ClassDeclaration;
  readonly file: ts.SourceFile;
  readonly name: string;
  readonly parent: string | undefined;
}

/** Whether a declaration has this modifier. */
function has(node: ts.HasModifiers, kind: ts.SyntaxKind): boolean {
  return ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false;
}

/** Every node below one that the test accepts. */
function find<T extends ts.Node>(root: ts.Node, test: (node: ts.Node) => node is T): T[] {
  const found: T[] = [];
  const visit = (node: ts.Node): void => {
    if (test(node)) {
      found.push(node);
    }
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}

/** Text of the documentation above a declaration; empty without any. */
function documentation(node: ts.Node): string {
  return ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? "")
    .join("\n")
    .trim();
}

/** Complaints about an interface of arguments. */
function argumentComplaints(declaration: ts.InterfaceDeclaration, file: ts.SourceFile): string[] {
  const place = `${file.fileName} ${declaration.name.text}`;
  const exported = has(declaration, ts.SyntaxKind.ExportKeyword) ? [] : [`${place} is not exported`];
  const each = declaration.members.filter(ts.isPropertySignature).flatMap((property) => {
    const member = `${place}.${property.name.getText(file)}`;
    const tags = ts.getJSDocTags(property).map(({ tagName }) => tagName.text);
    return [
      ...(has(property, ts.SyntaxKind.ReadonlyKeyword) ? [] : [`${member} is not readonly`]),
      ...(documentation(property) === "" ? [`${member} has no documentation`] : []),
      ...(property.questionToken && !tags.includes("default") ? [`${member} is optional without @default`] : []),
      ...(!property.questionToken && tags.includes("default") ? [`${member} has a @default and is required`] : []),
    ];
  });
  return [...exported, ...each];
}

/** Name of the class that a class extends, without its namespace. */
function parentOf(node: ts.ClassDeclaration): string | undefined {
  const clause = node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword);
  const expression = clause?.types[0]?.expression;
  return expression === undefined ? undefined : expression.getText().split(".").at(-1);
}

/** A class and its ancestors among the sources, and the name of the first ancestor outside them. */
function lineage(start: ClassInFile, classes: ReadonlyMap<string, ClassInFile>) {
  const line: ClassInFile[] = [start];
  let parent = start.parent;
  for (let next = classes.get(parent ?? ""); next !== undefined; next = classes.get(parent ?? "")) {
    line.push(next);
    parent = next.parent;
  }
  return { line, outside: parent };
}

/** Whether a class calls `this.registerOutputs` in its constructor. */
function registersOutputs({ node }: ClassInFile): boolean {
  return node.members
    .filter(ts.isConstructorDeclaration)
    .flatMap((constructor) => find(constructor, ts.isCallExpression))
    .some(({ expression }) => expression.getText() === "this.registerOutputs");
}

/** Complaints about the type token of a component that can be made. */
function tokenComplaints({ node, file, name }: ClassInFile): string[] {
  const token = node.members
    .filter(ts.isPropertyDeclaration)
    .find((member) => member.name.getText() === "type" && has(member, ts.SyntaxKind.StaticKeyword));
  const written = token?.initializer;
  if (written === undefined || !ts.isStringLiteral(written)) {
    return [`${file.fileName} ${name} has no static type token`];
  }
  const times = find(file, ts.isStringLiteral).filter(({ text }) => text === written.text).length;
  return [
    ...(new RegExp(String.raw`^underlay:[a-z][\w/-]*:${name}$`).test(written.text)
      ? []
      : [`${file.fileName} ${name} has the type token "${written.text}", not underlay:<module>:${name}`]),
    ...(times === 1 ? [] : [`${file.fileName} ${name} writes its type token more than once`]),
  ];
}

/** Complaints about the constructor of a component that can be made. */
function constructorComplaints({ node, file, name }: ClassInFile): string[] {
  const constructor = node.members.find(ts.isConstructorDeclaration);
  const parameters = constructor?.parameters.map((parameter) => {
    const optional = parameter.questionToken ?? parameter.initializer;
    return `${parameter.name.getText()}${optional === undefined ? "" : "?"}`;
  });
  const signature = parameters?.join(", ") ?? "nothing of its own";
  return /^name, args\??, opts\?$/.test(signature)
    ? []
    : [`${file.fileName} ${name} is constructed with (${signature}), not (name, args, opts?)`];
}

/** Complaints about what a component shows of itself. */
function memberComplaints({ node, file, name }: ClassInFile): string[] {
  const hidden = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword];
  return node.members
    .filter(ts.isPropertyDeclaration)
    .filter((member) => !hidden.some((kind) => has(member, kind)) && !ts.isPrivateIdentifier(member.name))
    .filter((member) => !has(member, ts.SyntaxKind.ReadonlyKeyword))
    .map((member) => `${file.fileName} ${name}.${member.name.getText()} is not readonly`);
}

/** Complaints about resources that are made where the engine cannot see them coming. */
function applyComplaints(file: ts.SourceFile, resources: ReadonlySet<string>): string[] {
  return find(file, ts.isCallExpression)
    .filter(({ expression }) => ts.isPropertyAccessExpression(expression) && expression.name.text === "apply")
    .flatMap((call) => call.arguments.flatMap((argument) => find(argument, ts.isNewExpression)))
    .map(({ expression }) => expression.getText().split(".").at(-1) ?? "")
    .filter((made) => resources.has(made))
    .map((made) => `${file.fileName} makes a ${made} inside apply`);
}

/**
 * Judges sources by the rules of components.
 *
 * @param sources Files of the folders that hold components.
 * @param customResources Names of resources that are made by these components and declared elsewhere.
 * @returns One line per breach, with its file and name.
 */
export function complaintsAbout(sources: readonly Source[], customResources: readonly string[] = []) {
  const files = sources.map(({ path, text }) => ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true));
  const classes = new Map(
    files.flatMap((file) =>
      find(file, ts.isClassDeclaration).map((node): [string, ClassInFile] => {
        const name = node.name?.text ?? "";
        return [name, { node, file, name, parent: parentOf(node) }];
      }),
    ),
  );
  const components = [...classes.values()].filter(
    (each) => lineage(each, classes).outside === "ComponentResource" && each.name !== "",
  );
  const concrete = components.filter(({ node }) => !has(node, ts.SyntaxKind.AbstractKeyword));
  const resources = new Set([...components.map(({ name }) => name), ...customResources]);
  const complaints = [
    ...files.flatMap((file) =>
      find(file, ts.isInterfaceDeclaration)
        .filter(({ name }) => name.text.endsWith("Args"))
        .flatMap((declaration) => argumentComplaints(declaration, file)),
    ),
    ...concrete.flatMap((each) =>
      lineage(each, classes).line.some(registersOutputs)
        ? []
        : [`${each.file.fileName} ${each.name} does not call registerOutputs`],
    ),
    ...concrete.flatMap(tokenComplaints),
    ...concrete.flatMap(constructorComplaints),
    ...components.flatMap(memberComplaints),
    ...files.flatMap((file) => applyComplaints(file, resources)),
  ];
  return { components: concrete.map(({ name }) => name), complaints };
}
