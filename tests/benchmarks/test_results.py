"""The committed results: tables follow from the rows, and the prose says what the tables say."""

import re

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import suites
from benchmarks.harness.storage import read_rows
from benchmarks.harness.suite import cell_of
from benchmarks.harness.tables import values

COMMITTED = [name for name in suites.names() if (command.COMMITTED / f"{name}.csv").exists()]
every_suite = pytest.mark.parametrize("name", suites.names())


@every_suite
def test_a_suite_is_named_after_its_file_and_asks_something(name):
    suite = suites.load(name)
    assert suite.name == name
    assert suite.question
    assert "" in suite.tables


@every_suite
def test_no_fit_is_planned_twice_and_a_quick_one_is_small(name):
    suite = suites.load(name)
    for blocks in (suite.blocks, suite.quick):
        cells = {cell for block in blocks for cell in block.cells}
        assert all(cell.n_samples >= 2 for cell in cells)
    assert all(cell.n_samples <= 2_000 for block in suite.quick for cell in block.cells)


@pytest.mark.parametrize("name", COMMITTED)
def test_the_committed_tables_follow_from_the_committed_rows(name, tmp_path):
    suite = suites.load(name)
    rows = command.in_order(suite, read_rows(command.COMMITTED / f"{name}.csv"))
    for ending, tabulate in suite.tables.items():
        committed = command.COMMITTED / f"{name}{ending}.md"
        assert committed.read_text(encoding="utf-8") == tabulate(rows), "run with --tables"


@pytest.mark.parametrize("name", [n for n in COMMITTED if "_behind" in suites.load(n).tables])
def test_every_cell_where_ours_is_behind_is_named_with_a_reason(name):
    text = (command.COMMITTED / f"{name}_behind.md").read_text(encoding="utf-8")
    for line in text.splitlines()[2:]:
        assert line.split("|")[4].strip(), line


DESIGNS = {
    "no outliers": "none",
    "cluster at 0.5 in every coordinate": "shift.5",
    "cluster at 0.5": "shift.5",
    "cluster at 1": "shift1",
    "cluster at 5": "shift5",
    "multivariate Cauchy at 0.5": "cauchy.5",
    "one point, at distance 1": "point",
    "one point, at 100 in every coordinate": "far",
    "one point, at 10 in every coordinate": "clump10",
    "one point, inside the bulk": "point",
    "two-part adversary": "dkk",
    "cluster 3 sd away": "direction3",
    "cluster 2 sd away": "direction2",
    "clean rows Cauchy, others Cauchy at 5": "cauchy rows",
    "breast cancer": "breast_cancer",
}
COLUMNS = {
    "`JSGANMean`, unit covariance": "JSGANMean(identity)",
    "`JSGANMean`, scales unknown": "JSGANMean(diagonal)",
    "`JSGANScatter`": "JSGANScatter",
    "discriminator of `JSGANMean`": "JSGANMean",
    "sample covariance": "mean",
}


def headline(root):
    """Yield suite, design, size, column and text of every number in the README's three tables."""
    tables = iter(("location_error", "scatter_error", "outlier_detection"))
    for line in (root / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("| contamination"):
            suite, header = next(tables), cells[1:]
        size = re.search(r", ([\d,]+) × (\d+)", cells[0])
        if line.startswith("| ") and size:
            name = DESIGNS[cells[0][: size.start()]]
            n, p = int(size[1].replace(",", "")), int(size[2])
            for column, text in zip(header, cells[1:], strict=True):
                if text:
                    yield suite, (name, n, p), COLUMNS.get(column, column), text.strip("*")


def medians_of(name):
    """Return the medians over seeds by cell and estimator."""
    found = {}
    column = "auc" if name == "outlier_detection" else "ratio"
    for row in read_rows(command.COMMITTED / f"{name}.csv"):
        cell = cell_of(row)
        key = (cell.design, cell.n_samples, cell.n_features)
        found.setdefault(key, {}).setdefault(row["estimator"], []).append(row)
    return {
        key: {
            name: float(np.median(v)) for name, each in fits.items() if (v := values(each, column))
        }
        for key, fits in found.items()
    }


def test_the_readmes_headline_tables_state_what_the_committed_rows_say(root):
    stated = list(headline(root))
    assert len(stated) > 80
    found = {
        name: medians_of(name) for name in ("location_error", "scatter_error", "outlier_detection")
    }
    for name, key, column, text in stated:
        fits = found[name][key]
        number = float(text.replace(",", ""))
        if column.startswith("best"):
            skip = (
                ("JSGAN", "mean", "MinCovDet") if name == "scatter_error" else ("JSGAN", "likeli")
            )
            others = [v for who, v in fits.items() if not who.startswith(skip)]
            value = max(others) if name == "outlier_detection" else min(others)
        else:
            value = fits[column]
        # Half a unit of the last digit that is printed; large ratios have two or three digits.
        assert number == pytest.approx(value, abs=0.006, rel=0.05), (name, key, column, text, value)
