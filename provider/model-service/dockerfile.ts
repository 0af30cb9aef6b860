import { serviceUser } from "../../measure/model-service.ts";

/** What a service's image begins with. */
export interface ServiceBases {
  /** Image with Python and what its packages ask the system for. */
  readonly base: string;
  /** Image with uv and `strip`, which is mounted while packages are installed. */
  readonly tools: string;
}

/** What a Dockerfile says up to the packages of a lock. */
export interface PackagesArgs {
  /** Such as `3.11`. */
  readonly python: string;
  /** What computes: NVIDIA accelerators, or the processor alone. */
  readonly accelerator: "cpu" | "cuda";
  /** `sha256:…` of the lock and of what installs it, as `install.py` checks it. */
  readonly installer: string;
  /** Images of this machine; null for those of a public registry. */
  readonly bases: ServiceBases | null;
  /** Debian's packages that the distributions ask for. */
  readonly systemPackages: readonly string[];
}

/** What a service is called, and made of. */
export interface LabelArgs {
  readonly name: string;
  readonly version: string;
  /** `sha256:…` of the source and of the lock. */
  readonly source: string;
  readonly lock: string;
  /** By what the lock's versions were chosen. */
  readonly versions: string;
}

/** What of a service's folder goes where in its image. */
export interface ServiceCopy {
  readonly from: readonly string[];
  readonly to: string;
}

/** All of it: a layer each, in the order in which they change least. */
export const serviceCopies: readonly ServiceCopy[] = [
  { from: ["model_server"], to: "/srv/model_server" },
  { from: ["models"], to: "/srv/source" },
  { from: ["source"], to: "/srv/source" },
  { from: ["service.json", "sbom.cdx.json"], to: "/srv/" },
];

/** How an engine asks a service whether it is well. */
export const healthCheck = {
  argv: ["python3", "-m", "model_server.probe"],
  intervalSec: 10,
  timeoutSec: 5,
  /** Time in which it may fail, while the model is loaded. */
  startSec: 60,
} as const;

/** The line of a Dockerfile. */
function healthLine(): string {
  const { argv, intervalSec, timeoutSec, startSec } = healthCheck;
  const options = `--interval=${String(intervalSec)}s --timeout=${String(timeoutSec)}s --start-period=${String(startSec)}s`;
  return `HEALTHCHECK ${options} CMD [${argv.map((word) => JSON.stringify(word)).join(", ")}]`;
}

const uvVersion = "0.9.18";

/** Beginning for a machine that reaches a registry: Debian's Python, and an image with the installer. */
function publicBases({ python, systemPackages }: PackagesArgs): string[] {
  const suite = python === "3.13" ? "trixie" : "bookworm";
  const debian = `docker.io/library/debian:${suite}-slim`;
  const install = "apt-get update && apt-get install --yes --no-install-recommends";
  if (python !== "3.11" && python !== "3.13") {
    const packages =
      systemPackages.length === 0 ? [] : [`RUN ${install} ${systemPackages.join(" ")} && rm -rf /var/lib/apt/lists/*`];
    return [
      `ARG BASE=docker.io/library/python:${python}-slim-bookworm`,
      `ARG TOOLS=ghcr.io/astral-sh/uv:${uvVersion}`,
      ...["", "FROM ${TOOLS} AS tools", "", "FROM ${BASE}", ...packages],
    ];
  }
  const packages = ["python3-minimal", "libpython3-stdlib", "libgomp1", "ca-certificates", ...systemPackages].join(" ");
  return [
    `ARG BASE=${debian}`,
    `ARG UV=ghcr.io/astral-sh/uv:${uvVersion}`,
    "",
    "FROM ${UV} AS uv",
    "",
    "FROM ${BASE} AS tools",
    `RUN ${install} binutils`,
    "COPY --from=uv /uv /usr/local/bin/uv",
    "",
    "FROM ${BASE}",
    `RUN ${install} ${packages} && rm -rf /var/lib/apt/lists/*`,
  ];
}

function localBases({ base, tools }: ServiceBases): string[] {
  return [`ARG BASE=${base}`, `ARG TOOLS=${tools}`, "", "FROM ${TOOLS} AS tools", "", "FROM ${BASE}"];
}

/** Words of a step that runs without a shell. */
const run = (mounts: readonly string[], argv: readonly string[]): string =>
  `RUN ${[...mounts.map((mount) => `--mount=${mount}`), JSON.stringify(argv)].join(" \\\n    ")}`;

/**
 * The Dockerfile of an image with the packages of a lock, which many versions of a service begin with. It holds no installer
 * and no compiler.
 */
export function packagesDockerfile(args: PackagesArgs): string {
  const mounts = [
    "type=bind,from=tools,source=/,target=/tools",
    "type=bind,source=build,target=/build",
    "type=cache,target=/var/cache/uv",
    "type=secret,id=index,target=/run/secrets/index",
    "type=secret,id=certificates,target=/run/secrets/certificates",
  ];
  const user = `${String(serviceUser)}:${String(serviceUser)}`;
  return [
    "# Made by underlay, which writes it anew each time. Copy the folder to edit it.",
    ...(args.bases === null ? publicBases(args) : localBases(args.bases)),
    "",
    "# What changes with the lock alone. The digest, which the installer checks, makes another lock another layer.",
    run(mounts, ["python3", "/build/install.py", "/opt/packages", args.installer, args.accelerator]),
    "",
    "ENV PYTHONPATH=/opt/packages PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp TF_CPP_MIN_LOG_LEVEL=2",
    `USER ${user}`,
    "WORKDIR /srv",
    "EXPOSE 8080",
    "STOPSIGNAL SIGTERM",
    healthLine(),
    'ENTRYPOINT ["python3", "-m", "model_server"]',
    "",
  ].join("\n");
}

/** Labels of a service's image. */
export function serviceLabels({ name, version, source, lock, versions }: LabelArgs): Readonly<Record<string, string>> {
  return {
    "org.opencontainers.image.title": name,
    "org.opencontainers.image.version": version,
    "underlay.service": name,
    "underlay.source": source,
    "underlay.lock": lock,
    "underlay.versions": versions,
    "underlay.sbom": "/srv/sbom.cdx.json",
  };
}

/** The Dockerfile of a service: that of its packages, and what its folder has. */
export function serviceDockerfile(args: PackagesArgs & LabelArgs): string {
  const labels = Object.entries(serviceLabels(args)).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return [
    packagesDockerfile(args),
    ...serviceCopies.map(({ from, to }) => `COPY ${from.join(" ")} ${to}`),
    `LABEL ${labels.join(" \\\n    ")}`,
    "",
  ].join("\n");
}
