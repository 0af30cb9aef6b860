"""What a source says itself that it needs: requirements, project files, conda environments, notebooks that install."""

from __future__ import annotations

import ast
import configparser
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, Final

from findings import Problem, shortened
from sources import is_test
from tree import Entry, read_bytes

MOST_BYTES: Final = 1024 * 1024
"""Of one file."""
DEVELOPMENT: Final = re.compile(
    r"(?:^|[-_.])(?:dev|develop(?:ment)?|tests?|testing|docs?|lint|ci|build)(?:$|[-_.])", re.IGNORECASE
)
"""In the name of a requirements file: what it lists is not needed to serve a model."""

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_REQUIREMENT = re.compile(
    rf"(?P<name>{_NAME})\s*(?:\[(?P<extras>[^\]]*)\])?\s*"
    r"(?P<rest>@\s*\S+|\(?\s*(?:(?:===|[=!<>~]=|[<>])\s*[A-Za-z0-9.*+!_-]+\s*,?\s*)*\)?)\s*(?:;(?P<marker>.*))?"
)


@dataclass(frozen=True)
class Requirement:
    """One distribution that is asked for."""

    name: str
    """Normalised."""
    extras: tuple[str, ...]
    specifier: str
    """Such as `>=1,<2`; "" for any; `@ ADDRESS` for one that is not from an index."""
    marker: str
    file: str
    line: int
    development: bool
    origin: str = ""
    """The file that named this file, or this file."""


@dataclass
class Declared:
    """Everything that is said."""

    requirements: list[Requirement] = field(default_factory=list)
    python: list[tuple[str, str, int]] = field(default_factory=list)
    """Versions of Python, with file and line."""
    files: list[tuple[str, str]] = field(default_factory=list)
    """Files, and what they are."""
    problems: list[Problem] = field(default_factory=list)
    service: dict[str, str] = field(default_factory=dict)
    """How the source wants to be served: `[tool.underlay]` of the project file at the top."""


SERVICE_KEYS: Final = ("make", "entry", "sample")


