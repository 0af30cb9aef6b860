"""Installs a lock's wheels into a folder, and leaves out what no service opens: `install.py FOLDER sha256:DIGEST FOR`.

It runs while an image is built. FOR is `cpu` or `cuda`: what computes. The installer (uv) and `strip` are in `/tools`,
an image of their own that is mounted for this step alone; beside this file lie `without_accelerators.py`,
`requirements.lock` and `unneeded.json`. The digest is that of all four, so that an engine that keeps layers by their
commands installs again when one of them changes. Two secrets may be there: `index` with variables such as
`UV_DEFAULT_INDEX`, a NAME=VALUE each line, and `certificates` of those to trust.
"""

from __future__ import annotations

import compileall
import fnmatch
import hashlib
import json
import os
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

import without_accelerators

TOOLS = Path(os.environ.get("TOOLS", "/tools"))
CACHE = Path("/var/cache/uv")
INDEX = Path("/run/secrets/index")
CERTIFICATES = Path("/run/secrets/certificates")
MOST_COMPILED = 4


def command(folder: Path, lock: Path) -> list[str]:
    """Return the command that installs: wheels alone, each by its hash, so that nobody's program runs."""
    uv = next(path for path in (TOOLS / "usr/local/bin/uv", TOOLS / "uv") if path.exists())
    options = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-config", "--link-mode", "copy"]
    # Wheels of PyTorch for the processor alone are on an index of its own, which uv knows.
    options += ["--torch-backend", "cpu"] if "+cpu" in lock.read_text() else []
    return [str(uv), "pip", "install", *options, "--python", sys.executable, "--target", str(folder), "-r", str(lock)]


def environment() -> dict[str, str]:
    """Return the variables that the installer sees."""
    variables = {**os.environ, "UV_NO_PROGRESS": "1", "UV_CACHE_DIR": str(CACHE if CACHE.exists() else "/tmp/uv")}
    if CERTIFICATES.exists():
        variables["SSL_CERT_FILE"] = str(CERTIFICATES)
    if INDEX.exists():
        lines = [line.partition("=") for line in INDEX.read_text().splitlines() if "=" in line]
        variables.update({name: value for name, _, value in lines})
    return variables


def without(lock: str, left_out: set[str]) -> str:
    """Return a lock without some distributions: those that a library asks for and never imports when it predicts."""
    kept, skipping = [], False
    for line in lock.splitlines(keepends=True):
        if line[:1].isalnum():
            skipping = line.split("==", 1)[0].split("[", 1)[0].strip().lower().replace("_", "-") in left_out
        if not skipping:
            kept.append(line)
    return "".join(kept)


def trim(folder: Path, patterns: list[str]) -> None:
    """Remove what matches, below the folder."""
    for path in sorted(folder.rglob("*"), reverse=True):
        name = path.relative_to(folder).as_posix()
        if not any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.exists() or path.is_symlink():
            path.unlink()


def is_library(path: Path) -> bool:
    """Whether a file is a shared library that may be stripped.

    Libraries in folders that end with `.libs` were changed by the wheel's maker in a way that some versions of strip
    break.
    """
    if ".so" not in path.name or path.is_symlink() or any(part.endswith(".libs") for part in path.parts):
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def strip(folder: Path) -> None:
    """Take the symbols for debuggers out of shared libraries: TensorFlow's are a quarter of it."""
    program = TOOLS / "usr/bin/strip"
    if not program.exists():
        return
    libraries = sorted(path for path in folder.rglob("*.so*") if is_library(path))
    places = ":".join(str(path) for path in sorted(TOOLS.glob("usr/lib/*-linux-gnu")))
    for library in libraries:
        status = library.stat()
        argv = [str(program), "--strip-unneeded", str(library)]
        done = subprocess.run(argv, env={"LD_LIBRARY_PATH": places}, capture_output=True, check=False)
        if done.returncode != 0:
            print(f"not stripped: {library.name}: {done.stderr.decode().strip()}", file=sys.stderr)
        library.chmod(status.st_mode)


def digest_of(place: Path) -> str:
    """Return the digest of what decides what is installed."""
    whole = hashlib.sha256()
    for name in ("requirements.lock", "unneeded.json", "install.py", "without_accelerators.py"):
        whole.update((place / name).read_bytes())
    return f"sha256:{whole.hexdigest()}"


def main() -> None:
    """Install."""
    folder, digest, accelerator = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    place = Path(__file__).parent
    found = digest_of(place)
    if found != digest:
        sys.exit(f"The folder build was edited: its digest is {found}. Write it into the Dockerfile.")
    text = (place / "requirements.lock").read_text()
    table = json.loads((place / "unneeded.json").read_text())
    names = {
        line.split("==", 1)[0].split("[", 1)[0].lower().replace("_", "-")
        for line in text.splitlines()
        if line[:1].isalnum()
    }
    left_out = {name for each in table["distributions"] if each["of"] in names for name in each["unneeded"]}
    accelerators = without_accelerators.unneeded(names) if accelerator == "cpu" else set()
    lock = Path("/tmp/requirements.lock")
    lock.write_text(without(text, left_out | accelerators))
    subprocess.run(command(folder, lock), env=environment(), check=True)
    if accelerators:
        without_accelerators.take_out(folder)
    trim(folder, table["files"])
    strip(folder)
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    workers = min(MOST_COMPILED, len(os.sched_getaffinity(0)))
    # Some wheels hold files for other versions of Python: what cannot be compiled stays as it is.
    compileall.compile_dir(folder, quiet=2, workers=workers, invalidation_mode=mode)
    lock.unlink()
    shutil.rmtree("/tmp/uv", ignore_errors=True)


if __name__ == "__main__":
    main()
