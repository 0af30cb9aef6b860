"""What the tests of the training by epochs share."""

import os

import pytest


@pytest.fixture(scope="session")
def pytorch_packages() -> str:
    """Return the folder of PyTorch that set-up made."""
    folder = os.environ.get("UNDERLAY_PYTORCH")
    if not folder:
        pytest.skip(
            "PyTorch is not here: run `npx underlay setup --with pytorch`, or set UNDERLAY_PYTORCH to its folder"
        )
    return folder
