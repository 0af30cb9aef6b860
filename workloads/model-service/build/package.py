"""Puts a service into the archive of a function of AWS Lambda: options as JSON on standard input, facts on output.

`archive.py` of the serving workload's folder `package` must be on the path.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from archive import Entry, with_byte_code, write


def is_needed(name: str, patterns: list[str]) -> bool:
    """Whether a file belongs into the archive: neither it nor a folder above it is left out."""
    path = PurePosixPath(name)
    names = [name, *(str(parent) for parent in path.parents if str(parent) != ".")]
    return not any(fnmatch.fnmatch(each, pattern) for each in names for pattern in patterns)


def files_below(folder: Path, place: str) -> Iterator[Entry]:
    """List the files of a folder by the names that they have in the archive."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield f"{place}{path.relative_to(folder).as_posix()}", path.read_bytes()


def unneeded_files(packages: Path, table: list[dict[str, Any]]) -> set[str]:
    """Return the files of distributions that another one asks for and never imports when it predicts."""
    there = {path.name.split("-", 1)[0].lower().replace("_", "-"): path for path in packages.glob("*.dist-info")}
    names = {name for each in table if each["of"] in there for name in each["unneeded"] if name in there}
    records = [(there[name] / "RECORD").read_text().splitlines() for name in sorted(names)]
    return {line.rsplit(",", 2)[0].strip('"') for lines in records for line in lines}


def main() -> None:
    """Write the archive."""
    options: dict[str, Any] = json.load(sys.stdin)
    service, packages = Path(options["service"]), Path(options["packages"])
    table = json.loads((Path(__file__).parent / "unneeded.json").read_text())
    left_out = unneeded_files(packages, table["distributions"])
    found = files_below(packages, "")
    libraries = [entry for entry in found if entry[0] not in left_out and is_needed(entry[0], table["files"])]
    server = list(files_below(service / "model_server", "model_server/"))
    own = [*files_below(service / "models", "source/"), *files_below(service / "source", "source/")]
    entries = [*with_byte_code([*libraries, *server]), *own, ("service.json", (service / "service.json").read_bytes())]
    archive = Path(options["archive"])
    parts = write(archive, entries)
    facts = {
        "sha256": hashlib.sha256(archive.read_bytes()).hexdigest(),
        "bytes": archive.stat().st_size,
        "unzippedBytes": sum(len(content) for _, content in entries),
        "parts": [{"name": part.name, "bytes": part.bytes, "zippedBytes": part.zipped_bytes} for part in parts],
    }
    json.dump(facts, sys.stdout)


if __name__ == "__main__":
    main()
