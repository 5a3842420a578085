"""Measure how far each estimate of scatter is from the truth, and what it costs.

Operator norm of the error, divided by that of the covariance of the true inliers; the location's
error is kept beside it. Where clean rows have heavy tails, shapes of determinant one are compared,
and the oracle is the Student law of most likelihood of the true inliers. Writes
``results/scatter_error.csv`` (one row a fit), ``.md`` and ``.png``. Cells that the file has are
kept, so that an interrupted run goes on, and peers that they lack are added. RobPy, which needs an
environment of its own, takes part where the variable ``ROBPY_PYTHON`` names its interpreter;
``--quick`` runs a small part in a minute and writes to a temporary folder.
"""

import argparse
import os
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from reporting import draw_ratios, read_rows, write_rows, write_table
from sklearn.base import clone
from sklearn.covariance import MinCovDet
from statsmodels.robust import covariance as robust

from robustgan import HuberModel, JSGANScatter, design
from robustgan.contamination import (
    Cauchy,
    Gaussian,
    MultivariateCauchy,
    PointMass,
    ShiftedGaussian,
    StudentT,
)
from robustgan.estimators.student import student_fit

RESULTS = Path(__file__).parent / "results"
Array = NDArray[np.float64]


@dataclass(frozen=True)
class TwoClusters:
    """Clusters 6 and 5 standard deviations away, seven to three, in directions at right angles."""

    n_features: int

    def sample(self, n_samples: int, rng: np.random.Generator) -> Array:
        """Draw rows."""
        X = rng.normal(size=(n_samples, self.n_features))
        is_first = rng.random(n_samples) < 0.7
        X[is_first, 0] += 6.0
        X[~is_first, 1] += 5.0
        return X


def factors(p: int) -> Gaussian:
    """Return the law of normal rows with three common factors."""
    rng = np.random.default_rng(0)
    loadings = rng.normal(size=(p, 3))
    return Gaussian(p, loadings @ loadings.T + np.diag(rng.uniform(0.5, 1.5, p)))


def model_of(name: str, p: int) -> HuberModel:
    """Return one of the designs, of this file or of the package."""
    made = {
        "clump10": lambda: HuberModel(Gaussian(p), PointMass(p, 10.0), 0.2),
        "wide5": lambda: HuberModel(Gaussian(p), ShiftedGaussian(p, 5.0, 5.0 * np.eye(p)), 0.2),
        "two": lambda: HuberModel(Gaussian(p), TwoClusters(p), 0.2),
        "toeplitz": lambda: HuberModel(
            Gaussian(p, "toeplitz", correlation=0.5),
            ShiftedGaussian(p, 0.0, 5.0 * 0.8 ** abs(np.subtract.outer(range(p), range(p)))),
            0.2,
        ),
        "factors far": lambda: HuberModel(factors(p), ShiftedGaussian(p, 10.0), 0.2),
        "factors near": lambda: HuberModel(factors(p), ShiftedGaussian(p, 1.0), 0.2),
        "factors clump": lambda: HuberModel(factors(p), PointMass(p, 3.0), 0.2),
        "cauchy rows": lambda: HuberModel(Cauchy(p), MultivariateCauchy(p, 5.0), 0.2),
        "t3 rows": lambda: HuberModel(StudentT(p, 3.0), ShiftedGaussian(p, 1.0), 0.2),
    }
    return made[name]() if name in made else design(name, p)


@dataclass(frozen=True)
class Cell:
    """One design at one size, with all peers, those that are named, or none."""

    design: str
    n_samples: int
    n_features: int
    peers: tuple[str, ...] = ()
    family: str = "gaussian"


ALL = (
    "MinCovDet", "CovDetMCD", "CovDetS", "OGK", "Tyler", "RobPy DetMCD", "RobPy FastMCD",
    "RobPy OGK", "RobPy KendallTau", "RobPy WrappingCovariance",
)  # fmt: skip
LARGE = ("shift.5", "clump10", "far", "cauchy.5", "wide5", "toeplitz", "none")
SMALL = ("shift.5", "clump10", "far", "cauchy.5", "wide5", "toeplitz", "two", "none")
CELLS = (
    *(Cell(name, 5_000, 50, peers=ALL) for name in SMALL),
    # Beside the fit that takes minutes, one of ours alone, for the time.
    *(Cell(n, 50_000, 100, ALL[:1] if n == "shift.5" else ()) for n in LARGE),
    Cell("two", 40_000, 60),
    Cell("shift.5", 20_000, 200),
    Cell("shift1", 1_000, 20, peers=ALL),
    Cell("none", 1_000, 20, peers=ALL),
    Cell("cauchy rows", 5_000, 50, peers=ALL, family="elliptical"),
    Cell("t3 rows", 5_000, 50, peers=ALL, family="student"),
    Cell("cauchy rows", 50_000, 50, family="elliptical"),
    *(Cell(f"factors {q}", 1_000, 400, ("regularised MCD",)) for q in ("far", "near", "clump")),
    *(Cell(f"factors {q}", 300, 500, ("regularised MCD",)) for q in ("far", "near", "clump")),
)
QUICK = (Cell("shift1", 1_000, 10, peers=ALL),)


