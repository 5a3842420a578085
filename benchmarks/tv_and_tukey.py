"""How near total variation comes to Tukey's median, by the discriminators it may choose from.

Gao, Liu, Yao and Zhu (2019): with halfspaces whose boundary holds the location itself, the game is
``min over eta, max over unit u, of mean sigmoid(s u'(x - eta))``, a depth smoothed by ``1 / s``. In
the plane it is solved here without a game, over a grid of directions, and compared with
`JSGANMean(objective='tv')`, whose discriminators are free to put boundaries anywhere. Writes
``results/tv_and_tukey.csv`` and the same as ``.md``.
"""

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.exceptions import ConvergenceWarning

from benchmarks.reporting import write_rows
from robustgan import JSGANMean, TukeyMedian, design

RESULTS = Path(__file__).parent / "results"
SHARPNESS = (1, 4, 16, 64)
DESIGNS = ("shift1", "shift5")
N_SAMPLES, N_SEEDS, N_DIRECTIONS = 1000, 3, 90
Array = NDArray[np.float64]


def smoothed_median(X: Array, sharpness: float, start: Array) -> Array:
    """Minimise the largest smoothed share of rows on one side of a line through the location."""
    angles = np.arange(N_DIRECTIONS) * 2 * np.pi / N_DIRECTIONS
    directions = np.stack([np.cos(angles), np.sin(angles)])
    projected = X @ directions

    def worst(location: Array) -> float:
        return float(expit(sharpness * (projected - location @ directions)).mean(axis=0).max())

    simplex = start + np.array([[0.0, 0.0], [0.3, 0.0], [0.0, 0.3]])
    options = {"initial_simplex": simplex, "xatol": 1e-3, "fatol": 1e-7, "maxiter": 120}
    found = minimize(worst, start, method="Nelder-Mead", options=options)
    return np.asarray(found.x)


def compare(name: str, seed: int) -> list[dict[str, object]]:
    """Measure the distance of each location from Tukey's median, and from the truth."""
    X, _ = design(name, 2).sample(N_SAMPLES, rng=seed)
    tukey = TukeyMedian().fit(X).location_
    middle = np.median(X, axis=0)
    found = {"Tukey's median": tukey, "mean": X.mean(axis=0), "coordinate median": middle}
    for s in SHARPNESS:
        found[f"halfspaces through the location, s = {s}"] = smoothed_median(X, s, middle)
    for label, units in (("one hidden layer", (16,)), ("no hidden layer", ())):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            game = JSGANMean(
                objective="tv", covariance="identity", hidden_units=units, random_state=seed
            ).fit(X)
        found[f"JSGANMean(objective='tv'), {label}"] = game.raw_location_
    return [
        {
            "design": name,
            "seed": seed,
            "location": label,
            "to_tukey": float(np.linalg.norm(location - tukey)),
            "to_truth": float(np.linalg.norm(location)),
        }
        for label, location in found.items()
    ]


def write_table(rows: list[dict[str, object]]) -> None:
    """Write medians over seeds as Markdown."""
    labels = list(dict.fromkeys(str(row["location"]) for row in rows))
    heads = [f"{design} {what}" for design in DESIGNS for what in ("to Tukey", "to the truth")]
    lines = ["| location | " + " | ".join(heads) + " |", "|---" * (1 + len(heads)) + "|"]
    for label in labels:
        cells = [
            np.median([r[key] for r in rows if (r["design"], r["location"]) == (name, label)])
            for name in DESIGNS
            for key in ("to_tukey", "to_truth")
        ]
        lines.append(f"| {label} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |")
    (RESULTS / "tv_and_tukey.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    rows = [row for name in DESIGNS for seed in range(N_SEEDS) for row in compare(name, seed)]
    write_rows(RESULTS / "tv_and_tukey.csv", rows)
    write_table(rows)
