// Loaded before the tests of the policies: takes the check out of the one that the environment names.
import { rules } from "../policy/rules.ts";

const emptied = rules.find(({ name }) => name === process.env["EMPTIED_POLICY"]);
if (emptied === undefined) throw new Error(`There is no policy ${process.env["EMPTIED_POLICY"] ?? ""}.`);
Object.assign(emptied, "check" in emptied ? { check: () => [] } : { checkStack: () => [] });
