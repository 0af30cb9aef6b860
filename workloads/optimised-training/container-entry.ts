import { quote } from "../../provider/connection.ts";

/** Something of the machine that a job in an image sees. */
export interface JobBind {
  /** Absolute path on the machine that the job runs on. */
  readonly source: string;
  /** Absolute path in the image, below `/data`. */
  readonly target: string;
}

/** An image that is there, and what a job in it sees besides. */
export interface JobContainer {
  /** Folder that the image was unpacked into. */
  readonly directory: string;
  /** File of the same image for Apptainer; null when there is none. */
  readonly file: string | null;
  /** Read only; none by default. */
  readonly binds: readonly JobBind[];
}

/** Where a job in an image has the folder that it was handed in from. It may write there and nowhere else. */
export const jobFolder = "/data/job";

/** What a command in a script begins with to run in the image, after {@link containerLines}. */
export const enterImage = '"${enter[@]}" ';

function apptainerWords({ binds }: JobContainer, accelerators: boolean): string {
  const shown = binds.map(({ source, target }) => `--bind ${quote(`${source}:${target}:ro`)} `).join("");
  return `exec ${accelerators ? "--nv " : ""}--no-home ${shown}--bind "\${PWD}:${jobFolder}" --pwd ${jobFolder} "\${image}"`;
}

function bubblewrapWords({ binds }: JobContainer): string {
  const shown = binds.map(({ source, target }) => `--ro-bind ${quote(source)} ${quote(target)} `).join("");
  return [
    '--die-with-parent --ro-bind "${image}" / --dev-bind /dev /dev --proc /proc --ro-bind /sys /sys',
    `--tmpfs /tmp --tmpfs /run --tmpfs /data ${shown}--bind "\${PWD}" ${jobFolder} --chdir ${jobFolder}`,
    "--setenv HOME /tmp --",
  ].join(" ");
}

/**
 * Lines of a script that find what runs an image, and the image. Either way its processes are children of the job, so
 * that the batch system accounts for them and ends them: by Apptainer where the node has it, else by bubblewrap, which
 * needs nothing but namespaces.
 *
 * @param container the image
 * @param accelerators whether the job asked for some
 */
export function containerLines(container: JobContainer, accelerators: boolean): string[] {
  const { directory, file } = container;
  return [
    `image=${quote(file ?? directory)}`,
    'if engine="$(command -v apptainer || command -v singularity)"; then',
    `  enter=("\${engine}" ${apptainerWords(container, accelerators)})`,
    'elif engine="$(command -v bwrap)"; then',
    ...(file === null ? [] : [`  image=${quote(directory)}`]),
    `  enter=("\${engine}" ${bubblewrapWords(container)})`,
    "else",
    "  printf '%s\\n' 'neither apptainer, singularity nor bwrap is on PATH' >&2",
    "  exit 69",
    "fi",
    'if [[ ! -e "${image}" ]]; then',
    "  printf '%s\\n' \"the image ${image} is not there: this node does not see where it was built\" >&2",
    "  exit 66",
    "fi",
  ];
}
