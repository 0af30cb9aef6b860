"""The frameworks, for the tests of all workloads: where PyTorch is, and processes that have imported one of them."""

import os
from collections.abc import Iterator

import pytest

from forked import Origin

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")


@pytest.fixture(scope="session")
def pytorch_packages() -> str:
    """Return the folder of PyTorch that set-up made."""
    folder = os.environ.get("UNDERLAY_PYTORCH")
    if not folder:
        pytest.skip(
            "PyTorch is not here: run `npx underlay setup --with pytorch`, or set UNDERLAY_PYTORCH to its folder"
        )
    return folder


@pytest.fixture(scope="session")
def tensorflow_origin() -> Iterator[Origin]:
    """Make the origin of programs that use TensorFlow, some of them by Keras."""
    origin = Origin("tensorflow", "keras")
    yield origin
    origin.end()


@pytest.fixture(scope="session")
def pytorch_origin(pytorch_packages: str) -> Iterator[Origin]:
    """Make the origin of programs that use PyTorch, some of them by what wakes its compiler: parallel training does."""
    origin = Origin("torch", "torch._dynamo", packages=pytorch_packages)
    yield origin
    origin.end()
