"""The committed results: tables follow from the rows, and the prose says what the tables say."""

import pytest

from benchmarks import __main__ as command
from benchmarks import headline, suites
from benchmarks.harness.storage import read_rows

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


def test_the_readmes_tables_are_those_of_the_committed_rows(root):
    text = (root / "README.md").read_text(encoding="utf-8")
    assert headline.rewrite(text, command.COMMITTED) == text, "run python -m benchmarks --readme"


def test_a_readme_without_a_place_for_a_table_is_refused():
    with pytest.raises(ValueError, match="one place for location"):
        headline.rewrite("no place", command.COMMITTED)


def test_the_best_of_others_is_no_estimator_of_ours():
    fits = {
        name: [{"ratio": str(value)}]
        for name, value in {"JSGANMean": 1.0, "OGK": 3.0, "Tyler": 2.0, "mean": 0.5}.items()
    }
    assert headline.best(fits, "ratio", of=min, but=("JSGAN", "mean")) == 2.0
    assert headline.best({}, "ratio", of=min, but=()) is None
