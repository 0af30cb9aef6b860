"""The models on PyTorch: as many parameters, the same shapes, and the same numbers as on TensorFlow."""

from dataclasses import replace
from typing import Any, cast

import pytest

from options import Options, parse_options
from zoo import CLASSES, MODELS, Model
from zoo.layers import Layers, padding_of

SIZES = {"resnet50": 96, "inception-v3": 139, "alexnet": 99}


@pytest.mark.parametrize(
    ("side", "padding", "expected"),
    [
        ((112, 3, 2), "same", (0, 1)),
        ((17, 3, 2), "same", (1, 1)),
        ((35, 3, 1), "same", (1, 1)),
        ((14, 1, 2), "same", (0, 0)),
        ((35, 3, 2), "valid", (0, 0)),
        ((224, 7, 2), "fixed", (3, 3)),
        ((224, 4, 2), "fixed", (1, 2)),
        ((224, 3, 1), "fixed", (1, 1)),
    ],
)
def test_padding_is_that_of_tensorflow(side: tuple[int, int, int], padding: Any, expected: tuple[int, int]) -> None:
    assert padding_of(*side, padding) == expected


@pytest.mark.parametrize("name", MODELS)
def test_shapes_are_those_of_the_arithmetic(torch: Any, name: str) -> None:
    from zoo.eager import EagerLayers, Parameters

    model = MODELS[name]
    for size in (model.image_size, model.image_size - 35):
        parameters = Parameters(model.shapes(size).weights, model.batch_normalisation, 1, "cpu")
        assert parameters.count() == model.parameters(size)
        layers = EagerLayers(parameters)
        with torch.no_grad():
            logits: Any = model.forward(cast(Layers[object], layers), torch.zeros(2, 3, size, size))
        assert logits.shape == (2, CLASSES)
        assert [next(rest, None) for rest in (layers._kernels, layers._offsets, layers._scales, layers._moving)] == [
            None
        ] * 4


def without_dropout(model: Model) -> Model:
    """Return the model with a dropout that drops nothing: the frameworks draw other numbers."""

    def forward(net: Any, x: Any) -> Any:
        net.dropout = lambda features, _: features
        return model.forward(net, x)

    return replace(model, forward=forward)


def pair(options: Options) -> tuple[Any, Any]:
    """Return trainers on TensorFlow and on PyTorch with equal parameters, offsets and scales being no round numbers."""
    import tensorflow as tf
    import torch

    import pytorch_train
    import train

    options = replace(options, model=without_dropout(options.model))
    graph = train.Trainer(options, train.OneDevice())
    eager = pytorch_train.Trainer(options, pytorch_train.Devices((torch.device("cpu"),)))
    ours: Any = graph._parameters
    ours.offsets.assign(tf.random.stateless_normal(ours.offsets.shape, [1, 2], stddev=0.1))
    if ours.scales is not None:
        ours.scales.assign(tf.random.stateless_uniform(ours.scales.shape, [1, 3], 0.5, 1.5))
    (theirs,) = eager._copies
    with torch.no_grad():
        for kernel, variable in zip(theirs.kernels, ours.kernels, strict=True):
            kernel.copy_(as_torch(variable))
        for parts, variable in ((theirs.offsets, ours.offsets), (theirs.scales, ours.scales)):
            sizes = [part.numel() for part in parts]
            for part, value in zip(parts, tf.split(variable, sizes) if sizes else [], strict=True):
                part.copy_(torch.from_numpy(value.numpy()))
    return graph, eager


def as_torch(variable: Any) -> Any:
    """Return a kernel of TensorFlow as one of PyTorch."""
    import torch

    value = torch.from_numpy(variable.numpy())
    return value.permute(3, 2, 0, 1) if value.dim() == 4 else value


@pytest.mark.parametrize("name", MODELS)
def test_equal_parameters_give_equal_numbers(torch: Any, name: str) -> None:
    """Compare one step: its loss, and the moving averages and the kernels that it leaves."""
    import tensorflow as tf

    from data import _random_batch

    values = {"model": name, "batchSize": 8, "imageSize": SIZES[name], "device": "cpu", "learningRate": 0.01}
    options = parse_options(values)
    graph, eager = pair(options)
    images, labels = _random_batch(options, 0)
    batch = torch.from_numpy(images.numpy()).permute(0, 3, 1, 2), torch.from_numpy(labels.numpy()).long()
    before = [variable.numpy() for variable in graph._parameters.kernels]

    found, expected = eager.step(([batch[0]], [batch[1]])), graph.step((images, labels))
    assert found == pytest.approx(expected, rel=1e-4)
    (theirs,) = eager._copies
    moving = graph._parameters.moving
    if moving is not None:
        found_moving = torch.cat([*theirs.means, *theirs.variances]).numpy()
        tf.debugging.assert_near(found_moving, moving, rtol=1e-3, atol=1e-4)
    for kernel, variable, old in zip(theirs.kernels, graph._parameters.kernels, before, strict=True):
        # Rounding decides on which side of zero some units of a deep model are; what is wrong differs by the change.
        change = as_torch(variable) - as_torch(tf.constant(old))
        assert (kernel.detach() - as_torch(variable)).norm() <= 0.2 * change.norm() + 1e-7
