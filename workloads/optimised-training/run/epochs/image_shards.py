"""ImageNet's shards as the workload `training` reads them, whichever framework decodes."""

from epochs.settings import Settings
from options import Options, parse_options
from shards import ShardSet


def shard_options(settings: Settings) -> Options:
    """Return the options that the other workload would be started with. Raises `SessionError`."""
    return parse_options(
        {
            "framework": settings.framework,
            "model": "resnet50",
            "batchSize": settings.batch,
            "series": {"imagenet": {"directory": str(settings.data)}},
            "threads": settings.intra_threads,
            "seed": settings.seed,
            "device": "cpu",
        }
    )


def count_images(settings: Settings) -> int:
    """Count the images of the shards. Raises `SessionError`."""
    return sum(len(shard.offsets) - 1 for shard in ShardSet(settings.data, settings.seed).shards)
