"""Measure how well outlier scores rank outliers below clean rows, and what they cost.

Area under the ROC curve, from 0.5 for a guess to 1; each method is fitted to a sample and scores
the same rows, at its default settings. Labels serve for the area only: no method is told them,
nor the share of outliers. The reference is the likelihood ratio, where both laws have a density.
Real data are those of ``robustgan.contamination`` whose outliers are published, every column
centred by its median and divided by its interquartile range; there a seed is that of the method.

Writes ``results/outlier_detection.csv`` (one row a fit) and ``.md``. A method that is not
installed or raises gets a row that says so. Cells that the file has are kept, so that an
interrupted run goes on; ``--quick`` runs a small part in a minute and writes to a temporary folder.
"""

import argparse
import importlib
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from reporting import Row, read_rows, write_rows
from scatter_error import size_of
from scipy.stats import multivariate_normal, multivariate_t
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import LocalOutlierFactor
from sklearn.preprocessing import RobustScaler
from threadpoolctl import threadpool_limits

from robustgan import HuberModel, JSGANMean, JSGANScatter, dataset, design
from robustgan.contamination import DATASETS, Cauchy, CleanLaw, Gaussian, Law, PointMass

RESULTS = Path(__file__).parent / "results"
Array = NDArray[np.float64]
Labels = NDArray[np.bool_]
Scores = Callable[[Array, int], Array]


@dataclass(frozen=True)
class Cell:
    """One design at one size, or one real data set."""

    design: str
    n_samples: int
    n_features: int

    @property
    def label(self) -> str:
        """Name it in tables."""
        return f"{self.design}, {self.n_samples:,} × {self.n_features}"

    @property
    def model(self) -> HuberModel | None:
        """Return the law of the rows, None for real data."""
        p = self.n_features
        if self.design == "clump":
            return HuberModel(Gaussian(p), PointMass(p, 10.0), 0.2)
        return None if self.design in DATASETS else design(self.design, p)

    def draw(self, seed: int) -> tuple[Array, Labels]:
        """Draw rows and their labels, or load them."""
        if (model := self.model) is not None:
            return model.sample(self.n_samples, rng=seed)
        X, is_outlier = dataset(self.design, return_X_outlier=True)
        return RobustScaler().fit_transform(X), is_outlier


LABELLED = {
    name: bunch.data.shape
    for name, bunch in ((name, dataset(name)) for name in DATASETS)
    if bunch.is_outlier is not None
}
MEDIUM = ("shift.5", "shift1", "shift5", "cov", "cauchy.5", "point", "clump", "far", "dkk")
SMALL = ("shift1", "cauchy.5", "point", "clump")
CELLS = (
    *(Cell(name, 5_000, 50) for name in MEDIUM),
    *(Cell(name, 1_000, 10) for name in SMALL),
    *(Cell(name, *shape) for name, shape in LABELLED.items()),
    Cell("shift.5", 50_000, 100),
)
QUICK = (Cell("point", 1_000, 5), Cell("hbk", *LABELLED["hbk"]))

OURS = {
    "JSGANMean": JSGANMean(random_state=0, device="cpu"),
    "JSGANScatter": JSGANScatter(score_by="discriminator", random_state=0, device="cpu"),
    "JSGANScatter, both": JSGANScatter(score_by="both", random_state=0, device="cpu"),
}


def pyod(name: str) -> Scores:
    """Score by one of PyOD's detectors, whose sign is the other way."""

    def score(X: Array, seed: int) -> Array:
        detector = getattr(importlib.import_module(f"pyod.models.{name.lower()}"), name)
        return -np.asarray(detector().fit(X).decision_scores_)

    return score


PEERS: dict[str, Scores] = {
    "EllipticEnvelope": lambda X, seed: EllipticEnvelope(random_state=seed).fit(X).score_samples(X),
    "IsolationForest": lambda X, seed: IsolationForest(random_state=seed).fit(X).score_samples(X),
    "LocalOutlierFactor": lambda X, seed: LocalOutlierFactor().fit(X).negative_outlier_factor_,
    "ECOD": pyod("ECOD"),
    "COPOD": pyod("COPOD"),
}
REFERENCE = "likelihood ratio"


def measure(cell: Cell, seeds: range) -> Iterator[dict[str, object]]:
    """Score every seed of a cell by every method; yield a row a fit."""
    drawn = [cell.draw(seed) for seed in seeds]

    def row(name: str, i: int, auc: float, seconds: float, note: str) -> dict[str, object]:
        return {
            "design": cell.design, "n_samples": cell.n_samples, "n_features": cell.n_features,
            "estimator": name, "seed": seeds[i], "auc": auc, "cpu_seconds": seconds, "note": note,
        }  # fmt: skip

    for name, estimator in OURS.items():
        start = time.process_time()
        # All seeds at once; on real data, one sample and another game a seed.
        fits = estimator.fit_samples([X for X, _ in drawn])
        scores = [fitted.score_samples(X) for fitted, (X, _) in zip(fits, drawn, strict=True)]
        seconds = (time.process_time() - start) / len(drawn)
        for i, (fitted, (_, is_outlier)) in enumerate(zip(fits, drawn, strict=True)):
            auc = float(roc_auc_score(~is_outlier, scores[i]))
            yield row(name, i, auc, seconds, fitted.fallback_ or "")
    for name, score in PEERS.items():
        for i, (X, is_outlier) in enumerate(drawn):
            start = time.process_time()
            auc, note = attempt(score, X, is_outlier, seeds[i])
            yield row(name, i, auc, time.process_time() - start, note)
    if (ratio := likelihood_ratio(cell.model)) is not None:
        for i, (X, is_outlier) in enumerate(drawn):
            yield row(REFERENCE, i, float(roc_auc_score(~is_outlier, ratio(X))), 0.0, "")


