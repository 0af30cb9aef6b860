"""Short sessions of a training program with one group of settings, and the journal of all that were played."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from space import Settings, Value, variables, words

SCHEMA = "underlay/epochs/1"
LAST_LINES = 3
"""Lines of a failed program's log that its reason quotes."""
ENDINGS = (signal.SIGINT, signal.SIGTERM)
"""Signals that end a search."""


@dataclass(frozen=True)
class Outcome:
    """What became of a session."""

    settings: dict[str, Value]
    steps: int
    """Timed steps that were asked for."""
    seconds_per_image: float | None
    """None where it failed."""
    wall: float
    """Seconds from start to end, the import of the framework and the first steps included."""
    reason: str | None
    """Why it failed."""
    facts: dict[str, Any]
    """Of the record: version, images of an epoch, parameters, flops_per_image; empty where it failed."""


@dataclass(frozen=True)
class Program:
    """The training program, and what every session of it has in common."""

    command: Sequence[str]
    """Words that start it, such as a Python and `train.py`; options follow."""
    variables: Mapping[str, str]
    """On top of the caller's, such as PYTHONPATH."""
    mallocs: Mapping[str, Path]
    """Libraries of allocators, by name."""
    folder: Path
    """Where records and logs go."""
    limit: float
    """Seconds after which a session is ended."""


class Interruption:
    """What a signal does: it ends the session under way, or the next before it begins. What is written is not torn."""

    def __init__(self) -> None:
        """No signal came yet."""
        self.came = False
        self.playing = False

    def __call__(self, _number: int, _frame: object) -> None:
        """Take a signal; those after it are ignored."""
        for number in ENDINGS:
            signal.signal(number, signal.SIG_IGN)
        self.came = True
        if self.playing:
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def ends(self) -> Iterator[None]:
        """Let a signal end what is inside, through all `finally`."""
        self.playing = True
        try:
            if self.came:
                raise KeyboardInterrupt
            yield
        finally:
            self.playing = False


def play(program: Program, settings: Settings, steps: int, name: str) -> Outcome:
    """Run a session of so many timed steps; what fails has a reason and no time. Whatever ends this ends it, too."""
    record, log = program.folder / f"{name}.json", program.folder / f"{name}.log"
    record.unlink(missing_ok=True)
    command = [*program.command, *words(settings), "--steps", str(steps), "--record", str(record)]
    env = {**os.environ, **program.variables, **variables(settings, program.mallocs)}
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
        try:
            code: int | None = process.wait(timeout=program.limit)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(process)
    wall = time.monotonic() - began
    if code is None:
        return _failed(settings, steps, wall, f"did not end within {program.limit:.0f} s")
    if code != 0:
        return _failed(settings, steps, wall, f"ended with {code}: {last_lines(log)}")
    try:
        return _read(record, settings, steps, wall)
    except (OSError, ValueError, KeyError, TypeError) as error:
        return _failed(settings, steps, wall, f"wrote no record that can be read: {error!r}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End all that the session started, and wait for it."""
    with contextlib.suppress(ProcessLookupError):  # All of it may have ended by itself.
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _failed(settings: Settings, steps: int, wall: float, reason: str) -> Outcome:
    return Outcome(dict(settings), steps, None, wall, reason, {})


def last_lines(log: Path) -> str:
    """Return the end of a log, in one line."""
    lines = log.read_text(errors="replace").strip().splitlines()
    return " | ".join(line.strip()[:300] for line in lines[-LAST_LINES:])


def _read(path: Path, settings: Settings, steps: int, wall: float) -> Outcome:
    record = json.loads(path.read_text())
    if record["schema"] != SCHEMA or record["finished"] is not True:
        raise ValueError(f"its schema is {record['schema']!r}, finished {record['finished']!r}")
    timed = record["steps"]
    seconds, images = float(timed["seconds"]), int(timed["images"])
    if images <= 0 or not seconds > 0:
        raise ValueError(f"{images} images in {seconds} s")
    names = ("version", "images", "parameters", "flops_per_image")
    return Outcome(dict(settings), steps, seconds / images, wall, None, {name: record[name] for name in names})


class Journal:
    """Every session that was played, in a file of JSON lines: what is in it is not played again."""

    def __init__(self, path: Path) -> None:
        """Read what is there; a line that was cut short by a crash is left out."""
        self._path = path
        self.outcomes: list[Outcome] = []
        for line in path.read_text().splitlines() if path.exists() else []:
            try:
                self.outcomes.append(Outcome(**json.loads(line)))
            except (ValueError, TypeError):
                continue

    def find(self, settings: Settings, steps: int) -> Outcome | None:
        """Return the session with these settings and so many steps; a failed one stands for any number of steps."""
        for outcome in self.outcomes:
            if outcome.settings == dict(settings) and (outcome.steps == steps or outcome.reason is not None):
                return outcome
        return None

    def add(self, outcome: Outcome) -> None:
        """Keep a session."""
        self.outcomes.append(outcome)
        with self._path.open("a") as file:
            file.write(json.dumps(asdict(outcome)) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def best(self) -> Outcome | None:
        """Return the fastest of the sessions that were given the most steps: what was cut earlier does not count."""
        good = [outcome for outcome in self.outcomes if outcome.seconds_per_image is not None]
        most = max((outcome.steps for outcome in good), default=0)
        last = [outcome for outcome in good if outcome.steps == most]
        return min(last, key=lambda outcome: outcome.seconds_per_image or 0.0, default=None)
