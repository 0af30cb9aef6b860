"""What sources say themselves."""

from pathlib import Path

import pytest
from detecting import codes, needed, one, run, source_in, write

from declared import installed_by, requirement_of


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Torch_Vision[a,B] >= 1.0 , < 2 ; python_version < '3.9'", ("torch-vision", ("a", "b"), ">=1.0,<2")),
        ("x", ("x", (), "")),
        ("x (>=1.0)", ("x", (), ">=1.0")),
        ("x @ https://example.org/x.whl", ("x", (), "@ https://example.org/x.whl")),
        ("x===1.0+local", ("x", (), "===1.0+local")),
    ],
)
def test_requirements_are_read(text: str, line: tuple[str, tuple[str, ...], str]) -> None:
    found = requirement_of(text, "r.txt", 1)
    assert found is not None
    assert (found.name, found.extras, found.specifier) == line


@pytest.mark.parametrize("text", ["", "-e .", "x==", "x y", "x; rm -rf /\nz", "<x>", "x" * 2000, "$(reboot)"])
def test_what_is_no_requirement_is_refused(text: str) -> None:
    assert requirement_of(text, "r.txt", 1) is None


def test_cells_that_install_are_read() -> None:
    first = "!pip install -q --index-url https://e.org a==1 'b>2' -r more.txt ./local git+https://x/y"
    text = f"x = 1\n{first}\n%pip install c"
    assert [(each.name, each.specifier, each.line) for each in installed_by(text, "n")] == [
        ("a", "==1", 2),
        ("b", ">2", 2),
        ("c", "", 3),
    ]


def test_setup_files_are_read_and_not_run(tmp_path: Path) -> None:
    source = source_in(tmp_path)
    write(
        source,
        "setup.py",
        "import os\nos.mkdir('ran')\n"
        "setup(install_requires=['requests>=2', 'nonsense here'], python_requires='<3.12')\n",
    )
    findings = run(source)
    assert one(findings, "distributions", name="requests")["requirements"] == ["requests>=2"]
    assert [each["specifier"] for each in findings["python"]] == ["<3.12"]
    assert codes(findings) == [("requirement-invalid", "setup.py")]
    assert not (source / "ran").exists()


def test_poetry_s_carets_become_bounds(tmp_path: Path) -> None:
    source = source_in(tmp_path)
    write(
        source,
        "pyproject.toml",
        '[tool.poetry.dependencies]\npython = ">=3.9"\n'
        'a = "^1.2.3"\nb = "^0.2"\nc = "~1.4"\nd = "2.0"\ne = {version = "*"}\n',
    )
    lines = {each["name"]: each["requirements"] for each in run(source)["distributions"]}
    assert lines == {"a": ["a>=1.2.3,<2"], "b": ["b>=0.2,<0.3"], "c": ["c>=1.4,<1.5"], "d": ["d==2.0"], "e": ["e"]}


def test_the_nearest_file_counts_and_what_it_lacks_is_added(tmp_path: Path) -> None:
    source = source_in(tmp_path)
    write(source, "requirements.txt", "-r base.txt\n-r nowhere.txt\n./wheel.whl\n")
    write(source, "base.txt", "a==1\n")
    write(source, "environment.yml", "dependencies:\n  - zzz=1\n")
    write(source, "sub/requirements.txt", "a==2\n")
    write(source, "main.py", "import a, numpy\n")
    findings = run(source)
    assert needed(findings) == ["a", "numpy"]
    assert one(findings, "distributions", name="a")["requirements"] == ["a==1"]
    assert codes(findings) == [
        ("requirement-elsewhere", "requirements.txt"),
        ("requirements-missing", "requirements.txt"),
    ]


def test_circles_damage_and_depth_in_declarations_are_problems(tmp_path: Path) -> None:
    source = source_in(tmp_path)
    write(source, "requirements.txt", "-r other.txt\na\n")
    write(source, "other.txt", "-r requirements.txt\nb\n")
    write(source, "pyproject.toml", "x = " + "[" * 100_000)
    write(source, "setup.cfg", "no section\n")
    write(source, "setup.py", "x = " + "(" * 5000)
    findings = run(source)
    assert needed(findings) == ["a", "b"]
    assert ("declaration-invalid", "pyproject.toml") in codes(findings)
    assert ("declaration-invalid", "setup.cfg") in codes(findings)
    assert ("declaration-invalid", "setup.py") in codes(findings)
