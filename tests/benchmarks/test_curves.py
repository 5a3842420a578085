"""Breakdown, bias and efficiency of what is compared: what the suites ask the diagnostics for."""

import numpy as np
import pytest

from benchmarks.harness.suite import Cell, cell_of
from benchmarks.measures import curves
from benchmarks.suites import bias, breakdown, efficiency


def as_rows(measured):
    """Return rows as they are read from a file."""
    return [{name: str(value) for name, value in row.items()} for row in measured]


@pytest.fixture(scope="module")
def family():
    """Bias of a mean and a median under three laws."""
    cell = Cell(curves.SMALL_FAMILY, 200, 3)
    found = [curves.bias(cell, name, [0]) for name in ("mean", "coordinate median")]
    return as_rows([row for rows in found for row in rows])


def test_the_mean_errs_by_the_share_times_the_distance(family):
    found = bias.worst_by_distance(family)
    oracle = float(family[0]["oracle"])
    # Sampling errors of both, and those of the outliers' own mean.
    assert found["mean", 30.0][0] * oracle == pytest.approx(0.2 * 30, abs=0.3)
    assert found["mean", 30.0][1] == "spread 1, axis"
    assert found["coordinate median", 30.0][0] * oracle < 1


def test_the_row_of_the_task_is_the_worst_of_its_family(family):
    [worst] = [row for row in family if row["design"] == curves.SMALL_FAMILY][:1]
    others = [float(r["error"]) for r in family if r["estimator"] == "mean" and r is not worst]
    assert float(worst["error"]) == max(others)


def test_the_table_ends_with_the_worst_and_where(family):
    lines = bias.table(family).splitlines()
    assert lines[0] == "| distance | mean | coordinate median |"
    assert lines[-2].startswith("| *worst* | **")
    assert lines[-1].startswith("| *where* | 30, spread 1, axis | ")


def test_two_fifths_carry_the_mean_away_and_not_the_median():
    cell = Cell(curves.TWO_SHARES, 100, 2, 0.0)
    found = [curves.breakdown(cell, name, [0]) for name in ("mean", "coordinate median")]
    rows = as_rows([row for each in found for row in each])
    assert cell_of(rows[0]) == cell
    assert breakdown.bounded_up_to(rows, "mean") == "0%"
    assert breakdown.bounded_up_to(rows, "coordinate median") == "40%"
    assert "bounded up to" in breakdown.table(rows).splitlines()[-1]


def test_the_mean_is_as_efficient_as_itself():
    rows = as_rows(curves.clean_efficiency(Cell(curves.FEW, 50, 2, 0.0), "mean", [0]))
    assert float(rows[0]["efficiency"]) == pytest.approx(1)
    assert "| 50 × 2 | mean | 1.000 | 1.000 to 1.000 |" in efficiency.table(rows)


def test_who_asks_is_told_the_share_of_outliers():
    X = np.random.default_rng(0).normal(size=(300, 3))
    X[:60] += 6.0
    told = curves.AsEstimator(name="eigenvalue pruning", contamination=0.2).fit(X).location_
    not_told = curves.AsEstimator(name="eigenvalue pruning", contamination=0.0).fit(X).location_
    assert np.linalg.norm(told) < 0.5 < np.linalg.norm(not_told)
