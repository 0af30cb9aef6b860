"""The files of a source, without following links, within limits."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from findings import Problem, shown

MOST_ENTRIES: Final = 50_000
"""Files and folders that are looked at."""
MOST_DEPTH: Final = 64
"""Folders inside each other."""

NOT_ENTERED: Final = frozenset(
    {"__pycache__", "node_modules", "site-packages", "venv", "htmlcov", "__MACOSX", "lightning_logs", "wandb", "mlruns"}
)
"""Folders of what tools made; hidden ones, and virtual environments of any name, are not entered either."""
HIDDEN_READ: Final = frozenset({".python-version"})


@dataclass(frozen=True)
class Entry:
    """A regular file."""

    path: Path
    name: str
    """From the source's folder, printable, with slashes."""
    bytes: int


@dataclass
class Tree:
    """What there is to read."""

    root: Path
    files: list[Entry] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
    """From the source's folder, as they are named; "" is the folder itself."""
    problems: list[Problem] = field(default_factory=list)


def is_environment(entries: list[os.DirEntry[str]]) -> bool:
    """Whether a folder is a virtual environment, or one of conda."""
    return any(entry.name in ("pyvenv.cfg", "conda-meta") for entry in entries)


def is_skipped(name: str) -> bool:
    """Whether a folder is not entered, by its name."""
    return name.startswith(".") or name in NOT_ENTERED or name.endswith((".egg-info", ".dist-info"))


class Walk:
    """One walk over a folder."""

    def __init__(self, root: Path) -> None:
        """Begin; nothing is read yet."""
        self.tree = Tree(root, folders={""})
        self.left = MOST_ENTRIES
        self.pending = [("", 0)]

    def problem(self, code: str, name: str, message: str) -> None:
        """Note what was left out."""
        self.tree.problems.append(Problem(code, shown(name), 0, message))

    def run(self) -> Tree:
        """Walk, folder by folder, in the order of names."""
        while self.pending and self.left > 0:
            folder, depth = self.pending.pop()
            self.enter(folder, depth)
        if self.left <= 0:
            message = f"It has more than {MOST_ENTRIES} files and folders; the first ones were read."
            self.problem("tree-too-large", "", message)
        self.tree.files.sort(key=lambda entry: entry.name)
        return self.tree

    def enter(self, folder: str, depth: int) -> None:
        """List one folder."""
        try:
            with os.scandir(self.tree.root / folder) as found:
                entries = sorted(islice(found, self.left + 1), key=lambda entry: entry.name)
        except OSError as error:
            self.problem("folder-unreadable", folder, error.strerror or "It cannot be listed.")
            return
        self.left -= len(entries)
        if folder != "" and is_environment(entries):
            return
        for entry in entries[: max(0, self.left + len(entries))]:
            self.take(entry, folder, depth)

    def take(self, entry: os.DirEntry[str], folder: str, depth: int) -> None:
        """Take a file, or remember a folder."""
        name = f"{folder}/{entry.name}" if folder else entry.name
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            self.problem("file-unreadable", name, error.strerror or "It cannot be looked at.")
            return
        if stat.S_ISLNK(status.st_mode):
            self.link(name)
        elif stat.S_ISDIR(status.st_mode):
            if is_skipped(entry.name):
                return
            if depth >= MOST_DEPTH:
                self.problem("tree-too-deep", name, f"It lies more than {MOST_DEPTH} folders deep.")
                return
            self.tree.folders.add(name)
            self.pending.append((name, depth + 1))
        elif stat.S_ISREG(status.st_mode) and (not entry.name.startswith(".") or entry.name in HIDDEN_READ):
            self.tree.files.append(Entry(self.tree.root / name, shown(name), status.st_size))

    def link(self, name: str) -> None:
        """Note a link that leads out; what a link inside leads to is read in its own place."""
        root = os.path.realpath(self.tree.root)
        target = os.path.realpath(self.tree.root / name)
        if target != root and not target.startswith(f"{root}/"):
            self.problem("link-outside", name, "It is a link that leads out of the source; it is not followed.")


def tree_of(source: Path) -> Tree:
    """List a folder, or take a single file."""
    if source.is_dir():
        return Walk(source).run()
    return Tree(source.parent, [Entry(source, shown(source.name), source.stat().st_size)], {""})


def read_bytes(path: Path, most: int, offset: int = 0) -> bytes:
    """Read at most so many bytes of a regular file; never waits for a pipe, never follows a link."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:  # noqa: PTH123 -- opened so that no link is followed
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "It is no regular file.")
        file.seek(offset)
        return file.read(most)
