"""Transfer learning: take a base over, train a new head, then fine-tune; and the same network from scratch."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from distance import proxy_distance
from images import Images
from networks import compiled, freeze, known_base, small_base, thaw, with_head
from settings import SMALL, Settings

RATE = 1e-3
FINE_RATE = RATE / 2
FEATURES = 1000
"""Images of each domain whose features are held against each other."""


@dataclass(frozen=True)
class Source:
    """A base that was trained, with the head that it had."""

    base: Any
    whole: Any | None
    """None where only the base is known."""
    accuracy: float | None
    """On images of the source that it was not trained on."""
    seconds: float


def fit(model: Any, images: Images, epochs: int, batch: int) -> None:
    """Train, quietly."""
    model.fit(images.pixels, images.labels, epochs=epochs, batch_size=batch, verbose=0)


def accuracy(model: Any, images: Images) -> float:
    """Return the share that it names rightly."""
    named = model.predict(images.pixels, batch_size=256, verbose=0).argmax(1)
    return float(np.mean(named == images.labels))


def source_of(settings: Settings, halves: tuple[Images, Images] | None) -> Source:
    """Train the small network on the source's images, or take a well-known one."""
    begin = time.perf_counter()
    if settings.model != SMALL or halves is None:
        return Source(known_base(settings, trained=True), None, None, time.perf_counter() - begin)
    keras.utils.set_random_seed(settings.seeds[0])
    base = small_base()
    whole = compiled(with_head(base), RATE)
    fit(whole, halves[0], settings.sourceEpochs, settings.batch)
    return Source(base, whole, accuracy(whole, halves[1]), time.perf_counter() - begin)


def distance_to(source: Source, one: Images, other: Images) -> float:
    """Return how far two domains are apart, by what the base makes of their images."""
    numbers = np.random.default_rng(0)
    features = [
        source.base.predict(each.some(FEATURES, numbers).pixels, batch_size=256, verbose=0) for each in (one, other)
    ]
    return proxy_distance(features[0], features[1], numbers)


def transferred(settings: Settings, source: Source, images: Images) -> tuple[Any, Callable[[Images], float]]:
    """Adapt a copy of the base: its head first, then its upper half too."""
    base = keras.models.clone_model(source.base)
    base.set_weights(source.base.get_weights())
    freeze(base)
    model = compiled(with_head(base), RATE)
    fit(model, images, settings.headEpochs, settings.batch)
    thaw(base)
    fit(compiled(model, FINE_RATE), images, settings.fineEpochs, settings.batch)
    return model, lambda test: accuracy(model, test)


def from_scratch(settings: Settings, images: Images) -> Any:
    """Train the same network from nothing: the same images, as often."""
    base = small_base() if settings.model == SMALL else known_base(settings, trained=False)
    model = compiled(with_head(base), RATE)
    fit(model, images, settings.headEpochs + settings.fineEpochs, settings.batch)
    return model


def adapt(
    settings: Settings, source: Source, halves: tuple[Images, Images], say: Callable[[str], None]
) -> list[dict[str, float]]:
    """Repeat both for each seed; the adapted model of the first is saved, whichever did best."""
    training, test = halves
    runs = []
    for index, seed in enumerate(settings.seeds):
        images = training.some(settings.images, np.random.default_rng(seed))
        keras.utils.set_random_seed(seed)
        begin = time.perf_counter()
        model, tested = transferred(settings, source, images)
        between = time.perf_counter()
        found = {"seed": seed, "transfer": tested(test), "transferSeconds": between - begin}
        if index == 0:
            model.save(Path(settings.output) / "model.keras")
        keras.utils.set_random_seed(seed)
        begin = time.perf_counter()
        scratch = from_scratch(settings, images)
        found["scratchSeconds"] = time.perf_counter() - begin
        found["scratch"] = accuracy(scratch, test)
        runs.append(found)
        say(f"seed {seed}: {found['transfer']:.3f} adapted, {found['scratch']:.3f} from scratch")
    return runs
