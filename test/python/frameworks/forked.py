"""Programs that begin as copies of a process that has imported a framework: the import is the same each time.

Started as a program, this imports the modules that it is told and becomes whatever it is asked for on the socket that
is its standard input. A request comes with the three standard streams and a pipe; it is answered by the process id of
the program, and on the pipe, when that has ended, by its exit code.
"""

import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

STREAMS = 3
RUN = Path(__file__).parents[3] / "workloads" / "training" / "run"
"""The folder that programs begin in."""


def imported(module: str) -> Any:
    """Import a framework. What an import makes stays: looking for garbage would take a fifth of the time."""
    gc.disable()
    found = importlib.import_module(module)
    gc.freeze()
    gc.enable()
    return found


class Forked:
    """A program that was forked, with as much of `subprocess.Popen` as tests need."""

    def __init__(self, pid: int, ending: int, stdin: BinaryIO, stdout: BinaryIO) -> None:
        """Know it by its id, by the pipe that tells its end, and by its streams."""
        self.pid, self.stdin, self.stdout = pid, stdin, stdout
        self.returncode: int | None = None
        self._ending = ending
        os.set_blocking(ending, False)

    def poll(self) -> int | None:
        """Return its exit code as `Popen` does; None while it lives."""
        if self.returncode is None:
            try:
                self.returncode = int(os.read(self._ending, 16))
            except BlockingIOError:
                return None
            os.close(self._ending)
        return self.returncode

    def wait(self, timeout: float = 60) -> int:
        """Wait for its end. Raises `subprocess.TimeoutExpired`."""
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(0.01)
        return code

    def kill(self) -> None:
        """End it."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


class Origin:
    """A process that has imported a framework, and that programs are copies of."""

    def __init__(self, *modules: str, packages: str | None = None) -> None:
        """Start it with what it imports, and a folder of packages."""
        self._requests, other = socket.socketpair()
        env = os.environ if packages is None else {**os.environ, "PYTHONPATH": packages}
        with other:
            command = [sys.executable, __file__, *modules]
            self._process = subprocess.Popen(command, cwd=RUN, env=env, stdin=other.fileno())

    def start(self, program: str, stderr: BinaryIO) -> Forked:
        """Run what `python -c` would run; its standard error goes to a file."""
        (stdin, to_program), (from_program, stdout), (ending, ended) = os.pipe(), os.pipe(), os.pipe()
        given = [stdin, stdout, stderr.fileno(), ended]
        socket.send_fds(self._requests, [json.dumps(program).encode()], given)
        answer = self._requests.recv(16)
        assert answer, "the process that programs are copies of has ended"
        for stream in (stdin, stdout, ended):
            os.close(stream)
        return Forked(int(answer), ending, os.fdopen(to_program, "wb"), os.fdopen(from_program, "rb"))

    def run(self, script: Path, words: Sequence[str], stderr: BinaryIO) -> Forked:
        """Run a script with these words behind its name."""
        argv = [str(script), *words]
        place = f"import runpy, sys; sys.argv, sys.path[0] = {argv!r}, {str(script.parent)!r}"
        return self.start(f"{place}; runpy.run_path(sys.argv[0], run_name='__main__')", stderr)

    def end(self) -> None:
        """End it, and wait until it has."""
        self._requests.close()
        self._process.wait(30)


def serve(requests: socket.socket) -> None:
    """Answer requests until there are no more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Nobody asks how those that wait for programs have ended.
    while True:
        message, files, _, _ = socket.recv_fds(requests, 1 << 16, STREAMS + 1)
        if not message:
            return
        if os.fork() == 0:
            attend(requests, json.loads(message), files)
        for file in files:
            os.close(file)


def attend(requests: socket.socket, program: str, files: list[int]) -> NoReturn:
    """Fork the program, wait for it, and tell how it has ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    ended = files[STREAMS]
    pid = os.fork()
    if pid == 0:
        requests.close()
        for target, stream in enumerate(files[:STREAMS]):
            os.dup2(stream, target)
        for file in files:
            os.close(file)
        become(program)
    for file in files[:STREAMS]:
        os.close(file)
    requests.send(str(pid).encode())
    requests.close()
    os.write(ended, str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())
    os._exit(0)


def become(program: str) -> NoReturn:
    """Run the program to its end."""
    code = 0
    try:
        exec(compile(program, "<string>", "exec"), {"__name__": "__main__"})
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # Whatever it is, the log has it and the exit code says so.
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.path[0] = str(RUN)
    for module in sys.argv[1:]:
        imported(module)
    with socket.socket(fileno=os.dup(0)) as asked:
        serve(asked)
