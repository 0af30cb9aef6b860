"""Functions of a source that predict."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Final

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