def attempt(score: Scores, X: Array, is_outlier: Labels, seed: int) -> tuple[float, str]:
    """Return the area, or not a number and why."""
    try:
        return float(roc_auc_score(~is_outlier, score(X, seed))), ""
    except ImportError:
        return float("nan"), "not installed"
    # A peer may raise anything, and the others go on.
    except Exception as error:
        return float("nan"), f"{type(error).__name__}: {str(error).splitlines()[0]}"


def likelihood_ratio(model: HuberModel | None) -> Callable[[Array], Array] | None:
    """Return the log density ratio of clean law to outlier law, None unless both are known."""
    if model is None:
        return None
    clean, outlier = log_density(model.clean), log_density(model.outlier)
    if clean is None or outlier is None:
        return None
    return lambda X: clean(X) - outlier(X)


def log_density(law: CleanLaw | Law) -> Callable[[Array], Array] | None:
    """Return the log density of a Gaussian or Cauchy law."""
    if isinstance(law, Gaussian):
        return multivariate_normal(law.location, law.scatter).logpdf
    if isinstance(law, Cauchy):
        return multivariate_t(law.location, law.scatter, df=1).logpdf
    return None


def write_table(path: Path, rows: list[Row]) -> None:
    """Write the median areas as Markdown, a line a cell, and what the fits of one design cost."""
    names = [*OURS, *PEERS, REFERENCE]
    found: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        label = Cell(row["design"], int(row["n_samples"]), int(row["n_features"])).label
        found.setdefault(label, {}).setdefault(row["estimator"], []).append(row)
    lines = ["| rows | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for label, fits in found.items():
        areas = [area(fits.get(name, [])) for name in names]
        lines.append(f"| {label} | " + " | ".join(areas) + " |")
    for label, fits in found.items():
        if label.startswith("shift.5"):
            costs = [cost(fits.get(name, [])) for name in names]
            lines.append(f"| *CPU seconds,* {label} | " + " | ".join(costs) + " |")
    lines += ["", "† too few rows for a game: a classical estimate stands in."]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def area(fits: list[Row]) -> str:
    """Print the median of the fits that have an area, or what is wrong with them."""
    areas = [float(fit["auc"]) for fit in fits if fit["auc"] != "nan"]
    if not fits:
        return ""
    if not areas:
        return "not installed" if fits[0]["note"] == "not installed" else "fails"
    mark = "†" if fits[0]["note"] and fits[0]["estimator"] in OURS else ""
    n_failed = len(fits) - len(areas)
    failed = f" ({n_failed} of {len(fits)} fail)" if n_failed else ""
    return f"{statistics.median(areas):.3f}{mark}{failed}"


def cost(fits: list[Row]) -> str:
    """Print the median time of the fits that have an area; the reference has no fit."""
    seconds = [float(fit["cpu_seconds"]) for fit in fits if fit["auc"] != "nan"]
    is_fit = bool(seconds) and fits[0]["estimator"] != REFERENCE
    return f"{statistics.median(seconds):.2g}" if is_fit else ""


def main() -> None:
    """Run the cells and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a small part, in a minute")
    parser.add_argument("--seeds", type=int, default=3, help="seeds a cell")
    parser.add_argument("--first-seed", type=int, default=700, help="the first of them")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    # Small samples, ties and determinants that increase: what they do to the area is measured.
    warnings.simplefilter("ignore")
    n_seeds = 1 if arguments.quick else arguments.seeds
    seeds = range(arguments.first_seed, arguments.first_seed + n_seeds)
    folder = Path(tempfile.mkdtemp()) if arguments.quick else RESULTS
    path = folder / "outlier_detection.csv"
    rows: list[dict[str, object]] = list(read_rows(path)) if path.exists() else []
    done = {size_of(row) for row in rows}
    for cell in QUICK if arguments.quick else CELLS:
        if (cell.design, str(cell.n_samples), str(cell.n_features)) in done:
            continue
        with threadpool_limits(1):
            rows += measure(cell, seeds)
        write_rows(path, rows, packages=("pyod",))
        print(f"{cell.label}: done", flush=True)
    write_table(path.with_suffix(".md"), read_rows(path))
    print(f"Written to {folder}.")


if __name__ == "__main__":
    main()
