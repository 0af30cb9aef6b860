"""The training workload: a session that trains an image classifier in timed blocks. README.md has the protocol."""

import os
import re
import sys
import traceback

sys.dont_write_bytecode = True  # The program's folder is shared with hosts and identified by its digest.

from protocol import Channel, SessionError  # noqa: E402
from session import Session  # noqa: E402

TENSORFLOW_MARKS = re.compile(r"\{\{function_node .*?\}\} ?| ?\[Op:.*?\]( name: *)?")
"""What TensorFlow puts around the sentence of an error."""

OUT_OF_MEMORY = ("ResourceExhaustedError", "OutOfMemoryError")
"""Errors of TensorFlow, and of PyTorch on a GPU."""
CPU_ALLOCATOR = "DefaultCPUAllocator: "
"""What PyTorch's `RuntimeError` names when it cannot allocate on the CPU."""


def describe(error: BaseException) -> SessionError:
    """Turn anything that went wrong into an error with a stable code."""
    if isinstance(error, SessionError):
        return error
    text = TENSORFLOW_MARKS.sub("", str(error))
    first = next((line.strip() for line in text.splitlines() if line.strip()), "no message")
    name = type(error).__name__
    if isinstance(error, MemoryError) or name in OUT_OF_MEMORY or CPU_ALLOCATOR in text:
        return SessionError("out-of-memory", f"{first}; a smaller batchSize or imageSize, or more memory, helps")
    return SessionError("workload-failed", f"{name}: {first}")


def main() -> None:
    """Say hello, then carry out commands until `stop`, an error or the end of the input."""
    channel = Channel.over_standard_streams()
    channel.send("hello", {"pid": os.getpid()})
    channel.listen()
    session = Session(channel)
    try:
        while True:
            event, fields = session.handle(channel.receive())
            if event == "stopped":
                channel.end(event, fields, 0)
            channel.send(event, fields)
    except BaseException as error:  # Whatever it is, the controller hears of it.
        if not isinstance(error, SessionError):
            traceback.print_exc()
            if type(error).__module__.startswith("tensorflow") or isinstance(error, RuntimeError):
                session.await_loss()
        channel.fail(describe(error))


if __name__ == "__main__":
    main()
