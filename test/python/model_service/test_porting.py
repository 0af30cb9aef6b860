"""What ports models holds answers apart, and times both sides alike."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from check import differences
from failure import PortError
from installed import installed
from original import Tensor, given_tensors
from port_timing import WARM_UP, latencies, starts
from request import Request, read_request


def asked(**said: Any) -> Request:
    given = {
        "model": "/model",
        "format": "keras",
        "output": "/out",
        "opset": 18,
        "shapes": None,
        "types": None,
        "factory": None,
        "samples": 4,
        "seed": 1,
        "low": 0.0,
        "high": 1.0,
        "relative": 1e-3,
        "absolute": 1e-5,
        "blocks": 3,
        "requests": 2,
        "starts": 1,
        "threads": 1,
    }
    return Request(**{**given, **said})


def test_a_request_is_read_as_the_command_line_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps({**vars(asked()), "model": "/data/model", "output": "/data/out"}))
    request = read_request(file)
    assert (request.model, request.output, request.opset) == (Path("/data/model"), Path("/data/out"), 18)


def test_differences_are_those_of_the_largest_value_and_counted_where_they_exceed_the_tolerance() -> None:
    original = [np.array([[1.0, 100.0], [1e-7, 0.0]]), np.array(["cat", "dog"])]
    near = [original[0] + np.array([[5e-4, 0.05], [1e-6, 0.0]]), original[1]]
    scores, labels = differences(["scores", "labels"], original, near, 1e-3, 1e-5)
    assert scores.outside == labels.outside == 0
    assert scores.maximumAbsolute == pytest.approx(0.05)
    # The value of 1e-7 is below the absolute tolerance: its relative difference says nothing.
    assert scores.maximumRelative == pytest.approx(5e-4)
    assert (labels.maximumAbsolute, labels.maximumRelative) == (None, None)

    far = [original[0] + np.array([[0.0, 0.2], [2e-5, 0.0]]), np.array(["cat", "cow"])]
    assert [each.outside for each in differences(["scores", "labels"], original, far, 1e-3, 1e-5)] == [2, 1]


def test_what_is_no_number_on_one_side_alone_is_outside() -> None:
    nan = np.array([np.nan, np.nan])
    (same,) = differences(["y"], [nan], [nan], 1e-3, 1e-5)
    (other,) = differences(["y"], [nan], [np.array([np.nan, 1.0])], 1e-3, 1e-5)
    assert same.outside == 0
    assert (other.outside, other.maximumAbsolute) == (1, None)


def test_outputs_of_another_number_or_size_are_an_error() -> None:
    for ported in ([np.zeros(2), np.zeros(2)], [np.zeros(3)]):
        with pytest.raises(PortError) as thrown:
            differences(["y"], [np.zeros(2)], ported, 1e-3, 1e-5)
        assert thrown.value.code == "outputs-differ"


def test_inputs_are_drawn_by_the_seed_in_their_type_and_range() -> None:
    one, again = (Tensor("x", "float32", (None, 3, None)).drawn(5, np.random.default_rng(1), 2, 3) for _ in range(2))
    assert np.array_equal(one, again)
    assert one.shape == (5, 3, 1)
    assert one.dtype == np.float32
    assert (one.min() >= 2, one.max() <= 3) == (True, True)
    words = Tensor("ids", "int64", (None, 4)).drawn(50, np.random.default_rng(1), 0, 7)
    assert set(np.unique(words)) == set(range(7))


def test_inputs_that_nobody_says_are_an_error_and_the_batch_is_open() -> None:
    with pytest.raises(PortError) as thrown:
        given_tensors(asked(), ["x"])
    assert thrown.value.code == "input-unknown"
    (said,) = given_tensors(asked(shapes=[[1, 3, 8]], types=["int32"]), ["picture"])
    assert said == Tensor("picture", "int32", (None, 3, 8))


def test_both_sides_get_the_same_requests_and_take_turns_in_a_drawn_order() -> None:
    played: list[str] = []

    def side(name: str) -> Any:
        def predict(inputs: list[Any]) -> list[Any]:
            assert len(inputs[0]) == 1
            played.append(name)
            return inputs

        return predict

    predicts = {name: side(name) for name in ("original", "ported")}
    found = latencies(predicts, [np.zeros((4, 2))], 40, 2, 1)
    assert {name: (len(blocks), {len(block) for block in blocks}) for name, blocks in found.items()} == {
        "original": (40, {2}),
        "ported": (40, {2}),
    }
    assert all(seconds > 0 for block in found["ported"] for seconds in block)
    timed = played[2 * WARM_UP :]
    firsts = [timed[at] for at in range(0, len(timed), 4)]
    assert 5 < firsts.count("original") < 35


def test_a_start_counts_from_before_the_process_and_its_memory_is_its_own(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    folder = Path(__file__).parents[3] / "workloads" / "model-service" / "porting"
    program.write_text(
        f"import json, sys, time\nsys.path.insert(0, {str(folder)!r})\n"
        "from port_timing import started\ntime.sleep(0.3 if sys.argv[2] == 'original' else 0)\n"
        "print(json.dumps(started()))\n"
    )
    found = starts(program, tmp_path, 1)
    assert found["original"][0]["seconds"] > 0.3
    assert found["ported"][0]["seconds"] > 0
    assert 1 < found["ported"][0]["peakMemoryMiB"] < 200


def test_installed_bytes_are_those_of_a_distribution_and_of_what_it_requires() -> None:
    pytest_alone = installed(("pytest",))
    names = {each.split()[0] for each in pytest_alone["distributions"]}
    assert {"pytest", "pluggy", "iniconfig"} <= names
    assert pytest_alone["bytes"] > installed(("iniconfig",))["bytes"] > 1000
    assert installed(("no-such-distribution",)) == {
        "bytes": 0,
        "distributions": [],
        "notHere": ["no-such-distribution"],
    }
