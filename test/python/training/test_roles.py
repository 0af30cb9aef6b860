"""One training in several processes: they compute what one process would, and end together."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import Program
from test_pytorch_training import losses as pytorch_losses
from test_rendezvous import RING_ROLES, SERVER_ROLES, options_of
from test_session import TINY
from test_training import losses, toy

from forked import Origin

OPTIONS = {**TINY, "model": "toy", "batchSize": 4, "imageSize": 33, "warmUpSteps": 0, "learningRate": 0.1}
WITH_TOY = f"import sys; sys.path.append({str(Path(__file__).parent)!r}); import zoo, test_training; "
WITH_TOY += "zoo.MODELS['toy'] = test_training.TOY"
"""Adds a model that is traced fast and has no dropout, whose masks depend on how a training is divided."""


class Training:
    """Programs that train together."""

    def __init__(
        self,
        folder: Path,
        origin: Origin,
        roles: Sequence[str],
        peers: Sequence[str] = (),
        change: str = WITH_TOY,
        framework: str = "tensorflow",
    ) -> None:
        """Start the roles, in the order in which they are told; there may be more peers than are started."""
        self.shared = options_of(sorted(peers or roles))
        self.programs: dict[str, Program] = {}
        for role in roles:
            self.programs[role] = Program(folder / role, origin=origin, change=change)
            self.programs[role].event()
            self.programs[role].send(
                command="start", options={**OPTIONS, **self.shared, "role": role, "framework": framework}
            )

    @property
    def workers(self) -> list[Program]:
        """The programs that train."""
        return [self.programs[role] for role in RING_ROLES]

    def ready(self) -> dict[str, Any]:
        """Wait until all roles are ready."""
        events = {role: program.event() for role, program in self.programs.items()}
        assert {event["event"] for event in events.values()} == {"ready"}, events
        return events

    def send_block(self, block: int, steps: int) -> None:
        """Give both workers a block."""
        for program in self.workers:
            program.send(command="block", series="synthetic", block=block, steps=steps)

    def losses(self, block: int, steps: int) -> list[float]:
        """Have both workers train a block; return their losses."""
        self.send_block(block, steps)
        events = [program.event() for program in self.workers]
        for event in events:
            assert event["event"] == "block", event
            assert event["items"] == 4 * steps
        return [event["metrics"]["loss"] for event in events]

    def send_endless_block(self) -> None:
        """Send a block, and return when all are at it."""
        self.send_block(9, 1_000_000)
        time.sleep(0.7)
        assert all(program.process.poll() is None for program in self.programs.values())

    def end(self) -> None:
        """End them all."""
        for program in self.programs.values():
            program.end()


@pytest.fixture
def train(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Training]]:
    """Start trainings that end with the test, by TensorFlow unless another framework is named."""
    trainings: list[Training] = []

    def start(*arguments: Any, **settings: Any) -> Training:
        origin = request.getfixturevalue(f"{settings.get('framework', 'tensorflow')}_origin")
        trainings.append(Training(tmp_path, origin, *arguments, **settings))
        return trainings[-1]

    yield start
    for training in trainings:
        training.end()


@pytest.fixture(scope="module")
def expected(tensorflow: Any) -> list[float]:
    """Return the mean loss, step by step, of one process with two devices, which see what two workers see."""
    from train import MirroredDevices

    del tensorflow  # Set up before its first use.
    return losses(toy(), MirroredDevices(["CPU:0", "CPU:1"]), 4)


def check_losses(training: Training, expected: list[float]) -> None:
    ready = training.ready()
    firsts = [ready[role]["facts"]["training"]["firstLoss"] for role in RING_ROLES]
    rest = [training.losses(block, 1) for block in range(3)]
    assert firsts[0] != firsts[1], "workers see the same images"
    assert [sum(pair) / 2 for pair in (firsts, *rest)] == pytest.approx(expected, rel=1e-5)
    assert abs(expected[3] - expected[0]) > 0.01
    for role in RING_ROLES:
        assert set(ready[role]["parts"]) == {"import", "build", "warmUp"}
        assert ready[role]["facts"]["training"]["cluster"] == {
            "role": role,
            "variableUpdate": training.shared["variableUpdate"],
            "workers": 2,
            "peers": training.shared["peers"],
        }


def test_workers_on_a_parameter_server_train_like_one_process(train: Any, expected: list[float]) -> None:
    training = train(("worker-1", "chief", "parameter-server"))
    check_losses(training, expected)
    training.send_endless_block()
    training.programs["chief"].process.kill()
    check_stopped(training.programs["parameter-server"])
    check_lost(training.programs["worker-1"], "chief is gone")


def check_stopped(program: Program) -> None:
    stopped = program.event()
    assert stopped["event"] == "stopped"
    assert stopped["peakMemoryMiB"] > 100
    assert program.ended() == (0, b"")


def check_lost(program: Program, message: str) -> None:
    lost = program.event()
    assert (lost["event"], lost.get("code")) == ("error", "peer-lost")
    assert lost["message"].startswith(message)
    assert program.ended() == (1, b"")


def test_workers_in_a_ring_train_like_one_process_and_stop_in_any_order(train: Any, expected: list[float]) -> None:
    training = train(RING_ROLES)
    check_losses(training, expected)
    for program in training.workers:
        program.send(command="stop")
        check_stopped(program)


@pytest.mark.usefixtures("torch")
def test_workers_on_pytorch_train_like_one_process_and_miss_the_chief(train: Any) -> None:
    training = train(("worker-1", "chief"), framework="pytorch")
    check_losses(training, pytorch_losses(toy(), 4, 2))
    training.send_endless_block()
    training.programs["chief"].process.kill()
    check_lost(training.programs["worker-1"], "chief is gone")


def test_workers_on_pytorch_stop_in_any_order(train: Any) -> None:
    training = train(RING_ROLES, framework="pytorch")
    training.ready()
    for program in training.workers:
        program.send(command="stop")
        check_stopped(program)


def test_a_worker_that_is_killed_ends_a_ring(train: Any) -> None:
    training = train(RING_ROLES)
    training.ready()
    training.send_endless_block()
    training.programs["worker-1"].process.kill()
    check_lost(training.programs["chief"], "worker-1 is gone")


def test_a_parameter_server_trains_nothing_and_is_missed(train: Any) -> None:
    training = train(SERVER_ROLES)
    ready = training.ready()["parameter-server"]
    assert set(ready["parts"]) == {"import", "build"}
    assert ready["facts"]["role"] == "parameter-server"
    assert ready["facts"]["tensorflow"].startswith("2.")
    training.send_endless_block()
    training.programs["parameter-server"].send(command="block", series="synthetic", block=0, steps=1)
    error = training.programs["parameter-server"].event()
    assert (error["event"], error["code"]) == ("error", "bad-command")
    for program in training.workers:
        check_lost(program, "parameter-server is gone")


def test_workers_stop_in_any_order_and_the_parameter_server_after_them(train: Any) -> None:
    training = train(("chief", "parameter-server", "worker-1"))
    training.ready()
    training.programs["worker-1"].send(command="stop")
    check_stopped(training.programs["worker-1"])
    assert training.programs["chief"].process.poll() is None
    training.programs["chief"].send(command="block", series="synthetic", block=0, steps=1)
    check_lost(training.programs["chief"], "worker-1 has been stopped")
    check_stopped(training.programs["parameter-server"])


def test_a_program_whose_peers_do_not_come_says_who(train: Any) -> None:
    training = train(("worker-1", "chief"), SERVER_ROLES, WITH_TOY + "; import rendezvous; rendezvous.JOIN_SECONDS = 5")
    for program in training.workers:
        error = program.event()
        assert (error["event"], error["code"]) == ("error", "peer-unreachable")
        assert f"parameter-server ({training.shared['peers']['parameter-server']})" in error["message"]
        assert program.ended() == (1, b"")
