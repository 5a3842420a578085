"""Measure how many modes a generator covers, and how much of what it draws is near one.

Writes ``results/mode_collapse.csv`` and ``results/mode_collapse.md``. One protocol for all methods:
a ring of 8 modes (standard deviation .01) and a grid of 25 (.05), 20,000 rows of each, 64-64-64
perceptrons, batches of 128, Adam with betas (.5, .99), at 1e-3 where a method does not say
otherwise, 6,000 steps on the ring and 7,500 on the grid, averaged weights; 2,500 draws are judged,
a row being of high quality within three standard deviations of a mode. Replicas of one method are
trained at once. Settings were chosen on the data and streams of seed 0; what is reported are
others. A method or law that is measured again takes the place of what was.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from reporting import read_rows, write_rows

from robustgan import GAN
from robustgan.contamination import GaussianGrid, GaussianRing
from robustgan.contamination.modes import GaussianModes
from robustgan.diagnostics import mode_coverage
from robustgan.objectives import ZeroGradientPenalty

RESULTS = Path(__file__).parent / "results"
LAWS: dict[str, tuple[GaussianModes, int]] = {
    "ring": (GaussianRing(), 6000),
    "grid": (GaussianGrid(), 7500),
}
# What is published after 400,000 steps on 100,000 rows, for comparison only.
PUBLISHED = {
    "VEEGAN (published)": {"ring": (8.0, 0.529), "grid": (24.6, 0.40)},
    "PacGAN2 (published)": {"ring": (7.9, 0.956), "grid": (23.8, 0.913)},
    "PacGAN4 (published)": {"grid": (24.8, 0.936)},
}
# Little slope at the data, a discriminator that learns faster, and rates that decay at the end.
STEADY = {
    "pac": 2,
    "penalty": ZeroGradientPenalty(0.02),
    "learning_rate": (2e-3, 4e-3),
    "annealing": 0.4,
}
METHODS: dict[str, dict[str, Any]] = {
    "minimax": {"objective": "minimax"},
    "non-saturating": {},
    "non-saturating, pac 2": {"pac": 2},
    "least squares, pac 2": {"objective": "least_squares", "pac": 2},
    "hinge, spectral, pac 2": {"objective": "hinge", "constraint": "spectral", "pac": 2},
    "R1, annealed": {**STEADY, "pac": 1},
    "R1, annealed, pac 2": STEADY,
}
SEED = 20


def measure(name: str, target: str, n_replicas: int, shrink: int) -> list[dict[str, object]]:
    """Train replicas of a method on a law; return a row a replica."""
    law, n_steps = LAWS[target]
    X = law.sample(20_000, rng=SEED)
    model = GAN(
        **METHODS[name],
        n_steps=n_steps // shrink,
        n_replicas=n_replicas,
        random_state=SEED,
        device="cpu",
    )
    begin = time.process_time()
    model.fit(X)
    seconds = time.process_time() - begin
    rows: list[dict[str, object]] = []
    for replica in range(n_replicas):
        draws = model.sample(2500, random_state=SEED, replica=replica)
        found = mode_coverage(draws, law.centres, law.scale)
        rows.append(
            {
                "law": target,
                "method": name,
                "replica": replica,
                "n_modes": found.n_modes,
                "high_quality": found.high_quality,
                "cpu_seconds": seconds,
                "steps": n_steps // shrink,
            }
        )
    return rows


def write_table(path: Path) -> None:
    """Write means over replicas as Markdown, with what is published below."""
    rows = read_rows(path.with_suffix(".csv"))
    lines = [
        "| method | ring: modes of 8 | high quality | CPU s | grid: modes of 25 | high quality "
        "| CPU s |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in dict.fromkeys(row["method"] for row in rows):
        cells = []
        for target in LAWS:
            chosen = [r for r in rows if r["method"] == name and r["law"] == target]
            if not chosen:
                cells += ["", "", ""]
                continue
            modes, share = (
                statistics.mean(float(r[column]) for r in chosen)
                for column in ("n_modes", "high_quality")
            )
            least = min(float(r["high_quality"]) for r in chosen)
            cells += [
                f"{modes:.1f}",
                f"{100 * share:.0f} % ({100 * least:.0f})",
                f"{float(chosen[0]['cpu_seconds']):.0f}",
            ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    for name, by_law in PUBLISHED.items():
        cells = []
        for target in LAWS:
            found = by_law.get(target)
            cells += [f"{found[0]}", f"{100 * found[1]:.0f} %", ""] if found else ["", "", ""]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Train all methods and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="two methods, a hundredth of the steps"
    )
    parser.add_argument("--replicas", type=int, default=4)
    parser.add_argument("--methods", nargs="*", choices=METHODS, default=list(METHODS))
    parser.add_argument("--laws", nargs="*", choices=LAWS, default=list(LAWS))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    folder = Path(tempfile.mkdtemp()) if arguments.quick else RESULTS
    names = arguments.methods[:2] if arguments.quick else arguments.methods
    path = folder / "mode_collapse.csv"
    rows: list[dict[str, object]] = [*read_rows(path)] if path.exists() else []
    for name in names:
        for target in arguments.laws:
            # What is measured again takes the place of what was.
            rows = [row for row in rows if (row["method"], row["law"]) != (name, target)]
            rows += measure(name, target, arguments.replicas, 100 if arguments.quick else 1)
        write_rows(path, rows)
        write_table(folder / "mode_collapse.md")
        print(f"{name}: done", flush=True)
    print((folder / "mode_collapse.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
