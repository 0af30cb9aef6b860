import { UnderlayError } from "../../measure/error.ts";
import type { BasePlaces } from "./definition-file.ts";
import type { ImageDescription } from "./description.ts";

function from(base: ImageDescription["base"], { rootReference }: BasePlaces): string[] {
  switch (base.kind) {
    case "root":
      if (rootReference === null) {
        throw new UnderlayError(
          "root-image-missing",
          "The shared root is in no container engine: a Dockerfile cannot begin with it.",
          "Write it to a file with `underlay image FILE`, and load that.",
        );
      }
      return [`FROM ${rootReference}`];
    case "debian":
      return [
        `FROM docker.io/library/debian:${base.suite}-slim`,
        `RUN apt-get update && apt-get install --yes --no-install-recommends ${base.packages.join(" ")} && rm -rf /var/lib/apt/lists/*`,
      ];
    case "registry":
      return [`FROM ${base.reference}`];
  }
}

/** Name of a file's copy in the folder that an image is built from: Docker's engines see nothing else. */
export function contextName(index: number): string {
  return `file-${String(index)}`;
}

/**
 * An image as a Dockerfile, for a build whose context has the files under the names that {@link contextName} gives.
 *
 * @param description the image
 * @param places where bases come from on this machine
 * @throws UnderlayError `root-image-missing` when it begins with the shared root and no engine has that
 */
export function dockerfile(description: ImageDescription, places: BasePlaces): string {
  const { id, base, files, environment, post, run } = description;
  return [
    ...from(base, places),
    `LABEL underlay.image=${JSON.stringify(id)}`,
    ...files.map(({ target }, index) => `COPY ${JSON.stringify([contextName(index), target])}`),
    ...Object.entries(environment).map(([name, value]) => `ENV ${name}=${JSON.stringify(value)}`),
    ...(post.length === 0 ? [] : [`RUN ${JSON.stringify(["/bin/sh", "-c", ["set -eu", ...post].join("\n")])}`]),
    ...(run.length === 0 ? [] : [`ENTRYPOINT ${JSON.stringify(run)}`]),
    "",
  ].join("\n");
}
