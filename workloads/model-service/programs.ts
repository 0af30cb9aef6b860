import { fileURLToPath } from "node:url";

/** Folder of the program that reads a model's source: run by Python, isolated, it says what the source needs. */
export const detectionProgram = fileURLToPath(new URL("detect", import.meta.url));
