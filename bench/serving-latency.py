"""Makes the model of the bench `serving-latency`, and says how long a prediction takes in process."""

import json
import sys
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper


def network() -> onnx.ModelProto:
    """Two dense layers on a picture of 28 by 28."""
    random = np.random.default_rng(1)
    first = numpy_helper.from_array(random.normal(0, 0.05, (784, 128)).astype("float32"), "first")
    second = numpy_helper.from_array(random.normal(0, 0.05, (128, 10)).astype("float32"), "second")
    nodes = [
        helper.make_node("MatMul", ["picture", "first"], ["a"]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("MatMul", ["b", "second"], ["c"]),
        helper.make_node("Softmax", ["c"], ["scores"], axis=1),
    ]
    inputs = [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 784])]
    outputs = [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", 10])]
    graph = helper.make_graph(nodes, "pictures", inputs, outputs, [first, second])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model


def main() -> None:
    """Write the model, and time it."""
    path, count = sys.argv[1], int(sys.argv[2])
    onnx.save(network(), path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    picture = np.zeros((1, 784), dtype="float32")
    times = []
    for _ in range(count):
        start = time.perf_counter()
        session.run(None, {"picture": picture})
        times.append((time.perf_counter() - start) * 1000)
    json.dump(times[count // 10 :], sys.stdout)


if __name__ == "__main__":
    main()
