/** What `underlay nodes` takes where nothing else is said; its help says so too. */
export const nodesDefaults = { most: "16", efficiency: "0.5", out: "out/nodes.json" } as const;
