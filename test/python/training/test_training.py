"""The step: it learns, it repeats itself from a seed, and several devices do what one does."""

from dataclasses import replace
from typing import Any

import pytest

from options import Options, parse_options
from zoo.layers import BatchNormalisation, Layers, Model, Tensor

pytestmark = pytest.mark.usefixtures("tensorflow")


def forward(net: Layers[Tensor], x: Tensor) -> Tensor:
    """Pass through one layer of each kind."""
    x = net.convolution(x, 8, (3, 3), stride=2, padding="fixed")
    x = net.max_pool(x, 3, 2)
    side = net.convolution(x, 8, (1, 7), relu=False)
    x = net.add_relu(side, net.convolution(net.average_pool(x, 3, 1, "same"), 8, (3, 3), normalise=False))
    x = net.spatial_mean(net.concatenate([x, side]))
    return net.dense(net.dense(x, 16, relu=True), 1000, relu=False)


TOY = Model("toy", 4, 33, BatchNormalisation(decay=0.9, epsilon=1e-3, scale=True), forward)
SMALLEST = {"resnet50": 33, "inception-v3": 75, "alexnet": 67}


def small(name: str, **changes: Any) -> Options:
    return parse_options({"model": name, "batchSize": 8, "imageSize": SMALLEST[name], "device": "cpu", **changes})


def toy(learning_rate: float = 0.1) -> Options:
    return replace(small("resnet50"), model=TOY, batch_size=4, learning_rate=learning_rate)


def losses(options: Options, devices: Any, steps: int) -> list[float]:
    from data import Synthetic
    from train import Trainer

    trainer = Trainer(options, devices)
    return [trainer.step(batch) for batch in Synthetic(options, devices).batches(0, steps)]


@pytest.mark.parametrize("name", SMALLEST)
def test_the_loss_of_a_fixed_batch_falls(tensorflow: Any, name: str) -> None:
    from train import OneDevice

    tensorflow.random.set_seed(1)
    first, *_, last = losses(small(name, learningRate=0.005), OneDevice(), 6)
    assert 4 < first < 11  # ln 1000 = 6.9 is the loss of a guess.
    assert last < 0.9 * first


def test_a_step_is_gradient_descent(tensorflow: Any) -> None:
    """Compare the parameters after one step with `p - rate · gradient`, the gradient taken by the tape."""
    from data import Synthetic
    from train import OneDevice, Trainer
    from zoo.graph import GraphLayers

    tf = tensorflow
    options, devices = toy(0.5), OneDevice()
    trainer = Trainer(options, devices)
    parameters: Any = trainer._parameters
    images, labels = next(Synthetic(options, devices).batches(0, 1))
    with tf.GradientTape() as tape:
        values = [tf.identity(variable) for variable in parameters.trained]
        tape.watch(values)
        layers: Any = GraphLayers(parameters, values)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, forward(layers, images)))
    gradients = tape.gradient(loss, values)
    assert all(bool(tf.reduce_any(gradient != 0)) for gradient in gradients)
    before = parameters.moving.numpy()
    assert trainer.step((images, labels)) == pytest.approx(float(loss), rel=1e-5)
    for variable, value, gradient in zip(parameters.trained, values, gradients, strict=True):
        tf.debugging.assert_near(variable, value - 0.5 * gradient, rtol=1e-3, atol=1e-5)
    expected = 0.9 * before + 0.1 * layers.batch_statistics().numpy()
    tf.debugging.assert_near(parameters.moving, expected, rtol=1e-3, atol=1e-5)


def test_equal_batches_on_two_devices_train_like_one() -> None:
    from data import _random_batch
    from train import MirroredDevices, OneDevice, Trainer

    batch = _random_batch(toy(), 0)
    single, mirrored = OneDevice(), MirroredDevices(["CPU:0", "CPU:1"])
    one, two = Trainer(toy(), single), Trainer(toy(), mirrored)
    both = mirrored.distribute([batch, batch])
    expected = [one.step(batch) for _ in range(4)]
    assert [two.step(both) for _ in range(4)] == pytest.approx(expected, rel=1e-4)
    assert expected[3] < expected[0]


def test_devices_with_unequal_batches_keep_equal_parameters() -> None:
    from data import Synthetic
    from train import MirroredDevices, Trainer

    devices = MirroredDevices(["CPU:0", "CPU:1"])
    trainer = Trainer(toy(), devices)
    kernel = trainer._parameters.kernels[0]
    start = kernel.values[0].numpy()
    for images, labels in Synthetic(toy(), devices).batches(0, 2):
        assert not (images.values[0].numpy() == images.values[1].numpy()).all()
        trainer.step((images, labels))
    assert (kernel.values[0].numpy() == kernel.values[1].numpy()).all()
    assert not (kernel.values[0].numpy() == start).all()


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_is_an_error(tensorflow: Any, monkeypatch: pytest.MonkeyPatch, loss: float) -> None:
    from backend import DivergedError
    from data import Synthetic
    from train import OneDevice, Trainer

    trainer = Trainer(toy(0.5), OneDevice())
    monkeypatch.setattr(trainer, "_traced", lambda *_: tensorflow.constant(loss))
    batch = next(Synthetic(toy(), OneDevice()).batches(0, 1))
    with pytest.raises(DivergedError, match=rf"the loss is {loss}; a smaller learningRate than 0.5 may help"):
        trainer.step(batch)
