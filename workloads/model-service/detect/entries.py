"""Functions of a source that predict, and the files of the source that they reach."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from modules import folders_seen_by

if TYPE_CHECKING:
    from imports import Import
    from scan import Scanned

PREDICTING: Final = ("predict", "infer", "inference", "predict_fn", "run_inference", "classify")
"""Names that functions have which answer one request; the first ones are taken first."""


@dataclass(frozen=True)
class Function:
    """A function at the top of a module."""

    name: str
    line: int
    parameters: tuple[str, ...]


def functions_of(module: ast.Module) -> list[Function]:
    """Return a module's functions that predict."""
    found = [
        Function(node.name, node.lineno, tuple(each.arg for each in (*node.args.posonlyargs, *node.args.args)))
        for node in module.body
        if isinstance(node, ast.FunctionDef) and node.name in PREDICTING
    ]
    return sorted(found, key=lambda each: PREDICTING.index(each.name))


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
