"""Says what a source needs: `python3 -I -S DIRECTORY SOURCE…`, with a line of JSON for each."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any, Final

from artefacts import Artefact, artefact_of, is_candidate
from declared import SERVICE_KEYS, declared_in
from findings import Problem
from modules import LocalModules
from report import MOST_PROBLEMS, Report, artefact_json, as_json
from scan import scan_all
from sources import is_source
from tree import Tree, tree_of

MOST_MEMORY: Final = 2 * 1024 * 1024 * 1024
"""Bytes of address space of each process."""
MOST_CPU_SECONDS: Final = 120
"""Of each process."""


def limit() -> None:
    """Take what a bomb would use up; a lower limit that is there already stays."""
    for kind, most in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, MOST_CPU_SECONDS)):
        _, hard = resource.getrlimit(kind)
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (value, value))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def models_of(tree: Tree) -> tuple[list[Artefact], list[Problem]]:
    """Look for models among the files."""
    artefacts: list[Artefact] = []
    problems: list[Problem] = []
    for entry in tree.files:
        found = artefact_of(entry) if is_candidate(entry.name) else None
        if isinstance(found, Artefact):
            artefacts.append(found)
        elif found is not None:
            problems.append(found)
    return artefacts, problems


def detect(source: Path) -> dict[str, Any]:
    """Answer for a file or a folder."""
    tree = tree_of(source)
    artefacts, unreadable = models_of(tree)
    declared = declared_in(tree.files)
    sources = [entry for entry in tree.files if is_source(entry.name)]
    scan = scan_all(sources)
    report = Report(scan, declared, artefacts, LocalModules(tree))
    report.run()
    problems = sorted({*tree.problems, *unreadable, *declared.problems, *scan.problems, *report.problems})
    return {
        "schemaVersion": 1,
        "source": {
            "files": len(tree.files),
            "sources": len(sources),
            "notebooks": sum(entry.name.endswith(".ipynb") for entry in sources),
            "authority": report.authority,
            "declarations": [{"file": file, "kind": kind} for file, kind in declared.files],
        },
        "distributions": report.distributions(),
        "constraints": [vars(each) for each in report.constraints()],
        "frameworks": [
            {"name": name, "evidence": [as_json(each) for each in evidence[:5]]}
            for name, evidence in sorted(report.frameworks.items())
        ],
        "artefacts": [artefact_json(each) for each in artefacts],
        "signatures": report.signatures(),
        "loads": report.loads(),
        "entries": report.entries(),
        "service": {key: declared.service.get(key) for key in SERVICE_KEYS},
        "accelerator": report.accelerator(),
        "python": report.python(),
        "systemPackages": report.system_packages(),
        "problems": [vars(each) for each in problems[:MOST_PROBLEMS]],
        "problemCount": len(problems),
    }


def main() -> None:
    """Run the program."""
    limit()
    for source in sys.argv[1:]:
        print(json.dumps(detect(Path(source))))


if __name__ == "__main__":
    main()
