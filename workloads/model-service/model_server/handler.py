"""The same service as a function of AWS Lambda behind an HTTP API: events in payload format 2.0, no web server."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import time
from typing import Any, Final

from .description import read
from .errors import ServiceError
from .model import load
from .openapi import document
from .service import Answerer, written

LOG: Final = logging.getLogger("model_server")
SERVICE: Final = read()
ANSWERER: Final = Answerer(SERVICE, load(SERVICE))
DOCUMENT: Final = document(SERVICE)

Reply = dict[str, Any]


def _json(status: int, body: dict[str, Any]) -> Reply:
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}


def _body(event: dict[str, Any]) -> bytes:
    text = event.get("body") or ""
    try:
        return base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
    except binascii.Error as error:
        raise ServiceError(400, "body-unreadable", f"The body is not what its event says: {error}.") from error


def _predict(event: dict[str, Any]) -> Reply:
    started = time.perf_counter()
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    predictions = ANSWERER.predict(ANSWERER.read(headers.get("content-type", ""), _body(event)))
    kind, body = written(SERVICE, predictions, headers.get("accept", ""), started)
    binary = kind != "application/json"
    text = base64.b64encode(body).decode() if binary else body.decode()
    return {"statusCode": 200, "headers": {"content-type": kind}, "body": text, "isBase64Encoded": binary}


def handler(event: dict[str, Any], _context: Any) -> Reply:
    """Answer an event."""
    http = event.get("requestContext", {}).get("http", {})
    method, path = http.get("method", "POST"), event.get("rawPath", "/predict")
    try:
        if method == "POST" and path.endswith("/predict"):
            return _predict(event)
        if method == "GET" and path.endswith(("/healthz", "/readyz")):
            return _json(200, {"status": "ready", "model": SERVICE.name, "version": SERVICE.version})
        if method == "GET" and path.endswith("/openapi.json"):
            return _json(200, DOCUMENT)
        return _json(404, ServiceError(404, "not-found", f"There is no {method} {path}.").body())
    except ServiceError as error:
        return _json(error.status, error.body())
    except Exception as error:
        LOG.exception("a prediction failed")
        message = f"The prediction failed: {type(error).__name__}. The function's log has the rest."
        return _json(500, ServiceError(500, "prediction-failed", message).body())
