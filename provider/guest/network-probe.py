"""One end of a measurement between two hosts, as JSON on one line. Needs the standard library only.

`receive PORT SECONDS` waits for one sender; `send ADDRESS PORT SECONDS ROUND_TRIPS` finds it, exchanges single bytes,
and then sends as much as it can.
"""

import json
import socket
import statistics
import sys
import time

IP_MTU = 14  # From linux/in.h: what the kernel knows of the way of a connection.
TCP_INFO_RECEIVED = 128  # From linux/tcp.h: where struct tcp_info has tcpi_bytes_received, of 64 bits.
PATIENCE_SEC = 30
CHUNK = 1 << 18


def without_delay(connection: socket.socket) -> socket.socket:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.settimeout(PATIENCE_SEC)
    return connection


def received_by(connection: socket.socket) -> int:
    """Bytes that the kernel has received on a connection, read from it or not."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_RECEIVED + 8)
    return int.from_bytes(info[TCP_INFO_RECEIVED:], sys.byteorder)


def receive(port: int, seconds: float) -> dict[str, float]:
    """Answers bytes until the first longer message, then counts. The first fifth, while TCP finds its rate, is left out.

    What counts is when the kernel received a byte: where this program was kept waiting, it reads afterwards, at once,
    what came meanwhile, and a rate of reading would be above that of the link.
    """
    listener = socket.create_server(("", port))
    listener.settimeout(PATIENCE_SEC)
    connection = without_delay(listener.accept()[0])
    while connection.recv(1) == b"p":
        connection.sendall(b"p")
    buffer = bytearray(CHUNK)
    counting = time.perf_counter() + seconds / 5
    first: tuple[float, int] | None = None
    last = (counting, 0)
    while connection.recv_into(buffer) > 0:
        now = time.perf_counter()
        last = (now, received_by(connection))
        if first is None and now >= counting:
            first = last
    if first is None or last[0] <= first[0] or last[1] <= first[1]:
        raise SystemExit("too little was received to tell a rate")
    return {"throughputMbitPerSec": (last[1] - first[1]) * 8 / (last[0] - first[0]) / 1e6}


def connect(address: str, port: int) -> socket.socket:
    """Connects, as soon as the other end listens."""
    until = time.monotonic() + PATIENCE_SEC
    while True:
        try:
            return without_delay(socket.create_connection((address, port), timeout=PATIENCE_SEC))
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def send(address: str, port: int, seconds: float, round_trips: int) -> dict[str, float]:
    connection = connect(address, port)
    times = []
    for _ in range(round_trips):
        began = time.perf_counter()
        connection.sendall(b"p")
        if connection.recv(1) != b"p":
            raise SystemExit("the other end did not answer")
        times.append((time.perf_counter() - began) * 1000)
    chunk = bytes(CHUNK)
    until = time.perf_counter() + seconds
    connection.sendall(b"t")
    while time.perf_counter() < until:
        connection.sendall(chunk)
    mtu = connection.getsockopt(socket.IPPROTO_IP, IP_MTU)
    connection.close()
    return {"roundTripMs": statistics.median(times), "n": round_trips, "mtuBytes": mtu}


def main() -> None:
    role, *rest = sys.argv[1:]
    if role == "receive":
        answer = receive(int(rest[0]), float(rest[1]))
    else:
        answer = send(rest[0], int(rest[1]), float(rest[2]), int(rest[3]))
    print(json.dumps(answer))


main()
