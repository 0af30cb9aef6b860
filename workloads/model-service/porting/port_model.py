"""Ports a model to ONNX: `python3 DIRECTORY REQUEST.json`, with one line of JSON for what came of it."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from failure import PortError
from request import Request, read_request


@contextlib.contextmanager
def only_answers() -> Iterator[Callable[[dict[str, Any]], None]]:
    """Keep standard output for answers: converters, and the libraries below them, print."""
    sys.stdout.flush()
    with os.fdopen(os.dup(1), "w") as real:
        os.dup2(2, 1)
        yield lambda answer: print(json.dumps(answer), file=real, flush=True)


def answer_once(request: Request, side: str) -> None:
    """Load one side and ask it once: what a cold start does."""
    import numpy as np

    from port_timing import started

    with only_answers() as say:
        if side == "ported":
            from runtime import Ported

            ported = Ported(request.output, request.threads)
            shapes = [[1, *each.shape[1:]] for each in ported.session.get_inputs()]
            types = [each.type[7:-1] for each in ported.session.get_inputs()]
            names = {"float": "float32", "double": "float64"}
            drawn = [
                np.zeros([size if isinstance(size, int) else 1 for size in shape], names.get(type_, type_))
                for shape, type_ in zip(shapes, types, strict=True)
            ]
            ported.predict(drawn)
        else:
            from formats import load

            model = load(request)
            numbers = np.random.default_rng(request.seed)
            model.predict([each.drawn(1, numbers, request.low, request.high) for each in model.inputs])
        say(started())


def port(request: Request, place: Path) -> dict[str, Any]:
    """Export, check, and time."""
    import numpy as np

    from check import differences
    from formats import load
    from installed import installed
    from port_timing import Predict, latencies, starts

    original = load(request)
    numbers = np.random.default_rng(request.seed)
    inputs = [each.drawn(request.samples, numbers, request.low, request.high) for each in original.inputs]
    answers = original.predict(inputs)  # Before the export: Keras exports no model that was never called.
    original.export(request.output, request.opset)

    import onnx
    import onnxruntime

    from runtime import Ported

    model = onnx.load(str(request.output))
    onnx.checker.check_model(model, full_check=True)
    ported = Ported(request.output, request.threads)
    found = differences(ported.outputs, answers, ported.predict(inputs), request.relative, request.absolute)
    within = all(each.outside == 0 for each in found)
    timed = within and request.blocks > 0
    predicts: dict[str, Predict] = {"original": original.predict, "ported": ported.predict}
    program = Path(__file__)
    return {
        "framework": original.framework,
        "converter": original.converter,
        "runtime": f"onnxruntime {onnxruntime.__version__}",
        "opset": next(each.version for each in model.opset_import if each.domain in ("", "ai.onnx")),
        "operators": sorted({node.op_type for node in model.graph.node}),
        "inputs": [asdict(each) for each in original.inputs],
        "bytes": {"original": _size(request.model), "ported": request.output.stat().st_size},
        "samples": request.samples,
        "differences": [asdict(each) for each in found],
        "installed": {"original": installed(original.distributions), "ported": installed(("onnxruntime",))},
        "latencies": latencies(predicts, inputs, request.blocks, request.requests, request.seed) if timed else None,
        "starts": starts(program.parent, place, request.starts) if timed else None,
    }


def _size(path: Path) -> int:
    return sum(each.stat().st_size for each in ([path] if path.is_file() else path.rglob("*")) if each.is_file())


def main() -> None:
    """Run the program."""
    if sys.argv[1] == "--start":
        answer_once(read_request(Path(sys.argv[3])), sys.argv[2])
        return
    place = Path(sys.argv[1])
    with only_answers() as say:
        try:
            say(port(read_request(place), place))
        except PortError as error:
            say({"error": {"code": error.code, "message": error.message, "hint": error.hint}})
