"""The tuner without its search: the space, what a program is started with, and what becomes of a session."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from space import Settings, Space, SpaceError, alone, flipped, powers, space, together, variables, words
from trials import ENDINGS, Interruption, Journal, Outcome, Program, play

OBJECTIVE = Path(__file__).parents[2] / "fixtures" / "tuner" / "objective.py"


def mnist(**fixed: str | int) -> Space:
    return space("tensorflow", "mnist-cnn", 2, (), fixed)


def program(folder: Path, *command: str, limit: float = 60.0) -> Program:
    return Program(command or (sys.executable, str(OBJECTIVE)), {}, {}, folder, limit)


def test_the_defaults_are_in_the_space() -> None:
    for framework in ("tensorflow", "pytorch"):
        for cpus in (1, 2, 6):
            found = space(framework, "mnist-cnn", cpus, ("jemalloc",), {})
            assert set(found.defaults) == set(found.choices)
            assert all(found.defaults[name] in values for name, values in found.choices.items())


def test_threads_go_up_to_the_cpus() -> None:
    assert [powers(cpus) for cpus in (1, 2, 3, 8)] == [(1,), (1, 2), (1, 2, 3), (1, 2, 4, 8)]


def test_what_is_fixed_has_one_value_also_by_default() -> None:
    found = mnist(batch=1000, compiler="xla")
    assert found.choices["batch"] == (1000,)
    assert found.defaults["compiler"] == "xla"
    assert found.standing["compiler"] == "none"
    assert flipped(found.defaults, found.choices) is None
    assert found.size == mnist().size // 8


def test_each_value_plays_alone_before_the_best_of_each_play_together() -> None:
    found = mnist(batch=128, prefetch=2, inter=1)
    singles = alone(found)
    assert singles[0] == found.defaults
    assert singles[1] == {**found.defaults, "compiler": "xla"}
    assert len(singles) == 1 + sum(len(values) - 1 for values in found.choices.values())
    cost: dict[str | int, float] = {"xla": 2.0, "off": 1.5, 1: 0.5, "kept": 0.75, "huge": 0.8}

    def time_of(settings: Settings) -> float:
        changed = [value for name, value in settings.items() if value != found.defaults[name]]
        return cost[changed[0]] if changed else 1.0

    assert together(found, time_of) == {**found.defaults, "intra": 1, "malloc": "kept"}
    # What failed is not taken, and where nothing else did better the defaults stay.
    assert together(found, lambda one: 1.0 if one == found.defaults else float("inf")) == found.defaults


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("compiler", "inductor", "none, xla"),
        ("affinity", "close", "affinity is no setting of tensorflow"),
        ("batch", "big", "64, 128"),
        ("onednn", 1, "on, off"),
    ],
)
def test_it_refuses_what_is_no_setting(name: str, value: str | int, said: str) -> None:
    with pytest.raises(SpaceError, match=said):
        mnist(**{name: value})


def test_a_program_is_given_options_and_variables() -> None:
    found = space("pytorch", "mnist-cnn", 4, ("jemalloc",), {})
    settings = {**found.defaults, "affinity": "spread", "malloc": "jemalloc", "intra": 2}
    assert " ".join(words(settings)).startswith("--compiler none --batch 128 --intra-threads 2 --inter-threads 1")
    assert variables(settings, {"jemalloc": Path("/lib/j.so")}) == {
        "OMP_NUM_THREADS": "2",
        "OMP_PROC_BIND": "spread",
        "OMP_PLACES": "cores",
        "KMP_AFFINITY": "granularity=fine,scatter",
        "LD_PRELOAD": "/lib/j.so",
    }
    assert variables(found.defaults, {}) == {"OMP_NUM_THREADS": "4"}
    huge = variables({**found.defaults, "malloc": "huge"}, {})
    assert huge["GLIBC_TUNABLES"] == "glibc.malloc.hugetlb=1"
    assert variables({**found.defaults, "malloc": "kept"}, {}).items() < huge.items()
    assert flipped(settings, found.choices) == {**settings, "compiler": "inductor"}


def test_a_session_is_timed_by_its_record(tmp_path: Path) -> None:
    outcome = play(program(tmp_path), mnist().defaults, 4, "one")
    assert outcome.reason is None
    assert outcome.seconds_per_image is not None
    assert 0 < outcome.seconds_per_image * 4 * 128 < outcome.wall
    assert outcome.facts["parameters"] == 1000


def test_a_session_that_fails_says_why_and_has_no_time(tmp_path: Path) -> None:
    said = play(program(tmp_path, sys.executable, "-c", "raise SystemExit('no such kernel')"), mnist().defaults, 4, "a")
    assert said.seconds_per_image is None
    assert said.reason == "ended with 1: no such kernel"
    silent = play(program(tmp_path, sys.executable, "-c", ""), mnist().defaults, 4, "b")
    assert silent.reason is not None
    assert "no record" in silent.reason


def test_an_old_record_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    assert play(program(tmp_path), mnist().defaults, 4, "same").reason is None
    again = play(program(tmp_path, sys.executable, "-c", ""), mnist().defaults, 4, "same")
    assert again.seconds_per_image is None


def test_a_session_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    hang = f"import subprocess as s; p = s.Popen(['sleep', '600']); open({str(pid)!r}, 'w').write(str(p.pid)); p.wait()"
    outcome = play(program(tmp_path, sys.executable, "-c", hang, limit=3.0), mnist().defaults, 4, "hang")
    assert outcome.reason == "did not end within 3 s"
    deadline = time.monotonic() + 10
    stat = Path(f"/proc/{pid.read_text()}/stat")
    while stat.exists() and stat.read_text().split()[2] != "Z" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not stat.exists() or stat.read_text().split()[2] == "Z"


@pytest.mark.parametrize(("amid", "reached"), [(True, ["begun"]), (False, [])])
def test_a_signal_ends_the_session_under_way_or_the_next_before_it_begins(amid: bool, reached: list[str]) -> None:
    before = [signal.getsignal(number) for number in ENDINGS]
    interruption, seen = Interruption(), list[str]()

    def session() -> None:
        with interruption.ends():
            seen.append("begun")
            signal.raise_signal(signal.SIGINT)
            seen.append("played")

    try:
        for number in ENDINGS:
            signal.signal(number, interruption)
        if not amid:
            signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            session()
    finally:
        for number, handler in zip(ENDINGS, before, strict=True):
            signal.signal(number, handler)
    assert seen == reached


def test_the_journal_knows_what_was_played_and_leaves_out_a_line_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "sessions.jsonl"
    journal = Journal(path)
    good = Outcome({"batch": 64}, 10, 0.5, 3.0, None, {})
    for outcome in (
        good,
        Outcome({"batch": 64}, 30, 0.4, 5.0, None, {}),
        Outcome({"batch": 8}, 10, None, 1.0, "no", {}),
    ):
        journal.add(outcome)
    with path.open("a") as file:
        file.write('{"settings": {"ba')
    read = Journal(path)
    assert read.outcomes == journal.outcomes
    assert read.find({"batch": 64}, 10) == good
    assert read.find({"batch": 64}, 90) is None
    failed = read.find({"batch": 8}, 90)
    assert failed is not None
    assert failed.reason == "no"


def test_the_best_is_the_fastest_of_those_that_came_furthest(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "sessions.jsonl")
    assert journal.best() is None
    for batch, steps, seconds in ((64, 10, 0.1), (128, 10, 0.3), (128, 30, 0.3), (256, 30, 0.2)):
        journal.add(Outcome({"batch": batch}, steps, seconds, 1.0, None, {}))
    best = journal.best()
    assert best is not None
    assert best.settings == {"batch": 256}


def test_the_objective_listens_to_its_settings(tmp_path: Path) -> None:
    record = tmp_path / "r.json"
    slow = {**mnist().defaults, "onednn": "off"}
    assert (
        os.spawnv(
            os.P_WAIT,
            sys.executable,
            [sys.executable, str(OBJECTIVE), *words(slow), "--steps", "2", "--record", str(record)],
        )
        == 0
    )
    assert json.loads(record.read_text())["settings"]["work"] > 1.0
