import { fileURLToPath } from "node:url";
import { UnderlayError } from "../../measure/error.ts";
import type { Image } from "../../catalogue/images/schema.ts";
import type { ImageDescription } from "../../provider/batch/resources.ts";

/** What images are made of beside the catalogue. */
export interface RecipeArgs {
  /** Folder of PyTorch's packages, which set-up makes. @default none: images of PyTorch cannot be made */
  readonly packages?: string | undefined;
}

const packagesPlace = "/usr/local/lib/python3.11/dist-packages";
const programsPlace = "/opt/underlay";

/** Program that trains by epochs, in an image. */
export const epochProgram = `${programsPlace}/optimised-training/run/train.py`;

/** The programs that an image carries: this workload's, and the models and data sets of the other's. */
const programs = (["training/run", "optimised-training/run"] as const).map((name) => ({
  source: fileURLToPath(new URL(`../${name}`, import.meta.url)),
  target: `${programsPlace}/${name}`,
}));

const runs = ["python3", epochProgram];

/** What compiles frameworks, and the kernels that PyTorch's inductor makes while it runs; it sums its headers by openssl. */
const compilers = ["g++", "openssl", "python3", "python3-dev"];
const buildTools = [...compilers, "ca-certificates", "cmake", "curl", "git", "ninja-build", "patch", "python3-pip"];

/** Flags that a source build is compiled with, unless the catalogue names others: all that this processor has. */
const nativeFlags = ["-march=native", "-O3"];

function flagsOf(image: Image): readonly string[] {
  return (image.build.kind === "source" ? image.build.flags : null) ?? nativeFlags;
}

/** TensorFlow's own guide (tensorflow.org/install/source), for the CPU. Takes hours. */
function tensorflowFromSource(image: Image): string[] {
  const copts = flagsOf(image).map((flag) => `--copt=${flag}`);
  const wheel = "//tensorflow/tools/pip_package:wheel";
  return [
    `git clone --depth 1 --branch v${image.version}.0 https://github.com/tensorflow/tensorflow.git /tmp/source`,
    "cd /tmp/source",
    "curl --fail --silent --show-error --location --output /usr/local/bin/bazel https://github.com/bazelbuild/bazelisk/releases/download/v1.25.0/bazelisk-linux-amd64",
    "chmod 755 /usr/local/bin/bazel",
    "export PYTHON_BIN_PATH=/usr/bin/python3 USE_DEFAULT_PYTHON_LIB_PATH=1 TF_NEED_CUDA=0 TF_NEED_ROCM=0 TF_NEED_CLANG=0",
    `export TF_SET_ANDROID_WORKSPACE=0 CC_OPT_FLAGS='${flagsOf(image).join(" ")}' HERMETIC_PYTHON_VERSION=3.11`,
    "python3 configure.py",
    `bazel build --config=opt ${copts.join(" ")} --repo_env=WHEEL_NAME=tensorflow_cpu ${wheel}`,
    "pip3 install --break-system-packages bazel-bin/tensorflow/tools/pip_package/wheel_house/*.whl",
    "rm -rf /tmp/source /root/.cache",
  ];
}

/** PyTorch's own guide (github.com/pytorch/pytorch, "From Source"), for the CPU. Takes hours. */
function pytorchFromSource(image: Image): string[] {
  const flags = flagsOf(image).join(" ");
  return [
    `git clone --depth 1 --recursive --shallow-submodules --branch v${image.version}.0 https://github.com/pytorch/pytorch.git /tmp/source`,
    "cd /tmp/source",
    "pip3 install --break-system-packages --requirement requirements.txt",
    `export CFLAGS='${flags}' CXXFLAGS='${flags}' USE_CUDA=0 USE_ROCM=0 USE_MKLDNN=1 BUILD_TEST=0`,
    "pip3 install --break-system-packages --no-build-isolation .",
    "rm -rf /tmp/source",
  ];
}

function fromSource(image: Image): ImageDescription {
  const makers: Partial<Record<Image["framework"], (image: Image) => string[]>> = {
    tensorflow: tensorflowFromSource,
    pytorch: pytorchFromSource,
  };
  const make = makers[image.framework];
  if (make === undefined || image.accelerator !== "none" || image.cpu !== "x86") {
    throw new UnderlayError("recipe-missing", `There is no recipe that compiles ${image.id} from source.`);
  }
  const base = { kind: "debian", suite: "bookworm", packages: buildTools } as const;
  return { id: image.id, base, files: programs, environment: {}, post: make(image), run: runs };
}

/** The locked wheels: TensorFlow's are in the shared root, PyTorch's in a folder of their own. */
function fromWheels(image: Image, { packages }: RecipeArgs): ImageDescription {
  const { id, framework, accelerator } = image;
  const plain = { id, environment: {}, post: [], run: runs };
  if (framework === "tensorflow" && accelerator === "none") {
    return { ...plain, base: { kind: "root" }, files: programs };
  }
  if (framework !== "pytorch" || accelerator !== "none") {
    throw new UnderlayError("recipe-missing", `There is no recipe for ${id} on this machine.`);
  }
  if (packages === undefined) {
    throw new UnderlayError(
      "framework-unavailable",
      `${id} is made of PyTorch's packages, which are not on this machine.`,
      "Run `npx underlay setup --with pytorch`.",
    );
  }
  const base = { kind: "debian", suite: "bookworm", packages: compilers } as const;
  return { ...plain, base, files: [{ source: packages, target: packagesPlace }, ...programs] };
}

/**
 * What an image of the catalogue is made of.
 *
 * @param image the catalogue's entry
 * @param args what images are made of beside it
 * @throws UnderlayError `recipe-missing` or `framework-unavailable` when it cannot be made
 */
export function imageDescription(image: Image, args: RecipeArgs = {}): ImageDescription {
  if (image.build.kind === "source") return fromSource(image);
  if (image.build.kind === "wheel" && image.build.lock !== null) return fromWheels(image, args);
  if (image.reference === null) {
    throw new UnderlayError("recipe-missing", `Nobody wrote down where ${image.id} can be had.`);
  }
  const base = { kind: "registry", reference: image.reference } as const;
  return { id: image.id, base, files: programs, environment: {}, post: [], run: runs };
}
