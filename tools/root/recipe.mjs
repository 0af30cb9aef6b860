// What goes into the shared root file system. Its key in the cache covers this file, the lock of the Python packages and
// the first program of a guest.

/** Grows when the making changes what comes out though nothing below changes. */
export const revision = 3;

/** Debian's release: the libc and the Python of every environment. */
export const suite = "bookworm";

/** Where Debian's tools are not to be had, the same release comes from this public image. */
export const baseImage =
  "docker.io/library/debian:bookworm-slim@sha256:96e378d7e6531ac9a15ad505478fcc2e69f371b10f5cdf87857c4b8188404716";

/** Debian packages on top of the essential ones. */
export const packages = ["python3", "openssh-server", "iproute2", "runc", "kmod", "procps", "ca-certificates"];

/** Where Python looks for packages, without any variable being set. */
export const sitePackages = "usr/local/lib/python3.11/dist-packages";

/** Python of that release, as uv names it. */
export const pythonVersion = "3.11";

/** Files that Debian's packages need not unpack. */
export const excluded = [
  "/usr/share/man/*",
  "/usr/share/info/*",
  "/usr/share/locale/*",
  "/usr/share/lintian/*",
  "/usr/share/bash-completion/*",
  "/usr/share/doc/*/*",
];

/** Files that stay all the same: licences. */
export const included = ["/usr/share/doc/*/copyright"];

/** Left behind by the making, or different on every machine; globs are the shell's. */
export const dropped = [
  "var/cache/apt",
  "var/cache/debconf",
  "var/cache/ldconfig",
  "var/lib/apt/lists",
  "var/lib/dpkg/*-old",
  "var/log",
  "etc/ssh/ssh_host_*",
  "etc/.pwd.lock",
  "etc/passwd-",
  "etc/group-",
  "etc/shadow-",
  "etc/gshadow-",
  "etc/subuid-",
  "etc/subgid-",
  "dev/*",
  "run/*",
  "tmp/*",
  "var/tmp/*",
  // Entry points with the building machine's Python in their first line.
  `${sitePackages}/bin`,
  // Headers for building extensions of TensorFlow: 100 MB that no workload opens.
  `${sitePackages}/tensorflow/include`,
];

/** Folders that have to be there: mount points, and what `dropped` emptied. */
export const folders = [
  "data",
  "dev",
  "proc",
  "run",
  "sys",
  "tmp",
  "var/cache/apt/archives/partial",
  "var/lib/apt/lists/partial",
  "var/log",
  "var/tmp",
];

/** Time of every file: 2024-01-01T00:00:00Z. */
export const epoch = 1_704_067_200;
