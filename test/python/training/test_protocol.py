"""The protocol, on the program itself; no case gets as far as importing TensorFlow."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PROGRAM, Launch, Program

from forked import Origin
from protocol import MAX_LINE_BYTES, SessionError, parse_command


@pytest.fixture(scope="module")
def origin() -> Iterator[Origin]:
    """Make the origin of programs that have got to where commands are read."""
    made = Origin("session")
    yield made
    made.end()


@pytest.fixture
def program(launch: Launch, origin: Origin) -> Program:
    """Start a program."""
    return launch(origin=origin)


def test_hello_comes_before_a_framework_is_imported_and_names_the_process(launch: Launch) -> None:
    program = launch()
    assert program.event() == {"event": "hello", "pid": program.process.pid}
    assert "/tensorflow/" not in Path(f"/proc/{program.process.pid}/maps").read_text()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"garbage\n", "not JSON: 'garbage'"),
        (b"\xff\xfe\n", "not JSON"),
        (b"[1]\n", "a command is an object"),
        (b'{"command":7}\n', "a command is an object"),
        (b'{"command":"begin"}\n', "command 'begin' is unknown; known: start, block, stop"),
        (b'{"command":"block","series":"synthetic","block":0,"steps":1}\n', "block came before start"),
        (b'{"command":"start"}\n', "command start has no options"),
        (b'{"command":"stop","now":true}\n', "field now is unknown"),
        (b'{"command":"block","serie":"synthetic"}\n', "did you mean series?"),
        (b"[" * 100_000 + b"\n", "not JSON"),
        (b" " * 10 + b"x" * (MAX_LINE_BYTES + 10) + b"\n", "longer than"),
    ],
)
def test_what_is_no_command_ends_the_session(program: Program, line: bytes, expected: str) -> None:
    program.event()
    program.write(line)
    error = program.event()
    assert (error["event"], error["code"]) == ("error", "bad-command")
    assert expected in error["message"]
    assert program.ended() == (1, b"")


def test_a_wrong_option_ends_the_session_before_the_heavy_import(program: Program) -> None:
    program.event()
    program.send(command="start", options={"model": "resnet50", "batchsize": 4})
    error = program.event()
    assert error["code"] == "bad-option"
    assert "option batchsize is unknown; did you mean batchSize?" in error["message"]
    assert program.ended() == (1, b"")


def test_stop_without_start_is_orderly(launch: Launch) -> None:
    program = launch()
    program.event()
    program.send(command="stop")
    stopped = program.event()
    assert stopped["event"] == "stopped"
    assert 5 < stopped["peakMemoryMiB"] < 100
    assert program.ended() == (0, b"")


def test_the_end_of_input_ends_the_program_at_once(program: Program) -> None:
    program.event()
    program.close_input()
    assert program.ended(2) == (1, b"")


def test_a_plan_that_ends_in_stop_may_be_piped_in(program: Program) -> None:
    program.write(b'\n  \n{"command":"stop"}\n')
    program.close_input()
    assert program.event()["event"] == "hello"
    assert program.event()["event"] == "stopped"
    assert program.ended() == (0, b"")


def test_nothing_but_events_reaches_standard_output() -> None:
    noise = (
        "import os, subprocess, sys\n"
        "from protocol import Channel\n"
        "channel = Channel.over_standard_streams()\n"
        "print('from print')\n"
        "os.write(1, b'from a library\\n')\n"
        "subprocess.run(['echo', 'from a child'])\n"
        "channel.send('hello', {'pid': 1})\n"
        "sys.stdout.flush()\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", noise], cwd=PROGRAM.parent, capture_output=True, check=True, stdin=subprocess.DEVNULL
    )
    assert result.stdout == b'{"event":"hello","pid":1}\n'
    for words in (b"from print", b"from a library", b"from a child"):
        assert words in result.stderr


def test_an_infinite_number_is_refused_rather_than_sent() -> None:
    script = "from protocol import Channel\nChannel.over_standard_streams().send('x', {'y': float('inf')})\n"
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=PROGRAM.parent, capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    assert result.returncode != 0
    assert result.stdout == b""


def test_commands_are_parsed_strictly() -> None:
    command = {"command": "stop", "more": [1]}
    assert parse_command(json.dumps(command).encode()) == command
    with pytest.raises(SessionError, match="not JSON") as caught:
        parse_command(b'{"command": "stop"')
    assert caught.value.code == "bad-command"
