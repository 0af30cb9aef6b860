"""What is to be adapted to what."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

SMALL = "small-cnn"
"""The network that is trained here first, on the source's images."""


class AdaptError(Exception):
    """The model cannot be adapted; the code is stable, the message says why, the hint how to go on."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        """Take a code in kebab-case, what is wrong, and what to do about it."""
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


@dataclass(frozen=True)
class Settings:
    """One adaptation, as the command line asked for it."""

    model: str
    """`small-cnn`, or a function of keras.applications."""
    weights: str | None
    """File of weights; None for those that Keras keeps."""
    source: str | None
    """Folder of the images that the small network is trained on first."""
    target: str
    """Folder of the images that the model is adapted to."""
    output: str
    images: int
    """Labelled images of the target that may be trained on."""
    seeds: list[int]
    """A repetition for each: it draws the images and the first weights."""
    sourceEpochs: int  # noqa: N815 (JSON of the project)
    headEpochs: int  # noqa: N815 (JSON of the project)
    """With all but the head frozen."""
    fineEpochs: int  # noqa: N815 (JSON of the project)
    """With the upper half of the layers too, at a tenth of the rate."""
    batch: int
    threads: int


def read_settings(path: Path) -> Settings:
    """Read what the command line wrote."""
    return Settings(**json.loads(path.read_text()))
