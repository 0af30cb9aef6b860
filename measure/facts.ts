import { z } from "zod";

/** The orchestration variants that a workload runs in. */
export const environmentNames = [
  "bare-metal",
  "vm",
  "container-on-bare-metal",
  "container-on-vm",
  "serverless",
  "hpc",
] as const;

/** One orchestration variant; which one a host is. */
export type EnvironmentName = (typeof environmentNames)[number];

/** How a limit on CPUs or memory is held, so that a record can prove it. */
export const limitSchema = z.strictObject({
  /** What holds the limit, such as `affinity`, `cgroup v1`, `cgroup v2`, `guest memory`; `none` when nothing does. */
  mechanism: z.string(),
  /** The limit: CPUs, or MiB of memory. */
  value: z.number().nonnegative(),
});

/** What is known about a host: enough to tell two environments apart and to prove that they were given the same. */
export const hostFactsSchema = z.strictObject({
  /** Release of the kernel that the workload runs under, as `uname -r` prints it. */
  kernelRelease: z.string(),
  /**
   * What virtualises this environment against the machine at hand: `none`, `kvm`, `user-mode-linux`, `qemu-tcg`, or a
   * vendor's name. A bare-metal environment says `none` even where the machine itself is a cloud instance.
   */
  virtualisation: z.string(),
  /** What virtualises the machine at hand itself, as its CPUs report it: `none`, `kvm`, `xen`, … */
  machineVirtualisation: z.string(),
  /** Operating system of the root file system, such as `Debian GNU/Linux 12 (bookworm)`. */
  operatingSystem: z.string(),
  cpuModel: z.string(),
  /** CPUs that the workload may use. */
  cpus: z.number().int().positive(),
  /** Memory that the workload may use, in MiB. */
  memoryMiB: z.number().positive(),
  /** Accelerators that the workload may use, such as `NVIDIA GeForce GTX 1080`; empty without any. */
  accelerators: z.array(z.string()),
  /** Container runtime with its version, such as `podman 4.3.1 with runc`; null outside a container. */
  containerRuntime: z.string().nullable(),
  /** Digest of the OCI image that the container runs; null outside a container. */
  imageDigest: z.string().nullable(),
  /** Content digest of the root file system: interpreter, packages and libc. Equal digests are equal bits. */
  rootDigest: z.string(),
  /** The limits that make environments comparable. */
  limits: z.strictObject({ cpus: limitSchema, memory: limitSchema }),
});

/** What is known about a host. */
export type HostFacts = z.infer<typeof hostFactsSchema>;
