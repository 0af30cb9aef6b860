"""Unpacks a function's package, as the service does: `unpack.py ARCHIVE FOLDER MAXIMUM_BYTES`."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path, PurePosixPath


def unpack(archive: Path, folder: Path, maximum: int) -> None:
    """Unpack an archive into a folder, readable for everybody; nothing lands outside of it."""
    with zipfile.ZipFile(archive) as package:
        entries = [entry for entry in package.infolist() if not entry.is_dir()]
        size = sum(entry.file_size for entry in entries)
        if size > maximum:
            raise SystemExit(f"it takes {size} bytes unpacked; {maximum} are allowed")
        for entry in entries:
            name = PurePosixPath(entry.filename)
            if name.is_absolute() or ".." in name.parts:
                raise SystemExit(f"it holds {entry.filename!r}, which lies outside of it")
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(package.read(entry))
            target.chmod(0o755 if (entry.external_attr >> 16) & 0o111 else 0o644)
    for path in folder.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
    folder.chmod(0o755)


if __name__ == "__main__":
    try:
        unpack(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError) as error:
        raise SystemExit(f"it cannot be unpacked: {error}") from error
