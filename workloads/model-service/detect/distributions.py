"""From an imported module to the distribution that brings it, by data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from declared import normalised

Certainty = Literal["declared", "known", "implied", "assumed"]
"""Said by the source; by the data; by something else that is used; by nothing but an equal name."""


def data(name: str) -> dict[str, Any]:
    """Read a file of data that lies beside the program."""
    whole = json.loads((Path(__file__).parent / "data" / name).read_text("utf-8"))
    if not isinstance(whole, dict):
        raise TypeError(f"{name} is no table")
    return whole


@dataclass(frozen=True)
class Named:
    """A distribution, and how surely it is the one."""

    name: str
    certainty: Certainty


class Distributions:
    """The table."""

    def __init__(self) -> None:
        """Read the data."""
        whole = data("distributions.json")
        self.modules: dict[str, str] = whole["modules"]
        self.same = frozenset(whole["same"])
        self.alternatives: dict[str, list[str]] = whole["alternatives"]
        self.unpublished: dict[str, str] = whole["unpublished"]
        self.also: dict[str, str] = whole["also"]
        self.longest = max(name.count(".") for name in self.modules) + 1

    def publishes(self, module: str) -> bool:
        """Whether a well-known distribution has a module of this name."""
        top = module.split(".", 1)[0]
        return top in self.same or top in self.modules or any(name.startswith(f"{top}.") for name in self.modules)

    def named(self, module: str, names: tuple[str, ...] = ()) -> list[Named]:
        """Return the distributions of a module, and of what is taken out of it: `from google.cloud import storage`."""
        found = [self._one(f"{module}.{name}") for name in names] if names else []
        known = list(dict.fromkeys(each for each in [*found, self._one(module)] if each is not None))
        if known:
            return known
        return [Named(normalised(module.split(".", 1)[0]), "assumed")]

    def _one(self, module: str) -> Named | None:
        parts = module.split(".")
        for length in range(min(len(parts), self.longest), 0, -1):
            name = self.modules.get(".".join(parts[:length]))
            if name is not None:
                return Named(name, "known")
        return Named(normalised(parts[0]), "known") if parts[0] in self.same else None

    def family(self, name: str) -> list[str]:
        """Return a distribution and those that bring the same modules."""
        for first, others in self.alternatives.items():
            if name == first or name in others:
                return [first, *others]
        return [name]
