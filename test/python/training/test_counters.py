"""The counters around a block, on files as kernels lay them out and on this kernel."""

import os
from pathlib import Path

import pytest
from test_facts import write

from counters import Counters, during, open_event, read_counters, read_event

SOFTWARE, PAGE_FAULTS = 1, 2

FILES = {
    "proc/pressure/cpu": "some avg10=1.00 avg60=0.50 avg300=0.10 total=2000000\nfull avg10=0 total=7\n",
    "proc/pressure/io": "some avg10=0.00 avg60=0.00 avg300=0.00 total=500000\nfull avg10=0 avg60=0 avg300=0 total=9\n",
    "proc/self/io": "rchar: 999\nwchar: 1\nread_bytes: 4096\nwrite_bytes: 8192\n",
    "proc/stat": "cpu  100 0 50 800 20 0 10 20 90 0\ncpu0 1 1 1 1 1 1 1 1 1 1\nintr 5\n",
    "proc/net/dev": "Inter-|   Receive                            |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier\n"
    "    lo: 5000 10 0 0 0 0 0 0 5000 10 0 0 0 0 0 0\n"
    "  eth0: 1000 10 0 0 0 0 0 0 300 10 0 0 0 0 0 0\n"
    "veth-1:20 1 0 0 0 0 0 0 4 1 0 0 0 0 0 0\n",
}


def test_every_file_is_read(tmp_path: Path) -> None:
    counters = read_counters(write(tmp_path, FILES))
    assert {name: counters[name] for name in sorted(counters) if name[0] in "ns" or "Pressure" in name} == {
        "cpuPressureFraction": 2.0,
        "ioPressureFraction": 0.5,
        "networkReceivedBytes": 1020,
        "networkSentBytes": 304,
        "stealFraction": 20,
        "storageReadBytes": 4096,
    }
    assert counters["ticks"] == 1000


def test_what_the_kernel_does_not_tell_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, {"proc/stat": "cpu  100 0 50 800\n", "proc/net/dev": "lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n"})
    assert set(read_counters(tmp_path)) == {"cpuSeconds", "involuntaryContextSwitches", "majorPageFaults"}


def test_fractions_are_of_the_time_that_the_block_took() -> None:
    before = {"cpuPressureFraction": 2.0, "ioPressureFraction": 1.0, "stealFraction": 20, "ticks": 1000}
    after = {"cpuPressureFraction": 2.5, "ioPressureFraction": 9.0, "stealFraction": 30, "ticks": 1400, "cpuSeconds": 3}
    assert during(before, after, 2.0) == {
        "cpuPressureFraction": 0.25,
        "ioPressureFraction": 1.0,
        "stealFraction": 0.025,
    }


def test_a_block_shorter_than_a_tick_tells_no_steal() -> None:
    assert during({"stealFraction": 1, "ticks": 9}, {"stealFraction": 1, "ticks": 9}, 0.001) == {}


def test_this_kernel_counts_what_is_done() -> None:
    with Counters() as counters:
        sum(index * index for index in range(2_000_000))
    assert 0.02 < counters.metrics["cpuSeconds"] < 5
    assert all(0 <= value <= 1 for name, value in counters.metrics.items() if name.endswith("Fraction"))
    assert "ticks" not in counters.metrics


def test_events_are_counted_where_the_kernel_counts_them() -> None:
    event = open_event(SOFTWARE, PAGE_FAULTS)
    if event is None:
        pytest.skip("this kernel lets nobody count events")
    try:
        before = read_event(event)
        touched = bytearray(16 << 20)
        after = read_event(event)
    finally:
        os.close(event)
    assert before is not None
    assert after is not None
    assert 8 <= after - before <= 2 * len(touched) // os.sysconf("SC_PAGE_SIZE")


def test_an_event_that_is_not_known_is_not_counted() -> None:
    assert open_event(SOFTWARE, 10_000) is None
