"""Sources that mean harm: nothing of them runs, memory and time stay bounded, and each is named."""

import json
import os
import pickle
import time
import zipfile
from pathlib import Path

import pytest
from detecting import codes, needed, one, run, source_in, write


def test_bombs_in_sources_are_named_and_the_others_are_read(tmp_path: Path) -> None:
    source = source_in(tmp_path)
    write(source, "good.py", "import numpy\n")
    write(source, "parentheses.py", "x = " + "(" * 300_000)
    write(source, "minus.py", "x = " + "-" * 500_000 + "1")
    write(source, "plus.py", "x = " + "1+" * 200_000 + "1")
    write(source, "dots.py", "x" + ".a" * 200_000)
    write(source, "else.py", "if x: pass\n" + "elif x: pass\n" * 50_000)
    write(source, "null.py", b"import os\x00\n")
    write(source, "latin.py", b"# coding: latin-1\nx = '\xe9'\nimport pandas\n")
    write(source, "bytes.py", b"x = '\xff\xfe'\n")
    write(source, "large.py", "x = 1\n" * 1_000_000)
    start = time.monotonic()
    findings = run(source)
    assert time.monotonic() - start < 60
    assert needed(findings) == ["numpy", "pandas"]
    named = {file: code for code, file in codes(findings)}
    assert named["large.py"] == "source-too-large"
    assert named["null.py"] == named["bytes.py"] == "source-syntax"
    for file in ("parentheses.py", "minus.py", "plus.py", "dots.py"):
        assert named[file] in ("source-too-deep", "source-syntax", "source-crashes")


def test_notebooks_that_are_none_are_named(tmp_path: Path) -> None:
    source = source_in(tmp_path)
    write(source, "deep.ipynb", "[" * 200_000)
    write(source, "list.ipynb", "[]")
    write(
        source,
        "odd.ipynb",
        json.dumps({"cells": [3, {"cell_type": "code", "source": ["import a", 5]}, {"cell_type": "code"}]}),
    )
    findings = run(source)
    assert codes(findings) == [("notebook-invalid", "deep.ipynb"), ("notebook-invalid", "list.ipynb")]
    assert needed(findings) == ["a"]


def test_links_out_pipes_and_hostile_names(tmp_path: Path) -> None:
    source = source_in(tmp_path)
    secret = tmp_path / "secret.py"
    secret.write_text("import secret_module\n")
    write(source, "a/inside.py", "import numpy\n")
    (source / "out.py").symlink_to(secret)
    (source / "folder").symlink_to(tmp_path)
    (source / "circle").symlink_to(source)
    (source / "inside.py").symlink_to(source / "a" / "inside.py")
    os.mkfifo(source / "pipe.py")
    os.mkfifo(source / "model.onnx")
    write(source, "new\nline\x1b[31m.py", "import (\n")
    (source / os.fsdecode(b"not\xffutf8.py")).write_text("import pandas\n")
    findings = run(source)
    assert needed(findings) == ["numpy", "pandas"]
    named = codes(findings)
    assert ("link-outside", "out.py") in named
    assert ("link-outside", "folder") in named
    assert ("source-syntax", "new\\nline\\x1b[31m.py") in named
    assert one(findings, "distributions", name="pandas")["evidence"][0]["file"] == "not\\udcffutf8.py"


class Harmful:
    """Would make a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        """Name the folder."""
        self.folder = folder

    def __reduce__(self) -> tuple[object, ...]:
        """Say what unpickling calls."""
        return (os.mkdir, (str(self.folder),))


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_pickle_that_would_run_a_program_is_named_and_not_loaded(protocol: int, tmp_path: Path) -> None:
    source = source_in(tmp_path)
    write(source, "model.pkl", pickle.dumps({"weights": [1.0], "x": Harmful(tmp_path / "ran")}, protocol))
    findings = run(source)
    assert codes(findings) == [("artefact-executes", "model.pkl")]
    assert one(findings, "artefacts", path="model.pkl")["executes"] == ["posix.mkdir"]
    assert not (tmp_path / "ran").exists()


def test_zip_bombs_and_damaged_models_are_read_to_a_limit(tmp_path: Path) -> None:
    source = source_in(tmp_path)
    bomb = source / "bomb.keras"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", b'{"keras_version": "3.1.0"}')
        archive.writestr("config.json", b"0" * 300_000_000)
    with zipfile.ZipFile(source / "deep.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", b"[" * 1_000_000)
        archive.writestr("config.json", b"{}")
    with zipfile.ZipFile(source / "weights.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", b'{"keras_version": "3.1.0"}')
        archive.writestr("config.json", b"{}")
        archive.writestr("model.weights.h5", b"0" * 1000)
    whole = bytearray((source / "weights.keras").read_bytes())
    size = whole.rfind(b"PK\x01\x02") + 24  # Of the last file, as the archive's list says it (APPNOTE.TXT, 4.3.12).
    whole[size : size + 4] = (3 * 2**30).to_bytes(4, "little")
    write(source, "weights.keras", bytes(whole))
    write(source, "cut.keras", bomb.read_bytes()[:5000])
    write(source, "cut.onnx", b"\x08\x08\x3a\xff\xff\xff\xff\x0f")
    write(source, "empty.onnx", b"")
    write(source, "text.onnx", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    write(source, "gzip.pkl", b"\x1f\x8b" + b"\x00" * 100)
    start = time.monotonic()
    findings = run(source)
    assert time.monotonic() - start < 20
    assert {file: code for code, file in codes(findings)} == {
        "bomb.keras": "artefact-unreadable",
        "deep.keras": "artefact-unreadable",
        "weights.keras": "artefact-unreadable",
        "cut.keras": "artefact-unreadable",
        "cut.onnx": "artefact-unreadable",
        "text.onnx": "artefact-missing",
    }


def test_of_an_artefact_of_ten_gigabytes_the_head_is_read(tmp_path: Path) -> None:
    source = source_in(tmp_path)
    with (source / "huge.h5").open("wb") as file:
        file.write(b"\x89HDF\r\n\x1a\n")
        file.truncate(10 * 2**30)
    with (source / "huge.pkl").open("wb") as file:
        file.write(b"\x80\x04\x8e" + (9 * 2**30).to_bytes(8, "little"))
        file.truncate(10 * 2**30)
    start = time.monotonic()
    findings = run(source)
    assert time.monotonic() - start < 10
    assert one(findings, "artefacts", path="huge.h5")["bytes"] == 10 * 2**30


def test_a_tree_without_end_is_read_to_a_limit(tmp_path: Path) -> None:
    source = source_in(tmp_path)
    write(source, "/".join(["d"] * 70) + "/deep.py", "import too_deep\n")
    write(source, "a.py", "import numpy\n")
    findings = run(source)
    assert needed(findings) == ["numpy"]
    assert [code for code, _ in codes(findings)] == ["tree-too-deep"]
