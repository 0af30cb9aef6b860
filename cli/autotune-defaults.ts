/** What `underlay autotune` takes unless told. */
export const autotuneDefaults = { minutes: "10", seed: "1", target: "local", out: "out" };
