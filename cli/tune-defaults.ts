/** What `underlay tune` takes unless told: sizes in MiB, those of one and more whole CPUs among them. */
export const tuneDefaults = { memory: "128,256,512,768,1024,1536,1769,2048,3008,4096,5307,7076,8845,10240" };
