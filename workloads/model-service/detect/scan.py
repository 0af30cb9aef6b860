"""All sources, parsed by several processes: what crashes the parser takes one of them down, and is found out."""

from __future__ import annotations

import ast
import gc
import os
import re
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from typing import Final

from declared import Requirement, installed_by
from entries import Function, functions_of
from findings import Problem, shortened
from hints import Hint, hints_of, lines_at, marks_in, newer_syntax_in, python_hints
from imports import Import, imports_of
from outline import is_sound, outlined
from sources import Part, read, without_magics
from tree import Entry

PARALLEL_FROM: Final = 64
"""Files from which on it pays to start processes."""
BATCH: Final = 32
MOST_PROCESSES: Final = 8


@dataclass
class Scanned:
    """What one part holds."""

    file: str
    path: str
    tests: bool
    imports: list[Import] = field(default_factory=list)
    hints: list[Hint] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    """Those that predict, by their names."""


@dataclass
class Scan:
    """What several files hold."""

    parts: list[Scanned] = field(default_factory=list)
    installed: list[Requirement] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, other: Scan) -> None:
        """Take what another one found."""
        self.parts += other.parts
        self.installed += other.installed
        self.problems += other.problems


def parse(part: Part, marks: list[int]) -> ast.Module:
    """Parse a part: nothing is run. Of a module, statements without a mark, an import or an entry are only checked."""
    two = None if part.notebook else outlined(part.text, marks)
    if two is not None and is_sound(two[1], part.file):
        try:
            return parse_whole(replace(part, text=two[0]))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass  # What is wrong is said of the whole.
    return parse_whole(part)


def parse_whole(part: Part) -> ast.Module:
    """Parse all of a part."""
    flags = ast.PyCF_ONLY_AST | (ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if part.notebook else 0)
    try:
        tree = compile(part.text, part.file, "exec", flags, dont_inherit=True)
    except SyntaxError:
        if not part.notebook:
            raise
        text = without_magics(part.text.decode("utf-8"))
        tree = compile(text, part.file, "exec", flags, dont_inherit=True)
    if not isinstance(tree, ast.Module):
        raise TypeError("it is no module")
    return tree


def _syntax_problem(part: Part, error: SyntaxError) -> Problem:
    line = error.lineno or 0
    if "Missing parentheses in call to 'print'" in error.msg or re.search(
        rb"^\s*print\s+['\"]", part.text, re.MULTILINE
    ):
        return Problem("source-python-2", part.file, line, "It is written for Python 2.")
    return Problem("source-syntax", part.file, line, f"It cannot be read as Python: {shortened(error.msg)}.")


def scan_part(part: Part, scan: Scan) -> None:
    """Scan one part; what is wrong with it is a problem."""
    try:
        marks, newer = marks_in(part.text), newer_syntax_in(part.text)
        tree = parse(part, [*marks, *newer])
        imports = sorted(imports_of(tree), key=lambda each: each.line)
        hints = hints_of(tree, lines_at(part.text, marks))
        python = python_hints(tree, [each for each in imports if each.level == 0], newer=len(newer) > 0)
    except SyntaxError as error:
        scan.problems.append(_syntax_problem(part, error))
        return
    except (RecursionError, MemoryError):
        message = "Its expressions are nested too deeply to be read."
        scan.problems.append(Problem("source-too-deep", part.file, 0, message))
        return
    except ValueError as error:  # Null bytes, or bytes in no encoding.
        message = f"It is no text of Python: {shortened(str(error))}."
        scan.problems.append(Problem("source-syntax", part.file, 0, message))
        return
    found = Scanned(part.file, part.path, part.tests, imports + hints.imports, hints.found + python, functions_of(tree))
    scan.parts.append(found)


def scan_files(entries: list[Entry]) -> Scan:
    """Scan files, one after the other."""
    warnings.simplefilter("ignore")  # Of sources that are read: nobody here can mend them.
    gc.disable()  # Syntax trees have no circles: a third of the time would go into looking for some.
    scan = Scan()
    for entry in entries:
        reading = read(entry)
        scan.problems += reading.problems
        for part in reading.parts:
            if part.notebook:
                scan.installed += installed_by(part.text.decode("utf-8", "replace"), part.file)
            scan_part(part, scan)
    return scan


def _batches(entries: list[Entry], size: int) -> Iterator[list[Entry]]:
    for start in range(0, len(entries), size):
        yield entries[start : start + size]


def _in_processes(batches: list[list[Entry]], processes: int) -> list[Scan | None]:
    """Scan batches; None for each that a process died of, or that stood behind it."""
    found: list[Scan | None] = [None] * len(batches)
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        futures = [pool.submit(scan_files, batch) for batch in batches]
        for index, future in enumerate(futures):
            try:
                found[index] = future.result()
            except BrokenProcessPool:
                continue
    return found


def _crash(entry: Entry) -> Scan:
    message = "Python's own parser ended while it read this file."
    return Scan(problems=[Problem("source-crashes", entry.name, 0, message)])


def scan_all(entries: list[Entry]) -> Scan:
    """Scan all sources; a file that ends its process is a problem, and the others are scanned all the same."""
    whole = Scan()
    processes = min(MOST_PROCESSES, len(os.sched_getaffinity(0))) if len(entries) >= PARALLEL_FROM else 1
    pending = list(_batches(entries, BATCH))
    while pending:
        left: list[list[Entry]] = []
        for batch, scan in zip(pending, _in_processes(pending, processes), strict=True):
            if scan is not None:
                whole.add(scan)
            elif len(batch) > 1:
                left += _batches(batch, max(1, len(batch) // 4))
            else:
                left.append(batch)
        # One file alone that ends its process is the one; where several are left, each is tried alone, once.
        if left and all(len(batch) == 1 for batch in left):
            for batch in left:
                whole.add(_in_processes([batch], 1)[0] or _crash(batch[0]))
            left = []
        pending = left
    whole.parts.sort(key=lambda part: part.file)
    return whole
