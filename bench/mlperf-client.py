"""LoadGen of MLCommons against the same server: Poisson arrivals of its server scenario, over kept connections.

Prints one JSON object: the rate that it reached, and latencies in ms, from the time that it scheduled each request for.
"""

import json
import queue
import re
import socket
import sys
import tempfile
import threading
from pathlib import Path

import mlperf_loadgen as lg

PORT, MS, RATE, SECONDS, CONNECTIONS = (int(word) for word in sys.argv[1:6])
REQUEST = f"GET /?ms={MS} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()

waiting: queue.SimpleQueue[int | None] = queue.SimpleQueue()


def serve() -> None:
    """Answers queries one after the other on a connection of its own."""
    connection = socket.create_connection(("127.0.0.1", PORT))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while (query := waiting.get()) is not None:
        connection.sendall(REQUEST)
        answer = b""
        # The body is JSON and ends the answer.
        while not answer.endswith((b"}", b"}\r\n0\r\n\r\n")):
            answer += connection.recv(65536)
        lg.QuerySamplesComplete([lg.QuerySampleResponse(query, 0, 0)])
    connection.close()


def issue(queries: list[lg.QuerySample]) -> None:
    """Hands queries to the connections."""
    for query in queries:
        waiting.put(query.id)


threads = [threading.Thread(target=serve) for _ in range(CONNECTIONS)]
for thread in threads:
    thread.start()

settings = lg.TestSettings()
settings.scenario = lg.TestScenario.Server
settings.mode = lg.TestMode.PerformanceOnly
settings.server_target_qps = RATE
settings.server_target_latency_ns = 1_000_000_000
settings.min_duration_ms = SECONDS * 1000
settings.min_query_count = RATE * SECONDS
settings.max_query_count = RATE * SECONDS
samples = 1024
library = lg.ConstructQSL(samples, samples, lambda _: None, lambda _: None)
system = lg.ConstructSUT(issue, lambda: None)
with tempfile.TemporaryDirectory() as folder:
    output = lg.LogOutputSettings()
    output.outdir = folder
    log = lg.LogSettings()
    log.log_output = output
    log.enable_trace = False
    lg.StartTestWithLogSettings(system, library, settings, log)
    text = (Path(folder) / "mlperf_log_summary.txt").read_text()
lg.DestroyQSL(library)
lg.DestroySUT(system)
for _ in threads:
    waiting.put(None)


def number(pattern: str) -> float | None:
    """Finds a number of the summary."""
    found = re.search(pattern + r"\s*:\s*([\d.]+)", text)
    return None if found is None else float(found.group(1))


latencies = {name: number(rf"{name} percentile latency \(ns\)") for name in ("50.00", "99.00")}
print(
    json.dumps(
        {
            "rate": number("Completed samples per second"),
            "p50Ms": None if latencies["50.00"] is None else latencies["50.00"] / 1e6,
            "p99Ms": None if latencies["99.00"] is None else latencies["99.00"] / 1e6,
        }
    )
)
