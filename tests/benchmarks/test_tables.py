"""Tables: who is smallest or tied, what stands where there is no number, and who is behind."""

import pytest

from benchmarks.harness.suite import Cell, cell_of
from benchmarks.harness.tables import (
    behind_table,
    by_cell,
    outcome,
    ratio_table,
    ratio_text,
    tied,
    worst_table,
)


def rows_of(design="shift1", **estimators):
    """Rows of one cell: an estimator's ratios by seed, or the note of its failure."""
    rows = []
    for name, found in estimators.items():
        failed = isinstance(found, str)
        for seed, ratio in enumerate([""] if failed else found):
            rows.append(
                {
                    "design": design, "n_samples": "100", "n_features": "5", "contamination": "0.1",
                    "estimator": name, "seed": str(seed), "ratio": str(ratio), "oracle": "0.5",
                    "note": found if failed else "",
                }
            )  # fmt: skip
    return rows


def tied_of(**estimators):
    [fits] = by_cell(rows_of(**estimators)).values()
    return tied(fits, "ratio")


def test_a_difference_that_seeds_do_not_show_is_a_tie():
    assert tied_of(a=[1.0, 1.2, 0.9], b=[1.1, 1.1, 1.0], c=[2.0, 2.1, 1.9]) == {"a", "b"}


def test_a_tenth_is_no_tie_whatever_seeds_hide():
    assert tied_of(a=[1.0, 1.0, 1.0], b=[1.2, 0.9, 9.0]) == {"a"}


def test_a_small_difference_that_every_seed_shows_is_none():
    assert tied_of(a=[1.0, 1.2, 0.9], b=[1.05, 1.26, 0.945]) == {"a"}


def test_less_than_a_hundredth_is_a_tie_whatever_seeds_show():
    assert tied_of(a=[1.0, 1.0, 1.0], b=[1.009, 1.009, 1.009]) == {"a", "b"}


@pytest.mark.parametrize("n_seeds", [1, 2])
def test_one_or_two_seeds_make_no_tie(n_seeds):
    assert tied_of(a=[1.0, 4.0][:n_seeds], b=[1.1, 4.5][:n_seeds]) == {"a"}


def test_an_exact_estimate_is_the_smallest():
    assert tied_of(a=[0.0], b=[1.0], c=[0.0]) == {"a", "c"}


def test_a_game_alone_and_a_failure_do_not_compete():
    found = tied_of(**{"a": [1.0], "a, game alone": [0.5], "b": "exceeds 60 s"})
    assert found == {"a"}


def test_what_has_no_number_says_why():
    def form(fits):
        return outcome(fits, "ratio", ratio_text)

    assert form(rows_of(a="not installed")) == "not installed"
    assert form(rows_of(a="exceeds 60 s")) == "> 60 s"
    assert form(rows_of(a="LinAlgError: singular")) == "fails"
    assert form(rows_of(a=[1.0, "nan"])) == "1.00 (1 of 2 fail)"
    assert form([]) == ""


def test_the_smallest_is_bold_and_ours_come_first():
    lines = ratio_table(rows_of(mean=[4.0], JSGANMean=[1.0])).splitlines()
    assert lines[0] == "| design | oracle's error | JSGANMean | mean |"
    assert lines[2] == "| shift1, 100 × 5, ε = 0.1 | 0.5000 | **1.00** | 4.00 |"


def test_a_cell_where_ours_is_behind_is_listed_with_its_reason():
    rows = rows_of(JSGANMean=[2.0], filter=[1.0]) + rows_of("point", JSGANMean=[1.0], filter=[3.0])
    text = behind_table(rows, ours="JSGANMean", reasons={"shift": "a", "shift1, 100": "b"})
    assert text.splitlines()[2:] == ["| shift1, 100 × 5, ε = 0.1 | 2.00 | 1.00 (filter) | b |"]
    assert "In every cell" in behind_table(rows[2:], ours="JSGANMean", reasons={})
    assert "not been run" in behind_table(rows[3:], ours="JSGANMean", reasons={})


def test_the_worst_of_a_family_is_what_counts():
    rows = rows_of("far", a=[1.0], b=[1.5]) + rows_of("near", a=[9.0], b=[1.6])
    lines = worst_table(rows).splitlines()[2:]
    assert lines[0] == "| a | 9.00 | near, 100 × 5, ε = 0.1 | 5.00 | 1 of 2 |"
    assert lines[1].endswith("| 2 of 2 |")


def test_a_cell_is_read_back_from_its_row():
    [row] = rows_of(a=[1.0])
    assert cell_of(row) == Cell("shift1", 100, 5, 0.1)
    assert cell_of(row).label == "shift1, 100 × 5, ε = 0.1"
