"""One training in several processes: roles that find each other, compute what one process would, and end together."""

import contextlib
import itertools
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import Program
from test_session import TINY
from test_training import losses, toy

import rendezvous
from options import Cluster, parse_options
from protocol import SessionError
from rendezvous import Link, Rendezvous

SERVER_ROLES = ("parameter-server", "chief", "worker-1")
RING_ROLES = ("chief", "worker-1")
OPTIONS = {**TINY, "model": "toy", "batchSize": 4, "imageSize": 33, "warmUpSteps": 0, "learningRate": 0.1}
WITH_TOY = f"import sys; sys.path.append({str(Path(__file__).parent)!r}); import zoo, test_training; "
WITH_TOY += "zoo.MODELS['toy'] = test_training.TOY"
"""Adds a model that is traced fast and has no dropout, whose masks depend on how a training is divided."""


def free_ports(count: int) -> int:
    """Return the first of so many ports that nobody listens at, below those that the kernel gives to whoever asks."""
    while True:
        first = random.randrange(15000, 30000, 16)
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(first, first + count):
                stack.enter_context(socket.create_server(("", port)))
            return first


def options_of(roles: Sequence[str]) -> dict[str, Any]:
    """Return options that all roles share."""
    first = free_ports(2 * len(roles))
    peers = {role: f"127.0.0.1:{first + 2 * index}" for index, role in enumerate(roles)}
    return {"peers": peers, "variableUpdate": "parameter-server" if "parameter-server" in roles else "all-reduce"}


def cluster_of(role: str, shared: dict[str, Any]) -> Cluster:
    cluster = parse_options({"model": "alexnet", "role": role, **shared}).cluster
    assert cluster is not None
    return cluster


class Ended:
    """What a role is told about the ends of others."""

    def __init__(self) -> None:
        """Begin with none."""
        self.roles: list[tuple[str, bool]] = []
        self.told = threading.Event()

    def __call__(self, role: str, orderly: bool) -> None:
        """Note an end."""
        self.roles.append((role, orderly))
        self.told.set()


class Roles:
    """Roles that meet within this process, each in a thread."""

    def __init__(self, roles: Sequence[str]) -> None:
        """Start none of them yet."""
        self.shared = options_of(roles)
        self.joined: dict[str, Rendezvous] = {}
        self.errors: dict[str, SessionError] = {}
        self.ended = {role: Ended() for role in roles}
        self.threads: list[threading.Thread] = []

    def start(self, role: str) -> None:
        """Start a role."""

        def join() -> None:
            try:
                self.joined[role] = Rendezvous(cluster_of(role, self.shared), self.ended[role])
            except SessionError as error:
                self.errors[role] = error

        self.threads.append(threading.Thread(target=join))
        self.threads[-1].start()

    def wait(self) -> None:
        """Wait until all that were started have found the others, or have given up."""
        for thread in self.threads:
            thread.join(20)
            assert not thread.is_alive()

    def close(self, role: str) -> None:
        """End a role's connections, as the end of its process does."""
        for link in self.joined.pop(role)._links.values():
            with contextlib.suppress(OSError):  # It has ended already.
                link.socket.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def meet() -> Iterator[Callable[[Sequence[str]], Roles]]:
    """Make roles that end with the test."""
    made: list[Roles] = []

    def make(roles: Sequence[str]) -> Roles:
        made.append(Roles(roles))
        return made[-1]

    yield make
    for roles in made:
        roles.wait()
        for role in list(roles.joined):
            roles.close(role)


Meet = Callable[[Sequence[str]], Roles]


@pytest.mark.parametrize("order", list(itertools.permutations(SERVER_ROLES)))
def test_roles_find_each_other_in_any_order(meet: Meet, order: tuple[str, ...]) -> None:
    roles = meet(SERVER_ROLES)
    for role in order:
        assert not roles.joined
        roles.start(role)
        roles.threads[-1].join(0.1)
    roles.wait()
    assert set(roles.joined) == set(SERVER_ROLES)


def test_who_is_missing_is_named_everywhere(meet: Meet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendezvous, "JOIN_SECONDS", 0.8)
    roles = meet((*SERVER_ROLES, "worker-2"))
    for role in ("worker-1", "chief"):
        roles.start(role)
    roles.wait()
    for role in ("worker-1", "chief"):
        assert roles.errors[role].code == "peer-unreachable"
        for missing in ("parameter-server", "worker-2"):
            assert f"{missing} ({roles.shared['peers'][missing]})" in roles.errors[role].message
        assert "worker-1 (" not in roles.errors[role].message


def test_a_second_process_of_a_role_is_refused(meet: Meet) -> None:
    roles = meet(SERVER_ROLES)
    for role in ("chief", "worker-1"):
        roles.start(role)
        roles.threads[-1].join(0.4)
    with pytest.raises(SessionError, match="role is 'worker-1', which was refused: another process is worker-1"):
        Rendezvous(cluster_of("worker-1", roles.shared), Ended())
    roles.start("parameter-server")
    roles.wait()
    assert set(roles.joined) == set(SERVER_ROLES)


