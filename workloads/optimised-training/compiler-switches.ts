import type { GraphCompiler, Image } from "../../catalogue/images/schema.ts";

/**
 * Variables that switch graph compilers of an image on and off. Those of PyTorch are switched in the program
 * (`torch.compile`), nGraph's by its import: they have none.
 *
 * @param image whose
 * @param compilers those that are to be on
 */
export function compilerVariables(image: Image, compilers: readonly GraphCompiler[]): Record<string, string> {
  if (image.framework !== "tensorflow") return {};
  // The flag for the CPU is needed there besides, since clusters are made for accelerators alone.
  const jit = image.accelerator === "none" ? "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit" : "--tf_xla_auto_jit=2";
  return {
    ...(compilers.includes("xla") ? { TF_XLA_FLAGS: jit } : {}),
    ...(image.compilers.includes("onednn") ? { TF_ENABLE_ONEDNN_OPTS: compilers.includes("onednn") ? "1" : "0" } : {}),
  };
}
