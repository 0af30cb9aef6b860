"""The settings that the tuner searches: which there are, what each is unless told, and how a training is given them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random

Value = str | int
Settings = Mapping[str, Value]

BATCHES: Mapping[str, tuple[int, ...]] = {"mnist-cnn": (64, 128, 256, 512), "resnet-50": (16, 32, 64, 96)}
"""Images per step to choose from."""
DEFAULT_BATCH: Mapping[str, int] = {"mnist-cnn": 128, "resnet-50": 96}
"""What the paper trained with."""
COMPILERS: Mapping[str, str] = {"tensorflow": "xla", "pytorch": "inductor"}
"""The graph compiler of each framework."""
PREFETCHES = (0, 1, 2, 4)
DEFAULT_PREFETCH = 2
KEPT: Mapping[str, str] = {
    "MALLOC_MMAP_THRESHOLD_": "4294967296",
    "MALLOC_TRIM_THRESHOLD_": "8589934592",
    "MALLOC_TOP_PAD_": "134217728",
}
"""The C library's own allocator, told to keep what was freed: else each large tensor is mapped, and its pages cleared,
anew (mallopt(3); the sizes are beyond any tensor here)."""
GLIBC_MALLOCS: Mapping[str, Mapping[str, str]] = {
    "system": {},
    "kept": KEPT,
    "huge": {**KEPT, "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"},
}
"""Ways of glibc to allocate; `huge` also asks the kernel for pages of 2 MiB, from glibc 2.35 on."""
AFFINITIES: Mapping[str, str] = {"none": "", "close": "compact,1,0", "spread": "scatter"}
"""Affinities, as Intel's runtime calls them; OpenMP's own words are the names."""


class SpaceError(Exception):
    """The settings asked for cannot be searched."""


@dataclass(frozen=True)
class Space:
    """Values to choose from, by setting, and the framework's defaults but for what is fixed."""

    choices: Mapping[str, tuple[Value, ...]]
    defaults: Settings
    standing: Settings
    """The framework's defaults, whatever is fixed."""

    @property
    def size(self) -> int:
        """How many settings there are in all."""
        size = 1
        for values in self.choices.values():
            size *= len(values)
        return size


def powers(most: int) -> tuple[int, ...]:
    """Return 1, 2, 4 and so on, up to a number and with it."""
    found = [1]
    while found[-1] * 2 < most:
        found.append(found[-1] * 2)
    return tuple(found) if most == 1 else (*found, most)


def space(framework: str, model: str, cpus: int, mallocs: Sequence[str], fixed: Settings) -> Space:
    """List what can be set for a training on so many CPUs; what is fixed has one value. Raises `SpaceError`.

    A setting is only there where the framework listens to it: TensorFlow's kernels have a pool of threads of their own
    and ask no OpenMP for affinity.
    """
    choices: dict[str, tuple[Value, ...]] = {
        "batch": BATCHES[model],
        "intra": powers(cpus),
        "inter": powers(cpus),
        "prefetch": PREFETCHES,
        "compiler": ("none", COMPILERS[framework]),
        "onednn": ("on", "off"),
        "malloc": (*GLIBC_MALLOCS, *mallocs),
    }
    defaults: dict[str, Value] = {
        "batch": DEFAULT_BATCH[model],
        "intra": cpus,
        "inter": 1,
        "prefetch": DEFAULT_PREFETCH,
        "compiler": "none",
        "onednn": "on",
        "malloc": "system",
    }
    if framework == "pytorch":
        choices["affinity"] = tuple(AFFINITIES)
        defaults["affinity"] = "none"
    standing = dict(defaults)
    for name, value in fixed.items():
        if name not in choices:
            raise SpaceError(f"{name} is no setting of {framework}; there are {', '.join(choices)}")
        if isinstance(defaults[name], int) != isinstance(value, int):
            raise SpaceError(f"{name} is {value!r}; it is one of {', '.join(map(str, choices[name]))}")
        if isinstance(value, str) and value not in choices[name]:
            raise SpaceError(f"{name} is {value!r}; it is one of {', '.join(map(str, choices[name]))}")
        choices[name], defaults[name] = (value,), value
    return Space(choices, defaults, standing)


def words(settings: Settings) -> list[str]:
    """Return the options that a training program is given for settings."""
    options = {
        "--compiler": settings["compiler"],
        "--batch": settings["batch"],
        "--intra-threads": settings["intra"],
        "--inter-threads": settings["inter"],
        "--prefetch": settings["prefetch"],
        "--onednn": settings["onednn"],
    }
    return [str(word) for option in options.items() for word in option]


def given(settings: Settings, mallocs: Mapping[str, Path]) -> dict[str, object]:
    """Return how a training is given settings, but for those that are part of what is trained: compilers and batch."""
    options = {"--intra-threads": "intra", "--inter-threads": "inter", "--prefetch": "prefetch"}
    own = [word for option, name in options.items() for word in (option, str(settings[name]))]
    return {"arguments": own, "environment": variables(settings, mallocs)}


def variables(settings: Settings, mallocs: Mapping[str, Path]) -> dict[str, str]:
    """Return the variables that a training program is started with for settings: OpenMP's, and the allocator."""
    found = {"OMP_NUM_THREADS": str(settings["intra"])}
    affinity = str(settings.get("affinity", "none"))
    if affinity != "none":
        # OpenMP's own words for GNU's runtime; Intel's has others, and takes them where both are there.
        found |= {
            "OMP_PROC_BIND": affinity,
            "OMP_PLACES": "cores",
            "KMP_AFFINITY": f"granularity=fine,{AFFINITIES[affinity]}",
        }
    malloc = str(settings["malloc"])
    return {**found, **(GLIBC_MALLOCS[malloc] if malloc in GLIBC_MALLOCS else {"LD_PRELOAD": str(mallocs[malloc])})}


def flipped(settings: Settings, choices: Mapping[str, Sequence[Value]]) -> Settings | None:
    """Return the same with the graph compiler the other way; None where it is fixed."""
    others = [value for value in choices["compiler"] if value != settings["compiler"]]
    return {**settings, "compiler": others[0]} if others else None


def alone(found: Space) -> list[dict[str, Value]]:
    """List the defaults, and beside them each other value of each setting alone; the graph compiler is the first."""
    names = sorted(found.choices, key=lambda name: name != "compiler")
    others = [(name, value) for name in names for value in found.choices[name] if value != found.defaults[name]]
    return [dict(found.defaults), *({**found.defaults, name: value} for name, value in others)]


def together(found: Space, time_of: Callable[[Settings], float]) -> dict[str, Value]:
    """Return, for each setting, the value that was the fastest alone; what failed has an infinite time."""
    return {
        name: min(values, key=lambda value: time_of({**found.defaults, name: value}))
        for name, values in found.choices.items()
    }


def every(found: Space, order: Random) -> list[dict[str, Value]]:
    """List all settings there are, in an order that is drawn."""
    whole = [dict(zip(found.choices, values, strict=True)) for values in product(*found.choices.values())]
    return order.sample(whole, len(whole))
