"""What a client is told when a request cannot be answered."""

from __future__ import annotations

from typing import Any


class ServiceError(Exception):
    """A request that cannot be answered: an HTTP status, a stable code in kebab-case, and what to do about it."""

    def __init__(self, status: int, code: str, message: str, retry_after_sec: int | None = None) -> None:
        """Take what the client is told; with `retry_after_sec`, when to try again."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.retry_after_sec = retry_after_sec

    def body(self) -> dict[str, Any]:
        """Return the body of the answer."""
        return {"error": {"code": self.code, "message": str(self)}}
