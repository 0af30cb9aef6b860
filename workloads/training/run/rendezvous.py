"""How the roles of one training find each other, keep in step, and notice that one of them is gone.

A star of TCP connections: the chief listens at the port above its own, every other role holds one connection to it.
Lines of JSON go over them. Standard library alone: roles meet before any heavy import.
"""

import contextlib
import json
import selectors
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from options import CHIEF, Cluster, rendezvous_address
from protocol import SessionError

JOIN_SECONDS = 300.0
"""How long a role waits for the others."""
RETRY_SECONDS = 0.2
KEEP_ALIVE = ((socket.TCP_KEEPIDLE, 5), (socket.TCP_KEEPINTVL, 5), (socket.TCP_KEEPCNT, 3))
"""A host that vanishes without a word is noticed after 20 s; the kernel asks, no thread does."""
READ_BYTES = 1 << 16

Gone = Callable[[str, bool], None]
"""Called with a role that ended, and whether it was told to stop. By a thread, while anything may be going on."""


class Link:
    """A connection that carries lines of JSON."""

    def __init__(self, connection: socket.socket) -> None:
        """Take an open connection."""
        connection.settimeout(None)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in KEEP_ALIVE:
            connection.setsockopt(socket.IPPROTO_TCP, option, value)
        self.socket = connection
        self._rest = b""

    def send(self, **message: object) -> None:
        """Send a message. To somebody who is gone it is lost: whoever reads from the connection notices."""
        with contextlib.suppress(OSError):
            self.socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self) -> list[dict[str, Any]] | None:
        """Read what is there, waiting for it; None at the end, or when it is not ours who speaks."""
        try:
            read = self.socket.recv(READ_BYTES)
            *lines, self._rest = (self._rest + read).split(b"\n")
            messages = [json.loads(line) for line in lines]
        except (OSError, ValueError):
            return None
        ours = all(isinstance(message, dict) for message in messages) and len(self._rest) < READ_BYTES
        return messages if read and ours else None

    def close(self) -> None:
        """End the connection."""
        self.socket.close()


class Rendezvous:
    """The other roles of a training."""

    def __init__(self, cluster: Cluster, gone: Gone) -> None:
        """Wait for all roles, then watch them. Raises `peer-unreachable`, `peer-lost` and `bad-option`."""
        self._cluster = cluster
        self._gone = gone
        self._changed = threading.Condition()
        self._left: list[str] = []
        self._meetings = 0
        self._passed = 0
        self._arrived: dict[int, dict[str, str]] = defaultdict(dict)
        self._links = _gather(cluster) if cluster.role == CHIEF else {CHIEF: _join(cluster)}
        threading.Thread(target=self._watch, name="rendezvous", daemon=True).start()

    def meet(self, purpose: str, everybody: bool = False) -> float:
        """Wait until all workers are here for the same purpose; return the seconds that this took.

        `everybody`: the parameter server, too. Raises `peer-lost` if one of them was stopped, and `bad-command` at the
        chief if their purposes differ.
        """
        began = time.perf_counter()
        with self._changed:
            number = self.arrive(purpose, everybody)
            while self._passed < number:
                if self._left:
                    raise lost(self._left[0], "has been stopped")
                if len(set(self._arrived[number].values())) > 1:
                    said = ", ".join(f"{role}: {purpose}" for role, purpose in sorted(self._arrived[number].items()))
                    raise SessionError("bad-command", f"the workers were told to do different things: {said}")
                self._changed.wait()
        return time.perf_counter() - began

    def arrive(self, purpose: str, everybody: bool = False) -> int:
        """Come to a meeting without waiting for the others; return its number."""
        with self._changed:
            self._meetings += 1
            message = {"meeting": self._meetings, "purpose": purpose, "everybody": everybody}
            if self._cluster.role == CHIEF:
                self._note(CHIEF, message)
            else:
                self._links[CHIEF].send(**message)
            return self._meetings

    def leave(self) -> None:
        """Tell the others that the coming end of this process is no accident."""
        with self._changed:
            self._tell(self._links, left=self._cluster.role)

    def _watch(self) -> None:
        with selectors.DefaultSelector() as selector:
            for role, link in self._links.items():
                selector.register(link.socket, selectors.EVENT_READ, role)
            while selector.get_map():
                for key, _ in selector.select():
                    messages = self._links[key.data].receive()
                    for message in messages or ():
                        self._take(key.data, message)
                    if messages is None:
                        selector.unregister(key.fileobj)
                        self._links[key.data].close()
                        self._end_of(key.data)

    def _take(self, role: str, message: Mapping[str, Any]) -> None:
        if "lost" in message:
            self._gone(message["lost"], False)
        with self._changed:
            if "left" in message:
                self._left.append(message["left"])
                self._tell(self._others(role), left=message["left"])
            elif "passed" in message:
                self._passed = message["passed"]
            elif "meeting" in message:
                self._note(role, message)
            self._changed.notify_all()

    def _note(self, role: str, message: Mapping[str, Any]) -> None:
        """Note at the chief who has come to a meeting, and let all go on when all are there."""
        number = message["meeting"]
        arrived = self._arrived[number]
        arrived[role] = message["purpose"]
        expected = self._cluster.peers if message["everybody"] else self._cluster.workers
        if len(arrived) == len(expected) and len(set(arrived.values())) == 1:
            del self._arrived[number]
            self._passed = number
            self._tell(self._links, passed=number)

    def _end_of(self, role: str) -> None:
        orderly = role in self._left
        if not orderly:
            with self._changed:
                self._tell(self._others(role), lost=role)
        self._gone(role, orderly)

    def _others(self, role: str) -> Iterator[str]:
        return (other for other in self._links if other != role)

    def _tell(self, roles: Iterable[str], **message: object) -> None:
        for role in roles:
            self._links[role].send(**message)


