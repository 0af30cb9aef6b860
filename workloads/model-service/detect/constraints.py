"""What a model's file asks of the versions that read it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from artefacts import Artefact
from distributions import data


@dataclass(frozen=True, order=True)
class Constraint:
    """One bound on a version."""

    requirement: str
    because: str
    file: str


def _series(version: str) -> str | None:
    """Return the release part of a version; None where it has none."""
    found = re.match(r"\d+(?:\.\d+){1,2}", version)
    return None if found is None else found[0]


def _onnx(artefact: Artefact) -> list[Constraint]:
    opset = artefact.versions.get("opset", "0")
    table: dict[str, str] = data("opsets.json")["onnxruntime"]
    newest = max(int(number) for number in table)
    if not opset.isdigit() or int(opset) < min(int(number) for number in table):
        return []
    first = table[str(min(int(opset), newest))]
    more = "" if int(opset) <= newest else f"; the table ends at opset {newest}"
    because = f"opset {opset} came with ONNX Runtime {first}{more}"
    return [Constraint(f"onnxruntime>={first}", because, artefact.path)]


def constraints_of(artefact: Artefact) -> list[Constraint]:
    """Return the bounds that follow from one file."""
    if artefact.format == "onnx":
        return _onnx(artefact)
    found: list[Constraint] = []
    for name, version in sorted(artefact.versions.items()):
        series = _series(version)
        if series is None:
            continue
        if name == "scikit-learn":
            # Loading with another version is not supported (scikit-learn, model persistence).
            below = ".".join([series.split(".")[0], str(int(series.split(".")[1]) + 1)])
            because = f"scikit-learn {version} pickled it, and reads its own series alone"
            found.append(Constraint(f"scikit-learn>={series},<{below}", because, artefact.path))
        elif name == "numpy":
            found.append(Constraint("numpy>=2", "it names numpy._core, which NumPy 1 has not", artefact.path))
        elif name in ("keras", "tensorflow", "xgboost"):
            because = f"{name} {version} wrote it, and older ones need not read it"
            found.append(Constraint(f"{name}>={series}", because, artefact.path))
    return found
