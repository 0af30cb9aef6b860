"""The options of `start`: strict, with an error that names the option, its value and what is allowed."""

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from protocol import SessionError
from zoo import MODELS, Model, too_small

SERIES: Mapping[str, tuple[str, ...]] = {
    "synthetic": (),
    "synthetic-alone": (),
    "photographs": ("directory",),
    "imagenet": ("directory", "pageCache"),
    "imagenet-cold": ("directory", "pageCache"),
}
"""The series, and the settings of each."""
PAGE_CACHES = {"imagenet": ("warm", "cold"), "imagenet-cold": ("cold",)}
"""State of the page cache that a series may ask for before each block, the default first."""
DEVICES = ("auto", "cpu", "gpu")
CHIEF, PARAMETER_SERVER, ALL_REDUCE = "chief", "parameter-server", "all-reduce"
ROLE = re.compile(rf"{CHIEF}|{PARAMETER_SERVER}|worker-[1-9]\d{{0,5}}")
VARIABLE_UPDATES = (PARAMETER_SERVER, ALL_REDUCE)
"""How workers share what they learn, the default first."""
FRAMEWORKS: Mapping[str, tuple[str, ...]] = {
    "tensorflow": VARIABLE_UPDATES,
    "pytorch": (ALL_REDUCE,),
}
"""The frameworks, the default first: how the workers of each can share."""
ADDRESS = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::(\d{1,5}))?")
PORT, MAX_PORT = 2222, 65534
"""The port of a role unless told otherwise; the one above the chief's is taken, too."""
MAX_SEED = 2**31 - 1
OPTIONS = (
    *("framework", "model", "batchSize", "imageSize", "series", "warmUpSteps", "seed", "threads", "device"),
    *("learningRate", "role", "variableUpdate", "peers"),
)
LEARNING_RATE = 0.005
"""What tf_cnn_benchmarks used for all three models when the paper was written."""


@dataclass(frozen=True)
class ImageNetSource:
    """Where the shards of a series are, and in which state the page cache is before each block."""

    directory: Path
    page_cache: str


@dataclass(frozen=True)
class Address:
    """Where a role listens."""

    host: str
    """An IPv4 address or a host name."""
    port: int

    def __str__(self) -> str:
        """As `host:port`."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Cluster:
    """A training over several hosts, as one of its roles sees it."""

    role: str
    variable_update: str
    peers: Mapping[str, Address]
    """Every role, the own one included."""

    @property
    def workers(self) -> list[str]:
        """The roles that train: the chief, then the others by number."""
        numbered = (role for role in self.peers if role not in (CHIEF, PARAMETER_SERVER))
        return [CHIEF, *sorted(numbered, key=lambda role: int(role.partition("-")[2]))]


@dataclass(frozen=True)
class Options:
    """What to train, on which data, with which resources."""

    framework: str
    model: Model
    batch_size: int
    """Images per step and device."""
    image_size: int
    """Height and width of an image, in pixels."""
    series: tuple[str, ...]
    """Data sets to prepare, in the order given."""
    photographs: Path | None
    """Folder of JPEG files; None without that series."""
    imagenet: Mapping[str, ImageNetSource]
    """Shards by series; empty without any."""
    warm_up_steps: int
    seed: int
    threads: int
    """CPUs that one operation may use."""
    device: str
    learning_rate: float
    cluster: Cluster | None
    """None for a training that is alone."""

    @property
    def workers(self) -> int:
        """Processes that train together."""
        return 1 if self.cluster is None else len(self.cluster.workers)

    @property
    def worker(self) -> int:
        """Place of this process among them, from 0; a parameter server has none."""
        return 0 if self.cluster is None else self.cluster.workers.index(self.cluster.role)

    def own_block(self, block: int) -> int:
        """Return which part of the data is this worker's in a block: workers take turns, so no two see the same."""
        return block * self.workers + self.worker


def bad_option(name: str, value: object, allowed: str, code: str = "bad-option") -> SessionError:
    """Build the error for an option, or a field of a command, whose value is not allowed."""
    kind = "option" if code == "bad-option" else "field"
    return SessionError(code, f"{kind} {name} is {value!r}; allowed: {allowed}")


def refuse_unknown(given: Iterable[str], known: Iterable[str], where: str, code: str = "bad-option") -> None:
    """Raise for the first key that is not known, naming the nearest one that is."""
    names = list(known)
    for key in given:
        if key not in names:
            nearest = difflib.get_close_matches(key, names, n=1, cutoff=0.0)
            hint = f"did you mean {nearest[0]}? " if nearest else ""
            raise SessionError(code, f"{where} {key} is unknown; {hint}known: {', '.join(names) or 'none'}")


