"""The models: parameter counts against published ones, and shapes against TensorFlow's own arithmetic."""

from typing import Any, cast

import pytest

from zoo import CLASSES, MODELS
from zoo.layers import Layers, TooSmallError

# resnet50: torchvision's resnet50, which has the same layers and no biases next to its normalisations.
# inception-v3: trainable parameters of Keras' InceptionV3, which has no scales and no auxiliary head either.
# alexnet: added up by hand from the layers of tf_cnn_benchmarks, see the next test.
PUBLISHED = {"resnet50": 25_557_032, "inception-v3": 23_817_352, "alexnet": 61_838_248}


@pytest.mark.parametrize("name", MODELS)
def test_parameters_are_as_many_as_published(name: str) -> None:
    model = MODELS[name]
    assert model.parameters(model.image_size) == PUBLISHED[name]


def test_alexnet_adds_up() -> None:
    layers = [
        (11 * 11 * 3, 64),
        (5 * 5 * 64, 192),
        (3 * 3 * 192, 384),
        (3 * 3 * 384, 384),
        (3 * 3 * 384, 256),
        (6 * 6 * 256, 4096),
        (4096, 4096),
        (4096, 1000),
    ]
    assert sum((inputs + 1) * outputs for inputs, outputs in layers) == PUBLISHED["alexnet"]


@pytest.mark.parametrize(("name", "layers"), [("resnet50", 54), ("inception-v3", 95), ("alexnet", 8)])
def test_layers_with_weights(name: str, layers: int) -> None:
    model = MODELS[name]
    assert len(model.shapes(model.image_size).weights) == layers


@pytest.mark.parametrize("name", MODELS)
def test_the_graph_has_the_shapes_of_the_arithmetic(tensorflow: Any, name: str) -> None:
    from zoo.graph import GraphLayers, Parameters

    tf = tensorflow
    model = MODELS[name]

    for size in (model.image_size, model.image_size - 36):
        shapes = model.shapes(size)
        parameters = Parameters(shapes.weights, model.batch_normalisation, seed=1)
        assert parameters.count() == model.parameters(size)
        with tf.Graph().as_default():
            values = [tf.zeros(variable.shape) for variable in parameters.trained]
            layers = GraphLayers(parameters, values)
            logits = cast(Any, model.forward(cast(Layers[object], layers), tf.zeros([2, size, size, 3])))
            assert logits.shape == [2, CLASSES]
            if parameters.moving is not None:
                assert layers.batch_statistics().shape == parameters.moving.shape


def test_images_that_vanish_are_refused() -> None:
    with pytest.raises(TooSmallError):
        MODELS["alexnet"].shapes(66)
    assert MODELS["alexnet"].shapes(67).weights
