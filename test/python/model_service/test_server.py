"""The server of models: what it reads, predicts and answers, without a web server."""

import base64
import importlib
import io
import json
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from model_server import inputs
from model_server.batching import Worker
from model_server.description import Batching, Limits, Service, read
from model_server.errors import ServiceError
from model_server.inputs import Array, Request, request_of, tensors_of
from model_server.openapi import document
from model_server.service import Answerer, plain, rows_of, written

SERVER = Path(__file__).parents[3] / "workloads" / "model-service" / "model_server"

Make = Callable[..., Service]


def described(**changes: Any) -> dict[str, Any]:
    """Describe a service of one input of three numbers."""
    return {
        "schemaVersion": 1,
        "name": "sum",
        "version": "0123456789ab",
        "entry": {"kind": "model", "format": "onnx", "path": "model.onnx"},
        "inputs": [{"name": "x", "type": "float32", "shape": [None, 3]}],
        "outputs": [],
        "limits": {"bodyBytes": 10_000, "predictSec": 0.5, "instances": 4, "waiting": 3},
        "batching": None,
        "image": {"scale": 1, "mean": [], "deviation": []},
        **changes,
    }


@pytest.fixture
def service(tmp_path: Path) -> Make:
    """Make services."""

    def make(**changes: Any) -> Service:
        (tmp_path / "service.json").write_text(json.dumps(described(**changes)))
        return read(tmp_path)

    return make


def code_of(work: Callable[[], object]) -> tuple[int, str]:
    """Return the status and code of what something is refused with."""
    with pytest.raises(ServiceError) as refused:
        work()
    return refused.value.status, refused.value.code


