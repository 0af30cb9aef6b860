"""What the commands of a session do."""

import gc
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path

from backend import Backend
from facts import system_facts
from options import CHIEF, PARAMETER_SERVER, Cluster, Options, bad_option, integer, parse_options, refuse_unknown
from protocol import Channel, SessionError
from rendezvous import Rendezvous, lost
from timing import TimedTraining

Event = tuple[str, dict[str, object]]

MAX_COUNT = 2**31 - 1
LOSS_SECONDS = 10.0
"""How long after a failure of a framework the rendezvous may take to find that a peer is gone, and end the process."""

ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "2",
    # Keras is not used. TensorFlow imports it all the same, for half a second, unless it is told to use the separate
    # package tf_keras, whose absence it accepts.
    "TF_USE_LEGACY_KERAS": "1",
}
"""Settings of TensorFlow that hold unless the environment says otherwise."""


class Session:
    """Carries out commands in order: one `start`, any number of blocks, one `stop`."""

    def __init__(self, channel: Channel) -> None:
        """Start without a training. The channel is for an end that comes from outside, while a command is at work."""
        self._channel = channel
        self._options: Options | None = None
        self._training: TimedTraining | None = None
        self._rendezvous: Rendezvous | None = None
        self._server: object = None

    def handle(self, command: Mapping[str, object]) -> Event:
        """Carry out one command and return the event that answers it. Raises whatever goes wrong."""
        name = command["command"]
        if name == "start":
            _check_fields(command, ("options",))
            return self._start(command["options"])
        if name == "block":
            _check_fields(command, ("series", "block", "steps"))
            return self._block(command["series"], command["block"], command["steps"])
        if name == "stop":
            _check_fields(command, ())
            if self._rendezvous is not None:
                self._rendezvous.leave()
            return "stopped", {"peakMemoryMiB": peak_memory_mib()}
        raise SessionError("bad-command", f"command {name!r} is unknown; known: start, block, stop")

    def await_loss(self) -> None:
        """Give the rendezvous time to end the process: what broke the framework may be a peer that is gone."""
        if self._rendezvous is not None:
            time.sleep(LOSS_SECONDS)

    def _start(self, given: object) -> Event:
        if self._options is not None:
            raise SessionError("bad-command", "start was given twice; one session trains one model")
        self._options = parse_options(given)
        cluster = self._options.cluster
        if cluster is not None:
            self._rendezvous = Rendezvous(cluster, lambda role, orderly: self._gone(cluster, role, orderly))
        for name, value in ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        gc.disable()  # Importing and tracing make millions of objects that stay: looking for garbage is in vain.
        serves = cluster is not None and cluster.role == PARAMETER_SERVER
        parts, facts = self._serve(self._options) if serves else self._train(self._options)
        gc.freeze()
        gc.enable()
        return "ready", {"parts": parts, "facts": {**system_facts(), **facts}}

    def _train(self, options: Options) -> tuple[dict[str, float], dict[str, object]]:
        began = time.perf_counter()
        backend = _import(options.framework)
        imported = time.perf_counter() - began
        if self._rendezvous is not None:
            self._rendezvous.meet("building", everybody=True)
        meet = no_peers if self._rendezvous is None else self._rendezvous.meet
        self._training = TimedTraining(options, backend, meet)
        return {"import": imported, **self._training.parts}, self._training.facts()

    def _serve(self, options: Options) -> tuple[dict[str, float], dict[str, object]]:
        assert options.cluster is not None
        assert self._rendezvous is not None
        began = time.perf_counter()
        from parameter_server import serve, version  # The heavy import, too: TensorFlow alone has this role.

        imported = time.perf_counter()
        self._server = serve(options, options.cluster)
        parts = {"import": imported - began, "build": time.perf_counter() - imported}
        self._rendezvous.arrive("building", everybody=True)
        return parts, {"tensorflow": version(), "role": options.cluster.role}

    def _gone(self, cluster: Cluster, role: str, orderly: bool) -> None:
        """End the process because of a role that ended, unless it is none of its business."""
        if cluster.role == PARAMETER_SERVER:
            if role == CHIEF:
                self._channel.end("stopped", {"peakMemoryMiB": peak_memory_mib()}, 0)
        elif not orderly:
            self._channel.fail(lost(role, "is gone"))

    def _block(self, series: object, block: object, steps: object) -> Event:
        if self._server is not None:
            raise SessionError("bad-command", f"block came to the {PARAMETER_SERVER}, which trains nothing itself")
        if self._training is None:
            raise SessionError("bad-command", "block came before start")
        if not isinstance(series, str) or series not in self._training.series:
            prepared = ", ".join(self._training.series)
            raise SessionError("bad-command", f"series {series!r} was not prepared at start; prepared: {prepared}")
        block = integer("block", block, 0, MAX_COUNT, "bad-command")
        steps = integer("steps", steps, 1, MAX_COUNT, "bad-command")
        return "block", self._training.block(series, block, steps)


def no_peers(purpose: str) -> float:
    """Meet nobody, in a training that is alone."""
    del purpose
    return 0.0


def _import(framework: str) -> Backend:
    """Import a framework and what trains on it, and nothing of the others. Raises `bad-option` when it is not there."""
    if framework == "tensorflow":
        import tensorflow_backend

        return tensorflow_backend
    try:
        import pytorch_backend
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise bad_option("framework", framework, "tensorflow, because there is no package torch here") from None
    return pytorch_backend


def _check_fields(command: Mapping[str, object], fields: tuple[str, ...]) -> None:
    refuse_unknown(command, ("command", *fields), f"in command {command['command']}: field", "bad-command")
    for field in fields:
        if field not in command:
            raise SessionError("bad-command", f"command {command['command']} has no {field}")


def peak_memory_mib() -> float | None:
    """Return the largest resident memory of this program so far; None where the kernel does not tell.

    Not `getrusage`: its number starts at the size of the process that launched this one.
    """
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return None if found is None else int(found[1]) / 1024
