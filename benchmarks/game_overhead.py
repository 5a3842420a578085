"""Measure what the engine costs a step, over the shortest loop by hand for the same game.

Writes ``results/game_overhead.csv`` and ``results/game_overhead.md``. Both train the same networks,
64-64-64 perceptrons, on the same data by the non-saturating game with Adam; blocks of steps take
turns in one process, and the median of the ratios is reported. The loop by hand has modules and
optimizers of torch, one device, one replica, no averages, no checkpoints, no history.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from reporting import read_rows, write_rows
from torch import nn
from torch.nn.functional import softplus

from robustgan import GAN
from robustgan._bridge import Streams
from robustgan.engine import Schedule, train

RESULTS = Path(__file__).parent / "results"
WIDTH, LATENT = 64, 2
PEERS = ("modules", "perceptrons")


def perceptron(n_inputs: int, n_outputs: int) -> nn.Sequential:
    """Return the network of both players."""
    return nn.Sequential(
        nn.Linear(n_inputs, WIDTH),
        nn.ReLU(),
        nn.Linear(WIDTH, WIDTH),
        nn.ReLU(),
        nn.Linear(WIDTH, WIDTH),
        nn.ReLU(),
        nn.Linear(WIDTH, n_outputs),
    )


def by_hand(X: torch.Tensor, batch_size: int) -> Callable[[int], None]:
    """Return a function that plays so many rounds."""
    rng = torch.Generator().manual_seed(0)
    generator, discriminator = perceptron(LATENT, X.shape[1]), perceptron(X.shape[1], 1)
    settings = {"lr": 1e-3, "betas": (0.5, 0.99)}
    of_generator = torch.optim.Adam(generator.parameters(), **settings)
    of_discriminator = torch.optim.Adam(discriminator.parameters(), **settings)

    def play(n_rounds: int) -> None:
        for _ in range(n_rounds):
            real = X[torch.randint(len(X), (batch_size,), generator=rng)]
            fake = generator(torch.randn(batch_size, LATENT, generator=rng))
            of_discriminator.zero_grad()
            loss = softplus(-discriminator(real)).mean()
            loss = loss + softplus(discriminator(fake.detach())).mean()
            loss.backward()
            of_discriminator.step()
            of_generator.zero_grad()
            softplus(-discriminator(fake)).mean().backward()
            of_generator.step()

    return play


def by_engine(
    X: torch.Tensor, batch_size: int, kind: str, n_replicas: int
) -> Callable[[int], None]:
    """Return a function that plays so many rounds."""
    own = {}
    if kind == "modules":
        own = {"generator": perceptron(LATENT, X.shape[1]), "discriminator": perceptron(2, 1)}
    model = GAN(
        **own, latent_dim=LATENT, batch_size=batch_size, n_replicas=n_replicas, averaging=0.0
    )
    model.row_shape_ = (X.shape[1],)
    streams = Streams(range(n_replicas), "cpu")
    training = model.set_up(model.build_networks(streams), X, streams)

    def play(n_rounds: int) -> None:
        train(
            training.players,
            X,
            streams=streams,
            schedule=Schedule.fixed(1),
            batch_size=batch_size,
            steps_per_epoch=n_rounds,
        )

    return play


def seconds(play: Callable[[int], None], n_rounds: int) -> float:
    """Return the processor's time for a round."""
    begin = time.process_time()
    play(n_rounds)
    return (time.process_time() - begin) / n_rounds


def measure(batch_size: int, kind: str, n_replicas: int, n_blocks: int) -> dict[str, object]:
    """Let the loops take turns; return medians."""
    X = torch.randn(10_000, 2, generator=torch.Generator().manual_seed(0))
    ours, hand = by_engine(X, batch_size, kind, n_replicas), by_hand(X, batch_size)
    n_rounds = 50
    for play in (ours, hand):
        seconds(play, n_rounds)
    pairs = [(seconds(ours, n_rounds), seconds(hand, n_rounds)) for _ in range(n_blocks)]
    return {
        "batch_size": batch_size,
        "networks": kind,
        "n_replicas": n_replicas,
        "engine_ms": 1e3 * statistics.median(a for a, _ in pairs),
        "by_hand_ms": 1e3 * statistics.median(b for _, b in pairs),
        "ratio": statistics.median(a / b for a, b in pairs),
        "ratio_a_replica": statistics.median(a / b for a, b in pairs) / n_replicas,
        "quartile_width": float(np.subtract(*np.percentile([a / b for a, b in pairs], [75, 25]))),
    }


def write_table(path: Path) -> None:
    """Write the medians as Markdown."""
    lines = [
        "| batch | networks | replicas | engine, ms a round | by hand | ratio | a replica |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in read_rows(path.with_suffix(".csv")):
        lines.append(
            f"| {row['batch_size']} | {row['networks']} | {row['n_replicas']} "
            f"| {float(row['engine_ms']):.2f} | {float(row['by_hand_ms']):.2f} "
            f"| {float(row['ratio']):.2f} | {float(row['ratio_a_replica']):.2f} |"
        )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one block each")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    folder = Path(tempfile.mkdtemp()) if arguments.quick else RESULTS
    n_blocks = 1 if arguments.quick else 5
    rows = [
        measure(batch_size, kind, n_replicas, n_blocks)
        for batch_size in (256,)
        for kind in PEERS
        for n_replicas in (1, 4)
    ]
    write_rows(folder / "game_overhead.csv", rows)
    write_table(folder / "game_overhead.md")
    print((folder / "game_overhead.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
