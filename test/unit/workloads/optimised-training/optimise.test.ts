import { expect } from "chai";
import { optimise } from "../../../../workloads/optimised-training/optimise.ts";
import { readRequest } from "../../../../workloads/optimised-training/read-request.ts";
import { imageWish } from "../../../../workloads/optimised-training/wish.ts";
import { sodaliteInputs } from "./sodalite.ts";

const request = (name: string) => readRequest(sodaliteInputs[name] ?? "", name);

/** A request for a training in the paper's form. */
function training(part: Record<string, unknown>, more: Record<string, unknown> = {}) {
  const optimisation = { enable_opt_build: false, app_type: "ai_training", ai_training: part, ...more };
  return readRequest(
    JSON.stringify({ job: { job_options: {}, application: { executable: "python3 train.py" }, optimisation } }),
    "request",
  );
}

describe("optimise", () => {
  for (const name of Object.keys(sodaliteInputs).filter((each) => each !== "full-specification")) {
    it(`gives a script for SODALITE's input ${name}`, () => {
      const { script, image, mapping } = optimise(request(name));
      expect(script.text).to.match(/^#!\/bin\/bash\n/);
      expect(mapping?.chosen).to.not.equal(null);
      expect(image === "").to.equal(!script.text.includes("${image}"));
    });
  }

  it("gives a script where the catalogue has no image, and says so", () => {
    // Their specification asks for TensorFlow 1.1 on accelerators.
    const { script, image, notes } = optimise(request("full-specification"));
    expect(script.text).to.include("\nsrun --ntasks=48 ");
    expect(image).to.equal("");
    expect(notes).to.include("The catalogue has no image of tensorflow that can be it.");
  });

  it("puts MODAK's own optimised image for the one of the hub, as the project's published output has it", () => {
    const { image, notes } = optimise(request("skyline"));
    expect(image).to.equal("modakopt/modak:tensorflow-2.1-gpu-src");
    expect(notes).to.include(
      "modakopt/modak:tensorflow-2.1-gpu-src takes the place of tensorflow/tensorflow:2.1.0-gpu-py3.",
    );
  });

  it("says that it does not tune, where a training asks for it", () => {
    const part = { tensorflow: { version: "2.21" } };
    expect(optimise(training(part, { enable_autotuning: true })).notes.join()).to.include("`underlay autotune` does");
    expect(optimise(training(part)).notes.join()).to.not.include("autotun");
  });

  it("leaves the image of an application that is no training", () => {
    const { mapping, image } = optimise(request("solver"));
    expect(mapping).to.equal(null);
    expect(image).to.equal("docker://ethcscs/mpich:ub1804_cuda101_mpi314_gnugprof");
  });

  it("switches compilers on and off by variables", () => {
    const on = optimise(training({ tensorflow: { version: "2.21", xla: true } })).script.text;
    expect(on).to.include("\nexport TF_XLA_FLAGS='--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit'\n");
    expect(on).to.include("\nexport TF_ENABLE_ONEDNN_OPTS=1\n");
    const off = optimise(training({ tensorflow: { version: "2.21", onednn: false } })).script.text;
    expect(off).to.include("\nexport TF_ENABLE_ONEDNN_OPTS=0\n");
    expect(off).to.not.include("TF_XLA_FLAGS");
    expect(optimise(training({ pytorch: { inductor: true } })).script.text).to.not.include("export");
  });
});

describe("imageWish", () => {
  it("takes Keras for its backend, TensorFlow unless another is named, in any version", () => {
    expect(imageWish(training({ keras: { version: 1.1 } }))).to.include({ framework: "tensorflow", version: null });
    expect(imageWish(training({ keras: { backend: "mxnet" } }))?.framework).to.equal("mxnet");
  });

  it("takes accelerators that the queue is asked for when none is named to build for", () => {
    const asked = training({ pytorch: {} });
    asked.job.job_options.request_gpus = 1;
    expect(imageWish(asked)?.accelerator).to.equal("nvidia");
  });

  it("reads both spellings of an accelerator, and of none", () => {
    const with_ = (acc_type: string) =>
      imageWish(training({ pytorch: {} }, { opt_build: { cpu_type: "amd", acc_type } }));
    expect(with_("Nvidia")).to.include({ accelerator: "nvidia", cpu: "x86" });
    expect(with_("")?.accelerator).to.equal("none");
    expect(with_("fpga")?.accelerator).to.equal("fpga");
  });
});
