"""Runs the input pipeline of the training program without training; prints images per second of each block.

Usage: python3 - PROGRAM OPTIONS BLOCKS STEPS < decode-alone.py
"""

import json
import sys
import time

program, given, blocks, steps = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
sys.dont_write_bytecode = True
sys.path.insert(0, program)

from imagenet import ImageNet  # noqa: E402
from options import parse_options  # noqa: E402
from train import configure  # noqa: E402

options = parse_options(given)
series = ImageNet(options, configure(options), "imagenet")
list(series.batches(0, 1))
rates = []
for block in range(blocks):
    with series.around(block, steps):
        began = time.perf_counter()
        for _ in series.batches(block, steps):
            pass
        rates.append(steps * options.batch_size / (time.perf_counter() - began))
print(json.dumps(rates))
