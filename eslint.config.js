// Every rule that is switched off or loosened says why, beside it.
import eslint from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import jsdoc from "eslint-plugin-jsdoc";
import tseslint from "typescript-eslint";
import { architecture } from "./test/support/import-directions.mjs";

/** @typedef {import("eslint").Linter.RulesRecord} Rules */

const typescript = ["**/*.ts"];
const plainScripts = ["**/*.mjs", "**/*.js"];
const tests = ["test/**/*.ts", "test/**/*.mjs"];

/** Size limits: about one screen of thought per function, about four hundred lines per file. */
const size = /** @type {Rules} */ ({
  "max-lines": ["error", { max: 400 }],
  "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
  complexity: ["error", { max: 12 }],
});

const typeAware = /** @type {Rules} */ ({
  "@typescript-eslint/no-floating-promises": "error",
  "@typescript-eslint/no-misused-promises": "error",
  "@typescript-eslint/no-explicit-any": "error",
  "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
  "@typescript-eslint/strict-boolean-expressions": [
    "error",
    // 0 is a number like any other and must not read as absent; an empty string may.
    { allowNumber: false, allowNullableObject: true, allowNullableString: true },
  ],
  "@typescript-eslint/prefer-readonly": "error",
  "@typescript-eslint/consistent-type-exports": "error",
  // Numbers print exactly as written; wrapping each one in String() says nothing more.
  "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
  // `() => done()` and `await sleep(50)` in a loop head are read as easily without a statement of their own.
  "@typescript-eslint/no-confusing-void-expression": "off",
  // Asks for `!` where no-non-null-assertion forbids it.
  "@typescript-eslint/non-nullable-type-assertion-style": "off",
  // `process.env["NAME"]` shows that the name is data; the index signature has no such property.
  "@typescript-eslint/dot-notation": ["error", { allowIndexSignaturePropertyAccess: true }],
  // A function that must be async to satisfy an interface need not await.
  "@typescript-eslint/require-await": "off",
  // A type parameter that stands once is how zod and Pulumi spell a typed result.
  "@typescript-eslint/no-unnecessary-type-parameters": "off",
  // `_` marks what a signature demands and the body does not use.
  "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
});

const plain = /** @type {Rules} */ ({
  // The types lane knows what is defined; this rule does not know Node.
  "no-undef": "off",
  // `== null` is how one asks for null and undefined at once.
  eqeqeq: ["error", "always", { null: "ignore" }],
  // Text for readers holds thin and unbreakable spaces.
  "no-irregular-whitespace": ["error", { skipStrings: true, skipTemplates: true }],
  "no-console": "error",
  "no-implied-eval": "error",
  "no-param-reassign": "error",
  "object-shorthand": "error",
  "prefer-template": "error",
});

/** Everything exported is documented; what TypeScript already says is not said twice. */
const documented = /** @type {Rules} */ ({
  "jsdoc/require-jsdoc": [
    "error",
    {
      publicOnly: true,
      require: { ClassDeclaration: true, FunctionDeclaration: true, ArrowFunctionExpression: true },
      contexts: [
        "TSInterfaceDeclaration",
        "TSTypeAliasDeclaration",
        "TSEnumDeclaration",
        "ExportNamedDeclaration > VariableDeclaration",
      ],
      // Documentation is thought about, never filled in by a fixer.
      enableFixer: false,
    },
  ],
  "jsdoc/require-description": ["error", { descriptionStyle: "body" }],
  "jsdoc/check-param-names": "error",
  "jsdoc/check-tag-names": ["error", { definedTags: ["source"] }],
  "jsdoc/empty-tags": "error",
  "jsdoc/require-param-description": "error",
  "jsdoc/require-returns-description": "error",
});

export default defineConfig(
  globalIgnores(["dist/", "out/", "node_modules/"]),
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  eslint.configs.recommended,
  {
    files: [...typescript, ...plainScripts],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { jsdoc },
    rules: { ...plain, ...typeAware, ...size, ...documented },
  },
  { files: typescript, rules: { "jsdoc/no-types": "error" } },
  {
    files: plainScripts,
    // JSDoc is where plain JavaScript has its types: a block or tag may be there for the type alone.
    // What JSON.parse and import() give has no type there that could be checked without a cast in a comment.
    rules: {
      "jsdoc/require-description": "off",
      "jsdoc/require-param-description": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  {
    // Programs that people and machines start: what they print is their result.
    files: [
      "cli/**",
      "tools/**",
      "test/run.mjs",
      "test/support/**",
      "test/lab/main.ts",
      "bench/**",
      "provider/launch.mjs",
    ],
    rules: { "no-console": "off" },
  },
  {
    files: tests,
    rules: {
      // A describe block is as long as the cases it lists.
      "max-lines-per-function": "off",
      // `expect(x).to.be.true` is chai's way to assert.
      "@typescript-eslint/no-unused-expressions": "off",
      // Indexing into a result that the line before asserted is clearer than a second guard.
      "@typescript-eslint/no-non-null-assertion": "off",
      // What a test exports serves other tests only and is read beside them.
      "jsdoc/require-jsdoc": "off",
    },
  },
  ...architecture,
);