def integer(name: str, value: object, low: int, high: int, code: str = "bad-option") -> int:
    """Check that an option, or a field of a command, is a whole number in a closed range."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise bad_option(name, value, f"a whole number from {low} to {high}", code)
    return value


def parse_options(given: object) -> Options:
    """Check the options of `start` and fill in defaults. Raises `bad-option`, or `data-not-found` for a folder."""
    if not isinstance(given, Mapping):
        raise SessionError("bad-option", 'options is not an object such as {"model":"resnet50"}')
    refuse_unknown(given, OPTIONS, "option")
    values = {key: value for key, value in given.items() if value is not None}
    framework = values.get("framework", "tensorflow")
    if not isinstance(framework, str) or framework not in FRAMEWORKS:
        raise bad_option("framework", framework, ", ".join(FRAMEWORKS))
    name = values.get("model")
    if not isinstance(name, str) or name not in MODELS:
        raise bad_option("model", name, ", ".join(MODELS))
    model = MODELS[name]
    image_size = integer("imageSize", values.get("imageSize", model.image_size), 1, 4096)
    if too_small(model, image_size):
        raise bad_option("imageSize", image_size, f"a size that leaves every layer of {name} at least one pixel")
    device = values.get("device", "auto")
    if device not in DEVICES:
        raise bad_option("device", device, ", ".join(DEVICES))
    cluster = _cluster(values, framework)
    series = _series(values.get("series", {"synthetic": {}}))
    if cluster is not None and cluster.role == PARAMETER_SERVER:
        series = {}  # It needs no data, so its host need not have them.
    cpus = len(os.sched_getaffinity(0))
    return Options(
        framework=framework,
        model=model,
        batch_size=integer("batchSize", values.get("batchSize", model.batch_size), 1, 1_000_000),
        image_size=image_size,
        series=tuple(series),
        photographs=_directory(series, "photographs", "JPEG files") if "photographs" in series else None,
        imagenet={name: _imagenet(series, name) for name in series if name in PAGE_CACHES},
        warm_up_steps=integer("warmUpSteps", values.get("warmUpSteps", 10), 0, 1_000_000),
        seed=integer("seed", values.get("seed", 1), 0, MAX_SEED),
        threads=integer("threads", values.get("threads", cpus), 1, cpus),
        device=str(device),
        learning_rate=_learning_rate(values.get("learningRate", LEARNING_RATE)),
        cluster=cluster,
    )


def _cluster(values: Mapping[str, object], framework: str) -> Cluster | None:
    role, update = values.get("role"), values.get("variableUpdate", VARIABLE_UPDATES[0])
    if role is None:
        for name in ("variableUpdate", "peers"):
            if name in values:
                raise bad_option(name, values[name], "nothing without the option role")
        return None
    if not isinstance(role, str) or not ROLE.fullmatch(role):
        raise bad_option("role", role, f"{CHIEF}, worker-1, worker-2 and so on, {PARAMETER_SERVER}")
    if update not in VARIABLE_UPDATES:
        raise bad_option("variableUpdate", update, ", ".join(VARIABLE_UPDATES))
    updates = FRAMEWORKS[framework]
    if update not in updates:
        raise bad_option("variableUpdate", update, f"{', '.join(updates)}, with framework {framework}")
    given = values.get("peers")
    if not isinstance(given, Mapping):
        raise bad_option("peers", given, 'an object such as {"chief": "192.0.2.1", "worker-1": "192.0.2.2:2222"}')
    peers = {name: _address(name, address) for name, address in given.items()}
    for needed in (role, CHIEF, *([PARAMETER_SERVER] if update == PARAMETER_SERVER else [])):
        if needed not in peers:
            raise bad_option("peers", dict(given), f"every role of the training; {needed} is missing")
    if update == ALL_REDUCE and PARAMETER_SERVER in peers:
        raise bad_option("peers", dict(given), f"no {PARAMETER_SERVER} with variableUpdate {ALL_REDUCE}")
    taken = [*peers.values(), rendezvous_address(peers)]
    if len(set(taken)) < len(taken):
        raise bad_option("peers", dict(given), "an address and port for each role, and the next port of the chief's")
    return Cluster(role, str(update), peers)


def _address(role: str, value: object) -> Address:
    if not ROLE.fullmatch(role):
        raise bad_option("peers", role, f"the roles {CHIEF}, worker-1, worker-2 and so on, {PARAMETER_SERVER}")
    found = ADDRESS.fullmatch(value) if isinstance(value, str) else None
    port = PORT if found is None or found[2] is None else int(found[2])
    if found is None or not 1 <= port <= MAX_PORT:
        raise bad_option(f"peers.{role}", value, f"an IPv4 address or host name, then, if wanted, :1 to :{MAX_PORT}")
    return Address(found[1], port)


def rendezvous_address(peers: Mapping[str, Address]) -> Address:
    """Return where the roles meet: at the port above the chief's."""
    return Address(peers[CHIEF].host, peers[CHIEF].port + 1)


def _learning_rate(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise bad_option("learningRate", value, "a number above 0, at most 1")
    return float(value)


def _series(value: object) -> Mapping[str, Mapping[str, object]]:
    if not isinstance(value, Mapping) or not value:
        raise bad_option("series", value, f'an object such as {{"synthetic": {{}}}} with some of {", ".join(SERIES)}')
    refuse_unknown(value, SERIES, "option series:")
    for name, settings in value.items():
        if not isinstance(settings, Mapping):
            raise bad_option(f"series.{name}", settings, "an object")
        refuse_unknown(settings, SERIES[name], f"option series.{name}:")
    return value


def _directory(series: Mapping[str, Mapping[str, object]], name: str, content: str) -> Path:
    directory = series[name].get("directory")
    if not isinstance(directory, str) or not directory:
        raise bad_option(f"series.{name}.directory", directory, f"the path of a folder of {content}")
    path = Path(directory)
    if not path.is_dir():
        raise SessionError("data-not-found", f"option series.{name}.directory is {directory!r}: no such folder")
    return path


def _imagenet(series: Mapping[str, Mapping[str, object]], name: str) -> ImageNetSource:
    allowed = PAGE_CACHES[name]
    page_cache = series[name].get("pageCache")
    page_cache = allowed[0] if page_cache is None else page_cache
    if page_cache not in allowed:
        raise bad_option(f"series.{name}.pageCache", page_cache, ", ".join(allowed))
    return ImageNetSource(_directory(series, name, "TFRecord shards"), str(page_cache))
