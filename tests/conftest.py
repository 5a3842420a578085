"""What all tests share: one thread, skipping without a device, and the data beside the checkout."""

from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[1]

# Two threads can be many times slower than one at these sizes on a busy machine.
torch.set_num_threads(1)


def pytest_collection_modifyitems(items):
    """Skip what needs a GPU where there is none."""
    if torch.cuda.is_available():
        return
    for item in items:
        if item.get_closest_marker("gpu"):
            item.add_marker(pytest.mark.skip(reason="no CUDA device"))


@pytest.fixture(scope="session")
def root():
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared():
    """Reference data that do not travel with the repository."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no folder of reference data beside the repository")
    return folder
