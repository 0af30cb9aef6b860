"""A function that waits as long as a small model would take, and keeps the contract of an endpoint's answer."""

import json
import time
from typing import Any

PREDICTION_SECONDS = 0.05
_state = {"cold": True}


def handler(_event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer a request."""
    cold = _state["cold"]
    _state["cold"] = False
    time.sleep(PREDICTION_SECONDS)
    parts = dict.fromkeys(("runtimeStart", "imports", "modelLoad", "firstPrediction"), 0.0)
    body = {
        "prediction": {"class": 0, "probability": 1.0, "meaningful": False},
        "model": "none",
        "coldStart": cold,
        "requestId": context.aws_request_id,
        "timings": {**parts, "prediction": PREDICTION_SECONDS},
    }
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
