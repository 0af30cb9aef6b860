import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { imageCatalogue } from "../../../../catalogue/images/index.ts";
import type { Image } from "../../../../catalogue/images/schema.ts";
import { conversionCommands } from "../../../../provider/image/conversion.ts";
import { definitionFile } from "../../../../provider/image/definition-file.ts";
import { type ImageDescription, imageDescriptionSchema } from "../../../../provider/image/description.ts";
import { dockerfile } from "../../../../provider/image/dockerfile.ts";
import { imageDescription } from "../../../../workloads/optimised-training/recipes.ts";
import { errorOf } from "../../../support/expect-error.ts";

const golden = new URL("./golden/", import.meta.url);
const repository = new URL("../../../../", import.meta.url).pathname;
const places = { root: "/cache/root/tree", rootReference: "localhost/underlay-root:0123456789ab" };
const image = (id: string): Image => imageCatalogue().images.find((each) => each.id === id)!;
/** An image that is compiled for its target, of what can be had today. */
const fromSource = (id: string): Image => ({
  ...image(id),
  id: id.replace("wheel", "source"),
  build: { kind: "source", flags: ["-march=native", "-O3"], compiler: null, buildTool: null },
});
const descriptions: Readonly<Record<string, ImageDescription>> = {
  "tensorflow-wheel": imageDescription(image("tensorflow-2.21-wheel-cpu")),
  "pytorch-wheel": imageDescription(image("pytorch-2.15-wheel-cpu"), { packages: "/cache/pytorch/packages" }),
  "tensorflow-source": imageDescription(fromSource("tensorflow-2.21-wheel-cpu")),
  "pytorch-source": imageDescription(fromSource("pytorch-2.15-wheel-cpu")),
  "tensorflow-hub": imageDescription({ ...image("tensorflow-2.1-hub-cpu"), reference: "tensorflow/tensorflow:2.1.0" }),
};
/** Texts without the folder that this repository happens to lie in. */
const portable = (text: string): string => text.replaceAll(repository, "/repository/");

describe("descriptions of images", () => {
  const texts = Object.entries(descriptions).flatMap(([name, description]) => [
    [`${name}.def`, portable(definitionFile(description, places))] as const,
    [`${name}.Dockerfile`, portable(dockerfile(description, places))] as const,
  ]);

  it("are all kept here as texts, and nothing else is", () => {
    expect(readdirSync(golden).sort()).to.deep.equal(texts.map(([name]) => name).sort());
  });

  for (const [name, text] of texts) {
    it(`are as before: ${name}`, () => {
      expect(text).to.equal(readFileSync(new URL(name, golden), "utf8"));
    });
  }

  it("are what their schema wants", () => {
    for (const description of Object.values(descriptions)) {
      expect(imageDescriptionSchema.parse(description)).to.deep.equal(description);
    }
  });

  it("carry the flags of a source build into the compiler's own words, and the base into both headers", () => {
    const text = definitionFile(descriptions["tensorflow-source"]!, places);
    expect(text).to.include("bazel build --config=opt --copt=-march=native --copt=-O3 ");
    expect(text).to.match(/^Bootstrap: debootstrap\nOSVersion: bookworm\n/);
    expect(dockerfile(descriptions["tensorflow-wheel"]!, places)).to.match(
      /^FROM localhost\/underlay-root:0123456789ab\n/,
    );
  });

  it("have no Dockerfile without an engine that knows the shared root", () => {
    const error = errorOf(() => dockerfile(descriptions["tensorflow-wheel"]!, { ...places, rootReference: null }));
    expect(error.code).to.equal("root-image-missing");
  });

  it("quote what a shell would act on, and refuse what would begin another line", () => {
    const description = imageDescriptionSchema.parse({
      ...{ id: "one", base: { kind: "registry", reference: "example.org/one:1" } },
      ...{ environment: { NOTE: "it's #1; ok" }, run: ["sh", "-c", "echo $HOME"] },
    });
    const text = definitionFile(description, places);
    expect(text).to.include(`\n    export NOTE='it'\\''s #1; ok'\n`).and.include(`exec sh -c 'echo $HOME' "$@"`);
    for (const broken of [
      { ...description, base: { kind: "registry", reference: "one\nRUN id" } },
      { ...description, environment: { NOTE: "a\nRUN id" } },
      { ...description, files: [{ source: "/a", target: "/b c" }] },
      { ...description, base: { kind: "debian", suite: "bookworm", packages: ["gcc; id"] } },
    ]) {
      expect(imageDescriptionSchema.safeParse(broken).success).to.equal(false);
    }
  });

  it("say of what cannot be made why", () => {
    expect(errorOf(() => imageDescription(image("pytorch-2.15-wheel-cpu"))).code).to.equal("framework-unavailable");
    expect(errorOf(() => imageDescription(image("tensorflow-2.21-wheel-cuda"))).code).to.equal("recipe-missing");
  });
});

describe("conversions of images", () => {
  const [folder, sif] = [{ form: "folder", path: "/a" } as const, { form: "sif", path: "/a.sif" } as const];
  const oci = { form: "oci-archive", path: "/a.oci" } as const;
  const both = { apptainer: "/usr/bin/apptainer", podman: "/usr/bin/podman" };

  it("to and from Apptainer are its own builds", () => {
    const build = ["/usr/bin/apptainer", "build", "--fakeroot"];
    expect(conversionCommands(oci, sif, both)).to.deep.equal([[...build, "/a.sif", "oci-archive:/a.oci"]]);
    expect(conversionCommands(folder, sif, both)).to.deep.equal([[...build, "/a.sif", "/a"]]);
    const [first, second, ...rest] = conversionCommands(sif, oci, both);
    expect(first).to.deep.equal([...build, "--sandbox", "/a.oci.folder", "/a.sif"]);
    expect(second?.at(-1)).to.equal(".");
    expect(rest.at(-1)).to.include.members(["oci-archive", "/a.oci"]);
  });

  it("say what is missing where it is", () => {
    const without = errorOf(() => conversionCommands(oci, sif, { ...both, apptainer: null }));
    expect(without.code).to.equal("conversion-unavailable");
    expect(without.message).to.include("Apptainer is not on this machine");
    const engine = errorOf(() => conversionCommands(folder, oci, { apptainer: null, podman: null }));
    expect(engine.message).to.include("podman is not on this machine");
  });
});
