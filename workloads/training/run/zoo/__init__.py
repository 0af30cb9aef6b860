"""The models that the workload trains: those of the paper, laid out as in tf_cnn_benchmarks, for 1,000 classes."""

from zoo.alexnet import ALEXNET
from zoo.inception_v3 import INCEPTION_V3
from zoo.layers import Model, too_small
from zoo.resnet50 import RESNET50

CLASSES = 1000
"""Classes of ImageNet, and outputs of every model."""

MODELS: dict[str, Model] = {model.name: model for model in (RESNET50, INCEPTION_V3, ALEXNET)}
"""Every model, by its name."""

__all__ = ["CLASSES", "MODELS", "Model", "too_small"]