def statsmodels(fit: Callable[[Array], object]) -> Callable[[Array], tuple[Array, Array]]:
    """Read location and covariance off one of statsmodels' results."""

    def estimate(X: Array) -> tuple[Array, Array]:
        result = fit(X)
        return np.asarray(result.mean), np.asarray(result.cov)

    return estimate


def tyler(X: Array) -> tuple[Array, Array]:
    """Tyler's shape at the median, in the scale of the median absolute deviation."""
    centre = np.median(X, axis=0)
    shape = np.asarray(robust.cov_tyler(X - centre).cov)
    squared = np.einsum("ni,ij,nj->n", X - centre, np.linalg.inv(shape), X - centre)
    return centre, shape * np.median(squared) / X.shape[1]


def mincovdet(X: Array) -> tuple[Array, Array]:
    """scikit-learn's, reweighted as by default."""
    fitted = MinCovDet(random_state=0).fit(X)
    return fitted.location_, fitted.covariance_


def robpy(name: str) -> Callable[[Array], tuple[Array, Array]]:
    """One of RobPy's estimators, in the environment whose interpreter ROBPY_PYTHON names."""

    def estimate(X: Array) -> tuple[Array, Array]:
        script = Path(__file__).with_name("robpy_peer.py")
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder, "X.npy"), Path(folder, "fit.npz")
            np.save(source, X)
            command = [os.environ["ROBPY_PYTHON"], script, name, source, target]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode:
                raise ValueError(done.stderr.strip().splitlines()[-1])
            fitted = np.load(target)
            return fitted["location"], fitted["covariance"]

    return estimate


def cpu_seconds() -> float:
    """CPU time of this process and of those it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


ROBPY = ("DetMCD", "FastMCD", "OGK", "KendallTau", "WrappingCovariance")


def regularised_mcd(X: Array) -> tuple[Array, Array]:
    """Our own, which stands in for a game where any covariance is asked for."""
    fitted = JSGANScatter(rank=None).fit(X)
    return fitted.location_, fitted.covariance_


PEERS: dict[str, Callable[[Array], tuple[Array, Array]]] = {
    "MinCovDet": mincovdet,
    "CovDetMCD": statsmodels(lambda X: robust.CovDetMCD(X).fit(h=sum(X.shape) // 2 + 1)),
    "CovDetS": statsmodels(lambda X: robust.CovDetS(X).fit()),
    "OGK": statsmodels(robust.cov_ogk),
    "Tyler": tyler,
    "regularised MCD": regularised_mcd,
} | {f"RobPy {name}": robpy(name) for name in ROBPY}


def measure(
    cell: Cell, seeds: range, *, peers: Sequence[str], only_peers: bool
) -> Iterator[dict[str, object]]:
    """Fit every estimator to every seed of a cell; yield a row a fit."""
    model = model_of(cell.design, cell.n_features)
    drawn = [model.sample(cell.n_samples, rng=seed) for seed in seeds]
    truth = model.clean.scatter
    is_heavy = cell.family != "gaussian"
    best_of = likeliest if is_heavy else partial(estimates, np.mean)
    oracle = [best_of(X[~is_outlier]) for X, is_outlier in drawn]

    def row(name: str, i: int, found: tuple[Array, Array], seconds: float) -> dict[str, object]:
        scale = unit_determinant if is_heavy else np.asarray
        error, best = (operator_norm(scale(c) - scale(truth)) for _, c in (found, oracle[i]))
        return {
            "design": cell.design, "n_samples": cell.n_samples, "n_features": cell.n_features,
            "estimator": name, "seed": seeds[i], "error": error, "oracle": best,
            "ratio": error / best, "location_error": float(np.linalg.norm(found[0])),
            "location_oracle": float(np.linalg.norm(oracle[i][0])), "cpu_seconds": seconds,
        }  # fmt: skip

    # Half a minute a fit for some; one seed shows what they do.
    for name in peers:
        start = cpu_seconds()
        try:
            found = PEERS[name](drawn[0][0])
        except (ArithmeticError, ValueError) as error:
            print(f"{name} fails on {cell}: {error}", flush=True)
            found = np.full(cell.n_features, np.nan), np.full((cell.n_features,) * 2, np.nan)
        yield row(name, 0, found, cpu_seconds() - start)
    if only_peers:
        return
    start = time.process_time()
    estimator = JSGANScatter(family=cell.family, random_state=0, device="cpu")
    fits = estimator.fit_samples([X for X, _ in drawn])
    seconds = (time.process_time() - start) / len(drawn)
    for i, fitted in enumerate(fits):
        yield row("JSGANScatter", i, (fitted.location_, fitted.scatter_), seconds)
        raw = fitted.raw_location_, fitted.raw_scatter_
        yield row("JSGANScatter, game alone", i, raw, seconds)
    if cell.peers:
        start = time.process_time()
        alone = clone(estimator).fit(drawn[0][0])
        seconds = time.process_time() - start
        yield row("JSGANScatter, one fit", 0, (alone.location_, alone.scatter_), seconds)
    for i, (X, _) in enumerate(drawn):
        yield row("mean", i, estimates(np.mean, X), 0.0)


def size_of(row: dict[str, object]) -> tuple[str, str, str]:
    """Return what a row's cell is called."""
    return str(row["design"]), str(row["n_samples"]), str(row["n_features"])


