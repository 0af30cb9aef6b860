/** Type tokens of the provider's resources. */
export const resourceTypes = {
  run: "underlay:index:Run",
  network: "underlay:index:Network",
  sandbox: "underlay:index:Sandbox",
  slurm: "underlay:index:Slurm",
  batchJob: "underlay:index:BatchJob",
  measurement: "underlay:index:Measurement",
  functionPackage: "underlay:index:FunctionPackage",
  functionFront: "underlay:index:FunctionFront",
} as const;
