"""The networks: a base that is taken over, and a head that is new."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
from keras import layers

from settings import AdaptError, Settings

CLASSES = 10
SIDE = 28
SMALLEST = 32
"""Pixels of a side that every network of keras.applications takes; NASNet and Inception take more."""


def small_base() -> Any:
    """Make the base that is trained here."""
    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1), name="picture"),
            layers.Rescaling(1 / 127.5, offset=-1),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
        ],
        name="base",
    )


def known_base(settings: Settings, *, trained: bool) -> Any:
    """Make a base of keras.applications, with its weights or new ones, for pictures of 28 × 28 × 1 from 0 to 255."""
    make = getattr(keras.applications, settings.model, None)
    if not callable(make):
        raise AdaptError("model-unknown", f"keras.applications has no {settings.model}.")
    weights = (settings.weights or "imagenet") if trained else None
    side = SMALLEST if "Inception" not in settings.model and "ception" not in settings.model else 96
    try:
        network = make(include_top=False, weights=weights, input_shape=(side, side, 3), pooling="avg")
    except Exception as error:
        where = "--weights with the file of its weights without the top, or keep it where Keras does (~/.keras/models)"
        raise AdaptError(
            "weights-missing",
            f"The weights of {settings.model} cannot be had: {' '.join(str(error).split())[:300]}",
            f"This runs without a network. Give {where}.",
        ) from error
    picture = keras.Input((SIDE, SIDE, 1), name="picture")
    scaled = layers.Resizing(side, side)(picture)
    values = layers.Concatenate()([scaled, scaled, scaled])
    module = next(
        each
        for name, each in vars(keras.applications).items()
        if hasattr(each, settings.model) and hasattr(each, "preprocess_input")
    )
    return keras.Model(picture, network(module.preprocess_input(values)), name="base")


def with_head(base: Any) -> Any:
    """Put a new head on a base."""
    return keras.Sequential(
        [keras.Input((SIDE, SIDE, 1), name="picture"), base, layers.Dense(CLASSES, activation="softmax", name="scores")]
    )


def compiled(model: Any, rate: float) -> Any:
    """Make it ready to be trained."""
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def freeze(base: Any) -> None:
    """Leave the base as it is."""
    base.trainable = False


def thaw(base: Any) -> None:
    """Let the upper half of the base's layers be trained; what normalises batches keeps its means."""
    base.trainable = True
    inner = next((each for each in base.layers if isinstance(each, keras.Model)), base)
    own = [each for each in inner.layers if each.weights]
    for index, layer in enumerate(own):
        layer.trainable = index >= len(own) // 2 and not isinstance(layer, layers.BatchNormalization)