def operator_norm(matrix: Array) -> float:
    """Largest singular value; not a number for a peer that failed."""
    return float(np.linalg.norm(matrix, ord=2)) if np.isfinite(matrix).all() else float("nan")


def unit_determinant(scatter: Array) -> Array:
    """Scale to determinant one; not a number for a peer that failed."""
    return scatter / np.exp(np.linalg.slogdet(scatter)[1] / len(scatter))


def likeliest(X: Array) -> tuple[Array, Array]:
    """Location and scatter of the Student law of most likelihood."""
    found = student_fit(torch.from_numpy(X))
    return found.location.numpy(), found.scatter.numpy()


def estimates(centre: Callable[..., Array], X: Array) -> tuple[Array, Array]:
    """Classical location and covariance of rows."""
    return centre(X, axis=0), np.cov(X.T)


def main() -> None:
    """Run the cells and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a small part, in a minute")
    parser.add_argument("--seeds", type=int, default=3, help="seeds a cell")
    parser.add_argument("--first-seed", type=int, default=500, help="the first of them")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    n_seeds = 1 if arguments.quick else arguments.seeds
    seeds = range(arguments.first_seed, arguments.first_seed + n_seeds)
    folder = Path(tempfile.mkdtemp()) if arguments.quick else RESULTS
    path = folder / "scatter_error.csv"
    rows: list[dict[str, object]] = list(read_rows(path)) if path.exists() else []
    done = {(*size_of(row), str(row["estimator"])) for row in rows}
    for cell in QUICK if arguments.quick else CELLS:
        size = cell.design, str(cell.n_samples), str(cell.n_features)
        peers = [
            name
            for name in cell.peers
            if (*size, name) not in done
            and ("ROBPY_PYTHON" in os.environ or not name.startswith("RobPy"))
        ]
        is_done = (*size, "JSGANScatter") in done
        if is_done and not peers:
            continue
        rows += measure(cell, seeds, peers=peers, only_peers=is_done)
        write_rows(path, rows)
        print(f"{cell}: done", flush=True)
    order = {
        (cell.design, str(cell.n_samples), str(cell.n_features)): i for i, cell in enumerate(CELLS)
    }
    rows.sort(
        key=lambda row: (
            order.get(size_of(row), 0),
            not str(row["estimator"]).startswith("JSGAN"),
        )
    )
    write_rows(path, rows)
    written = read_rows(path)
    write_table(path.with_suffix(".md"), written)
    draw_ratios(
        path.with_suffix(".png"),
        [row for row in written if row["estimator"] != "JSGANScatter, one fit"],
        label="operator-norm error of the scatter / that of the true inliers' (median)",
        title="Contamination 0.2 (none: 0)",
    )
    print(f"Written to {folder}.")


if __name__ == "__main__":
    main()
