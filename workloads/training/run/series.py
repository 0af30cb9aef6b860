"""The data sets of a session, by the name of their series."""

from collections.abc import Callable

from data import Photographs, Synthetic
from data_set import Series
from imagenet import ImageNet
from options import Options
from train import Devices

MAKERS: dict[str, Callable[[Options, Devices], Series]] = {
    "synthetic": Synthetic,
    # The same data: what differs is what goes on beside it, which whoever plays the blocks knows.
    "synthetic-alone": Synthetic,
    "photographs": Photographs,
    "imagenet": lambda options, devices: ImageNet(options, devices, "imagenet"),
    "imagenet-cold": lambda options, devices: ImageNet(options, devices, "imagenet-cold"),
}


def prepare(options: Options, devices: Devices) -> dict[str, Series]:
    """Prepare the data sets of the session. Raises `data-not-found`, `data-incomplete` and `bad-option`."""
    return {name: MAKERS[name](options, devices) for name in options.series}
