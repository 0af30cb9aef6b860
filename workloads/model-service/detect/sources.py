"""Python text of modules and notebooks, in parts that are parsed one by one."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final

from findings import Problem
from tree import Entry, read_bytes

MOST_SOURCE_BYTES: Final = 4 * 1024 * 1024
"""Of one module; larger ones are data, or a bomb."""
MOST_NOTEBOOK_BYTES: Final = 64 * 1024 * 1024
"""Of one notebook, which holds its pictures too."""
MOST_CELLS: Final = 5_000

PYTHON_CELLS: Final = frozenset({"time", "timeit", "capture", "prun", "python", "python3", "pypy", "debug"})
"""Cell magics whose rest is Python."""


@dataclass(frozen=True)
class Part:
    """Python text that stands together."""

    file: str
    """As it is shown; a cell's is `NOTEBOOK#cellN`."""
    path: str
    """The file's own name, from the source's folder."""
    text: bytes
    notebook: bool
    tests: bool


@dataclass
class Reading:
    """What reading one file gave."""

    parts: list[Part] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def is_source(name: str) -> bool:
    """Whether a file has Python text."""
    return name.endswith((".py", ".pyw", ".ipynb"))


def is_test(name: str) -> bool:
    """Whether a file is there to test or to document, by its name: a served model does not need it."""
    path = PurePosixPath(name)
    folders = {part.lower() for part in path.parts[:-1]}
    test = path.name.startswith("test_") or path.name.endswith(("_test.py", "_tests.py"))
    return (
        test
        or path.name in ("conftest.py", "noxfile.py", "setup.py")
        or bool(folders & {"test", "tests", "testing", "docs", "doc"})
    )


def cells_of(text: bytes) -> list[str]:
    """Return the code cells of a notebook; raises ValueError where it is none."""
    try:
        whole: Any = json.loads(text)
    except RecursionError:
        raise ValueError("its JSON is nested too deeply") from None
    sheets = whole.get("worksheets") if isinstance(whole, dict) else None
    cells = sheets[0].get("cells") if isinstance(sheets, list) and sheets else None
    if cells is None and isinstance(whole, dict):
        cells = whole.get("cells")
    if not isinstance(cells, list):
        raise ValueError("it has no list of cells")
    found = []
    for cell in cells[:MOST_CELLS]:
        code = isinstance(cell, dict) and cell.get("cell_type") == "code"
        source = cell.get("source", cell.get("input", "")) if code else ""
        lines = source if isinstance(source, list) else [source]
        found.append("".join(line for line in lines if isinstance(line, str)))
    return found


def without_magics(text: str) -> str:
    """Put Python in the place of what only a notebook's shell understands; lines keep their numbers."""
    lines = text.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[first].lstrip().startswith("%%"):
        name = re.match(r"\s*%%(\w+)", lines[first])
        if name is None or name[1] not in PYTHON_CELLS:
            return ""
        lines[first] = ""
    return "\n".join(_without_magic(line) for line in lines)


def _without_magic(line: str) -> str:
    if assigned := re.match(r"(\s*[\w.,\s\[\]]+=\s*)[!%](?=[\w(])", line):
        return f"{assigned[1]}None"
    if magic := re.match(r"(\s*)(?:[!%](?=\S)|\?)", line):
        return f"{magic[1]}pass"
    if asked := re.fullmatch(r"(\s*)[\w.]+\?{1,2}\s*", line):
        return f"{asked[1]}pass"
    return line


def read(entry: Entry) -> Reading:
    """Read one file; what is wrong with it is a problem, never an exception."""
    name, tests = entry.name, is_test(entry.name)
    notebook = name.endswith(".ipynb")
    most = MOST_NOTEBOOK_BYTES if notebook else MOST_SOURCE_BYTES
    if entry.bytes > most:
        message = f"It has {entry.bytes} bytes; sources of more than {most} are not read."
        return Reading(problems=[Problem("source-too-large", name, 0, message)])
    try:
        text = read_bytes(entry.path, most)
    except OSError as error:
        return Reading(problems=[Problem("file-unreadable", name, 0, error.strerror or "It cannot be read.")])
    if not notebook:
        return Reading([Part(name, name, text, notebook=False, tests=tests)])
    try:
        cells = cells_of(text)
    except ValueError as error:
        return Reading(problems=[Problem("notebook-invalid", name, 0, f"It is no notebook: {error}.")])
    parts = [
        Part(f"{name}#cell{number}", name, cell.encode("utf-8", "replace"), notebook=True, tests=tests)
        for number, cell in enumerate(cells, 1)
        if cell.strip()
    ]
    return Reading(parts)
