// Who may import whom. Imports point one way; what is not allowed here is an error of the lint lane.

/**
 * What one folder may import of the others.
 *
 * @typedef {object} Direction
 * @property {readonly string[]} folders Top-level folders that may be imported whole.
 * @property {readonly string[]} [files] Single files of other folders, from the root of the repository.
 * @property {readonly string[]} [typesOf] Single files of which only types may be imported.
 * @property {boolean} [pure] Whether packages that do input or output are forbidden.
 * @property {boolean} [noEnvironment] Whether reading environment variables is forbidden.
 */

/**
 * The one table of import directions, by importing folder.
 *
 * @type {Readonly<Record<string, Direction>>}
 */
const directions = {
  measure: { folders: ["catalogue"], pure: true },
  catalogue: { folders: ["measure"] },
  report: { folders: ["measure", "catalogue"] },
  provider: {
    folders: ["measure", "catalogue"],
    files: [
      "tools/load.mjs",
      // What a service is, from what was found in a source: pure.
      "workloads/model-service/findings.ts",
      "workloads/model-service/python-version.ts",
      "workloads/model-service/requirements.ts",
      "workloads/model-service/service.ts",
    ],
  },
  components: {
    folders: ["measure", "catalogue"],
    files: [
      "provider/resources.ts",
      "provider/ironic/resources.ts",
      "provider/kubernetes/resources.ts",
      "provider/passthrough/resources.ts",
      "provider/remote/resources.ts",
      "provider/model-service/resources.ts",
      "provider/kubernetes/queued-files.ts",
      // The way into a host that stands: pure.
      "provider/ssh-hop.ts",
    ],
    typesOf: ["provider/connection.ts"],
    noEnvironment: true,
  },
  workloads: {
    folders: ["measure", "catalogue"],
    // Job scripts are text that a shell reads: they quote by the one function that is tested.
    files: ["provider/resources.ts", "provider/batch/resources.ts", "provider/connection.ts", "tools/load.mjs"],
    typesOf: ["components/host.ts"],
    noEnvironment: true,
  },
  stacks: {
    folders: ["components", "workloads", "measure", "catalogue"],
    // Which environments a machine can have is known from what set-up found, before anything is made.
    files: ["provider/resources.ts", "provider/machine.ts"],
    noEnvironment: true,
  },
  cli: { folders: ["stacks", "workloads", "report", "measure", "provider", "catalogue"], files: ["tools/load.mjs"] },
  // The pack is bundled with what it imports; what things cost is worked out in one place.
  policy: { folders: ["measure", "catalogue"] },
  tools: { folders: [] },
};

/** Folders and files at the top that anything might reach for. */
const topLevel = [...Object.keys(directions), "test", "bench", "docs", "examples"];

const environmentMessage = "Configuration is read in one place; take the value as an argument.";
/** Modules that do input or output; Node's crypto only computes. */
const impure = "^(?:@pulumi/|execa$|tsx|node:(?!crypto$))";

/**
 * Quotes what a regular expression would read as its own.
 *
 * @param {string} text A literal.
 */
const escaped = (text) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);

/**
 * A regular expression for relative imports that a folder may not make.
 *
 * @param {string} folder The importing folder.
 * @param {Direction} direction What it may import.
 * @param {readonly string[]} excepted Single files that are left to another rule.
 * @returns {string} Matches `../provider/session.ts` and the like.
 */
function forbiddenPattern(folder, direction, excepted) {
  const others = topLevel.filter((other) => other !== folder && !direction.folders.includes(other));
  const alternatives = others.map((other) => {
    const files = excepted.filter((file) => file.startsWith(`${other}/`)).map((file) => file.slice(other.length + 1));
    const except = files.length > 0 ? `(?!(?:${files.map(escaped).join("|")})$)` : "";
    return String.raw`${other}\/${except}`;
  });
  return String.raw`^(?:\.\.\/)+(?:${alternatives.join("|")}|index\.ts$)`;
}

/** The index of Pulumi's package brings the Automation API and npm's resolver: most of a second in every preview. */
const wholePulumi = {
  regex: "^@pulumi/pulumi$",
  allowTypeImports: true,
  message: "Import the module that has it, such as @pulumi/pulumi/resource.js; of the index only types.",
};

/**
 * The restrictions of one folder, in the form of `no-restricted-imports`.
 *
 * @param {string} folder The importing folder.
 * @param {Direction} direction What it may import.
 * @returns {{ regex: string, message: string, allowTypeImports?: boolean }[]} What is forbidden, and why.
 */
function restrictedPatterns(folder, direction) {
  const { files = [], typesOf = [] } = direction;
  const allowed = [...direction.folders, ...files, ...typesOf.map((file) => `types of ${file}`)];
  const message = `${folder}/ may import ${allowed.length > 0 ? allowed.join(", ") : "nothing"} of the other folders.`;
  /** @type {{ regex: string, message: string, allowTypeImports?: boolean }[]} */
  const patterns = [
    { regex: forbiddenPattern(folder, direction, [...files, ...typesOf]), message },
    { regex: "^underlay(?:/|$)", message: "Inside the repository, import the file itself." },
    ...(direction.pure === true ? [] : [wholePulumi]),
    ...typesOf.map((file) => ({
      regex: String.raw`^(?:\.\.\/)+${escaped(file)}$`,
      allowTypeImports: true,
      message: `Of ${file} only types may be imported: \`import type { … }\`.`,
    })),
  ];
  if (direction.pure === true) {
    patterns.push({ regex: impure, message: `${folder}/ computes; it does no input or output.` });
  }
  if (direction.noEnvironment === true) {
    patterns.push({ regex: "^(?:node:)?process$", message: environmentMessage });
  }
  return patterns;
}

/** @typedef {import("eslint").Linter.RulesRecord} Rules */

/**
 * The rules of one folder.
 *
 * @param {string} folder The folder.
 * @param {Direction} direction What it may import.
 * @returns {Rules} For its files.
 */
function rulesOf(folder, direction) {
  /** @type {Rules} */
  const rules = {
    "@typescript-eslint/no-restricted-imports": ["error", { patterns: restrictedPatterns(folder, direction) }],
  };
  if (direction.noEnvironment === true) {
    rules["no-restricted-properties"] = ["error", { object: "process", property: "env", message: environmentMessage }];
  }
  return rules;
}

/** The entry point reads the configuration and picks a stack. @type {Rules} */
const entryRules = {
  "@typescript-eslint/no-restricted-imports": [
    "error",
    {
      patterns: [
        {
          regex: String.raw`^\.\/(?!(?:stacks|report|measure|provider)\/)`,
          message: "index.ts may import stacks, report, measure, provider.",
        },
        wholePulumi,
      ],
    },
  ],
};

/** Lint configurations that hold the table: one per folder, and one for the entry point. */
export const architecture = [
  ...Object.entries(directions).map(([folder, direction]) => ({
    files: [`${folder}/**/*.ts`, `${folder}/**/*.mjs`],
    rules: rulesOf(folder, direction),
  })),
  { files: ["index.ts"], rules: entryRules },
];
