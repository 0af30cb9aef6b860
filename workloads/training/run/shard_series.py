"""What an ImageNet-format series has in common whichever framework decodes it: its places, and the page cache."""

import contextlib
from collections.abc import Iterator, Mapping

import page_cache
from options import Options
from shards import ShardSet, Span

SHUFFLED_BATCHES = 2
"""Size of the buffer that records are shuffled in."""


class ShardSeries:
    """Shards of the 2012 layout; a block's records follow from its number and size."""

    def __init__(self, options: Options, devices: int, name: str) -> None:
        """List the shards of a series. Raises `data-not-found` and `data-incomplete`."""
        self._options = options
        self._source = options.imagenet[name]
        self._shards = ShardSet(self._source.directory, options.seed)
        self._total = options.batch_size * devices

    @contextlib.contextmanager
    def around(self, block: int, steps: int) -> Iterator[Mapping[str, float]]:
        """See `Series`: brings the page cache into the wanted state, and measures it before and after the block."""
        spans = [span for lane in self._lanes(block, steps) for span in lane]
        if self._source.page_cache == "cold":
            for shard in self._shards.shards:
                page_cache.drop(shard.path)
        else:
            page_cache.fill(spans)
        metrics: dict[str, float] = {}
        _add(metrics, "pageCacheResidency", page_cache.residency(spans))
        yield metrics
        _add(metrics, "pageCacheResidencyAfter", page_cache.residency(spans))

    def facts(self) -> dict[str, object]:
        """See `Series`."""
        shards = self._shards.shards
        return {
            "pageCache": self._source.page_cache,
            "shards": len(shards),
            "bytes": sum(shard.path.stat().st_size for shard in shards),
        }

    def _first(self, block: int, steps: int) -> int:
        """Return the place of the first image of a block."""
        return self._options.own_block(block) * steps * self._total

    def _lanes(self, block: int, steps: int) -> list[list[Span]]:
        """Return what to read for a block: spans by lane, the lane of the first place first."""
        return self._shards.spans(self._first(block, steps), steps * self._total)


def _add(metrics: dict[str, float], name: str, value: float | None) -> None:
    """Add a metric, unless the kernel does not tell it."""
    if value is not None:
        metrics[name] = value
