"""The step on PyTorch: it learns, several devices do what one does, and whole sessions import PyTorch alone."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Launch, Program, draw_photograph
from test_session import TINY, cpu_seconds
from test_training import SMALLEST, small, toy

from forked import Origin
from options import Options
from protocol import SessionError


def devices(count: int = 1) -> Any:
    """Return the CPU, as so many devices."""
    import torch

    from pytorch_train import Devices

    return Devices((torch.device("cpu"),) * count)


def losses(options: Options, steps: int, count: int = 1) -> list[float]:
    """Return the loss, step by step, of one process with so many devices."""
    from pytorch_data import Synthetic
    from pytorch_train import Trainer

    trainer = Trainer(options, devices(count))
    return [trainer.step(batch) for batch in Synthetic(options, devices(count)).batches(0, steps)]


@pytest.mark.parametrize("name", SMALLEST)
def test_the_loss_of_a_fixed_batch_falls(torch: Any, name: str) -> None:
    torch.manual_seed(1)
    first, *_, last = losses(small(name, learningRate=0.005), 6)
    assert 4 < first < 11  # ln 1000 = 6.9 is the loss of a guess.
    assert last < 0.9 * first


@pytest.mark.usefixtures("torch")
def test_the_seed_decides_the_parameters() -> None:
    one, same, other = (losses(replace(toy(), seed=seed), 2) for seed in (1, 1, 2))
    assert one == same
    assert one != other


@pytest.mark.usefixtures("torch")
def test_initial_kernels_have_the_spread_of_tensorflow() -> None:
    from zoo import MODELS, eager, graph

    weights = MODELS["alexnet"].shapes(99).weights
    ours = graph.Parameters(weights, None, 1)
    theirs = eager.Parameters(weights, None, 1, "cpu")
    for variable, kernel in zip(ours.kernels, theirs.kernels, strict=True):
        value = variable.numpy()
        assert kernel.numel() == value.size
        assert float(kernel.detach().std()) == pytest.approx(value.std(), rel=0.02)
        assert float(kernel.detach().abs().max()) == pytest.approx(abs(value).max(), rel=0.01)


@pytest.mark.usefixtures("torch")
def test_equal_batches_on_two_devices_train_like_one() -> None:
    from pytorch_data import _random_batch
    from pytorch_train import Trainer

    batch = _random_batch(toy(), 0)
    one, two = Trainer(toy(), devices()), Trainer(toy(), devices(2))
    expected = [one.step(devices().distribute([batch])) for _ in range(4)]
    assert [two.step(devices(2).distribute([batch, batch])) for _ in range(4)] == pytest.approx(expected, rel=1e-4)
    assert expected[3] < expected[0]


def test_devices_with_unequal_batches_keep_equal_parameters(torch: Any) -> None:
    from pytorch_data import Synthetic
    from pytorch_train import Trainer

    trainer = Trainer(toy(), devices(2))
    one, other = (copy.trained for copy in trainer._copies)
    start = [tensor.clone() for tensor in one]
    for images, labels in Synthetic(toy(), devices(2)).batches(0, 2):
        assert not torch.equal(images[0], images[1])
        trainer.step((images, labels))
    assert all(torch.equal(tensor, twin) for tensor, twin in zip(one, other, strict=True))
    assert not any(torch.equal(tensor, before) for tensor, before in zip(one, start, strict=True))


@pytest.mark.usefixtures("torch")
@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_is_an_error(monkeypatch: pytest.MonkeyPatch, loss: float) -> None:
    import pytorch_train
    from backend import DivergedError
    from pytorch_data import Synthetic

    trainer = pytorch_train.Trainer(toy(0.5), devices())
    whole = pytorch_train.loss_of
    monkeypatch.setattr(pytorch_train, "loss_of", lambda *given: whole(*given) + loss)
    with pytest.raises(DivergedError, match=rf"the loss is {loss}; a smaller learningRate than 0.5 may help"):
        trainer.step(next(Synthetic(toy(), devices()).batches(0, 1)))


@pytest.mark.usefixtures("torch")
def test_synthetic_images_are_made_once_and_like_those_of_tensorflow() -> None:
    from pytorch_data import Synthetic

    options = small("resnet50", batchSize=16, imageSize=48)
    (first,), (second,) = ([batch] for batch in Synthetic(options, devices()).batches(3, 2))
    assert first is second
    (images,), (labels,) = first
    assert images.shape == (16, 3, 48, 48)
    assert images.stride()[1] == 1, "the channels are not last in memory"
    assert abs(float(images.mean())) < 0.02
    assert float(images.std()) == pytest.approx(60 / 127.5 * 0.88, rel=0.02)  # Cut off at two standard deviations.
    assert 0 <= int(labels.min()) < int(labels.max()) < 1000


def photograph_batches(folder: Path, block: int, steps: int, count: int = 1) -> list[Any]:
    from pytorch_data import Photographs

    series = {"photographs": {"directory": str(folder)}}
    options = small("resnet50", batchSize=3, imageSize=48, series=series, threads=1)
    return list(Photographs(options, devices(count)).batches(block, steps))


@pytest.mark.usefixtures("torch")
def test_photographs_become_batches(photographs: Path) -> None:
    batches = photograph_batches(photographs, 0, 4)
    assert len(batches) == 4
    for (images,), (labels,) in batches:
        assert images.shape == (3, 3, 48, 48)
        assert -1 <= float(images.min()) < 0 < float(images.max()) <= 1
        assert set(labels.tolist()) <= {0, 1}


def test_a_block_decides_its_images_however_many_devices_share_it(torch: Any, photographs: Path) -> None:
    first, again, other = (photograph_batches(photographs, block, 2) for block in (4, 4, 5))
    for (images, labels), (images_again, labels_again) in zip(first, again, strict=True):
        assert torch.equal(images[0], images_again[0])
        assert torch.equal(labels[0], labels_again[0])
    assert not torch.equal(first[0][0][0], other[0][0][0])
    ((images, _),) = photograph_batches(photographs, 4, 1, count=2)
    assert torch.equal(torch.cat(images), torch.cat([batch[0][0] for batch in first]))


@pytest.mark.usefixtures("torch")
def test_every_pass_uses_each_photograph_once(tmp_path: Path) -> None:
    for index in range(6):
        draw_photograph(tmp_path / f"{index}.jpg", (40, 40), index)
    labels = [label for _, (part,) in photograph_batches(tmp_path, 0, 4) for label in part.tolist()]
    assert sorted(labels[:6]) == sorted(labels[6:]) == list(range(6))
    assert labels[:6] != labels[6:]


@pytest.mark.usefixtures("torch")
def test_a_photograph_that_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no image")
    with pytest.raises(SessionError, match=r"broken\.jpg is no JPEG image that can be decoded") as caught:
        photograph_batches(tmp_path, 0, 1)
    assert caught.value.code == "data-not-found"


def test_a_crop_is_resized_as_tensorflow_does_it(
    torch: Any, tensorflow: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import random

    import pytorch_data

    tf = tensorflow
    draw_photograph(tmp_path / "photograph.jpg", (200, 150), 1)
    monkeypatch.setattr(pytorch_data, "random_window", lambda *_: (20, 30, 148, 126))
    found = {
        seed: torch.frombuffer(
            bytearray(pytorch_data.augment(tmp_path / "photograph.jpg", 48, random.Random(seed))), dtype=torch.uint8
        ).reshape(48, 48, 3)
        for seed in range(4)
    }
    image = tf.io.decode_and_crop_jpeg((tmp_path / "photograph.jpg").read_bytes(), [30, 20, 96, 128])
    expected = torch.from_numpy(tf.image.resize(image, [48, 48]).numpy())
    flipped = [bool((square.float() - expected).abs().max() > 4) for square in found.values()]
    assert set(flipped) == {True, False}
    for square, turned in zip(found.values(), flipped, strict=True):
        assert (square.float() - (expected.flip(1) if turned else expected)).abs().max() <= 4


@pytest.mark.usefixtures("torch")
def test_windows_lie_within_the_image() -> None:
    import random

    from pytorch_data import random_window

    numbers = random.Random(1)
    for width, height in ((400, 300), (300, 400), (7, 5), (1000, 40), (1, 1)):
        windows = [random_window(width, height, numbers) for _ in range(300)]
        assert all(0 <= left < right <= width and 0 <= top < bottom <= height for left, top, right, bottom in windows)
        shares = [(right - left) * (bottom - top) / (width * height) for left, top, right, bottom in windows]
        assert min(shares) >= 0.05
    assert len({random_window(400, 300, numbers) for _ in range(50)}) > 40


@pytest.mark.usefixtures("torch")
def test_gloo_is_told_the_device_that_has_the_own_address() -> None:
    from pytorch_parallel import device_of

    assert device_of("127.0.0.1") == "lo"
    assert device_of("192.0.2.1") is None


def test_a_session_imports_pytorch_alone(launch: Launch, pytorch_packages: str, photographs: Path) -> None:
    program = launch(pytorch_packages)
    program.event()
    series = {"synthetic": {}, "photographs": {"directory": str(photographs)}}
    program.send(command="start", options={**TINY, "framework": "pytorch", "series": series})
    ready = program.event()
    assert ready["event"] == "ready", ready
    facts = ready["facts"]
    assert all(seconds > 0 for seconds in ready["parts"].values())
    assert facts["pytorch"].startswith("2.")
    assert facts["oneDnn"] == {"available": True}
    assert facts["training"]["threads"] == 1
    assert [device["kind"] for device in facts["devices"]] == ["CPU"]
    mapped = Path(f"/proc/{program.process.pid}/maps").read_text()
    assert "libtorch_cpu.so" in mapped
    assert "tensorflow" not in mapped

    for name, number, steps in (("synthetic", 3, 2), ("photographs", 0, 3)):
        program.send(command="block", series=name, block=number, steps=steps)
        block = program.event()
        assert (block["event"], block["series"], block["block"]) == ("block", name, number)
        assert (block["items"], block["unit"], len(block["steps"])) == (2 * steps, "images", steps)
        assert {"loss", "inputBoundFraction", "cpuSeconds"} <= set(block["metrics"])

    time.sleep(0.2)
    before = cpu_seconds(program.process.pid)
    time.sleep(1.5)
    assert cpu_seconds(program.process.pid) - before <= 0.02, "the session works between commands"
    program.send(command="stop")
    assert program.event()["event"] == "stopped"
    assert program.ended() == (0, b"")


def started(program: Program, **options: Any) -> dict[str, Any]:
    """Return the answer to a start on PyTorch."""
    program.event()
    program.send(command="start", options={**TINY, "framework": "pytorch", **options})
    return program.event()


def test_the_same_seed_gives_the_same_first_loss(launch: Launch, pytorch_origin: Origin) -> None:
    one, other = (started(launch(origin=pytorch_origin))["facts"]["training"]["firstLoss"] for _ in range(2))
    assert one == other


def test_too_large_a_batch_is_out_of_memory(launch: Launch, pytorch_origin: Origin) -> None:
    event = started(launch(origin=pytorch_origin), model="resnet50", batchSize=1_000_000, imageSize=1024)
    assert (event["event"], event["code"]) == ("error", "out-of-memory"), event


def test_a_gpu_that_is_not_there_is_an_error(launch: Launch, pytorch_origin: Origin) -> None:
    event = started(launch(origin=pytorch_origin), device="gpu")
    if event["event"] == "ready":
        pytest.skip("this host has a GPU")
    assert event["code"] == "bad-option"
    assert "option device is 'gpu'; allowed: cpu or auto, because PyTorch finds no GPU here" in event["message"]


def test_without_pytorch_it_is_an_error(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('none', name='torch')")  # Hides one that is there.
    event = started(launch(str(tmp_path)))
    assert (event["event"], event["code"]) == ("error", "bad-option")
    expected = "option framework is 'pytorch'; allowed: tensorflow, because there is no package torch here"
    assert event["message"] == expected
