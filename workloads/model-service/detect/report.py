"""From everything that was read to the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from artefacts import Artefact
from constraints import Constraint, constraints_of
from declared import Declared, Requirement
from distributions import Certainty, Distributions, data
from findings import MOST_EVIDENCE, Evidence, Need, Problem, shortened, stronger
from hints import Hint
from imports import Import, is_standard
from modules import LocalModules
from onnx_files import TensorSpec
from reach import Reach
from scan import Scan, Scanned

MOST_PROBLEMS: Final = 200

FRAMEWORKS: Final = {
    "keras": "keras",
    "tensorflow": "tensorflow",
    "tensorflow-cpu": "tensorflow",
    "tensorflow-gpu": "tensorflow",
    "tflite-runtime": "tensorflow-lite",
    "torch": "pytorch",
    "scikit-learn": "scikit-learn",
    "onnxruntime": "onnx",
    "onnxruntime-gpu": "onnx",
    "onnx": "onnx",
    "xgboost": "xgboost",
    "lightgbm": "lightgbm",
    "catboost": "catboost",
    "mxnet": "mxnet",
    "jax": "jax",
    "paddlepaddle": "paddle",
    "theano": "theano",
}
"""Distributions, and the frameworks that they are."""

PRECEDENCE: Final = ("requirements", "pyproject", "pipfile", "setup.cfg", "setup.py", "conda")
"""Which file's word counts where several lie in the same folder."""


@dataclass
class Distribution:
    """One that the source needs."""

    name: str
    certainty: Certainty
    need: Need
    requirements: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    evidence: list[Evidence] = field(default_factory=list)
    places: int = 0

    def seen(self, evidence: Evidence, need: Need, module: str | None = None) -> None:
        """Note a place that needs it."""
        self.need = stronger(self.need, need)
        self.places += 1
        if module is not None:
            self.imports.add(module)
        if len(self.evidence) < MOST_EVIDENCE:
            self.evidence.append(evidence)


def authoritative(declared: Declared) -> str | None:
    """Return the file whose word counts: the one nearest to the top, by its kind, `requirements.txt` first."""
    kinds = dict(declared.files)
    files = {each.origin for each in declared.requirements if not each.development}

    def rank(file: str) -> tuple[int, int, int, str]:
        plain = 0 if file.rsplit("/", 1)[-1] == "requirements.txt" else 1
        kind = PRECEDENCE.index(kinds.get(file, "conda"))
        return (file.count("/"), len(PRECEDENCE) if kind == 0 and plain else kind, plain, file)

    return min(files, key=rank, default=None)


def as_line(requirement: Requirement) -> str:
    """Return a requirement as a line of its own."""
    extras = f"[{','.join(requirement.extras)}]" if requirement.extras else ""
    marker = f"; {requirement.marker}" if requirement.marker else ""
    address = requirement.specifier.startswith("@")
    return f"{requirement.name}{extras}{' ' if address else ''}{requirement.specifier}{marker}"


