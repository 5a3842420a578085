"""Random numbers: one seed for everything, one stream for each replica.

NumPy's and torch's global generators are neither seeded nor drawn from.
"""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
import torch
from torch import Tensor


def make_seeds(random_state: object, n: int) -> list[int]:
    """Make one seed for each of ``n`` independent random streams.

    NumPy's global generator is neither seeded nor drawn from.

    Parameters
    ----------
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator
        ``None`` takes fresh entropy from the operating system. An integer gives the same
        seeds at every call. A generator is drawn from, by the same amount whatever ``n`` is.
    n : int
        Number of seeds.

    Returns
    -------
    seeds : list of int, of length n
        In [0, 2**63). Those for ``n`` are the first of those for ``n + 1``: what a replica
        draws does not depend on how many others there are.

    Raises
    ------
    ValueError
        If ``random_state`` is a negative integer.
    TypeError
        If ``random_state`` is none of the above.
    """
    sequence = np.random.SeedSequence(_draw_entropy(random_state))
    # torch on the CPU reads the lower 32 bits only, which are mixed as well as the others.
    return [int(state >> 1) for state in sequence.generate_state(n, np.uint64).tolist()]


def make_generator(seed: int, device: torch.device | str) -> torch.Generator:
    """Make a torch generator of its own on a device.

    Parameters
    ----------
    seed : int
        In [0, 2**63), for instance from :func:`make_seeds`.
    device : torch.device or str
        Where its numbers are drawn.

    Returns
    -------
    rng : torch.Generator
        Independent of torch's global generator.
    """
    return torch.Generator(device=device).manual_seed(seed)


def _draw_entropy(random_state: object) -> int | list[int] | None:
    """Turn a random state into entropy for a NumPy seed sequence."""
    if random_state is None:
        return None
    if isinstance(random_state, Integral):
        if random_state < 0:
            raise ValueError(f"random_state must not be negative, got {random_state}.")
        return int(random_state)
    if isinstance(random_state, np.random.RandomState):
        return [int(word) for word in random_state.randint(0, 2**32, 4, np.uint32)]
    if isinstance(random_state, np.random.Generator):
        return [int(word) for word in random_state.integers(0, 2**32, 4, np.uint32)]
    raise TypeError(
        "random_state must be None, an integer, a numpy.random.RandomState or a "
        f"numpy.random.Generator, got {type(random_state).__name__}."
    )


class Streams:
    """One random stream for each replica, so that none depends on how many there are.

    Parameters
    ----------
    seeds : sequence of int
        One a replica, for instance from :func:`make_seeds`.
    device : torch.device or str
        Where the numbers are drawn.
    """

    def __init__(self, seeds: Sequence[int], device: torch.device | str) -> None:
        self.device = torch.device(device)
        self._generators = [make_generator(seed, self.device) for seed in seeds]
        # A launch costs more than the numbers on a GPU: draw for several steps at once there.
        self._n_ahead = 16 if self.device.type == "cuda" else 1
        self._blocks: dict[tuple[int, int], tuple[Tensor, int]] = {}

    def __len__(self) -> int:
        return len(self._generators)

    def normal(self, n_samples: int, n_features: int) -> Tensor:
        """Draw standard Gaussian noise, float32, of shape (R, n_samples, n_features)."""
        if self._n_ahead == 1:
            block = torch.empty(len(self), n_samples, n_features, device=self.device)
            self._fill(block)
            return block
        shape = (n_samples, n_features)
        if shape not in self._blocks or self._blocks[shape][1] == self._n_ahead:
            fresh = torch.empty(len(self), self._n_ahead, *shape, device=self.device)
            self._fill(fresh)
            self._blocks[shape] = (fresh, 0)
        block, used = self._blocks[shape]
        self._blocks[shape] = (block, used + 1)
        return block[:, used]

    def uniform(self, *shape: int, bound: float) -> Tensor:
        """Draw from the uniform law on [-bound, bound], float32, of shape (R, *shape)."""
        block = torch.empty(len(self), *shape, device=self.device)
        for row, generator in zip(block, self._generators, strict=True):
            row.uniform_(-bound, bound, generator=generator)
        return block

    def gamma(self, shape: Tensor) -> Tensor:
        """Draw from gamma laws of scale one.

        Parameters
        ----------
        shape : Tensor of shape (R, n)
            Positive; the draws are differentiable in it.
        """
        rows = zip(shape, self._generators, strict=True)
        return torch.stack([torch._standard_gamma(row, generator=g) for row, g in rows])

    def split(self, n: int, device: torch.device | str | None = None) -> "Streams":
        """Return new streams, ``n`` for each of these, whose next numbers seed them."""
        seeds = [
            torch.randint(2**62, (n,), generator=g, device=self.device).tolist()
            for g in self._generators
        ]
        return Streams([seed for each in seeds for seed in each], device or self.device)

    def permutation(self, n: int) -> Tensor:
        """Draw a permutation of ``range(n)`` for each replica, of shape (R, n)."""
        rows = [torch.randperm(n, generator=g, device=self.device) for g in self._generators]
        return torch.stack(rows)

    @property
    def generators(self) -> list[torch.Generator]:
        """The generator of each replica, for code that draws for one at a time."""
        return list(self._generators)

    def state(self) -> dict[str, Any]:
        """Return where every stream stands, as arrays; `restore` takes it."""
        blocks = [
            {"shape": list(shape), "block": block.cpu().numpy(), "used": used}
            for shape, (block, used) in self._blocks.items()
        ]
        return {"generators": [g.get_state().numpy() for g in self._generators], "blocks": blocks}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue where `state` was taken, by as many streams on the same kind of device."""
        for generator, saved in zip(self._generators, state["generators"], strict=True):
            generator.set_state(torch.from_numpy(saved))
        self._blocks = {
            (saved["shape"][0], saved["shape"][1]): (
                torch.from_numpy(saved["block"]).to(self.device),
                saved["used"],
            )
            for saved in state["blocks"]
        }

    def _fill(self, block: Tensor) -> None:
        for row, generator in zip(block, self._generators, strict=True):
            row.normal_(generator=generator)
