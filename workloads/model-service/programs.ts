import { fileURLToPath } from "node:url";

/** Folder of the program that reads a model's source: run by Python, isolated, it says what the source needs. */
export const detectionProgram = fileURLToPath(new URL("detect", import.meta.url));

/** Folder of the program that ports a model to ONNX, in the shared root with the converters. */
export const portingProgram = fileURLToPath(new URL("porting", import.meta.url));

/** Folder of the programs that read models' sources, install what they need and serve them. */
export const modelServicePrograms = fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "");

/** Folder of the program that adapts a trained model to other images, below that of all workloads. */
export const transferProgram = "model-service/transfer";

/** Folder of all workloads. */
export const workloadsFolder = fileURLToPath(new URL("..", import.meta.url));
