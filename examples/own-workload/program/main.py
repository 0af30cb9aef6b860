"""Hashes memory, as a workload of underlay: commands on standard input, events on standard output, logs on standard error."""

import hashlib
import json
import os
import resource
import sys
import time


def say(event: dict[str, object]) -> None:
    """Send one event: one line of JSON."""
    print(json.dumps(event), flush=True)


def timed_hash(memory: bytes) -> float:
    """Do one step of the work; return its seconds."""
    start = time.perf_counter()
    hashlib.sha256(memory).digest()
    return time.perf_counter() - start


def main() -> None:
    """Answer each command with one event."""
    say({"event": "hello", "pid": os.getpid()})
    mebibytes = 0
    memory = b""
    for line in sys.stdin:
        command = json.loads(line)
        if command["command"] == "start":
            start = time.perf_counter()
            mebibytes = command["options"]["mebibytes"]
            memory = b"\7" * (mebibytes << 20)
            build = time.perf_counter() - start
            facts = {"python": sys.version.split()[0]}
            say({"event": "ready", "parts": {"build": build, "warmUp": timed_hash(memory)}, "facts": facts})
        elif command["command"] == "block":
            steps = [timed_hash(memory) for _ in range(command["steps"])]
            items = mebibytes * len(steps)
            block = {"series": command["series"], "block": command["block"], "items": items, "unit": "MiB"}
            say({"event": "block", **block, "seconds": sum(steps), "steps": steps, "metrics": {}})
        elif command["command"] == "stop":
            say({"event": "stopped", "peakMemoryMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024})
            return


main()
