"""The parts of the answer: what was found, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

MOST_EVIDENCE: Final = 5
"""Places that are kept for each finding; the others are counted."""

Need = Literal["always", "conditional", "lazy", "optional", "types", "tests"]
"""When an import runs: with its module; on one branch; in a function; where it may fail; never; in tests alone."""

STRENGTH: Final[dict[Need, int]] = {"always": 0, "conditional": 1, "lazy": 2, "optional": 3, "types": 4, "tests": 5}


def weaker(one: Need, other: Need) -> Need:
    """Return the need of what stands inside both."""
    return one if STRENGTH[one] >= STRENGTH[other] else other


def stronger(one: Need, other: Need) -> Need:
    """Return the need of what is imported at both."""
    return one if STRENGTH[one] <= STRENGTH[other] else other


@dataclass(frozen=True, order=True)
class Evidence:
    """A place that a finding rests on."""

    file: str
    line: int
    """From 1; 0 is the file as a whole."""
    what: str


@dataclass(frozen=True, order=True)
class Problem:
    """What could not be read, and why; everything else was."""

    code: str
    file: str
    line: int
    message: str


def shown(text: str) -> str:
    """Return text that a terminal and a JSON reader can take: what is not printable is escaped."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape", "surrogatepass").decode("ascii")
        for letter in text
    )


def shortened(text: str, most: int = 160) -> str:
    """Return the first line of a text, printable, of at most so many characters."""
    line = shown(text.strip().split("\n", 1)[0].strip())
    return line if len(line) <= most else f"{line[: most - 1]}…"
