/** Type tokens of the provider's resources. */
export const resourceTypes = {
  run: "underlay:index:Run",
  network: "underlay:index:Network",
  podAccess: "underlay:index:PodAccess",
  queuedMeasurement: "underlay:index:QueuedMeasurement",
  sandbox: "underlay:index:Sandbox",
  slurm: "underlay:index:Slurm",
  batchJob: "underlay:index:BatchJob",
  containerImage: "underlay:index:ContainerImage",
  epochTraining: "underlay:index:EpochTraining",
  measurement: "underlay:index:Measurement",
  sshHost: "underlay:index:SshHost",
  sshKey: "underlay:index:SshKey",
  ironicNodeEnrolment: "underlay:index:IronicNodeEnrolment",
  computePassthrough: "underlay:index:ComputePassthrough",
  functionPackage: "underlay:index:FunctionPackage",
  functionFront: "underlay:index:FunctionFront",
} as const;
