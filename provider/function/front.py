"""Prepares the places of a function's instances, starts their front, and waits for what either leaves behind.

Each place is a network namespace that nothing leads to, with a socket that listens in it. The socket goes to the front,
which so answers from outside; the namespace is held open here alone, and is gone with this process.

Arguments: how many places, whether they have a network namespace (`own`) or not (`host`), and the front's command.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import NoReturn

CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
SIOCSIFFLAGS = 0x8914
IFF_UP = 0x1

libc = ctypes.CDLL(None, use_errno=True)


def check(result: int, what: str) -> None:
    """Raise when a call of the C library failed."""
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def listen(port: int) -> socket.socket:
    """Listen on the loopback address of the current network namespace."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", port))
    listener.listen(64)
    return listener


def isolated_place() -> tuple[socket.socket, int]:
    """Make a network namespace with nothing but loopback, and listen in it."""
    check(libc.unshare(CLONE_NEWNET), "unshare")
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    return listen(9001), os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def places(count: int, own: bool) -> list[tuple[socket.socket, str | None]]:
    """Make the places: listening sockets, each with the path of its network namespace."""
    if not own:
        return [(listen(0), None) for _ in range(count)]
    home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    made: list[tuple[socket.socket, str | None]] = []
    for _ in range(count):
        listener, namespace = isolated_place()
        check(libc.setns(home, CLONE_NEWNET), "setns")
        made.append((listener, f"/proc/{os.getpid()}/fd/{namespace}"))
    os.close(home)
    return made


def children() -> list[int]:
    """Ids of this process's children, the adopted ones among them."""
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def clear() -> None:
    """End all that is left, children of children too: what loses its parent becomes ours."""
    while (left := children()) or has_children():
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def has_children() -> bool:
    """Whether there is anything to wait for."""
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


def main(count: int, own: bool, command: list[str]) -> NoReturn:
    """Run the front until it ends."""
    check(libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl")
    made = places(count, own)
    slots = [
        {
            "descriptor": listener.fileno(),
            "address": "{}:{}".format(*listener.getsockname()),
            "namespace": namespace,
        }
        for listener, namespace in made
    ]
    front = os.fork()
    if front == 0:
        check(libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0), "prctl")
        for listener, _ in made:
            listener.set_inheritable(True)
        os.execv(command[0], [*command, json.dumps(slots)])
    for listener, _ in made:
        listener.close()
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, lambda *_: os.kill(front, signal.SIGTERM))
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == front:
            clear()
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2] == "own", sys.argv[3:])
