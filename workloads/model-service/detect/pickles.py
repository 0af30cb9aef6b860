"""What a pickle names, by its opcodes alone: nothing is ever unpickled."""

from __future__ import annotations

import io
import pickletools
import re
import zlib
from dataclasses import dataclass, field
from typing import Any, Final

MOST_OPCODES: Final = 500_000
MOST_BYTES: Final = 8 * 1024 * 1024
"""Of a pickle, also of one that is unpacked first: what follows is not looked at."""

DANGEROUS: Final = frozenset(
    {"os", "posix", "nt", "subprocess", "sys", "builtins", "__builtin__", "runpy", "socket", "shutil", "importlib"}
)
"""Modules whose functions no model is made of."""
HARMLESS: Final = frozenset(
    {
        *(
            "set",
            "frozenset",
            "slice",
            "range",
            "complex",
            "bytearray",
            "object",
            "int",
            "float",
            "bool",
            "str",
            "list",
        ),
        *("dict", "tuple", "type", "bytes", "print", "xrange", "long", "unicode"),
    }
)
"""Names of `builtins` that pickles of models have."""

_TEXTS = frozenset(
    {"SHORT_BINUNICODE", "BINUNICODE", "UNICODE", "BINUNICODE8", "SHORT_BINSTRING", "BINSTRING", "STRING"}
)
_PUTS = frozenset({"BINPUT", "LONG_BINPUT", "PUT"})
_GETS = frozenset({"BINGET", "LONG_BINGET", "GET"})


@dataclass
class PickleNames:
    """What was found."""

    names: list[str] = field(default_factory=list)
    """`module.name` of everything that it would import, in order, each once."""
    versions: dict[str, str] = field(default_factory=dict)
    """Versions that estimators of scikit-learn keep with them."""
    whole: bool = False
    """Whether its end was reached."""

    def modules(self) -> set[str]:
        """Return the top-level modules."""
        return {name.split(".", 1)[0] for name in self.names}

    def executes(self) -> list[str]:
        """Return the names that would run a program of somebody's choice."""
        return [
            name
            for name in self.names
            if name.split(".", 1)[0] in DANGEROUS
            and not (name.startswith(("builtins.", "__builtin__.")) and name.split(".")[-1] in HARMLESS)
        ]


def unpacked(head: bytes) -> bytes:
    """Undo the compression that joblib may have put around a pickle, up to a limit."""
    if head[:2] in (b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"):
        try:
            return zlib.decompressobj(wbits=47).decompress(head, MOST_BYTES)
        except zlib.error:
            return head
    return head


class _Reader:
    """The texts of a pickle, as its machine would push them; nothing else of it is followed."""

    def __init__(self, found: PickleNames) -> None:
        self.found = found
        self.names: dict[str, None] = {}
        self.memo: dict[int, str | None] = {}
        self.last: str | None = None
        self.texts = ("", "")

    def push(self, text: str | None) -> None:
        self.last = text
        if text is not None:
            self.texts = (self.texts[1], text)
            if self.texts[0] == "_sklearn_version" and re.match(r"\d+\.\d+", text):
                self.found.versions["scikit-learn"] = text

    def take(self, opcode: str, argument: Any) -> None:
        if opcode in _TEXTS:
            self.push(str(argument))
        elif opcode in _GETS:
            self.push(self.memo.get(int(argument)))
        elif opcode == "MEMOIZE":
            self.memo[len(self.memo)] = self.last
        elif opcode in _PUTS:
            self.memo[int(argument)] = self.last
        else:
            self.last = None
            if opcode in ("GLOBAL", "INST"):
                self.names[str(argument).replace(" ", ".", 1)] = None
            elif opcode == "STACK_GLOBAL":
                self.names[".".join(self.texts)] = None
            elif opcode == "STOP":
                self.found.whole = True


def names_of(head: bytes) -> PickleNames:
    """Read opcodes until they end, or stop making sense: joblib puts the bytes of arrays between them."""
    found = PickleNames()
    reader = _Reader(found)
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(io.BytesIO(head))):
            if count > MOST_OPCODES:
                break
            reader.take(opcode.name, argument)
    except Exception:
        pass
    if "scikit-learn" not in found.versions:
        version = re.search(rb"_sklearn_version.{0,6}?(\d+\.\d+(?:\.\d+)?\w*)", head, re.DOTALL)
        if version is not None:
            found.versions["scikit-learn"] = version[1].decode("ascii")
    found.names = list(reader.names)
    return found
