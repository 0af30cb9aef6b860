"""Pictures like those of Fashion-MNIST, drawn here: outlines of ten pieces of clothing, in the data set's sizes and classes.

Zalando's own set has 70,000 photographs, and has to be downloaded; `keras.datasets.fashion_mnist.load_data()` gives it in the
same form.
"""

import numpy as np
from PIL import Image, ImageDraw

CLASSES = ("t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")

OUTLINES = {
    "t-shirt": [(8, 6), (20, 6), (26, 11), (22, 15), (20, 13), (20, 24), (8, 24), (8, 13), (6, 15), (2, 11)],
    "trouser": [(9, 3), (19, 3), (21, 25), (16, 25), (14, 10), (12, 25), (7, 25)],
    "pullover": [(8, 5), (20, 5), (27, 22), (23, 24), (20, 15), (20, 24), (8, 24), (8, 15), (5, 24), (1, 22)],
    "dress": [(11, 3), (17, 3), (17, 11), (22, 25), (6, 25), (11, 11)],
    "coat": [(7, 3), (21, 3), (26, 24), (22, 25), (20, 14), (20, 26), (8, 26), (8, 14), (6, 25), (2, 24)],
    "sandal": [(2, 18), (10, 12), (13, 16), (19, 13), (26, 17), (26, 21), (2, 21)],
    "shirt": [(9, 3), (14, 7), (19, 3), (24, 9), (21, 13), (19, 11), (19, 25), (9, 25), (9, 11), (7, 13), (4, 9)],
    "sneaker": [(2, 15), (9, 14), (14, 10), (18, 14), (26, 17), (26, 21), (2, 21)],
    "bag": [(4, 11), (10, 11), (11, 5), (17, 5), (18, 11), (24, 11), (24, 24), (4, 24)],
    "ankle boot": [(8, 4), (16, 4), (17, 15), (26, 18), (26, 23), (8, 23)],
}


def picture(kind, random):
    """Draw one, moved, stretched and shaded at random."""
    image = Image.new("L", (28, 28))
    move, stretch = random.uniform(-2, 2, 2), random.uniform(0.8, 1.1, 2)
    points = [tuple((np.array(point) - 14) * stretch + 14 + move) for point in OUTLINES[CLASSES[kind]]]
    ImageDraw.Draw(image).polygon(points, fill=int(random.integers(120, 256)))
    noise = random.normal(0, 12, (28, 28))
    return np.clip(np.asarray(image, dtype="float32") + noise, 0, 255)


def pictures(count, seed):
    """Return images of 28 × 28 × 1 between 0 and 255, and the number of each one's class."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, len(CLASSES), count)
    images = np.stack([picture(kind, random) for kind in labels])
    return images[..., np.newaxis].astype("float32"), labels.astype("int64")
