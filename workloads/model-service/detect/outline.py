"""The statements of a module that something can be learned from, apart from those that nothing can.

Most of the time goes into turning what the parser found into objects of Python. Of functions and other statements
without an import, a mark, or a name of those that predict it is enough that the parser takes them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from entries import PREDICTING

LONGEST_LINE: Final = 3_000
"""Bytes: a longer line may hold expressions that are nested too deeply."""
MOST_KEPT: Final = 0.7
"""Share of a module from which on it is read as a whole."""

_TEXTS = (
    rb"'''(?:[^'\\]|\\.|'(?!''))*+'''|\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*+\"\"\""
    rb"|'(?:[^'\\\n]|\\.)*+'|\"(?:[^\"\\\n]|\\.)*+\""
)
_CLASS = re.compile(rb"class\b[^\n#]*:[ \t]*+(?:#[^\n]*+)?\r?\n")
_INDENT = re.compile(rb"(?:[ \t\f]*+(?:#[^\n]*+)?\r?\n)*+([ \t]++)")
_IMPORT = re.compile(rb"(?:.*[;:])?[ \t\f]*(?:from\b.*)?")
"""What may stand on a line before `import`."""
_ENTRY = re.compile(rb"^def\s+(?:" + b"|".join(name.encode() for name in PREDICTING) + rb")\b", re.MULTILINE)
_OTHER_ENCODING = re.compile(rb"\xef\xbb\xbf|(?:[^\n]*\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*(?!utf-?8\b)", re.IGNORECASE)
_LONE_RETURN = re.compile(rb"\r(?!\n)")
_CHECKED: Final = "future feature _ is not defined"
"""What the compiler says of the line before a text whose syntax it has taken."""


class Span(NamedTuple):
    """Where a statement lies in its text."""

    begin: int
    """Of its decorators, if it has some."""
    head: int
    end: int


@cache
def _statements(indent: bytes) -> re.Pattern[bytes]:
    """Return the pattern of a statement with its lines, in a block that is indented so."""
    return re.compile(
        # Whatever is no text, comment, or end of a line; line ends that are escaped, inside of brackets, or before what
        # is indented more, closed, or a branch.
        rb"(?:[^\"'#\\\n]++|\n(?:(?<=[(\[{,]\n)|(?!"
        + re.escape(indent)
        + rb"(?!(?:else|elif|except|finally)\b)[^\s)\]}#]))|#[^\n]*+|"
        + _TEXTS
        + rb"|\\.)++\n?",
        re.DOTALL,
    )


def _spans(text: bytes, begin: int, end: int, indent: bytes = b"") -> list[Span] | None:
    """Return where statements begin and end, decorators with what they decorate; None where that is unclear."""
    spans: list[Span] = []
    place = begin
    for found in _statements(indent).finditer(text, begin, end):
        if found.start() != place:
            return None
        place = found.end()
        if not text.startswith(b"@", found.start() + len(indent)):
            spans.append(Span(begin, found.start(), place))
            begin = place
    return spans if begin == end else None


def occurrences(text: bytes, word: bytes) -> Iterator[int]:
    """Yield the places of a word in a text."""
    place = text.find(word)
    while place >= 0:
        yield place
        place = text.find(word, place + 1)


def _interesting(text: bytes) -> list[int]:
    """Return where imports and functions that predict may be."""
    imports = (
        place
        for place in occurrences(text, b"import")
        if _IMPORT.fullmatch(text, text.rfind(b"\n", 0, place) + 1, place)
    )
    return [*imports, *(place for place in occurrences(text, b"def") if _ENTRY.match(text, place))]


class _Outline:
    """Takes a module apart."""

    def __init__(self, text: bytes, places: list[int]) -> None:
        """Begin; places are those that statements are kept for, in order."""
        self.text, self.places = text, places
        self.kept: list[bytes] = []
        self.others: list[bytes] = []

    def has_place(self, begin: int, end: int) -> bool:
        """Whether a place lies in a span."""
        index = bisect_left(self.places, begin)
        return index < len(self.places) and self.places[index] < end

    def put(self, begin: int, end: int, *, keep: bool, check: bool) -> None:
        """Put a span where it belongs, and empty lines where it does not."""
        span = self.text[begin:end]
        lines = b"\n" * span.count(b"\n")
        self.kept.append(span if keep else lines)
        self.others.append(span if check else lines)

    def members_of(self, span: Span) -> list[Span] | None:
        """Return the statements of a class; None where it is none, or where its head has a place itself."""
        head = _CLASS.match(self.text, span.head, span.end)
        indent = _INDENT.match(self.text, head.end(), span.end) if head is not None else None
        if head is None or indent is None or self.has_place(span.begin, head.end()):
            return None
        return _spans(self.text, head.end(), span.end, indent[1])

    def run(self) -> bool:
        """Do it; False where it is unclear where statements begin."""
        spans = _spans(self.text, 0, len(self.text))
        for span in spans or []:
            keep = self.has_place(span.begin, span.end)
            members = self.members_of(span) if keep else None
            if members is None:
                self.put(span.begin, span.end, keep=keep, check=not keep)
                continue
            kept = [self.has_place(member.begin, member.end) for member in members]
            self.put(span.begin, members[0].begin, keep=True, check=not all(kept))
            for member, keep in zip(members, kept, strict=True):
                self.put(member.begin, member.end, keep=keep, check=not keep)
        return spans is not None


def outlined(text: bytes, marks: list[int]) -> tuple[bytes, bytes] | None:
    """Return the statements with something to learn, and the others: each with empty lines in the place of the other.

    Marks are places in the text that statements are kept for, besides imports and functions that predict. The head of a
    class whose members part is in both. None where the text is better read as a whole.
    """
    if _OTHER_ENCODING.match(text) or _LONE_RETURN.search(text) or max(map(len, text.split(b"\n"))) > LONGEST_LINE:
        return None
    outline = _Outline(text, sorted([*marks, *_interesting(text)]))
    if not outline.run():
        return None
    kept = b"".join(outline.kept)
    return (kept, b"".join(outline.others)) if len(kept) <= MOST_KEPT * len(text) else None


def is_sound(text: bytes, file: str) -> bool:
    """Whether the parser takes a text. Nothing is made of it: the compiler ends at the line before it."""
    try:
        compile(b"from __future__ import _\n" + text, file, "exec", dont_inherit=True)
    except SyntaxError as error:
        return error.msg == _CHECKED
    except (ValueError, RecursionError, MemoryError):
        return False
    return False
