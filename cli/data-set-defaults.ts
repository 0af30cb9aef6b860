/** What `underlay data-set` makes unless it is told otherwise, and what a study trains on. */
export const dataSetDefaults = { bytes: "512MB", seed: "1", shards: "8" } as const;
