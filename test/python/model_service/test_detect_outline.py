"""Leaving out statements that hold nothing: what is found is what the whole module has."""

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

from detecting import PROGRAM, codes, needed, one, run, source_in, write

COMPARE = """
import gc, json, sys, warnings
sys.path.insert(0, sys.argv[1])
import outline, scan
from pathlib import Path
from sources import Part

gc.disable()
warnings.simplefilter("ignore")
whole = scan.outlined
shorter, differing = 0, []
for path in map(Path, sys.argv[2:]):
    part = Part(path.name, path.name, path.read_bytes(), notebook=False, tests=False)
    shorter += whole(part.text, scan.marks_in(part.text)) is not None
    found = []
    for scan.outlined in (whole, lambda text, marks: None):
        result = scan.Scan()
        scan.scan_part(part, result)
        found.append(result)
    if found[0] != found[1]:
        differing.append(path.name)
json.dump({"shorter": shorter, "differing": differing}, sys.stdout)
"""

END = "\n\n\ndef f(a):\n    return a\n"

HARD: dict[str, str | bytes] = {
    "texts.py": 'HELP = """\nimport in_a_text\n"""\nimport numpy' + END + "\nx = '''\nimport no\n'''\n",
    "brackets.py": "x = f(\nInput(shape=(3,)),\nimport_module('pandas'),\n)\nimport numpy" + END,
    "escaped.py": "x = 1 + \\\nmodel.cuda()\nfrom numpy \\\n  import zeros" + END,
    "branches.py": "try:\n    import numpy\nexcept ImportError:\n    import pandas\nelse:\n    x = 1" + END,
    "elif.py": "if y:\n    pass\nelif y: import scipy" + END,
    "classes.py": "@decorated(\n    1,\n)\nclass A:  # one\n    # two\n\n    x = 1\n\n    def f(self):\n"
    "        import numpy\n\n    @property\n    def g(self):\n        return 2\n\n    def h(self):\n"
    "        return self.to('cuda')\n",
    "one_line.py": "class A: import numpy\nx = 1; import scipy\nif x: from pandas import *" + END,
    "predicts.py": "@app.post\ndef predict(a, b):\n    return a\n\n\nclass A:\n    def predict(self):\n        pass\n",
    "newer.py": "def f(a):\n    match a:\n        case 1:\n            import numpy" + END,
    "returns.py": "import numpy\r\n\r\n\r\ndef f(a):\r\n    return a\r\n",
    "latin.py": b"# coding: latin-1\nx = '\xe9'\n\n\ndef f(a):\n    return a\n\n\nimport numpy\n",
    "marked.py": b"\xef\xbb\xbfimport numpy\n\n\ndef f(a):\n    return a\n",
    "tabs.py": "class A:\n\tdef f(self):\n\t\timport numpy\n\n\tdef g(self):\n\t\treturn 1\n",
    "broken.py": "import numpy\n\n\ndef f(a):\n    return a a\n",
    "quote.py": "import numpy\n\n\ndef f(a):\n    return 'a\n",
    "empty.py": "",
}


def compared(paths: list[Path]) -> dict[str, object]:
    """Scan modules with statements left out, and as a whole."""
    argv = [
        sys.executable,
        "-I",
        "-S",
        "-B",
        "-c",
        COMPARE,
        str(PROGRAM),
        *map(str, paths),
    ]
    found = json.loads(subprocess.run(argv, capture_output=True, timeout=300, check=True).stdout)
    assert isinstance(found, dict)
    return found


def test_modules_of_python_say_the_same_with_and_without() -> None:
    library = Path(sysconfig.get_paths()["stdlib"])
    paths = [*sorted(library.glob("[a-h]*.py")), *sorted(library.glob("[a-d]*/*.py"))]
    found = compared(paths)
    assert found["differing"] == []
    assert int(str(found["shorter"])) > len(paths) / 2 > 50


def test_modules_that_are_hard_to_take_apart_say_the_same(tmp_path: Path) -> None:
    assert compared([write(tmp_path, name, text) for name, text in HARD.items()])["differing"] == []


def test_a_syntax_error_where_nothing_is_imported_is_named_with_its_line(
    tmp_path: Path,
) -> None:
    source = source_in(tmp_path)
    write(source, "broken.py", HARD["broken.py"])
    write(source, "good.py", "import pandas\n\n\ndef f(a):\n    return a\n")
    findings = run(source)
    assert needed(findings) == ["pandas"]
    assert codes(findings) == [("source-syntax", "broken.py")]
    assert one(findings, "problems", file="broken.py")["line"] == 5
