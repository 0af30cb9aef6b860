/** Type tokens of the provider's resources. */
export const resourceTypes = {
  run: "underlay:index:Run",
  sandbox: "underlay:index:Sandbox",
  measurement: "underlay:index:Measurement",
} as const;
