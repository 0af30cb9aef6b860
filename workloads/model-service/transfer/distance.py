"""How far two sets of images are apart, to a model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PENALTY = 1e-2
"""Of the linear classifier, per sample, on features of variance 1."""


def proxy_distance(one: NDArray[np.float32], other: NDArray[np.float32], numbers: np.random.Generator) -> float:
    """Return the proxy A-distance of two sets of features, from 0 (alike) to 2 (told apart without an error).

    d = 2 × (1 − 2 × e), where e is the error of a linear classifier that tells the two sets apart, on a half that it
    was not fitted to: Ben-David, Blitzer, Crammer, Pereira, "Analysis of Representations for Domain Adaptation",
    NIPS 2006.
    The classifier is ridge regression to −1 and 1. Where it does no better than chance, 0.
    """
    count = min(len(one), len(other))
    sides = [side[numbers.permutation(len(side))[:count]].astype(np.float64) for side in (one, other)]
    cut = count // 2
    fit, held = (np.concatenate([side[part] for side in sides]) for part in (slice(None, cut), slice(cut, None)))
    mean, spread = fit.mean(0), fit.std(0)
    spread[spread == 0] = 1
    rows, tested = ((part - mean) / spread for part in (fit, held))
    wanted = np.repeat([-1.0, 1.0], cut)
    weights = np.linalg.solve(rows.T @ rows + PENALTY * len(rows) * np.eye(rows.shape[1]), rows.T @ wanted)
    said = np.sign(tested @ weights)
    error = float(np.mean(said != np.repeat([-1.0, 1.0], count - cut)))
    return max(0.0, 2 * (1 - 2 * error))
