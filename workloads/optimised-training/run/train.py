"""Trains a model for some epochs and writes how long each took: `python train.py --help` says more."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The models and data sets are those of the workload `training`, whose modules have the first say about their names.
sys.path[:1] = [str(HERE.parents[1] / "training" / "run"), str(HERE)]

from epochs.command import main  # noqa: E402 (it is found by the line above)

if __name__ == "__main__":
    sys.exit(main())
