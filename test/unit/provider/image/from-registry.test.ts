import { expect } from "chai";
import { builderOf, buildSteps, type BuildPlaces } from "../../../../provider/image/from-registry.ts";
import { rejectionOf } from "../../../support/expect-error.ts";
import { fullMachine } from "../../../support/machine-file.ts";

const places: BuildPlaces = {
  ...{ context: "/b/context", dockerfile: "/b/build.Dockerfile", definition: "/b/build.def" },
  ...{ archive: "/b/image.tar", tree: "/b/tree", name: "underlay-image-1" },
};

describe("what builds images of a registry", () => {
  const has =
    (...names: string[]) =>
    (name: string) =>
      Promise.resolve(names.includes(name) ? `/usr/bin/${name}` : null);

  it("is the engine that starts containers, else buildah, else Apptainer, and said to be missing where there is none", async () => {
    const without = { ...fullMachine, containerEngine: null };
    expect(await builderOf(fullMachine, has("buildah"))).to.deep.equal({
      ...{ name: "podman", command: ["/usr/bin/podman", "--runtime", "runc"] },
    });
    expect(await builderOf(without, has("buildah", "apptainer"))).to.deep.equal({
      ...{ name: "buildah", command: ["/usr/bin/buildah"] },
    });
    expect((await builderOf(without, has("apptainer"))).name).to.equal("apptainer");
    expect((await rejectionOf(builderOf(without, has()))).code).to.equal("container-engine-missing");
  });

  it("takes back what each step leaves in its store", () => {
    const podman = buildSteps({ name: "podman", command: ["podman", "--runtime", "runc"] }, places);
    expect(podman.map(({ argv }) => argv[3])).to.deep.equal(["build", "create", "export"]);
    expect(podman.map(({ undo }) => undo?.slice(3))).to.deep.equal([
      ["rmi", "localhost/underlay-image-1"],
      ["rm", "--force", "underlay-image-1"],
      undefined,
    ]);
    const [buildah, ...rest] = buildSteps({ name: "buildah", command: ["buildah"] }, places);
    expect(buildah?.argv).to.include.members(["--isolation", "chroot", "type=tar,dest=/b/image.tar"]);
    expect(buildah?.undo).to.deep.equal(["buildah", "rmi", "localhost/underlay-image-1"]);
    expect(rest).to.deep.equal([]);
  });

  it("has Apptainer build the tree itself, as an ordinary user", () => {
    expect(buildSteps({ name: "apptainer", command: ["apptainer"] }, places)).to.deep.equal([
      { argv: ["apptainer", "build", "--fakeroot", "--sandbox", "/b/tree", "/b/build.def"] },
    ]);
  });
});
