"""The session protocol: JSON Lines, commands on standard input, events on standard output, logs on standard error.

Nothing here knows what the workload is, and nothing but the standard library is imported: `hello` goes out before any
heavy import.
"""

import json
import os
import queue
import sys
import threading
from collections.abc import Mapping
from typing import BinaryIO, NoReturn

MAX_LINE_BYTES = 1 << 20
"""A longer line is refused rather than read into memory."""

EXIT_ERROR = 1
"""Exit code after an `error` event, and after an end of input that no `stop` announced."""


class SessionError(Exception):
    """An error that ends the session; the controller reads its code, people read its message."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the stable code (`bad-command`, `bad-option`, …) next to the sentence that explains it."""
        super().__init__(message)
        self.code = code
        self.message = message


def parse_command(line: bytes) -> dict[str, object]:
    """Parse one line into a command: a JSON object whose `command` is a string. Raises `bad-command` otherwise."""
    if len(line) > MAX_LINE_BYTES:
        raise SessionError("bad-command", f"a command line is longer than {MAX_LINE_BYTES} bytes")
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        shown = line[:80].decode("utf-8", "replace").strip()
        raise SessionError("bad-command", f"a command line is not JSON: {shown!r} ({error})") from None
    if not isinstance(value, dict) or not isinstance(value.get("command"), str):
        raise SessionError("bad-command", 'a command is an object such as {"command":"stop"}')
    return value


class Channel:
    """Both directions of a session.

    A thread reads commands as they come. It sleeps in `read` while nothing comes, so an idle session does no work, and
    it notices at once when the input ends. An end without a `stop` means that the controller is gone: the process ends
    there and then, whatever it is doing. After a `stop`, all commands that came before are carried out in order, so a
    fixed plan can be piped in.
    """

    def __init__(self, commands: BinaryIO, events: BinaryIO) -> None:
        """Speak over two open binary streams; reading starts with `listen`."""
        self._commands = commands
        self._events = events
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._sending = threading.Lock()

    @classmethod
    def over_standard_streams(cls) -> "Channel":
        """Take standard output for events alone, and point file descriptor 1 at standard error for everything else."""
        events = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)
        return cls(sys.stdin.buffer, events)

    def listen(self) -> None:
        """Start reading commands."""
        threading.Thread(target=self._read, name="commands", daemon=True).start()

    def receive(self) -> dict[str, object]:
        """Wait for the next command. Raises `bad-command` for a line that is none."""
        return parse_command(self._lines.get())

    def send(self, event: str, fields: Mapping[str, object]) -> None:
        """Send one event. Infinities and NaN are refused: they are no JSON."""
        with self._sending:
            self._write(event, fields)

    def end(self, event: str, fields: Mapping[str, object], code: int) -> NoReturn:
        """Send the last event and end the process. The thread that comes first is heard, all others wait."""
        self._sending.acquire()
        self._write(event, fields)
        leave(code)

    def fail(self, error: SessionError) -> NoReturn:
        """Send an error and end the process."""
        self.end("error", {"code": error.code, "message": error.message}, EXIT_ERROR)

    def _write(self, event: str, fields: Mapping[str, object]) -> None:
        line = json.dumps({"event": event, **fields}, allow_nan=False, separators=(",", ":")) + "\n"
        try:
            self._events.write(line.encode())
        except BrokenPipeError:
            leave(EXIT_ERROR)

    def _read(self) -> None:
        stopping = False
        while line := self._commands.readline(MAX_LINE_BYTES + 1):
            if line.isspace():
                continue
            stopping = stopping or _is_stop(line)
            self._lines.put(line)
        if not stopping:
            print("the input ended without a stop command", file=sys.stderr)
            leave(EXIT_ERROR)


def _is_stop(line: bytes) -> bool:
    try:
        return parse_command(line)["command"] == "stop"
    except SessionError:
        return False


def leave(code: int) -> NoReturn:
    """End the process without the second that the libraries' tear-down takes, once the logs are out."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)
