"""What all data sets have in common, whichever framework trains on them."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from options import Options, bad_option
from protocol import SessionError
from zoo import CLASSES

Batch = tuple[Any, Any]
"""Images and labels: tensors, or one tensor per device where there are several."""

BY_WORK = ("imagenet", "imagenet-cold", "photographs", "synthetic", "synthetic-alone")
"""From the series that exercises most of the program to the one that exercises least."""

SUFFIXES = (".jpg", ".jpeg")
PREFETCHED_BATCHES = 2
"""Batches that are prepared ahead within a block, never beyond its end."""


class Series(Protocol):
    """One data set of a session."""

    def batches(self, block: int, steps: int) -> Iterator[Batch]:
        """Yield a batch on each device, `steps` times. A block's images depend on nothing but its number and size."""

    def around(self, block: int, steps: int) -> AbstractContextManager[Mapping[str, float]]:
        """Return the untimed surroundings of a block: entering them prepares it, leaving them completes its metrics."""

    def facts(self) -> dict[str, object]:
        """Describe the data set; nothing where its name says it all."""


Maker = Callable[[Options, Any], Series]


def prepare_series(
    options: Options,
    devices: Any,
    synthetic: Maker,
    photographs: Maker,
    imagenet: Callable[[Options, Any, str], Series],
) -> dict[str, Series]:
    """Prepare the data sets of a session by what a framework makes each of, on its devices."""
    makers: dict[str, Maker] = {
        "synthetic": synthetic,
        # The same data: what differs is what goes on beside it, which whoever plays the blocks knows.
        "synthetic-alone": synthetic,
        "photographs": photographs,
    }
    return {
        name: imagenet(options, devices, name) if name in options.imagenet else makers[name](options, devices)
        for name in options.series
    }


class Plain:
    """A series with nothing to prepare before a block, nor to measure around it."""

    def around(self, block: int, steps: int) -> AbstractContextManager[Mapping[str, float]]:
        """See `Series`."""
        del block, steps
        return contextlib.nullcontext({})

    def facts(self) -> dict[str, object]:
        """See `Series`."""
        return {}


class Repeated(Plain):
    """The same batch at each step, on each device one of its own."""

    def __init__(self, options: Options, devices: Any, make: Callable[[Options, int], Batch]) -> None:
        """Make one batch per device; `make` is told which one it is, counted over all workers."""
        first = options.worker * devices.count
        self._batch = devices.distribute([make(options, first + index) for index in range(devices.count)])

    def batches(self, block: int, steps: int) -> Iterator[Batch]:
        """See `Series`."""
        del block
        for _ in range(steps):
            yield self._batch


def list_photographs(directory: Path) -> tuple[list[Path], list[int]]:
    """List the JPEG files below a folder, each with its label.

    Photographs in subfolders are labelled by their subfolder, as in ImageNet; those in a flat folder are a class each.
    Raises `data-not-found` when there are none and `bad-option` when the subfolders are more than the classes.
    """
    files = sorted(path for path in directory.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not files:
        raise SessionError("data-not-found", f"{directory} holds no file that ends in {' or '.join(SUFFIXES)}")
    folders = sorted({file.parent for file in files})
    if len(folders) == 1:
        return files, [index % CLASSES for index in range(len(files))]
    if len(folders) > CLASSES:
        allowed = f"a folder with at most {CLASSES} subfolders of photographs, not {len(folders)}"
        raise bad_option("series.photographs.directory", str(directory), allowed)
    label = {folder: index for index, folder in enumerate(folders)}
    return files, [label[file.parent] for file in files]
