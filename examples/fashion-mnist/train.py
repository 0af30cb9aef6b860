"""Trains a small convolutional network on pictures like those of Fashion-MNIST, and saves it."""

import argparse

import keras
import numpy as np
from keras import layers

from pictures import CLASSES, pictures


def network():
    """One picture of 28 by 28 grey pixels in, one score for each class out."""
    return keras.Sequential(
        [
            keras.Input(shape=(28, 28, 1), name="picture"),
            layers.Rescaling(1.0 / 255),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(len(CLASSES), activation="softmax", name="scores"),
        ]
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    keras.utils.set_random_seed(options.seed)
    images, labels = pictures(options.pictures, options.seed)
    split = len(images) // 5
    model = network()
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(images[split:], labels[split:], epochs=options.epochs, verbose=2)
    _, accuracy = model.evaluate(images[:split], labels[:split], verbose=0)
    print(f"accuracy on {split} pictures that it was not trained on: {np.round(accuracy, 3)}")
    model.save("model.keras")


if __name__ == "__main__":
    main()
