"""The command: reads its options, sets what has to be set before a framework is imported, trains, writes the record."""

import gc
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from epochs.backend import Backend
from epochs.idx import DataError
from epochs.loop import DivergedError, train, write
from epochs.settings import Settings, read_settings
from protocol import SessionError

KERNELS = "TORCHINDUCTOR_CACHE_DIR"
"""Variable with the folder that inductor keeps compiled kernels in; a folder of this run alone unless it is set."""


def main(words: Sequence[str] | None = None) -> int:
    """Train; return 0, or 1 where the data cannot be trained on or the training diverges."""
    settings = read_settings(sys.argv[1:] if words is None else words)
    try:
        with kernels(settings):
            gc.disable()  # An import makes millions of objects that stay: looking for garbage is in vain.
            backend = prepare(settings)
            gc.freeze()
            gc.enable()
            write(settings.record, train(settings, backend))
    except (DataError, DivergedError, SessionError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def prepare(settings: Settings) -> Backend:
    """Import the framework and make the training ready."""
    if settings.framework == "tensorflow":
        os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1" if settings.onednn == "on" else "0"
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")  # Or the import takes that of Keras, too, which is not used.
        from epochs.tensorflow_backend import Training as TensorFlowTraining

        return TensorFlowTraining(settings)
    from epochs.pytorch_backend import Training as PyTorchTraining

    return PyTorchTraining(settings)


@contextmanager
def kernels(settings: Settings) -> Iterator[None]:
    """Give inductor, whatever of PyTorch wakes it, one folder for all that it makes. Enter it before the import."""
    if settings.framework != "pytorch":
        yield
        return
    given = os.environ.get(KERNELS)
    with (
        tempfile.TemporaryDirectory(prefix="underlay-inductor-", ignore_cleanup_errors=True)
        if given is None
        else nullcontext(given)
    ) as folder:
        # What it keeps does not tell whether oneDNN's kernels were on, though tensors are laid out by that.
        os.environ[KERNELS] = str(Path(folder) / f"onednn-{settings.onednn}")
        # PyTorch's headers, made ready once, lie where temporary files do, whatever that variable says: 150 MB.
        temporary = Path(folder) / "temporary"
        temporary.mkdir(parents=True, exist_ok=True)
        os.environ["TMPDIR"] = tempfile.tempdir = str(temporary)
        yield
