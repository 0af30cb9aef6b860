"""Adapts a model: `python3 DIRECTORY SETTINGS.json`, with one line of JSON for what came of it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from settings import AdaptError, Settings, read_settings


def adapted(settings: Settings) -> dict[str, Any]:
    """Read, train, and test."""
    import tensorflow as tf

    from images import read_halves

    tf.config.threading.set_intra_op_parallelism_threads(settings.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    target = read_halves(Path(settings.target))
    origin = None if settings.source is None else read_halves(Path(settings.source))
    if settings.images > len(target[0].labels):
        raise AdaptError(
            "data-too-small", f"The target has {len(target[0].labels)} images to train on, not {settings.images}."
        )
    import keras

    from recipe import accuracy, adapt, distance_to, source_of

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    source = source_of(settings, origin)
    if source.accuracy is not None:
        say(f"source: {source.accuracy:.3f} of its own images, after {source.seconds:.0f} s")
    runs = adapt(settings, source, target, say)
    return {
        "framework": f"keras {keras.__version__}, tensorflow {tf.__version__}",
        "parameters": int(source.base.count_params()),
        "sourceSeconds": source.seconds,
        "sourceAccuracy": source.accuracy,
        "unadapted": None if source.whole is None else accuracy(source.whole, target[1]),
        "distance": None if origin is None else distance_to(source, origin[1], target[1]),
        "testImages": len(target[1].labels),
        "runs": runs,
    }


def main() -> None:
    """Run the program."""
    with os.fdopen(os.dup(1), "w") as real:
        os.dup2(2, 1)  # What frameworks print is no answer.
        try:
            answer = adapted(read_settings(Path(sys.argv[1])))
        except AdaptError as error:
            answer = {"error": {"code": error.code, "message": error.message, "hint": error.hint}}
        print(json.dumps(answer), file=real)


if __name__ == "__main__":
    main()
