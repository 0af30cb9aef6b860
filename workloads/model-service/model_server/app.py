"""The web application: routes, metrics, and the model that is loaded while the process is already alive."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import Any, Final

from flask import Flask, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client import REGISTRY as PROCESS_REGISTRY
from prometheus_client.multiprocess import MultiProcessCollector
from werkzeug.exceptions import HTTPException

from .batching import Worker
from .description import Service, read
from .errors import ServiceError
from .openapi import document
from .service import Answerer, written

LOG: Final = logging.getLogger("model_server")
LOAD_FAILED: Final = 3
"""Exit status that ends the web server as a whole: another process would fail the same way."""
STUCK_FACTOR: Final = 3
"""A prediction that runs so many times longer than it may makes the process unhealthy."""

REQUESTS = Counter("service_requests_total", "Requests, by route and HTTP status", ["route", "status"])
SECONDS = Histogram(
    "service_request_seconds",
    "Time from a request's first byte read to its answer, by route",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
PREDICTION_SECONDS = Histogram(
    "service_prediction_seconds",
    "Time of a batch in the model",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
BATCH_INPUTS = Histogram(
    "service_batch_inputs", "Inputs predicted together", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256)
)
UNDER_WAY = Gauge("service_requests_under_way", "Requests that are worked at", multiprocess_mode="livesum")
LOAD_SECONDS = Gauge("service_model_load_seconds", "Time that the model took to load", multiprocess_mode="max")


class Loading:
    """Loads the model beside the web server, so that the process is alive from the first moment on."""

    def __init__(self, service: Service) -> None:
        """Begin."""
        self.service = service
        self.answerer: Answerer | None = None
        self.worker: Worker | None = None
        threading.Thread(target=self._load, daemon=True).start()

    def _load(self) -> None:
        started = time.perf_counter()
        try:
            from .model import load

            answerer = Answerer(self.service, load(self.service))
            worker = Worker(answerer.predict, self.service.limits, self.service.batching, threads())
        except BaseException:
            LOG.exception("the model of %s could not be loaded", self.service.name)
            os._exit(LOAD_FAILED)
        worker.on_batch = observe
        LOAD_SECONDS.set(time.perf_counter() - started)
        self.answerer, self.worker = answerer, worker

    def ready(self) -> tuple[Answerer, Worker]:
        """Return what predicts, or tell the client to come again."""
        if self.answerer is None or self.worker is None:
            raise ServiceError(503, "model-loading", "The model is being loaded.", retry_after_sec=1)
        return self.answerer, self.worker


def threads() -> int:
    """Return the number of requests that one process works at, by `UNDERLAY_THREADS`."""
    return max(1, int(os.environ.get("UNDERLAY_THREADS", "4")))


def observe(size: int, seconds: float) -> None:
    """Note a batch that was predicted."""
    BATCH_INPUTS.observe(size)
    PREDICTION_SECONDS.observe(seconds)


def metrics() -> bytes:
    """Return the metrics of all processes."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(PROCESS_REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry)


def create_app() -> Flask:
    """Make the application; the model begins to load."""
    service = read()
    app = Flask("model_server")
    app.config["MAX_CONTENT_LENGTH"] = service.limits.body_bytes
    app.json.sort_keys = False
    loading = Loading(service)
    described = document(service)

    @app.post("/predict")
    def predict() -> Response:
        started = time.perf_counter()
        answerer, worker = loading.ready()
        predictions = worker.submit(answerer.read(request.content_type or "", request.get_data(cache=False)))
        kind, body = written(service, predictions, request.headers.get("accept", ""), started)
        return Response(body, content_type=kind)

    @app.get("/healthz")
    def healthz() -> Response:
        stuck = loading.worker.stuck_sec() if loading.worker is not None else 0.0
        if stuck > STUCK_FACTOR * service.limits.predict_sec:
            raise ServiceError(503, "prediction-stuck", f"A prediction has been running for {stuck:.0f} s.")
        return jsonify({"status": "alive"})

    @app.get("/readyz")
    def readyz() -> Response:
        loading.ready()
        return jsonify({"status": "ready", "model": service.name, "version": service.version})

    @app.get("/openapi.json")
    def openapi() -> Response:
        return jsonify(described)

    @app.get("/metrics")
    def prometheus() -> Response:
        return Response(metrics(), content_type=CONTENT_TYPE_LATEST)

    observe_requests(app)
    answer_errors(app, service)
    return app


def observe_requests(app: Flask) -> None:
    """Count requests and time them."""

    @app.before_request
    def begin() -> None:
        request.environ["service.started"] = time.perf_counter()
        UNDER_WAY.inc()

    @app.after_request
    def end(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule is not None else "other"
        REQUESTS.labels(route, response.status_code).inc()
        SECONDS.labels(route).observe(time.perf_counter() - request.environ["service.started"])
        return response

    @app.teardown_request
    def leave(_error: BaseException | None) -> None:
        UNDER_WAY.dec()


def answer_errors(app: Flask, service: Service) -> None:
    """Answer every error as JSON with a code."""

    @app.errorhandler(ServiceError)
    def refused(error: ServiceError) -> tuple[Any, int, dict[str, str]]:
        retry = {} if error.retry_after_sec is None else {"Retry-After": str(error.retry_after_sec)}
        return jsonify(error.body()), error.status, retry

    @app.errorhandler(HTTPException)
    def by_http(error: HTTPException) -> tuple[Any, int]:
        code = {404: "not-found", 405: "method-not-allowed", 413: "body-too-large"}.get(error.code or 500, "http-error")
        message = error.description or error.name
        if error.code == 413:
            message = f"The body may have {service.limits.body_bytes} bytes."
        return jsonify(ServiceError(error.code or 500, code, message).body()), error.code or 500

    @app.errorhandler(Exception)
    def failed(error: Exception) -> tuple[Any, int]:
        LOG.error("a prediction failed", exc_info=error)
        message = f"The prediction failed: {type(error).__name__}. The service's log has the rest."
        return jsonify(ServiceError(500, "prediction-failed", message).body()), 500
