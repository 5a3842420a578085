"""The README's tables, from the committed rows: ``python -m benchmarks --readme``."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.harness.storage import read_rows
from benchmarks.harness.suite import Cell, Row
from benchmarks.harness.tables import by_cell, markdown, ratio_text, values
from benchmarks.measures.scores import REFERENCE

Fits = Mapping[str, Sequence[Row]]
# A median over seeds, or the best of some estimators'.
Read = Callable[[Fits, str], float | None]


@dataclass(frozen=True)
class Headline:
    """One table: lines of labels and cells, columns of headings and what they show."""

    suite: str
    column: str
    lines: Mapping[str, Cell]
    columns: Mapping[str, Read]
    form: Callable[[float], str]


def one(fits: Fits, column: str, *, name: str) -> float | None:
    """Return the median over seeds of an estimator."""
    found = values(fits.get(name, ()), column)
    return statistics.median(found) if found else None


def best(
    fits: Fits, column: str, *, of: Callable[[Sequence[float]], float], but: tuple[str, ...]
) -> float | None:
    """Return the best median of all estimators but some, by the start of their names."""
    others = (name for name in fits if not name.startswith(but))
    found = [value for name in others if (value := one(fits, column, name=name)) is not None]
    return of(found) if found else None


def columns_of(names: Mapping[str, str]) -> dict[str, Read]:
    """Return what reads the estimators under headings."""
    return {heading: partial(one, name=name) for heading, name in names.items()}


LARGE, SMALL = (50_000, 100), (5_000, 50)
LOCATION = Headline(
    "location_error",
    "ratio",
    {
        "no outliers": Cell("none", *LARGE),
        "cluster at 0.5 in every coordinate": Cell("shift.5", *LARGE),
        "cluster at 5": Cell("shift5", *LARGE),
        "multivariate Cauchy at 0.5": Cell("cauchy.5", *LARGE),
        "one point, at distance 1": Cell("point", *LARGE),
        "one point, at 100 in every coordinate": Cell("far", *LARGE),
        "two-part adversary": Cell("dkk", *LARGE),
        "cluster 3 sd away": Cell("direction3", 20_000, 60),
        "cluster 2 sd away": Cell("direction2", 20_000, 60),
        "cluster at 0.5": Cell("shift.5", *SMALL),
        "cluster at 1": Cell("shift1", 1_000, 20),
    },
    columns_of(
        {
            "`JSGANMean`, unit covariance": "JSGANMean(identity)",
            "`JSGANMean`, scales unknown": "JSGANMean(diagonal)",
            "mean": "mean",
            "coordinate median": "coordinate median",
            "geometric median": "geometric median",
            "MinCovDet": "MinCovDet",
        }
    ),
    ratio_text,
)
SCATTER = Headline(
    "scatter_error",
    "ratio",
    {
        "no outliers": Cell("none", *LARGE),
        "cluster at 0.5 in every coordinate": Cell("shift.5", *LARGE),
        "cluster at 0.5": Cell("shift.5", *SMALL),
        "one point, at 10 in every coordinate": Cell("clump10", *SMALL),
        "multivariate Cauchy at 0.5": Cell("cauchy.5", *SMALL),
        "cluster at 1": Cell("shift1", 1_000, 20),
        "clean rows Cauchy, others Cauchy at 5, shape": Cell("cauchy rows", *SMALL),
    },
    {
        **columns_of(
            {
                "`JSGANScatter`": "JSGANScatter",
                "sample covariance": "mean",
                "MinCovDet": "MinCovDet",
            }
        ),
        "best other, of statsmodels and RobPy": partial(
            best, of=min, but=("JSGAN", "mean", "MinCovDet")
        ),
    },
    ratio_text,
)
SCORES = Headline(
    "outlier_detection",
    "auc",
    {
        "cluster at 0.5 in every coordinate": Cell("shift.5", *SMALL),
        "one point, inside the bulk": Cell("point", *SMALL),
        "multivariate Cauchy at 0.5": Cell("cauchy.5", *SMALL),
        "breast cancer, malignant rows": Cell("breast_cancer", 569, 30),
    },
    {
        **columns_of({"discriminator of `JSGANMean`": "JSGANMean"}),
        "best of the others": partial(best, of=max, but=("JSGAN", REFERENCE)),
        **columns_of({"likelihood ratio": REFERENCE}),
    },
    "{:.2f}".format,
)
HEADLINES = {"location": LOCATION, "scatter": SCATTER, "scores": SCORES}


def table(headline: Headline, rows: Sequence[Row]) -> str:
    """Print medians over seeds; ours are bold."""
    # Real data have shares of their own.
    found = {(c.design, c.n_samples, c.n_features): fits for c, fits in by_cell(rows).items()}
    lines = []
    for label, cell in headline.lines.items():
        fits = found[cell.design, cell.n_samples, cell.n_features]
        line = [f"{label}, {cell.n_samples:,} × {cell.n_features}"]
        for heading, read in headline.columns.items():
            value = read(fits, headline.column)
            text = "" if value is None else headline.form(value)
            line.append(f"**{text}**" if "JSGAN" in heading else text)
        lines.append(line)
    return markdown(["contamination, rows × features", *headline.columns], lines)


def rewrite(text: str, folder: Path) -> str:
    """Put the tables of a folder of results in their places in a text.

    Raises
    ------
    ValueError
        If a place is missing.
    """
    for name, headline in HEADLINES.items():
        place = re.compile(rf"(?<=<!-- benchmark: {name} -->\n).*?(?=\n\n)", re.DOTALL)
        made = table(headline, read_rows(folder / f"{headline.suite}.csv")).rstrip("\n")
        text, n_places = place.subn(lambda _, made=made: made, text)
        if n_places != 1:
            raise ValueError(f"the README must have one place for {name}, got {n_places}.")
    return text
