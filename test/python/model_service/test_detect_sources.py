"""Reading whole sources: the fixtures, and the places that findings name."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from detecting import Findings, codes, needed, one, run, source_in, write

FIXTURES = Path(__file__).parents[2] / "fixtures" / "model-service"
EXAMPLES = Path(__file__).parents[3] / "examples"
EXPECTED: dict[str, list[str]] = json.loads((FIXTURES / "expected.json").read_text())


Read = Callable[[str], Findings]


@pytest.fixture(scope="module")
def of() -> Read:
    """Read fixtures, each once."""
    return cache(lambda name: run(FIXTURES / name))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_fixture_needs_what_its_author_says(name: str, of: Read) -> None:
    assert needed(of(name)) == EXPECTED[name]


def test_findings_name_their_places_and_how_sure_they_are(of: Read) -> None:
    pillow = one(of("pytorch-image"), "distributions", name="pillow")
    assert pillow["evidence"] == [{"file": "train.py", "line": 6, "what": "from PIL import Image"}]
    assert (pillow["certainty"], pillow["need"], pillow["imports"]) == ("known", "always", ["PIL"])
    nobody = one(of("gan"), "distributions", name="torch-that-nobody-knows")
    assert nobody["certainty"] == "assumed"
    seaborn = one(of("notebook"), "distributions", name="seaborn")
    assert seaborn["requirements"] == ["seaborn>=0.12"]
    assert seaborn["evidence"][0] == {"file": "analysis.ipynb#cell2", "line": 2, "what": "seaborn>=0.12"}


def test_what_is_declared_wins(of: Read) -> None:
    flask = of("flask-opencv")
    assert flask["source"]["authority"] == "requirements.txt"
    opencv = one(flask, "distributions", name="opencv-python")
    assert (opencv["certainty"], opencv["requirements"]) == ("declared", ["opencv-python==4.10.0.84"])
    assert one(flask, "distributions", name="numpy")["requirements"] == ['numpy<2; python_version < "3.13"']
    assert one(flask, "distributions", name="gunicorn")["evidence"][0]["file"] == "requirements/serving.txt"
    assert "black" not in [each["name"] for each in flask["distributions"]]
    torch = one(of("conda"), "distributions", name="torch")
    assert torch["requirements"] == ["torch==2.1.2.*"]
    assert [each["specifier"] for each in of("conda")["python"]] == ["==3.9.*"]


def test_optional_imports_types_and_tests_are_told_apart(of: Read) -> None:
    lazy = of("tensorflow-lazy")
    assert one(lazy, "distributions", name="ujson")["need"] == "optional"
    assert one(lazy, "distributions", name="tensorflow")["need"] == "optional"
    assert one(lazy, "distributions", name="tflite-runtime")["need"] == "always"
    assert one(lazy, "distributions", name="pandas")["need"] == "types"
    assert one(lazy, "distributions", name="psutil")["need"] == "conditional"
    assert one(lazy, "distributions", name="tensorflow-hub")["need"] == "lazy"
    assert "unknown-of-python-2" not in [each["name"] for each in lazy["distributions"]]
    assert one(of("sklearn-tabular"), "distributions", name="pytest")["need"] == "tests"


def test_frameworks_inputs_accelerators_and_system_packages(of: Read) -> None:
    assert [each["name"] for each in of("gan")["frameworks"]] == ["keras", "tensorflow"]
    assert of("gan")["accelerator"]["required"] is True
    assert of("pytorch-image")["accelerator"]["used"] is True
    assert of("pytorch-image")["accelerator"]["required"] is False
    signature = of("pytorch-image")["signatures"][0]
    assert (signature["file"], signature["line"], signature["inputs"][0]["shape"]) == ("export.py", 8, [1, 3, 64, 64])
    assert [each["name"] for each in of("opencv-window")["systemPackages"]] == ["libgl1", "libglib2.0-0"]
    assert [each["specifier"] for each in of("gan")["python"]] == [">=3.10"]
    missing = [each["path"] for each in of("pytorch-image")["loads"] if not each["there"]]
    assert missing == ["weights.pth"]


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_read(of: Read) -> None:
    findings = of("python-2")
    assert codes(findings) == [("source-python-2", "old.py"), ("source-syntax", "broken.py")]
    assert one(findings, "problems", code="source-syntax")["line"] == 2


def test_the_example_is_read_from_its_source_alone() -> None:
    findings = run(EXAMPLES / "fashion-mnist")
    assert needed(findings) == ["keras", "numpy", "pillow", "tensorflow"]
    assert one(findings, "distributions", name="tensorflow")["certainty"] == "implied"
    assert findings["signatures"][0]["inputs"][0]["shape"] == [None, 28, 28, 1]
    assert findings["problems"] == []


def test_a_single_file_is_a_source(tmp_path: Path) -> None:
    source = source_in(tmp_path)
    assert needed(run(write(source, "one.py", "import yaml\nimport other\n"))) == ["other", "pyyaml"]


def test_modules_of_the_source_are_not_looked_for_elsewhere(tmp_path: Path) -> None:
    source = source_in(tmp_path)
    write(source, "app/main.py", "import helpers\nimport yaml\nfrom tools import x\nimport deep.inside\n")
    write(source, "app/helpers.py", "import main\n")
    write(source, "src/tools/__init__.py", "")
    write(source, "app/deep/inside.py", "")
    write(source, "app/yaml/notes.py", "")
    assert needed(run(source)) == ["pyyaml"], "a folder without __init__.py does not hide a known distribution"


def test_what_an_unpublished_library_needs_is_said(tmp_path: Path) -> None:
    source = source_in(tmp_path)
    write(source, "a.py", "import numpy\nimport detectron2.config\n")
    findings = run(source)
    assert needed(findings) == ["numpy"]
    assert one(findings, "problems", code="import-unpublished")["line"] == 2