def lost(role: str, how: str) -> SessionError:
    """Build the error for a role that ended before this one."""
    return SessionError("peer-lost", f"{role} {how}, and the training needs all of its roles")


def _unreachable(cluster: Cluster, missing: Iterable[str]) -> SessionError:
    names = ", ".join(f"{role} ({cluster.peers[role]})" for role in missing)
    return SessionError("peer-unreachable", f"no word within {JOIN_SECONDS:g} s from {names}; start every role")


def _gather(cluster: Cluster) -> dict[str, Link]:
    """Wait, as the chief, until every other role has connected."""
    deadline = time.monotonic() + JOIN_SECONDS
    links: dict[str, Link] = {}
    with (
        socket.create_server(("", rendezvous_address(cluster.peers).port)) as server,
        selectors.DefaultSelector() as selector,
    ):
        selector.register(server, selectors.EVENT_READ)
        while missing := [role for role in cluster.peers if role != CHIEF and role not in links]:
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                for link in links.values():
                    link.send(unreachable=missing)
                raise _unreachable(cluster, missing)
            for key, _ in ready:
                if key.fileobj is server:
                    link = Link(server.accept()[0])
                    selector.register(link.socket, selectors.EVENT_READ, link)
                elif not _admit(cluster, links, key.data):
                    selector.unregister(key.fileobj)
                    key.data.close()
        for key in [key for key in selector.get_map().values() if key.data not in (None, *links.values())]:
            key.data.close()  # Who connected without saying who it is.
    for link in links.values():
        link.send(missing=[])
    return links


def _admit(cluster: Cluster, links: dict[str, Link], link: Link) -> bool:
    """Hear a connection at the chief; return whether to keep it."""
    messages = link.receive()
    for known_role in [name for name, known in links.items() if known is link]:
        del links[known_role]  # It ended before the training began, and may come again.
    if not messages:
        return messages is not None
    role = str(messages[0].get("role"))
    problem = None
    if role not in cluster.peers or role == CHIEF:
        problem = f"{role} is no role that the chief was told of: {', '.join(cluster.peers)}"
    elif role in links:
        problem = f"another process is {role}"
    if problem is not None:
        link.send(refused=problem)
        return False
    links[role] = link
    for known in links.values():
        known.send(missing=[other for other in cluster.peers if other != CHIEF and other not in links])
    return True


def _join(cluster: Cluster) -> Link:
    """Wait, as any other role, for the chief, and then with it for the others."""
    deadline = time.monotonic() + JOIN_SECONDS
    link = _connect(cluster, deadline)
    link.send(role=cluster.role)
    missing: list[str] = [CHIEF]
    while missing:
        link.socket.settimeout(max(0.001, deadline - time.monotonic()))
        messages = link.receive()
        if messages is None:
            # The chief is gone, or the time is up.
            raise lost(CHIEF, "ended") if time.monotonic() < deadline else _unreachable(cluster, missing)
        for message in messages:
            if "refused" in message:
                raise SessionError(
                    "bad-option", f"option role is {cluster.role!r}, which was refused: {message['refused']}"
                )
            if "unreachable" in message:
                raise _unreachable(cluster, message["unreachable"])
            missing = message.get("missing", missing)
    link.socket.settimeout(None)
    return link


def _connect(cluster: Cluster, deadline: float) -> Link:
    address = rendezvous_address(cluster.peers)
    while (left := deadline - time.monotonic()) > 0:
        try:
            connection = socket.create_connection((address.host, address.port), timeout=left)
        except OSError:  # Not there yet, or its name is not known yet.
            time.sleep(min(RETRY_SECONDS, left))
            continue
        if connection.getsockname() != connection.getpeername():
            return Link(connection)
        connection.close()  # On one host, a port that nobody listens at may be given to whoever asks for it.
    raise _unreachable(cluster, [CHIEF])
