"""What unpacks a function's package."""

import zipfile
from pathlib import Path

import pytest
from unpack import unpack


def archive(folder: Path, files: dict[str, bytes]) -> Path:
    """Make a zip archive."""
    path = folder / "package.zip"
    with zipfile.ZipFile(path, "w") as package:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o755 if name.endswith(".so") else 0o600) << 16
            package.writestr(info, content)
    return path


def test_files_are_unpacked_for_everybody_to_read(tmp_path: Path) -> None:
    target = tmp_path / "task"
    target.mkdir(mode=0o700)
    unpack(archive(tmp_path, {"handler.py": b"x = 1\n", "a/b/c.so": b"\x7fELF"}), target, 100)
    assert (target / "handler.py").read_bytes() == b"x = 1\n"
    modes = {path.relative_to(target).as_posix(): path.stat().st_mode & 0o777 for path in target.rglob("*")}
    assert modes == {"handler.py": 0o644, "a": 0o755, "a/b": 0o755, "a/b/c.so": 0o755}
    assert target.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "a/../../outside"])
def test_nothing_lands_outside(tmp_path: Path, name: str) -> None:
    target = tmp_path / "task"
    target.mkdir()
    with pytest.raises(SystemExit, match="lies outside of it"):
        unpack(archive(tmp_path, {name: b"x"}), target, 100)
    assert list(tmp_path.rglob("outside")) == []


def test_more_than_is_allowed_is_refused_before_it_is_written(tmp_path: Path) -> None:
    target = tmp_path / "task"
    target.mkdir()
    with pytest.raises(SystemExit, match="it takes 101 bytes unpacked; 100 are allowed"):
        unpack(archive(tmp_path, {"a": b"x" * 101}), target, 100)
    assert list(target.iterdir()) == []


def test_what_is_no_archive_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "package.zip"
    path.write_bytes(b"no archive")
    with pytest.raises(zipfile.BadZipFile):
        unpack(path, tmp_path, 100)
