import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { packagesIn } from "../../../../provider/model-service/base-image.ts";
import { dockerFormOf } from "../../../../provider/model-service/assembled-image.ts";
import { packagesDockerfile, serviceDockerfile } from "../../../../provider/model-service/dockerfile.ts";
import { buildCommand } from "../../../../provider/model-service/engine-build.ts";
import { sbomOf } from "../../../../provider/model-service/sbom.ts";
import { serviceName } from "../../../../provider/model-service/service-build.ts";
import { copyFiles, digestOfFiles, stagedFiles } from "../../../../provider/model-service/staging.ts";
import { modelFindings } from "../../../fixtures/model-findings.ts";
import { errorOf } from "../../../support/expect-error.ts";
import { fullMachine } from "../../../support/machine-file.ts";

const sha = (digit: string): string => `sha256:${digit.repeat(64)}`;
const args = {
  ...{ name: "adder", version: "0123456789ab", python: "3.11", source: sha("1"), lock: sha("2"), installer: sha("3") },
  accelerator: "cpu" as const,
  versions: "newest",
  bases: { base: "localhost/underlay-python:3.11-a", tools: "localhost/underlay-python-tools:b" },
  systemPackages: ["libgl1"],
};

describe("the files of a service", () => {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "underlay-files-"))));
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("have a Dockerfile whose last stage holds no installer, runs as nobody, and changes least first", () => {
    const text = serviceDockerfile(args);
    const last = text.slice(text.lastIndexOf("\nFROM "));
    expect(last).to.match(/USER 10001:10001[^]*ENTRYPOINT \["python3", "-m", "model_server"\][^]*COPY source/);
    expect(last).to.match(/HEALTHCHECK .* CMD \["python3", "-m", "model_server.probe"\]/);
    expect(last).to.include(sha("3"));
    expect(last).to.include('underlay.versions="newest"');
    expect(last).not.to.match(/apt-get|pip |COPY (?:requirements|build)/);
    const open = serviceDockerfile({ ...args, bases: null });
    // Services with the same packages begin with one image, whatever they are called.
    expect(text.startsWith(packagesDockerfile(args))).to.equal(true);
    expect(open).to.match(/COPY --from=uv[^]*RUN --mount[^]*install\.py/);
    expect(packagesDockerfile({ ...args, bases: null })).to.match(/COPY --from=uv[^]*install\.py[^]*ENTRYPOINT/);
    expect(packagesDockerfile(args)).not.to.match(/adder|COPY|LABEL/);
    expect(open).to.match(/FROM \$\{BASE\}\nRUN apt-get .* libgl1 && rm -rf/);
    expect(serviceDockerfile({ ...args, bases: null, python: "3.12" })).to.include("python:3.12-slim-bookworm");
  });

  it("are built without a daemon, at one time, with secrets that no layer keeps", () => {
    const engine = fullMachine.containerEngine;
    if (engine === null) expect.fail("no engine");
    const build = { folder: "/f", reference: "localhost/x:1", layers: true, secrets: { index: "/s" } };
    const command = buildCommand(engine, build).join(" ");
    expect(command).to.include("--runtime runc build --isolation chroot --format oci --timestamp 1704067200");
    expect(command).to.include("--secret id=index,src=/s --tag localhost/x:1 /f");
  });

  it("become layers on the image of their packages, in the form of Docker with the health check", () => {
    const layers = [`sha256:${"1".repeat(64)}`, `sha256:${"2".repeat(64)}`];
    const own = { digest: `sha256:${"3".repeat(64)}`, bytes: 1024, line: "COPY source /srv/source" };
    const image = {
      ...{ Architecture: "amd64", Os: "linux", Created: "2024-01-01T00:00:00Z", History: [{ created_by: "RUN" }] },
      ...{ Config: { User: "10001:10001", Labels: { a: "b" } }, RootFS: { Type: "layers", Layers: layers } },
    };
    const form = dockerFormOf(JSON.stringify([image]), [own], { "underlay.service": "adder" });
    expect(dockerFormOf(JSON.stringify([image]), [own], { "underlay.service": "adder" })).to.deep.equal(form);
    const { config, rootfs, history } = JSON.parse(form.config) as {
      config: object;
      rootfs: object;
      history: object[];
    };
    expect(config).to.deep.equal({
      ...image.Config,
      Labels: { a: "b", "underlay.service": "adder" },
      Healthcheck: {
        ...{ Test: ["CMD", "python3", "-m", "model_server.probe"], Interval: 10e9, Timeout: 5e9, StartPeriod: 60e9 },
      },
    });
    expect(rootfs).to.deep.equal({ type: "layers", diff_ids: [...layers, own.digest] });
    expect(history).to.deep.equal([{ created_by: "RUN" }, { created: image.Created, created_by: own.line }]);
    const manifest = JSON.parse(form.manifest) as { config: { digest: string }; layers: { digest: string }[] };
    expect(manifest.config.digest).to.equal(`sha256:${form.digest}`);
    expect(manifest.layers.map(({ digest }) => digest)).to.deep.equal([...layers, own.digest]);
  });

  it("have a bill of materials of packages, Debian's packages and models", () => {
    const models = [{ path: "model.onnx", sha256: "a".repeat(64) }];
    const packages = [{ name: "Flask_Thing", version: "1+cpu" }];
    const text = sbomOf({ name: "adder", version: "1", packages, debian: [{ name: "libc6", version: "2:1" }], models });
    const bill = JSON.parse(text) as { specVersion: string; components: { "bom-ref": string }[] };
    expect(bill.specVersion).to.equal("1.6");
    expect(bill.components.map((each) => each["bom-ref"])).to.deep.equal([
      "pkg:pypi/flask-thing@1%2Bcpu",
      "pkg:deb/debian/libc6@2%3A1",
      "model:model.onnx",
    ]);
    expect(packagesIn(["libssl3_3.0.17-1~deb12u3_amd64.deb", "lock", "base-files_12%3a1_all.deb"])).to.deep.equal([
      { name: "base-files", version: "12:1" },
      { name: "libssl3", version: "3.0.17-1~deb12u3" },
    ]);
  });

  it("are named as images may be named, whatever the source is called", () => {
    expect(["My Model.onnx", "../..", "ÄÖÜ", "a".repeat(60)].map(serviceName)).to.deep.equal([
      "my-model",
      "model",
      "model",
      "a".repeat(40),
    ]);
  });

  it("are refused where a model is too large, a name is hostile, or a file is a link", async () => {
    const choice = { entry: { kind: "model", format: "onnx", path: "model.onnx" } as const, modules: [] };
    const found = (name: string) =>
      modelFindings({
        artefacts: [{ path: name, format: "onnx", bytes: 1, framework: "onnxruntime", versions: {}, executes: [] }],
      });
    writeFileSync(path.join(folder, "model.onnx"), "");
    truncateSync(path.join(folder, "model.onnx"), 10 * 1024 ** 3);
    expect(errorOf(() => stagedFiles(folder, found("model.onnx"), choice, 4096)).code).to.equal("model-too-large");
    const hostile = { ...choice, entry: { ...choice.entry, path: "a\\x1b[2J.onnx" } };
    expect(errorOf(() => stagedFiles(folder, found("a\\x1b[2J.onnx"), hostile, 4096)).code).to.equal("name-unusable");
    const outside = { ...choice, entry: { ...choice.entry, path: "../model.onnx" } };
    const inner = path.join(folder, "inner");
    mkdirSync(inner);
    expect(errorOf(() => stagedFiles(inner, found("../model.onnx"), outside, 4096)).code).to.equal("name-unusable");
    symlinkSync("/etc/passwd", path.join(folder, "words.py"));
    expect(
      errorOf(() => {
        copyFiles(folder, ["words.py"], path.join(folder, "to"));
      }).code,
    ).to.equal("file-irregular");
    writeFileSync(path.join(folder, "a.py"), "1");
    copyFiles(folder, ["a.py"], path.join(folder, "to"));
    expect(readFileSync(path.join(folder, "to/a.py"), "utf8")).to.equal("1");
    expect(await digestOfFiles(folder, ["a.py"])).to.equal(await digestOfFiles(path.join(folder, "to"), ["a.py"]));
  });
});
