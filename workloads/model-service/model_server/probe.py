"""Says by its exit status whether the service is alive: for engines of containers that have no probe of HTTP."""

from __future__ import annotations

import http.client
import os
import sys


def main() -> int:
    """Ask `/healthz`."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("UNDERLAY_PORT", "8080")), timeout=4)
    try:
        connection.request("GET", "/healthz")
        return 0 if connection.getresponse().status == 200 else 1
    except OSError:
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
