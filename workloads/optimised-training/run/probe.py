"""Measures what a machine can do at most: memory bandwidth by a STREAM triad, arithmetic by a product of matrices.

`python probe.py` prints one line of JSON. Both use all CPUs that the process may use, since a training does. The triad
is a = b + s·c on arrays of four times the last cache, as STREAM asks (McCalpin, "Memory Bandwidth and Machine Balance
in Current High Performance Computers", IEEE TCCA Newsletter, 1995): 24 bytes for each element, the line that a write
fetches not counted. It goes through blocks that fit into the second cache, since NumPy has no triad: the product stays
there until it is added. What is reported is the median of the repeats, with the least, the most and all of them.
"""

import argparse
import json
import os
import statistics
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

SCHEMA = "underlay/probe/1"
BLOCK = 16_384
"""Elements of a block: three of them take 384 KiB."""
BYTES_PER_ELEMENT = 3 * 8
CACHES = 4
"""Size of an array, in last caches."""
FALLBACK_CACHE = 32 * 2**20
"""Bytes of the last cache where the kernel does not tell."""
SCALAR = 3.0
WARM_UPS = 1


def last_cache(root: Path = Path("/")) -> int:
    """Return the bytes of the largest cache of the first CPU."""
    units = {"K": 2**10, "M": 2**20, "G": 2**30}
    sizes = []
    for path in sorted((root / "sys/devices/system/cpu/cpu0/cache").glob("index*/size")):
        text = path.read_text().strip()
        number, unit = text.rstrip("KMG"), text[-1:]
        if number.isdecimal():
            sizes.append(int(number) * units.get(unit, 1))
    return max(sizes, default=FALLBACK_CACHE)


def triad(a: Any, b: Any, c: Any) -> None:
    """Set a to b + s·c, block by block."""
    for begin in range(0, len(a), BLOCK):
        part = slice(begin, begin + BLOCK)
        np.multiply(c[part], SCALAR, out=a[part])
        np.add(a[part], b[part], out=a[part])


def bandwidth(elements: int, threads: int, repeats: int) -> tuple[list[float], bool]:
    """Return bytes per second of each repeat, and whether the sums are right."""
    a, b, c = np.zeros(elements), np.full(elements, 2.0), np.full(elements, 0.5)
    edges = [elements * at // threads for at in range(threads + 1)]
    parts = [slice(low, high) for low, high in pairwise(edges)]
    with ThreadPoolExecutor(threads) as pool:

        def once() -> None:
            list(pool.map(lambda part: triad(a[part], b[part], c[part]), parts))

        rates = [elements * BYTES_PER_ELEMENT / seconds for seconds in timed(once, repeats)]
    return rates, bool(np.all(a == 2.0 + SCALAR * 0.5))


def arithmetic(size: int, repeats: int) -> tuple[list[float], bool]:
    """Return operations per second of each repeat, and whether a corner of the product is right."""
    random = np.random.default_rng(1)
    a, b = (random.random((size, size), dtype=np.float32) for _ in range(2))
    out = np.empty((size, size), np.float32)
    rates = [2.0 * size**3 / seconds for seconds in timed(lambda: np.matmul(a, b, out=out), repeats)]
    expected = float(a[0].astype(np.float64) @ b[:, 0].astype(np.float64))
    return rates, abs(float(out[0, 0]) - expected) <= 1e-4 * expected


def timed(work: Callable[[], object], repeats: int) -> list[float]:
    """Return the seconds of each repeat; one before them is not counted."""
    found = []
    for turn in range(repeats + WARM_UPS):
        began = perf_counter()
        work()
        if turn >= WARM_UPS:
            found.append(perf_counter() - began)
    return found


def spread(rates: list[float]) -> dict[str, object]:
    """Return the median of rates, their range and all of them."""
    return {"value": statistics.median(rates), "low": min(rates), "high": max(rates), "samples": rates}


def available_memory(root: Path = Path("/")) -> int:
    """Return the bytes that can still be had."""
    for line in (root / "proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 2**30


def main(words: list[str] | None = None) -> int:
    """Probe and print; return 1 where the arithmetic came out wrong."""
    parser = argparse.ArgumentParser("probe.py", description=__doc__, allow_abbrev=False)
    parser.add_argument("--repeats", type=int, default=10, help="timed repeats of each, 10 unless told")
    parser.add_argument("--matrix", type=int, default=2048, help="rows and columns of the matrices, 2048 unless told")
    parser.add_argument("--array-bytes", type=int, help="bytes of an array; four times the last cache unless told")
    given = parser.parse_args(words)
    if given.repeats < 1 or given.matrix < 1 or (given.array_bytes or 8) < 8:
        parser.error("--repeats and --matrix are at least 1, --array-bytes at least 8")
    threads = len(os.sched_getaffinity(0))
    # Three arrays, and no more than half of what is left.
    array_bytes = given.array_bytes or min(CACHES * last_cache(), available_memory() // 6)
    rates, sums_right = bandwidth(array_bytes // 8, threads, given.repeats)
    products, products_right = arithmetic(given.matrix, given.repeats)
    if not (sums_right and products_right):
        sys.stderr.write("error: what was computed is wrong, so how fast means nothing\n")
        return 1
    found = {
        "schema": SCHEMA,
        "cores": threads,
        "numpy": np.__version__,
        "triad": {**spread(rates), "unit": "B/s", "arrayBytes": array_bytes, "lastCacheBytes": last_cache()},
        "gemm": {**spread(products), "unit": "FLOP/s", "size": given.matrix, "dtype": "float32"},
    }
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