def test_a_role_that_ends_while_others_are_missing_may_come_again(meet: Meet) -> None:
    roles = meet(SERVER_ROLES)
    roles.start("chief")
    first = rendezvous._connect(cluster_of("worker-1", roles.shared), time.monotonic() + 9)
    first.send(role="worker-1")
    assert first.receive() == [{"missing": ["parameter-server"]}]
    first.close()
    roles.start("parameter-server")
    roles.threads[-1].join(0.3)
    assert not roles.joined
    roles.start("worker-1")
    roles.wait()
    assert set(roles.joined) == set(SERVER_ROLES)


def test_strangers_at_the_port_disturb_nobody(meet: Meet) -> None:
    roles = meet(RING_ROLES)
    roles.start("chief")
    strangers: list[Link] = []
    for words in (b"GET / HTTP/1.1\r\n\r\n", b'{"role":"worker-7"}\n', b"[]\n", b'{"role":["chief"]}\n', b""):
        strangers.append(rendezvous._connect(cluster_of("worker-1", roles.shared), time.monotonic() + 9))
        strangers[-1].socket.sendall(words)
    roles.start("worker-1")
    roles.wait()
    assert set(roles.joined) == set(RING_ROLES)
    for stranger in strangers:
        stranger.close()


def test_workers_wait_for_each_other(meet: Meet) -> None:
    roles = meet(SERVER_ROLES)
    for role in SERVER_ROLES:
        roles.start(role)
    roles.wait()
    passed: list[str] = []

    def go(role: str) -> None:
        roles.joined[role].meet("all", everybody=True)
        roles.joined[role].meet("two")
        passed.append(role)

    threads = [threading.Thread(target=go, args=[role]) for role in RING_ROLES]
    for thread in threads:
        thread.start()
        thread.join(0.2)
    assert not passed
    roles.joined["parameter-server"].arrive("all", everybody=True)
    for thread in threads:
        thread.join(5)
    assert sorted(passed) == sorted(RING_ROLES)


def test_workers_that_were_told_different_things_are_an_error(meet: Meet) -> None:
    roles = meet(RING_ROLES)
    for role in RING_ROLES:
        roles.start(role)
    roles.wait()
    roles.joined["worker-1"].arrive("a block of 2 steps")
    with pytest.raises(SessionError, match="chief: a block of 3 steps, worker-1: a block of 2 steps") as caught:
        roles.joined["chief"].meet("a block of 3 steps")
    assert caught.value.code == "bad-command"


def test_the_end_of_a_role_is_told_to_all(meet: Meet) -> None:
    roles = meet((*SERVER_ROLES, "worker-2"))
    for role in roles.ended:
        roles.start(role)
    roles.wait()
    roles.close("worker-2")
    for role in SERVER_ROLES:
        assert roles.ended[role].told.wait(5)
        assert roles.ended[role].roles == [("worker-2", False)]


def test_a_role_that_was_stopped_is_missed_at_the_next_meeting_alone(meet: Meet) -> None:
    roles = meet((*RING_ROLES, "worker-2"))
    for role in roles.ended:
        roles.start(role)
    roles.wait()
    roles.joined["worker-2"].leave()
    roles.close("worker-2")
    assert roles.ended["chief"].told.wait(5)
    assert roles.ended["chief"].roles == [("worker-2", True)]
    for role in RING_ROLES:
        with pytest.raises(SessionError, match="worker-2 has been stopped") as caught:
            roles.joined[role].meet("a block of 1 steps")
        assert caught.value.code == "peer-lost"
    assert not roles.ended["worker-1"].roles


class Training:
    """Programs that train together."""

    def __init__(self, folder: Path, roles: Sequence[str], peers: Sequence[str] = (), change: str = WITH_TOY) -> None:
        """Start the roles, in the order in which they are told; there may be more peers than are started."""
        self.shared = options_of(sorted(peers or roles))
        self.programs: dict[str, Program] = {}
        for role in roles:
            self.programs[role] = Program(folder / role, change)
            self.programs[role].event()
            self.programs[role].send(command="start", options={**OPTIONS, **self.shared, "role": role})

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
def train(tmp_path: Path) -> Iterator[Callable[..., Training]]:
    """Start trainings that end with the test."""
    trainings: list[Training] = []

    def start(*arguments: Any) -> Training:
        trainings.append(Training(tmp_path, *arguments))
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
    training = train(
        ("worker-1", "chief"), SERVER_ROLES, WITH_TOY + "; import rendezvous; rendezvous.JOIN_SECONDS = 1.5"
    )
    for program in training.workers:
        error = program.event()
        assert (error["event"], error["code"]) == ("error", "peer-unreachable")
        assert f"parameter-server ({training.shared['peers']['parameter-server']})" in error["message"]
        assert program.ended() == (1, b"")
