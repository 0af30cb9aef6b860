"""What the served model does with one request."""

import keras
import numpy as np

from pictures import CLASSES

model = keras.models.load_model("model.keras")


def predict(picture):
    """Take 28 rows of 28 grey values between 0 and 255; give the class and its score."""
    image = np.asarray(picture, dtype="float32").reshape(1, 28, 28, 1)
    scores = model.predict(image, verbose=0)[0]
    best = int(np.argmax(scores))
    return {"class": CLASSES[best], "score": float(scores[best])}
