"""Our optimizers against those of torch.optim, and what they leave out."""

import subprocess
import sys

import pytest
import torch

from robustgan.engine.optimizers import Adam, GradientDescent

PAIRS = {
    "gradient descent": (
        lambda moved: GradientDescent(moved, lr=0.1),
        lambda moved: torch.optim.SGD(moved, lr=0.1),
    ),
    "adam": (
        lambda moved: Adam(moved, lr=0.1, betas=(0.5, 0.9), weight_decay=0.3),
        lambda moved: torch.optim.Adam(moved, lr=0.1, betas=(0.5, 0.9), weight_decay=0.3),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_steps_are_those_of_torch(name):
    moved = []
    for make in PAIRS[name]:
        parameters = [torch.linspace(-1, 1, 8).view(2, 4), torch.ones(2, 3)]
        optimizer = make(parameters)
        for _ in range(20):
            for parameter in parameters:
                parameter.grad = parameter.square() - 0.2
            optimizer.step()
        moved.append(parameters)
    for ours, theirs in zip(*moved, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_making_one_does_not_import_the_compiler():
    code = (
        "import sys, torch; from robustgan.engine.optimizers import Adam, GradientDescent; "
        "p = torch.ones(2); p.grad = torch.ones(2); "
        "Adam([p], lr=.1, betas=(.5, .9)).step(); GradientDescent([p], lr=.1).step(); "
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
