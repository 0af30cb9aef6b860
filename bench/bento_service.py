"""The model of the bench `serving-latency`, served by BentoML as its guide has it."""

import os

import bentoml
import numpy as np
import onnxruntime


@bentoml.service(workers=1, traffic={"timeout": 30})
class Pictures:
    """Predicts pictures."""

    def __init__(self) -> None:
        """Load the model."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        path = os.environ["BENCH_MODEL"]
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    @bentoml.api
    def predict(self, instances: np.ndarray) -> np.ndarray:
        """Predict."""
        (scores,) = self.session.run(None, {"picture": instances.astype(np.float32)})
        return scores
