"""What the command line asks for."""

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

WARM_UP_STEPS = 5
"""Steps at the beginning that `steps` of the record leaves out: they trace, compile and fill caches."""
MODELS = ("mnist-cnn", "resnet-50")
COMPILERS = {"tensorflow": ("none", "xla"), "pytorch": ("none", "inductor")}
DEFAULTS = {"mnist-cnn": (128, 12), "resnet-50": (96, 3)}
"""Images of a step and epochs, as the paper trained."""


@dataclass(frozen=True)
class Settings:
    """One training."""

    model: str
    framework: str
    compiler: str
    batch: int
    """Images of a step."""
    epochs: int
    data: Path
    record: Path
    images: int | None
    """Images of an epoch; None for the whole set."""
    steps: int | None
    """Timed steps after which it ends; None for all of its epochs."""
    intra_threads: int
    """Threads that one operation may use."""
    inter_threads: int
    """Operations that may run at the same time."""
    prefetch: int
    """Batches that are prepared ahead; 0 for none."""
    onednn: str
    seed: int

    def facts(self) -> dict[str, object]:
        """Return what of it decides how fast the training is, as the record has it, with the caller's variables."""
        own = asdict(self)
        names = ("intra_threads", "inter_threads", "prefetch", "onednn", "seed")
        variables = {name: os.environ[name] for name in VARIABLES if name in os.environ}
        return {**{name: own[name] for name in names}, "environment": variables}


VARIABLES = (
    *("OMP_NUM_THREADS", "OMP_PROC_BIND", "OMP_PLACES", "KMP_AFFINITY", "KMP_BLOCKTIME", "LD_PRELOAD"),
    *("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_", "GLIBC_TUNABLES"),
    *("MALLOC_ARENA_MAX", "MALLOC_CONF", "TF_XLA_FLAGS", "TF_ENABLE_ONEDNN_OPTS", "GOMP_CPU_AFFINITY"),
)
"""Variables that the caller may set the speed by."""


def whole(least: int, most: int = 2**31 - 1) -> Callable[[str], int]:
    """Return a reader of whole numbers within a closed range."""

    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"is {text!r}; allowed: a whole number from {least} to {most}")
        return int(text)

    return read


def read_settings(words: Sequence[str]) -> Settings:
    """Read the command line. Ends the program with 2 where it is wrong, as argparse does."""
    cpus = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser("train.py", description=__doc__, allow_abbrev=False)
    add = parser.add_argument
    add("--model", choices=MODELS, required=True)
    add("--framework", choices=tuple(COMPILERS), required=True)
    add(
        "--compiler",
        choices=("none", "xla", "inductor"),
        default="none",
        help="xla is TensorFlow's, inductor PyTorch's",
    )
    add("--batch", type=whole(1), help="images of a step; the paper's unless told: 128 (MNIST), 96 (ImageNet)")
    add("--epochs", type=whole(1), help="the paper's unless told: 12 (MNIST), 3 (ImageNet)")
    add("--data", type=Path, required=True, help="folder of the IDX files of MNIST, or of ImageNet's TFRecord shards")
    add("--record", type=Path, required=True, help="file that the record is written to (JSON)")
    add("--images", type=whole(1), help="images of an epoch; the whole set unless told")
    add("--steps", type=whole(1), help=f"end after so many steps, those after the first {WARM_UP_STEPS} counted")
    add("--intra-threads", type=whole(1, cpus), default=cpus, help="threads of an operation")
    add("--inter-threads", type=whole(1, cpus), default=1, help="operations at the same time")
    add("--prefetch", type=whole(0, 1024), default=2, help="batches prepared ahead")
    add("--onednn", choices=("on", "off"), default="on", help="oneDNN's kernels")
    add("--seed", type=whole(0), default=1)
    given = parser.parse_args(words)
    if given.compiler not in COMPILERS[given.framework]:
        parser.error(f"--compiler is {given.compiler!r}; {given.framework} has {', '.join(COMPILERS[given.framework])}")
    if not given.data.is_dir():
        parser.error(f"--data is {str(given.data)!r}: no such folder")
    batch, epochs = DEFAULTS[given.model]
    return Settings(**{**vars(given), "batch": given.batch or batch, "epochs": given.epochs or epochs})
