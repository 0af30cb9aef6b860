"""Starts the service: `python3 -m model_server`. Flask under gunicorn, on port 8080 of every address.

`UNDERLAY_WORKERS` is the number of processes, each with the model of its own (1), `UNDERLAY_THREADS` that of requests
that each works at (4), `UNDERLAY_PORT` the port, `UNDERLAY_SOCKET` a Unix socket besides. `UNDERLAY_ACCESS_LOG=1`
prints a line for each request.
"""

from __future__ import annotations

import os
import sys
import tempfile
from typing import Any

from gunicorn.app.base import BaseApplication

GRACE_SEC = 8
"""Time that requests under way have to end in when the service is told to."""


def number(name: str, default: int, most: int) -> int:
    """Read a whole number of the environment."""
    text = os.environ.get(name, str(default))
    if not text.isdigit() or not 1 <= int(text) <= most:
        sys.exit(f"{name} is {text!r}, but must be a whole number from 1 to {most}.")
    return int(text)


def settings() -> dict[str, Any]:
    """Return the settings of gunicorn."""
    workers = number("UNDERLAY_WORKERS", 1, 64)
    if workers > 1:
        # Metrics of several processes are added up through files.
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="metrics-"))
    binds = [f"0.0.0.0:{number('UNDERLAY_PORT', 8080, 65535)}"]
    if "UNDERLAY_SOCKET" in os.environ:
        binds.append(f"unix:{os.environ['UNDERLAY_SOCKET']}")
    return {
        "bind": binds,
        "workers": workers,
        "worker_class": "gthread",
        # Probes are answered while all predictions are under way.
        "threads": number("UNDERLAY_THREADS", 4, 256) + 4,
        "timeout": 120,
        "graceful_timeout": GRACE_SEC,
        "keepalive": 75,
        "worker_tmp_dir": "/dev/shm" if os.access("/dev/shm", os.W_OK) else None,
        "control_socket_disable": True,
        "accesslog": "-" if os.environ.get("UNDERLAY_ACCESS_LOG") == "1" else None,
        "errorlog": "-",
        "loglevel": "warning",
        "limit_request_line": 4094,
        "limit_request_fields": 64,
        "child_exit": forget,
    }


def forget(_server: Any, worker: Any) -> None:
    """Take the gauges of a process that ended out of the metrics."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with these settings: files and variables of gunicorn's own are not read."""

    def load_config(self) -> None:
        """Set the settings."""
        for name, value in settings().items():
            if name in self.cfg.settings:  # Later releases have more.
                self.cfg.set(name, value)

    def load(self) -> Any:
        """Make the application, in each process."""
        from .app import create_app

        return create_app()


if __name__ == "__main__":
    Server().run()