class Report:
    """Puts the answer together."""

    def __init__(self, scan: Scan, declared: Declared, artefacts: list[Artefact], local: LocalModules) -> None:
        """Take everything that was read."""
        self.scan, self.declared, self.artefacts, self.local = scan, declared, artefacts, local
        self.table = Distributions()
        self.found: dict[str, Distribution] = {}
        self.problems: list[Problem] = []
        self.frameworks: dict[str, list[Evidence]] = {}
        self.authority = authoritative(declared)

    def run(self) -> None:
        """Do it all, in the order in which one step needs the other."""
        self.take_declared()
        for part in self.scan.parts:
            for each in part.imports:
                self.take_import(part, each)
        self.take_artefacts()
        self.take_opencv()
        self.take_formats()
        self.take_backend()
        self.name_frameworks()

    def get(self, name: str, certainty: Certainty, need: Need) -> Distribution:
        """Return a distribution, or one that brings the same modules and is there already."""
        for other in self.table.family(name):
            if other in self.found:
                return self.found[other]
        return self.found.setdefault(name, Distribution(name, certainty, need))

    def take_declared(self) -> None:
        """Take the requirements of the file whose word counts; what notebooks install where there is none."""
        wanted = [each for each in self.declared.requirements if each.origin == self.authority and not each.development]
        for each in wanted or self.scan.installed:
            known = self.found.setdefault(each.name, Distribution(each.name, "declared", "always"))
            known.requirements = list(dict.fromkeys([*known.requirements, as_line(each)]))
            known.seen(Evidence(each.file, each.line, shortened(as_line(each), 80)), "always")

    def take_import(self, part: Scanned, each: Import) -> None:
        """Take one import."""
        top = each.module.split(".", 1)[0]
        if each.level > 0 or is_standard(top) or top.startswith("_"):
            return
        if self.local.has(each.module, part.path, published=self.table.publishes(each.module)):
            return
        evidence = Evidence(part.file, each.line, shortened(each.text(), 100))
        need: Need = "tests" if part.tests else each.need
        unpublished = self.table.unpublished.get(top)
        if unpublished is not None and top not in self.found:
            if need in ("always", "conditional", "lazy"):
                self.problems.append(Problem("import-unpublished", part.file, each.line, f"{top}: {unpublished}"))
            return
        for named in self.table.named(each.module, each.names):
            self.get(named.name, named.certainty, need).seen(evidence, need, top)
        also = self.table.also.get(each.module)
        if also is not None:
            self.get(also, "implied", need).seen(evidence, need)
        if each.module.startswith(("tensorflow.keras", "tensorflow.python.keras", "tf_keras")) or (
            top == "tensorflow" and "keras" in each.names
        ):
            self.frameworks.setdefault("keras", []).append(evidence)

    def imply(self, name: str, evidence: Evidence) -> None:
        """Take a distribution that something else asks for."""
        self.get(name, "implied", "always").seen(evidence, "always")

    def take_artefacts(self) -> None:
        """Take what reads the models."""
        for artefact in self.artefacts:
            evidence = Evidence(artefact.path, 0, f"a model in the format {artefact.format}")
            wanted = [] if artefact.framework in (None, "caffe") else [str(artefact.framework)]
            for module in artefact.imports:
                if not is_standard(module) and not self.local.has(module, "", published=self.table.publishes(module)):
                    wanted += [each.name for each in self.table.named(module) if each.certainty == "known"]
            for name in dict.fromkeys(wanted):
                self.imply(name, evidence)
            if artefact.framework == "caffe":
                message = f"caffe: {self.table.unpublished['caffe']}"
                self.problems.append(Problem("artefact-unserved", artefact.path, 0, message))
            if artefact.executes:
                names = ", ".join(shortened(name, 60) for name in artefact.executes[:3])
                message = f"It would run {names} when it is loaded. It was not loaded; do not trust it."
                self.problems.append(Problem("artefact-executes", artefact.path, 0, message))

    def hints(self, kind: str) -> list[tuple[Scanned, Hint]]:
        """Return hints of a kind, outside of tests."""
        return [(part, hint) for part in self.scan.parts if not part.tests for hint in part.hints if hint.kind == kind]

    def take_opencv(self) -> None:
        """Choose among OpenCV's distributions by what is called; what is declared stays."""
        opencv = self.found.get("opencv-python-headless")
        if opencv is None or opencv.certainty == "declared":
            return
        windows, more = self.hints("window"), self.hints("contributed")
        if windows or more:
            del self.found[opencv.name]
            opencv.name = f"opencv-{'contrib-' if more else ''}python{'' if windows else '-headless'}"
            part, hint = (windows or more)[0]
            opencv.evidence = [*opencv.evidence[: MOST_EVIDENCE - 1], Evidence(part.file, hint.line, hint.what)]
            self.found[opencv.name] = opencv

    def take_formats(self) -> None:
        """Take what pandas asks for besides."""
        if "pandas" in self.found:
            for part, hint in self.hints("format"):
                self.imply(hint.value, Evidence(part.file, hint.line, hint.what))

    def take_backend(self) -> None:
        """Take a backend for Keras, which has none of its own."""
        keras = self.found.get("keras")
        backends = {name for each in ("tensorflow", "torch", "jax") for name in self.table.family(each)}
        if keras is None or any(self.found[name].need != "tests" for name in backends & set(self.found)):
            return
        chosen = next(((part, hint) for part, hint in self.hints("backend")), None)
        if chosen is not None and chosen[1].value in ("torch", "jax", "tensorflow"):
            part, hint = chosen
            self.imply(hint.value, Evidence(part.file, hint.line, hint.what))
        elif keras.need not in ("tests", "types"):
            first = keras.evidence[0]
            self.imply(
                "tensorflow", Evidence(first.file, first.line, "Keras computes by TensorFlow unless told otherwise")
            )

    def name_frameworks(self) -> None:
        """Name the frameworks that something needs outside of tests."""
        for name, each in self.found.items():
            framework = FRAMEWORKS.get(name)
            if framework is not None and each.need not in ("tests", "types"):
                self.frameworks[framework] = [*each.evidence, *self.frameworks.get(framework, [])]
        for artefact in self.artefacts:
            if artefact.framework == "caffe":
                self.frameworks.setdefault("caffe", []).append(Evidence(artefact.path, 0, artefact.format))

    def constraints(self) -> list[Constraint]:
        """Return the bounds of all artefacts."""
        return sorted({each for artefact in self.artefacts for each in constraints_of(artefact)})

    def accelerator(self) -> dict[str, Any]:
        """Say whether an accelerator is used, and whether there is a way without."""
        used, checks = self.hints("gpu"), self.hints("gpu-check")
        places = [Evidence(part.file, hint.line, hint.what) for part, hint in used]
        return {
            "used": len(used) > 0,
            "required": len(used) > 0 and not checks,
            "evidence": [as_json(each) for each in places[:MOST_EVIDENCE]],
        }

    def python(self) -> list[dict[str, Any]]:
        """Return what bounds the version of Python: what is declared, and what the sources' syntax and imports say."""
        places = [(version, Evidence(file, line, version)) for version, file, line in self.declared.python if version]
        places += [(hint.value, Evidence(part.file, hint.line, hint.what)) for part, hint in self.hints("python")]
        first: dict[str, Evidence] = {}
        for version, evidence in places:
            first.setdefault(version, evidence)
        return [{"specifier": version, "evidence": [as_json(each)]} for version, each in sorted(first.items())]

    def system_packages(self) -> list[dict[str, Any]]:
        """Return Debian's packages that the distributions ask for."""
        table: dict[str, list[str]] = data("system-packages.json")["packages"]
        wanted: dict[str, list[str]] = {}
        for each in self.found.values():
            if each.need not in ("tests", "types"):
                for package in table.get(each.name, []):
                    wanted.setdefault(package, []).append(each.name)
        return [{"name": name, "for": sorted(names)} for name, names in sorted(wanted.items())]

    def signatures(self) -> list[dict[str, Any]]:
        """Return what goes into the models: by their files, then by the code."""
        found = [
            {
                "framework": each.framework,
                "file": each.path,
                "line": 0,
                "inputs": specs(each.inputs),
                "outputs": specs(each.outputs),
            }
            for each in self.artefacts
            if each.inputs
        ]
        for part, hint in self.hints("signature"):
            inputs = [{"name": "", "type": hint.value or None, "shape": list(hint.shape)}]
            found.append(
                {"framework": hint.library, "file": part.file, "line": hint.line, "inputs": inputs, "outputs": []}
            )
        return found[:20]

    def loads(self) -> list[dict[str, Any]]:
        """Return the files of models that the code names, and whether they are there."""
        names = {each.path.rsplit("/", 1)[-1] for each in self.artefacts}
        return [
            {
                "path": shortened(hint.value),
                "there": hint.value.rsplit("/", 1)[-1] in names,
                "file": part.file,
                "line": hint.line,
            }
            for part, hint in self.hints("load")
        ][:50]

    def entries(self) -> list[dict[str, Any]]:
        """Return the functions that predict, each with the files of the source that it reaches."""
        reach = Reach(self.scan.parts)
        return [
            {
                "file": part.file,
                "line": function.line,
                "name": function.name,
                "parameters": list(function.parameters),
                "files": reach.of(part.file),
            }
            for part in self.scan.parts
            if not part.tests and "#" not in part.file
            for function in part.functions
        ][:20]

    def distributions(self) -> list[dict[str, Any]]:
        """Return the distributions, those that are needed first."""
        return [
            {
                "name": each.name,
                "certainty": each.certainty,
                "need": each.need,
                "requirements": each.requirements,
                "imports": sorted(each.imports),
                "places": each.places,
                "evidence": [as_json(place) for place in each.evidence],
            }
            for each in sorted(self.found.values(), key=lambda one: one.name)
        ]


def as_json(evidence: Evidence) -> dict[str, Any]:
    """Return a place as JSON has it."""
    return {"file": evidence.file, "line": evidence.line, "what": evidence.what}


def specs(tensors: list[TensorSpec]) -> list[dict[str, Any]]:
    """Return inputs or outputs as JSON has them."""
    return [
        {
            "name": shortened(each.name, 80),
            "type": each.type,
            "shape": None if each.shape is None else list(each.shape),
        }
        for each in tensors
    ]


def artefact_json(artefact: Artefact) -> dict[str, Any]:
    """Return a model as JSON has it."""
    return {
        "path": artefact.path,
        "format": artefact.format,
        "bytes": artefact.bytes,
        "framework": artefact.framework,
        "versions": {name: shortened(version, 40) for name, version in artefact.versions.items()},
        "executes": [shortened(name, 80) for name in artefact.executes[:10]],
    }