def normalised(name: str) -> str:
    """Return a distribution's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement_of(text: str, file: str, line: int, *, development: bool = False) -> Requirement | None:
    """Read one requirement (PEP 508); None where it is none."""
    found = _REQUIREMENT.fullmatch(text.strip()) if len(text) < 1000 else None
    if found is None:
        return None
    extras = tuple(sorted(normalised(extra) for extra in (found["extras"] or "").split(",") if extra.strip()))
    specifier = re.sub(r"[\s()]", "", found["rest"]).strip(",")
    specifier = f"@ {specifier[1:]}" if specifier.startswith("@") else specifier
    marker = (found["marker"] or "").strip()
    return Requirement(normalised(found["name"]), extras, specifier, marker, file, line, development)


class _Reader:
    """Reads the files, one by one."""

    def __init__(self, entries: dict[str, Entry]) -> None:
        self.entries = entries
        self.declared = Declared()
        self.seen: set[str] = set()
        self.origin = ""

    def text(self, name: str) -> str:
        return read_bytes(self.entries[name].path, MOST_BYTES).decode("utf-8-sig", "replace")

    def add(self, text: str, file: str, line: int, *, development: bool = False) -> None:
        requirement = requirement_of(text, file, line, development=development)
        if requirement is None:
            message = f'"{shortened(text, 80)}" is no requirement.'
            self.declared.problems.append(Problem("requirement-invalid", file, line, message))
        else:
            self.declared.requirements.append(replace(requirement, origin=self.origin))

    def requirements(self, name: str, *, development: bool) -> None:
        """Read a requirements file, and those that it names."""
        if name in self.seen:
            return
        self.seen.add(name)
        self.declared.files.append((name, "requirements"))
        for line, text in _logical_lines(self.text(name)):
            if included := re.match(r"(?:-r|--requirement)[\s=]+(\S+)", text):
                other = _beside(name, included[1])
                if other in self.entries:
                    self.requirements(other, development=development)
                else:
                    message = f"{shortened(included[1], 80)} is not in the source."
                    self.declared.problems.append(Problem("requirements-missing", name, line, message))
            elif text.startswith("-"):
                continue  # Indexes, links, editable installs and constraints: none of them names what is needed.
            elif re.match(r"(?:git\+|https?://|file:|\.{0,2}/)", text):
                message = f"{shortened(text, 80)} is no distribution of an index; it is left out."
                self.declared.problems.append(Problem("requirement-elsewhere", name, line, message))
            else:
                self.add(re.split(r"\s--hash", text)[0], name, line, development=development)

    def pyproject(self, name: str) -> None:
        """Read the tables of PEP 621 and of Poetry."""
        text = self.text(name)
        whole = tomllib.loads(text)
        project = _table(whole, "project")
        poetry = _table(_table(whole, "tool"), "poetry")
        if name == "pyproject.toml":
            self.service(name, text, _table(_table(whole, "tool"), "underlay"))
        if not project and not poetry:
            return
        self.declared.files.append((name, "pyproject"))
        for each in _texts(project.get("dependencies")):
            self.add(each, name, _line_of(text, each))
        if isinstance(python := project.get("requires-python"), str):
            self.declared.python.append((python, name, _line_of(text, python)))
        for key, value in _table(poetry, "dependencies").items():
            version = (
                value if isinstance(value, str) else _table(_table(poetry, "dependencies"), key).get("version", "*")
            )
            specifier = _poetry(str(version))
            line = _line_of(text, key)
            if key == "python":
                self.declared.python.append((specifier, name, line))
            elif not (isinstance(value, dict) and value.get("optional") is True):
                self.add(f"{key}{specifier}", name, line)

    def service(self, name: str, text: str, table: dict[str, Any]) -> None:
        """Read how the source wants to be served."""
        for key, value in table.items():
            if key in SERVICE_KEYS and isinstance(value, str):
                self.declared.service[key] = value
            else:
                message = f"tool.underlay.{shortened(key, 40)} must be one of {', '.join(SERVICE_KEYS)}, and a text."
                self.declared.problems.append(Problem("declaration-invalid", name, _line_of(text, key), message))

    def pipfile(self, name: str) -> None:
        """Read Pipenv's packages."""
        text = self.text(name)
        whole = tomllib.loads(text)
        self.declared.files.append((name, "pipfile"))
        for key, value in _table(whole, "packages").items():
            version = value if isinstance(value, str) else value.get("version", "*") if isinstance(value, dict) else "*"
            self.add(f"{key}{'' if version == '*' else version}", name, _line_of(text, key))
        if isinstance(python := _table(whole, "requires").get("python_version"), str):
            self.declared.python.append((f"=={python}.*", name, _line_of(text, python)))

    def setup_cfg(self, name: str) -> None:
        """Read the options of setuptools."""
        text = self.text(name)
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        parser.read_string(text)
        wanted = parser.get("options", "install_requires", fallback="")
        python = parser.get("options", "python_requires", fallback="")
        if wanted or python:
            self.declared.files.append((name, "setup.cfg"))
        for each in wanted.split("\n"):
            if each.strip() and not each.strip().startswith("#"):
                self.add(each.split(" #")[0], name, _line_of(text, each.strip()))
        if python:
            self.declared.python.append((python, name, _line_of(text, python)))

    def setup_py(self, name: str) -> None:
        """Read what `setup()` is called with, where it is written out; the file is not run."""
        for node in ast.walk(ast.parse(self.text(name))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(node, ast.Call) and getattr(called, "id", getattr(called, "attr", "")) == "setup":
                for keyword in node.keywords:
                    self.setup_argument(name, keyword)

    def setup_argument(self, name: str, keyword: ast.keyword) -> None:
        """Take one argument of `setup()`."""
        value = keyword.value
        if keyword.arg == "install_requires" and isinstance(value, (ast.List, ast.Tuple)):
            self.declared.files.append((name, "setup.py"))
            for each in value.elts:
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    self.add(each.value, name, each.lineno)
        elif keyword.arg == "python_requires" and isinstance(value, ast.Constant) and isinstance(value.value, str):
            self.declared.python.append((value.value, name, value.lineno))

    def conda(self, name: str) -> None:
        """Read the list of a conda environment, as people write it: block style, one dependency a line."""
        self.declared.files.append((name, "conda"))
        inside, pip_indent = False, -1
        for line, text in enumerate(self.text(name).split("\n"), 1):
            stripped = text.split(" #")[0].rstrip()
            item = re.match(r"(\s*)-\s*(.*)", stripped)
            if item is None:
                inside = inside if not stripped or stripped.lstrip().startswith("#") else stripped == "dependencies:"
                continue
            if not inside:
                continue
            indent, value = len(item[1]), item[2].strip("\"' ")
            if value == "pip:":
                pip_indent = indent
            elif 0 <= pip_indent < indent:
                if not value.startswith("-"):
                    self.add(value, name, line)
            else:
                pip_indent = -1
                self.conda_item(value, name, line)

    def conda_item(self, value: str, name: str, line: int) -> None:
        """Take one `name=version=build`."""
        found = re.fullmatch(r"(?:[\w-]+::)?([\w.-]+)\s*(.*)", value)
        if found is None:
            self.add(value, name, line)
            return
        key, version = found[1].lower(), found[2].strip()
        if version.startswith("=") and not version.startswith("=="):
            number = version[1:].split("=")[0]
            version = f"=={number}" if number.endswith("*") else f"=={number}.*"
        if key == "python":
            self.declared.python.append((version, name, line))
        elif key not in CONDA_ONLY:
            self.add(f"{CONDA_NAMES.get(key, key)}{'' if version.startswith('*') else version}", name, line)


CONDA_ONLY: Final = frozenset(
    {
        "pip",
        "cudatoolkit",
        "cudnn",
        "pytorch-cuda",
        "cpuonly",
        "setuptools",
        "wheel",
        "ffmpeg",
        "gcc",
        "gxx",
        "git",
        "cuda",
        "nccl",
    }
)
"""Packages of conda that are no distributions of Python, or come with every Python."""
CONDA_NAMES: Final = {
    "pytorch": "torch",
    "py-opencv": "opencv-python-headless",
    "opencv": "opencv-python-headless",
    "py-xgboost": "xgboost",
    "tensorflow-gpu": "tensorflow",
    "msgpack-python": "msgpack",
    "matplotlib-base": "matplotlib",
    "pytables": "tables",
    "onnx-runtime": "onnxruntime",
}
"""Packages of conda whose distribution has another name."""


def _table(whole: dict[str, Any], key: str) -> dict[str, Any]:
    value = whole.get(key)
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _line_of(text: str, part: str) -> int:
    place = text.find(part)
    return 0 if place < 0 else text.count("\n", 0, place) + 1


def _poetry(version: str) -> str:
    """Return a caret or a bare version of Poetry as PEP 440 has it."""
    if version in ("*", ""):
        return ""
    if caret := re.fullmatch(r"\^\s*(\d+)(?:\.(\d+))?(?:\.(\d+))?.*", version):
        numbers = [int(number or 0) for number in caret.groups()]
        index = next((place for place, number in enumerate(numbers) if number), 0)
        above = ".".join(str(number) for number in [*numbers[:index], numbers[index] + 1])
        return f">={version[1:].strip()},<{above}"
    if tilde := re.fullmatch(r"~\s*(\d+(?:\.\d+){0,2})", version):
        numbers = [int(number) for number in tilde[1].split(".")]
        above = ".".join(str(number) for number in [*numbers[:1], *([numbers[1] + 1] if len(numbers) > 1 else [])])
        return f">={tilde[1]},<{above if len(numbers) > 1 else numbers[0] + 1}"
    return f"=={version}" if version[0].isdigit() else version


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a requirements file, joined where they go on, without comments."""
    begun, start = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        start = start or number
        joined = begun + re.sub(r"(?:^|\s)#.*$", "", line.rstrip("\r"))
        if joined.endswith("\\"):
            begun = f"{joined[:-1]} "
            continue
        if joined.strip():
            yield start, joined.strip()
        begun, start = "", 0


def _beside(name: str, other: str) -> str:
    """Return a file that another one names, from the source's folder."""
    parts: list[str] = []
    for part in (PurePosixPath(name).parent / other).parts:
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def installed_by(text: str, file: str) -> list[Requirement]:
    """Return what a notebook's cell installs by pip."""
    found: list[Requirement] = []
    for number, line in enumerate(text.split("\n"), 1):
        command = re.match(r"\s*[!%]\s*(?:python3?\s+-m\s+)?pip3?\s+install\s+(.*)", line)
        if command is None:
            continue
        try:
            words = shlex.split(command[1], comments=True)
        except ValueError:
            continue
        skip = False
        for word in words:
            if skip or word.startswith("-"):
                skip = (
                    word in ("-r", "-i", "-f", "-c", "-t", "--index-url", "--extra-index-url", "--target") and not skip
                )
                continue
            requirement = None if "/" in word else requirement_of(word, file, number)
            if requirement is not None and requirement.name != "pip":
                found.append(requirement)
    return found


def _kind(name: str) -> str | None:
    """Return the method that reads a file, by the file's name."""
    path = PurePosixPath(name)
    if path.suffix == ".txt" and (path.name.startswith("requirements") or path.parent.name == "requirements"):
        return "requirements"
    if path.suffix in (".yml", ".yaml") and re.match(r"(?:conda[-_]?)?env(?:ironment)?\b|conda\b", path.stem):
        return "conda"
    kinds = {"pyproject.toml": "pyproject", "setup.cfg": "setup_cfg", "setup.py": "setup_py", "Pipfile": "pipfile"}
    return kinds.get(path.name)


def declared_in(entries: list[Entry]) -> Declared:
    """Read every file that says what is needed."""
    reader = _Reader({entry.name: entry for entry in entries})
    for entry in sorted(entries, key=lambda each: (each.name.count("/"), each.name)):
        path, kind = PurePosixPath(entry.name), _kind(entry.name)
        reader.origin = entry.name
        try:
            if kind == "requirements":
                development = DEVELOPMENT.search(path.stem.removeprefix("requirements")) is not None
                reader.requirements(entry.name, development=development or is_test(entry.name))
            elif kind is not None and not (is_test(entry.name) and kind != "setup_py"):
                getattr(reader, kind)(entry.name)
            elif path.name == ".python-version" or path.name == "runtime.txt":
                _python_file(reader, entry.name)
        except (
            tomllib.TOMLDecodeError,
            configparser.Error,
            SyntaxError,
            ValueError,
            RecursionError,
            MemoryError,
        ) as error:
            problem = Problem("declaration-invalid", entry.name, 0, f"It cannot be read: {shortened(str(error))}.")
            reader.declared.problems.append(problem)
        except OSError as error:
            problem = Problem("file-unreadable", entry.name, 0, error.strerror or "It cannot be read.")
            reader.declared.problems.append(problem)
    return reader.declared


def _python_file(reader: _Reader, name: str) -> None:
    version = re.match(r"(?:python-)?(\d+\.\d+)", reader.text(name).strip())
    if version is not None:
        reader.declared.python.append((f"=={version[1]}.*", name, 1))
