"""Time of a round of the non-saturating game, by the engine and by the shortest loop by hand.

Both train the same networks, 64-64-64 perceptrons, on the same rows with Adam; blocks of rounds
take turns in one process, and the median of the ratios counts. The loop by hand has modules and
optimizers of torch, one device, one replica, no averages, no checkpoints, no history.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.harness.suite import Cell, Measured
from benchmarks.measures.fitting import row_of

if TYPE_CHECKING:
    from torch import Tensor, nn

# Plays so many rounds.
Play = Callable[[int], None]
WIDTH, LATENT, BATCH = 64, 2, 256
N_ROUNDS, N_BLOCKS = 50, 5
KINDS = ("modules", "perceptrons")


def name_of(kind: str, n_replicas: int) -> str:
    """Name networks of torch or of the engine, and how many of them are trained at once."""
    return f"{kind}, {n_replicas} replica{'s' * (n_replicas > 1)}"


def measure(cell: Cell, estimator: str, seeds: Sequence[int]) -> list[Measured]:
    """Let the loops take turns, and return a row a seed."""
    import torch

    torch.set_num_threads(1)
    kind, count = estimator.split(", ")
    n_replicas = int(count.split()[0])
    rows = []
    for seed in seeds:
        rng = torch.Generator().manual_seed(seed)
        X = torch.randn(cell.n_samples, cell.n_features, generator=rng)
        plays = by_engine(X, kind, n_replicas), by_hand(X)
        for play in plays:
            milliseconds(play)
        pairs = [(milliseconds(plays[0]), milliseconds(plays[1])) for _ in range(N_BLOCKS)]
        ratios = [ours / hand for ours, hand in pairs]
        measured = {
            "engine_ms": statistics.median(ours for ours, _ in pairs),
            "by_hand_ms": statistics.median(hand for _, hand in pairs),
            "ratio": statistics.median(ratios),
            "ratio_a_replica": statistics.median(ratios) / n_replicas,
            "quartile_width": float(np.subtract(*np.percentile(ratios, [75, 25]))),
        }
        seconds = measured["engine_ms"] / 1e3
        rows.append(row_of(cell, estimator, seed, seconds=seconds, note="", **measured))
    return rows


def milliseconds(play: Play) -> float:
    """Return the processor's time for a round."""
    start = time.process_time()
    play(N_ROUNDS)
    return 1e3 * (time.process_time() - start) / N_ROUNDS


def perceptron(n_inputs: int, n_outputs: int) -> nn.Sequential:
    """Return the network of both players."""
    from torch import nn

    widths = (n_inputs, WIDTH, WIDTH, WIDTH)
    hidden = [
        layer
        for before, after in pairwise(widths)
        for layer in (nn.Linear(before, after), nn.ReLU())
    ]
    return nn.Sequential(*hidden, nn.Linear(WIDTH, n_outputs))


def by_hand(X: Tensor) -> Play:
    """Set up the loop by hand."""
    import torch
    from torch.nn.functional import softplus

    rng = torch.Generator().manual_seed(0)
    generator, discriminator = perceptron(LATENT, X.shape[1]), perceptron(X.shape[1], 1)
    settings = {"lr": 1e-3, "betas": (0.5, 0.99)}
    of_generator = torch.optim.Adam(generator.parameters(), **settings)
    of_discriminator = torch.optim.Adam(discriminator.parameters(), **settings)

    def play(n_rounds: int) -> None:
        for _ in range(n_rounds):
            real = X[torch.randint(len(X), (BATCH,), generator=rng)]
            fake = generator(torch.randn(BATCH, LATENT, generator=rng))
            of_discriminator.zero_grad()
            loss = softplus(-discriminator(real)).mean()
            loss = loss + softplus(discriminator(fake.detach())).mean()
            loss.backward()
            of_discriminator.step()
            of_generator.zero_grad()
            softplus(-discriminator(fake)).mean().backward()
            of_generator.step()

    return play


def by_engine(X: Tensor, kind: str, n_replicas: int) -> Play:
    """Set up the same game on the engine."""
    from robustgan import GAN
    from robustgan._bridge import Streams
    from robustgan.engine import Schedule, train

    own = {}
    if kind == "modules":
        n_features = X.shape[1]
        own["generator"] = perceptron(LATENT, n_features)
        own["discriminator"] = perceptron(n_features, 1)
    model = GAN(**own, latent_dim=LATENT, batch_size=BATCH, n_replicas=n_replicas, averaging=0.0)
    model.row_shape_ = (X.shape[1],)
    # The set-up is no part of a round's time, so that the parts of `fit` are called one by one.
    streams = Streams(range(n_replicas), "cpu")
    training = model.set_up(model.build_networks(streams), X, streams)

    def play(n_rounds: int) -> None:
        train(
            training.players,
            X,
            streams=streams,
            schedule=Schedule.fixed(1),
            batch_size=BATCH,
            steps_per_epoch=n_rounds,
        )

    return play
