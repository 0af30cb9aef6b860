import { fileURLToPath } from "node:url";

/** Folder of the serving workload's programs: what a package is made of, and by. */
export const servingPrograms = fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "");
