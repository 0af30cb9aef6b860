"""The files of a source that a function reaches."""

from __future__ import annotations

from pathlib import PurePosixPath

from imports import Import
from modules import folders_seen_by
from scan import Scanned


class Reach:
    """Which modules of the source import which."""

    def __init__(self, parts: list[Scanned]) -> None:
        """Index the modules by their files."""
        self.parts = {part.file: part for part in parts if "#" not in part.file}

    def of(self, file: str) -> list[str]:
        """Return a module's file and all that it imports of the source, directly or not."""
        found, pending = {file}, [file]
        while pending:
            current = pending.pop()
            part = self.parts.get(current)
            for each in part.imports if part is not None else []:
                new = {name for name in self._files(current, each) if name in self.parts} - found
                found |= new
                pending += new
        return sorted(found)

    @staticmethod
    def _files(file: str, each: Import) -> list[str]:
        """Return the files that an import may mean, from the folders that its file sees."""
        parent = PurePosixPath(file).parent
        if each.level > 0:
            ancestors = [parent, *parent.parents]
            if each.level > len(ancestors):
                return []
            roots = [str(ancestors[each.level - 1])]
        else:
            roots = folders_seen_by(file)
        names = each.module.split(".") if each.module else []
        files: list[str] = []
        for root in roots:
            folder = PurePosixPath(root)
            if not names:
                files.append(str(folder / "__init__.py"))
            for name in names:
                files += [str(folder / f"{name}.py"), str(folder / name / "__init__.py")]
                folder = folder / name
            for name in each.names:
                files += [str(folder / f"{name}.py"), str(folder / name / "__init__.py")]
        return files
