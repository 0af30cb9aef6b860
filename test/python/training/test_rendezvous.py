"""How roles find each other, keep in step, and notice ends: within this process, each role in a thread."""

import contextlib
import itertools
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

import rendezvous
from options import Cluster, parse_options
from protocol import SessionError
from rendezvous import Link, Rendezvous

SERVER_ROLES = ("parameter-server", "chief", "worker-1")
RING_ROLES = ("chief", "worker-1")


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
