"""Whole sessions of the program, as the controller runs them."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import Launch, Program

from forked import Origin

TINY = {"model": "alexnet", "batchSize": 2, "imageSize": 67, "warmUpSteps": 1, "threads": 1, "device": "cpu"}


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that all threads of a process have used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_session_from_start_to_stop(launch: Launch, photographs: Path) -> None:
    program = launch()
    program.event()
    series = {"synthetic": {}, "photographs": {"directory": str(photographs)}}
    program.send(command="start", options={**TINY, "series": series})
    ready = program.event()
    assert ready["event"] == "ready", ready
    parts, facts = ready["parts"], ready["facts"]
    assert set(parts) == {"import", "build", "warmUp"}
    assert all(seconds > 0 for seconds in parts.values())
    assert facts["kernelRelease"] == os.uname().release
    assert facts["training"]["threads"] == 1
    assert [device["kind"] for device in facts["devices"]] == ["CPU"]

    for name, number, steps in (("synthetic", 3, 2), ("photographs", 0, 3)):
        before = cpu_seconds(program.process.pid)
        program.send(command="block", series=name, block=number, steps=steps)
        block = program.event()
        assert (block["event"], block["series"], block["block"]) == ("block", name, number)
        assert (block["items"], block["unit"], len(block["steps"])) == (2 * steps, "images", steps)
        assert block["seconds"] == pytest.approx(sum(block["steps"]))
        metrics = block["metrics"]
        assert {"loss", "inputBoundFraction", "cpuSeconds", "majorPageFaults"} <= set(metrics)
        used = cpu_seconds(program.process.pid) - before  # Whatever else the machine does; in ticks of 10 ms.
        assert 0.3 * used < metrics["cpuSeconds"] < min(used + 0.05, 4 * block["seconds"])
        assert (block["metrics"]["inputBoundFraction"] < 0.01) == (name == "synthetic")

    time.sleep(0.2)
    before = cpu_seconds(program.process.pid)
    time.sleep(1.5)
    assert cpu_seconds(program.process.pid) - before <= 0.02, "the session works between commands"

    program.send(command="stop")
    stopped = program.event()
    assert stopped["event"] == "stopped"
    assert 200 < stopped["peakMemoryMiB"] < 4000
    assert program.ended() == (0, b"")


@pytest.fixture(scope="module")
def twins(
    tmp_path_factory: pytest.TempPathFactory, tensorflow_origin: Origin
) -> Iterator[list[tuple[Program, dict[str, Any]]]]:
    """Start two sessions with the same options."""
    programs = [Program(tmp_path_factory.mktemp("twin") / "log", origin=tensorflow_origin) for _ in range(2)]
    for program in programs:
        program.event()
        program.send(command="start", options=TINY)
    yield [(program, program.event()) for program in programs]
    for program in programs:
        program.end()


def test_the_same_seed_gives_the_same_first_loss(twins: list[tuple[Program, dict[str, Any]]]) -> None:
    one, other = (ready["facts"]["training"]["firstLoss"] for _, ready in twins)
    assert one == other


def test_a_series_that_was_not_prepared_is_an_error(twins: list[tuple[Program, dict[str, Any]]]) -> None:
    program, _ = twins[0]
    program.send(command="block", series="photographs", block=0, steps=1)
    error = program.event()
    assert (error["event"], error["code"]) == ("error", "bad-command")
    assert "prepared: synthetic" in error["message"]
    assert program.ended() == (1, b"")


def test_a_controller_that_goes_away_ends_a_block(twins: list[tuple[Program, dict[str, Any]]]) -> None:
    program, _ = twins[1]
    program.send(command="block", series="synthetic", block=0, steps=1_000_000)
    time.sleep(0.5)
    assert program.process.poll() is None
    program.close_input()
    assert program.ended(2) == (1, b"")


def test_too_large_a_batch_is_out_of_memory(launch: Launch, tensorflow_origin: Origin) -> None:
    program = launch(origin=tensorflow_origin)
    program.event()
    program.send(command="start", options={**TINY, "model": "resnet50", "batchSize": 1_000_000, "imageSize": 1024})
    error = program.event()
    assert (error["event"], error["code"]) == ("error", "out-of-memory")
    assert "a smaller batchSize" in error["message"]
    assert program.ended() == (1, b"")


def test_a_gpu_that_is_not_there_is_an_error(launch: Launch, tensorflow_origin: Origin) -> None:
    program = launch(origin=tensorflow_origin)
    program.event()
    program.send(command="start", options={**TINY, "device": "gpu"})
    event = program.event()
    if event["event"] == "ready":
        pytest.skip("this host has a GPU")
    assert event["code"] == "bad-option"
    assert "option device is 'gpu'; allowed: cpu or auto" in event["message"]