def npy(array: Array) -> bytes:
    """Write a tensor."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def png(mode: str, size: tuple[int, int], value: Any) -> bytes:
    """Draw a picture of one colour."""
    file = io.BytesIO()
    Pillow.new(mode, size, value).save(file, "PNG")
    return file.getvalue()


class Doubling:
    """A model that doubles."""

    def predict(self, tensors: dict[str, Array]) -> dict[str, Array]:
        """Double the only input."""
        (value,) = tensors.values()
        return {"y": value * 2}


def test_json_arrays_tensors_and_named_inputs_come_to_the_same(service: Make) -> None:
    one = service()
    answerer = Answerer(one, Doubling())
    rows = [[1, 2, 3], [4, 5, 6]]
    bodies = [
        ("application/json; charset=utf-8", json.dumps({"instances": rows}).encode()),
        ("application/json", json.dumps(rows).encode()),
        ("application/json", json.dumps({"inputs": {"x": rows}}).encode()),
        ("application/x-npy", npy(np.array(rows))),
        ("application/octet-stream", npy(np.array(rows, dtype="int64"))),
    ]
    for kind, body in bodies:
        predictions = answerer.predict(answerer.read(kind, body))
        assert plain(predictions) == [[2.0, 4.0, 6.0], [8.0, 10.0, 12.0]]
    (single,) = answerer.predict(answerer.read("application/x-npy", npy(np.array([1, 2, 3]))))
    assert single.dtype == np.float32
    kind, body = written(one, [single], "application/x-npy", time.perf_counter())
    assert np.load(io.BytesIO(body)).tolist() == [[2, 4, 6]]
    assert kind == "application/x-npy"


@pytest.mark.parametrize(
    ("kind", "body", "refused"),
    [
        ("application/json", b"", (400, "body-missing")),
        ("application/json", b"[1,", (400, "json-invalid")),
        ("application/json", b"[NaN]", (400, "json-invalid")),
        ("application/json", b"[" * 5000, (400, "json-invalid")),
        ("application/json", b"\xff", (400, "json-invalid")),
        ("application/json", b'{"instances": 1}', (400, "json-unexpected")),
        ("application/json", b"[]", (400, "inputs-missing")),
        ("application/json", b"[[1,2,3],[1,2,3],[1,2,3],[1,2,3],[1,2,3]]", (413, "inputs-too-many")),
        ("application/json", b"[[1,2],[1]]", (400, "input-invalid")),
        ("application/json", b'[["a",2,3]]', (400, "input-invalid")),
        ("application/json", b"[[1,2]]", (400, "input-shape")),
        ("application/json", b'{"inputs": {"z": [[1,2,3]]}}', (400, "inputs-unexpected")),
        ("application/json", b" " * 10_001, (413, "body-too-large")),
        ("application/x-npy", b"\x93NUMPY", (400, "tensor-unreadable")),
        ("application/x-npy", npy(np.array([object()], dtype=object)), (400, "tensor-unreadable")),
        ("image/png", b"GIF89a", (415, "content-type-unsupported")),
        ("text/plain", b"1", (415, "content-type-unsupported")),
        ("", b"1", (415, "content-type-unsupported")),
    ],
)
def test_what_the_model_cannot_take_is_refused_with_a_code(
    service: Make, kind: str, body: bytes, refused: tuple[int, str]
) -> None:
    one = (
        service(inputs=[{"name": "x", "type": "float32", "shape": [None, 7, 7, 3]}])
        if kind == "image/png"
        else service()
    )
    if kind == "image/png":
        refused = (400, "image-unreadable")
    assert code_of(lambda: Answerer(one, Doubling()).read(kind, body)) == refused


def test_a_tensor_whose_header_says_more_than_it_holds_takes_no_memory(service: Make) -> None:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000, 1000000), }"
    body = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    assert code_of(lambda: request_of(service(), "application/x-npy", body)) == (400, "tensor-unreadable")


def test_pictures_take_the_shape_and_scale_that_the_model_asks_for(
    service: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    scale = {"scale": 0.5, "mean": [10, 20, 30], "deviation": [1, 2, 3]}
    one = service(inputs=[{"name": "x", "type": "float32", "shape": [None, 3, 4, 5]}], image=scale)
    (made,) = tensors_of(one, request_of(one, "image/png", png("RGB", (50, 40), (100, 60, 90)))).values()
    assert made.shape == (1, 3, 4, 5)
    assert made[0, :, 0, 0].tolist() == [40, 5, 5]
    grey = service(inputs=[{"name": "x", "type": "float32", "shape": [None, 28, 28, 1]}])
    (made,) = tensors_of(grey, request_of(grey, "image/png", png("RGBA", (5, 5), (7, 7, 7, 255)))).values()
    assert (made.shape, float(made.max())) == ((1, 28, 28, 1), 7.0)
    monkeypatch.setattr(inputs, "MOST_PIXELS", 24)
    assert code_of(lambda: request_of(grey, "image/png", png("L", (5, 5), 7))) == (413, "image-too-large")
    flat = service()
    assert request_of(flat, "image/png", png("L", (2, 2), 1)).instances is not None


def test_several_inputs_come_by_name_and_answers_by_the_names_of_outputs(service: Make) -> None:
    specs = [{"name": name, "type": "int64", "shape": [None, 1]} for name in ("a", "b")]
    one = service(inputs=specs)
    body = json.dumps({"instances": [{"a": [1], "b": [2]}, {"a": [3], "b": [4]}]}).encode()
    tensors = tensors_of(one, request_of(one, "application/json", body))
    assert tensors["b"].tolist() == [[2], [4]]
    rows = rows_of({"sum": np.array([3, 7]), "mean": np.array([1.5, 3.5])}, 2)
    assert plain(rows) == [{"sum": 3, "mean": 1.5}, {"sum": 7, "mean": 3.5}]
    assert code_of(lambda: rows_of({"y": np.zeros(3)}, 2)) == (500, "output-unexpected")
    bad = json.dumps({"instances": [{"a": [1]}]}).encode()
    assert code_of(lambda: tensors_of(one, request_of(one, "application/json", bad))) == (400, "inputs-unexpected")
    uneven = json.dumps({"inputs": {"a": [[1]], "b": [[1], [2]]}}).encode()
    assert code_of(lambda: tensors_of(one, request_of(one, "application/json", uneven))) == (400, "inputs-uneven")


def test_answers_are_json_whatever_a_function_returns() -> None:
    value = {"a": np.float32(0.5), 1: (float("nan"), np.inf), "t": np.array([[True]]), "b": b"text"}
    assert plain(value) == {"a": 0.5, "1": [None, None], "t": [[True]], "b": "text"}
    assert code_of(lambda: plain(object())) == (500, "output-unexpected")


def test_requests_of_the_same_moment_are_predicted_together_and_one_bad_one_fails_alone() -> None:
    sizes: list[int] = []

    def predict(request: Request) -> list[Any]:
        (value,) = (request.tensors or {}).values()
        sizes.append(len(value))
        time.sleep(0.02)
        if (value < 0).any():
            raise ServiceError(400, "input-refused", "below zero")
        return list(value)

    worker = Worker(predict, Limits(1, 5, 10, 100), Batching(8, 20), threads=1)
    answers: dict[int, Any] = {}

    def ask(number: int) -> None:
        try:
            answers[number] = worker.submit(Request(None, {"x": np.array([[number]])}))[0][0]
        except ServiceError as error:
            answers[number] = error.code

    threads = [threading.Thread(target=ask, args=(number,)) for number in [*range(12), -1]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {number: answers[number] for number in range(12)} == {number: number for number in range(12)}
    assert answers[-1] == "input-refused"
    assert max(sizes) > 1
    assert max(sizes) <= 8


def batches(requests: list[Array], batching: Batching) -> tuple[list[Any], list[int]]:
    """Send requests while the model is busy with the first; return the answers, and the sizes of batches after it."""
    sizes: list[int] = []
    free = threading.Event()

    def predict(request: Request) -> list[Any]:
        free.wait(5)
        (value,) = (request.tensors or {}).values()
        sizes.append(len(value))
        return list(value.sum(axis=1))

    worker = Worker(predict, Limits(1, 10, 10, 100), batching, threads=1)
    answers: list[Any] = [None] * len(requests)

    def ask(index: int, value: Array) -> None:
        answers[index] = worker.submit(Request(None, {"x": value}))

    first = threading.Thread(target=ask, args=(0, requests[0]))
    first.start()
    while not worker.under_way:
        time.sleep(0.001)
    threads = [threading.Thread(target=ask, args=(index, value)) for index, value in enumerate(requests) if index > 0]
    for waiting, thread in enumerate(threads):
        thread.start()
        while len(worker.queue) <= waiting:
            time.sleep(0.001)
    free.set()
    for thread in [first, *threads]:
        thread.join()
    return answers, sizes[1:]


def test_each_request_gets_its_own_answers_from_a_batch_that_is_no_larger_than_allowed() -> None:
    counts = [1, 3, 2, 1, 4, 7, 1]
    requests = [np.full((count, 2), index) for index, count in enumerate(counts)]
    answers, sizes = batches(requests, Batching(5, 50))
    assert [list(each) for each in answers] == [[2 * index] * count for index, count in enumerate(counts)]
    # In the order that they came in: 3 and 2, 1 and 4, 7 alone since it is too large for any company, 1.
    assert sizes == [5, 5, 7, 1]


def test_requests_whose_inputs_do_not_fit_together_are_predicted_one_by_one() -> None:
    requests = [np.ones((1, 2)), np.ones((1, 2)), np.ones((1, 3)), np.ones((1, 2), dtype="int64")]
    answers, sizes = batches(requests, Batching(8, 20))
    assert [each[0] for each in answers] == [2, 2, 3, 2]
    assert sizes == [1, 1, 1]


def test_who_is_alone_waits_for_nobody_and_in_company_no_longer_than_allowed() -> None:
    worker = Worker(lambda request: list((request.tensors or {})["x"]), Limits(1, 5, 10, 10), Batching(8, 4000), 1)
    started = time.monotonic()
    for _ in range(5):
        worker.submit(Request(None, {"x": np.ones((1, 1))}))
    assert time.monotonic() - started < 3.5
    started = time.monotonic()
    batches([np.ones((1, 1))] * 3, Batching(8, 100))
    assert 0.09 < time.monotonic() - started < 5


def test_who_waits_too_long_or_comes_too_much_is_told_so() -> None:
    free = threading.Event()

    def predict(request: Request) -> list[Any]:
        free.wait(5)
        return request.instances or []

    worker = Worker(predict, Limits(1, 1, 10, 2), None, threads=1)
    codes: list[tuple[int, str]] = []

    def ask() -> None:
        codes.append(code_of(lambda: worker.submit(Request([1], None))))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.1)
    assert code_of(lambda: worker.submit(Request([1], None))) == (503, "overloaded")
    for thread in threads:
        thread.join()
    assert codes == [(504, "prediction-timeout")] * 2
    assert worker.stuck_sec() > 0.1
    free.set()
    for _ in range(100):
        if worker.stuck_sec() == 0:
            break
        time.sleep(0.01)
    assert worker.submit(Request([7], None)) == [7]


def test_the_document_says_what_the_model_takes(service: Make) -> None:
    said = document(service(limits={"bodyBytes": 5000, "predictSec": 2, "instances": 9, "waiting": 3}))
    schema = said["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    instances = schema["properties"]["instances"]
    assert instances["maxItems"] == 9
    assert instances["items"] == {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}
    assert set(said["paths"]) == {"/predict", "/healthz", "/readyz", "/metrics"}


@pytest.fixture
def handler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., dict[str, Any]]]:
    """Lay a function out as its package is, and import its handler."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "adding.py").write_text(
        "def add(a, b=1):\n    if a == 'x':\n        raise KeyError(a)\n    return {'sum': a + b}\n"
    )
    entry = {"kind": "function", "module": "adding", "function": "add", "parameters": ["a", "b"]}
    (tmp_path / "service.json").write_text(json.dumps(described(entry=entry, inputs=[])))
    shutil.copytree(SERVER, tmp_path / "model_server")
    shutil.copy(SERVER / "models" / "function.py", tmp_path / "model_server" / "model.py")
    for name in [name for name in sys.modules if name.split(".")[0] == "model_server"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module("model_server.handler")

    def answer(method: str, path: str, body: bytes = b"", kind: str = "application/json") -> dict[str, Any]:
        event = {
            "rawPath": path,
            "requestContext": {"http": {"method": method}},
            "headers": {"Content-Type": kind},
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        }
        reply: dict[str, Any] = module.handler(event, None)
        return {**json.loads(reply["body"]), "http": reply["statusCode"]}

    yield answer
    for name in [name for name in sys.modules if name.split(".")[0] in ("model_server", "adding")]:
        del sys.modules[name]


def test_the_same_service_is_a_function_of_aws_lambda(handler: Callable[..., dict[str, Any]]) -> None:
    good = handler("POST", "/predict", b'{"instances": [{"a": 1, "b": 2}, 4]}')
    assert (good["http"], good["predictions"]) == (200, [{"sum": 3}, {"sum": 5}])
    assert handler("GET", "/readyz")["http"] == 200
    assert handler("GET", "/openapi.json")["info"]["title"] == "sum"
    assert handler("GET", "/nothing")["error"]["code"] == "not-found"
    refused = handler("POST", "/predict", b'[["x"]]')
    assert (refused["http"], refused["error"]["code"]) == (400, "input-refused")
    assert handler("POST", "/predict", b"x", "text/plain")["http"] == 415
