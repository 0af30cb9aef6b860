import { quote } from "../connection.ts";
import type { ImageDescription } from "./description.ts";

/** Where bases come from on a machine. */
export interface BasePlaces {
  /** Folder of the shared root. */
  readonly root: string;
  /** The shared root as a container engine knows it; null where there is no engine. */
  readonly rootReference: string | null;
}

const debianMirror = "http://deb.debian.org/debian";

function header(base: ImageDescription["base"], { root }: BasePlaces): string[] {
  switch (base.kind) {
    case "root":
      return ["Bootstrap: localimage", `From: ${root}`];
    case "debian":
      return [
        "Bootstrap: debootstrap",
        `OSVersion: ${base.suite}`,
        `MirrorURL: ${debianMirror}`,
        `Include: ${base.packages.join(" ")}`,
      ];
    case "registry":
      return ["Bootstrap: docker", `From: ${base.reference}`];
  }
}

function section(name: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `\n%${name}\n${lines.map((line) => `    ${line}`).join("\n")}\n`;
}

/**
 * An image as a definition file of Singularity and Apptainer.
 *
 * @param description the image
 * @param places where bases come from on this machine
 */
export function definitionFile(description: ImageDescription, places: BasePlaces): string {
  const { id, base, files, environment, post, run } = description;
  return [
    `${header(base, places).join("\n")}\n`,
    section("labels", [`underlay.image ${id}`]),
    section(
      "files",
      files.map(({ source, target }) => `${quote(source)} ${target}`),
    ),
    section(
      "environment",
      Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}`),
    ),
    section("post", post.length === 0 ? [] : ["set -eu", ...post]),
    section("runscript", run.length === 0 ? [] : [`exec ${run.map(quote).join(" ")} "$@"`]),
  ].join("");
}
