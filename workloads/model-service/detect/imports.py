"""Imports of a parsed module: which run always, on a branch, in a function, or may fail."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from findings import Need, weaker

PYTHON_2: Final = frozenset(
    {
        "BaseHTTPServer",
        "ConfigParser",
        "Cookie",
        "HTMLParser",
        "Queue",
        "SimpleHTTPServer",
        "SocketServer",
        "StringIO",
        "Tkinter",
        "__builtin__",
        "cPickle",
        "cStringIO",
        "commands",
        "cookielib",
        "copy_reg",
        "httplib",
        "thread",
        "tkFileDialog",
        "tkMessageBox",
        "ttk",
        "urllib2",
        "urlparse",
        "xmlrpclib",
    }
)
"""Modules of Python 2 that no distribution has taken over."""

REMOVED: Final = {
    "3.12": frozenset({"asynchat", "asyncore", "distutils", "imp", "smtpd"}),
    "3.13": frozenset(
        {
            "aifc",
            "audioop",
            "cgi",
            "cgitb",
            "chunk",
            "crypt",
            "imghdr",
            "lib2to3",
            "mailcap",
            "msilib",
            "nis",
            "nntplib",
            "ossaudiodev",
            "pipes",
            "sndhdr",
            "spwd",
            "sunau",
            "telnetlib",
            "uu",
            "xdrlib",
        }
    ),
}
"""Modules that a version of Python no longer has (PEP 594, and what's new in 3.12)."""

STANDARD: Final = sys.stdlib_module_names | PYTHON_2 | frozenset[str]().union(*REMOVED.values())

_FAILURES = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


@dataclass(frozen=True)
class Import:
    """One imported module."""

    module: str
    """With dots."""
    names: tuple[str, ...]
    """What is taken out of it."""
    line: int
    need: Need
    level: int = 0
    """Dots before it: 0 for one that is absolute, 1 for the folder of the file."""

    def text(self) -> str:
        """Return what stands there, shortened to one statement."""
        return f"from {self.module} import {', '.join(self.names)}" if self.names else f"import {self.module}"


def is_standard(module: str) -> bool:
    """Whether a module comes with Python, of any version."""
    return module.split(".", 1)[0] in STANDARD


def _version_branch(test: ast.expr) -> bool | None:
    """Whether a test of Python's version holds for Python 3.9 and newer; None where that is not what it tests."""
    if isinstance(test, ast.Attribute) and test.attr in ("PY2", "PY3"):
        return test.attr == "PY3"
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1):
        return None
    left, operator, right = test.left, test.ops[0], test.comparators[0]
    if "version_info" not in ast.unparse(left):
        return None
    try:
        value = ast.literal_eval(right)
    except ValueError:
        return None
    wanted = value if isinstance(value, tuple) else (value,)
    if not wanted or not all(isinstance(number, int) for number in wanted):
        return None
    newest = wanted[:2] <= (3, 9)
    if isinstance(operator, (ast.GtE, ast.Gt)):
        return True if newest else None
    if isinstance(operator, (ast.Lt, ast.LtE)):
        return False if newest else None
    return wanted[0] == 3 if isinstance(operator, ast.Eq) and len(wanted) == 1 else None


def _is_types_only(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _catches_failure(handler: ast.ExceptHandler) -> bool:
    kind = handler.type
    if kind is None:
        return True
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(isinstance(each, ast.Name) and each.id in _FAILURES for each in kinds)


def _gives_up(body: list[ast.stmt]) -> bool:
    """Whether a handler ends the program: what it catches is needed after all."""
    last = body[-1] if body else None
    if isinstance(last, ast.Raise):
        return True
    called = last.value.func if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) else None
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else None
    return name in ("exit", "_exit", "quit", "abort")


def _imported(body: list[ast.stmt]) -> list[str]:
    """Return the absolute modules that statements import."""
    found: list[str] = []
    for node in body:
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
            found.append(node.module)
    return found


_Body = tuple[list[ast.stmt], Need]


def _of_if(node: ast.If, need: Need) -> list[_Body]:
    if _is_types_only(node.test):
        return [(node.body, weaker(need, "types")), (node.orelse, need)]
    if _is_main(node.test):
        return [(node.body, need), (node.orelse, need)]
    holds = _version_branch(node.test)
    if holds is not None:
        return [(node.body if holds else node.orelse, need)]
    branch = weaker(need, "conditional")
    return [(node.body, branch), (node.orelse, branch)]


def _of_try(node: ast.Try | ast.TryStar, need: Need) -> list[_Body]:
    catching = [handler for handler in node.handlers if _catches_failure(handler)]
    if not catching:
        handled: list[_Body] = [(handler.body, weaker(need, "conditional")) for handler in node.handlers]
        return [(node.body, need), (node.orelse, need), (node.finalbody, need), *handled]
    others = [module for handler in catching for module in _imported(handler.body)]
    # One of several libraries is needed, and the first is wished for; something of Python's own makes it optional.
    needed = any(_gives_up(handler.body) for handler in catching) or (
        len(others) > 0 and not any(is_standard(module) for module in others)
    )
    guarded = need if needed else weaker(need, "optional")
    fallbacks: list[_Body] = [(handler.body, weaker(need, "optional")) for handler in node.handlers]
    return [(node.body, guarded), (node.orelse, guarded), (node.finalbody, need), *fallbacks]


def _bodies(node: ast.stmt, need: Need) -> list[_Body]:
    """Return the statements inside a statement, with when they run."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return [(node.body, weaker(need, "lazy"))]
        case ast.ClassDef() | ast.With() | ast.AsyncWith():
            return [(node.body, need)]
        case ast.If():
            return _of_if(node, need)
        case ast.Try() | ast.TryStar():
            return _of_try(node, need)
        case ast.For() | ast.AsyncFor() | ast.While():
            return [(node.body, need), (node.orelse, need)]
        case ast.Match():
            return [(case.body, weaker(need, "conditional")) for case in node.cases]
        case _:
            return []


def _compound(node: ast.stmt) -> bool:
    return hasattr(node, "body") or isinstance(node, ast.Match)


def imports_of(module: ast.Module) -> Iterator[Import]:
    """Yield every import. What stands in one another's branches may be as deep as it likes."""
    pending: list[_Body] = [(module.body, "always")]
    while pending:
        body, need = pending.pop()
        for node in body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(alias.name, (), node.lineno, need)
            elif isinstance(node, ast.ImportFrom):
                names = tuple(alias.name for alias in node.names)
                yield Import(node.module or "", names, node.lineno, need, node.level)
            elif _compound(node):
                pending += _bodies(node, need)
