"""Asks a service for predictions until its standard input ends: `service_load.py URL MODE`, then a summary as JSON.

Two clients ask one thing after the other; with the mode `each` over a connection for each request, with `kept` over
connections that are kept. A connection that the service ended between two requests is made again, as HTTP has it
(RFC 9112, section 9.3.1): only what was lost after it began to be answered, or twice in a row, has failed.
"""

from __future__ import annotations

import collections
import http.client
import json
import sys
import threading
import time
from urllib.parse import urlsplit

BODY = json.dumps({"instances": [[1, 2, 3]]})
PAUSE_SEC = 0.02


class Load:
    """What was asked and answered."""

    def __init__(self, url: str, kept: bool) -> None:
        """Ask nothing yet."""
        self.host, self.port, self.kept = urlsplit(url).hostname or "", urlsplit(url).port or 80, kept
        self.ended = threading.Event()
        self.versions: collections.Counter[str] = collections.Counter()
        self.order: list[int] = []
        self.failed: list[str] = []
        self.reconnected = 0

    def ask(self, connection: http.client.HTTPConnection) -> None:
        """Ask once."""
        connection.request("POST", "/predict", BODY, {"content-type": "application/json"})
        response = connection.getresponse()
        text = response.read().decode()
        if response.status != 200:
            self.failed.append(f"{response.status} {text[:200]}")
            return
        version = json.loads(text)["predictions"][0]["version"]
        self.versions[str(version)] += 1
        if version not in self.order:
            self.order.append(version)

    def client(self) -> None:
        """Ask until told to end."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        fresh = True
        while not self.ended.is_set():
            try:
                self.ask(connection)
                fresh = not self.kept
            except (OSError, http.client.HTTPException) as error:
                if fresh:
                    self.failed.append(repr(error))
                else:
                    self.reconnected += 1
                fresh = True
            if fresh:
                connection.close()
            time.sleep(PAUSE_SEC)
        connection.close()


def main() -> None:
    """Ask."""
    load = Load(sys.argv[1], sys.argv[2] == "kept")
    clients = [threading.Thread(target=load.client) for _ in range(2)]
    for each in clients:
        each.start()
    sys.stdin.read()
    load.ended.set()
    for each in clients:
        each.join()
    summary = {"versions": load.versions, "order": load.order, "failed": load.failed, "reconnected": load.reconnected}
    print(json.dumps(summary))


if __name__ == "__main__":
    main()
