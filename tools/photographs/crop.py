"""Crops a small set of JPEG files out of the photographs of the scikit-image package, the same on every machine.

Usage: crop.py PACKAGE_FOLDER OUTPUT_FOLDER COUNT
"""

import random
import sys
from pathlib import Path

from PIL import Image

# Colour photographs in the wheel that are free of copyright; see the notice beside the set.
SOURCES = ("astronaut.png", "chelsea.png", "coffee.png", "hubble_deep_field.jpg", "retina.jpg", "rocket.jpg")
WIDTH, HEIGHT = 400, 300
SEED = 20180101


def window(image: Image.Image, generator: random.Random) -> tuple[int, int, int, int]:
    """A box of the wanted shape, at least as large as the result where the photograph is."""
    largest = min(image.width / WIDTH, image.height / HEIGHT)
    scale = generator.uniform(min(1.0, largest), largest)
    width, height = int(WIDTH * scale), int(HEIGHT * scale)
    left = generator.randint(0, image.width - width)
    top = generator.randint(0, image.height - height)
    return left, top, left + width, top + height


def main() -> None:
    """Writes the set."""
    package, output, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    generator = random.Random(SEED)
    photographs = [Image.open(package / "data" / name).convert("RGB") for name in SOURCES]
    for index in range(count):
        photograph = photographs[index % len(photographs)]
        crop = photograph.crop(window(photograph, generator)).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        if generator.random() < 0.5:
            crop = crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        crop.save(output / f"photograph-{index:03d}.jpg", quality=90)


if __name__ == "__main__":
    main()
