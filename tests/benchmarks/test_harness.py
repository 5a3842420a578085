"""The harness: what interruptions, slow, broken and absent peers leave in the file."""

import csv
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.harness.running import run
from benchmarks.harness.storage import NOT_INSTALLED, BusyError, Results, read_rows, sole_writer
from benchmarks.harness.suite import Block, Cell, Suite, side_by_side, tasks_of
from benchmarks.harness.worker import Worker, spent_by

CELLS = (Cell("first", 10, 2), Cell("second", 10, 2, 0.1))
QUIET = Console(file=io.StringIO())


def measure(cell, estimator, seeds):
    """Do as the name says, in the worker's process."""
    if estimator == "absent":
        raise ModuleNotFoundError("no module of that name")
    if estimator == "broken":
        raise ArithmeticError("first line\nlast line")
    if estimator == "dies":
        os._exit(7)
    if estimator == "sleeps":
        # In a process of its own, as a peer in another language would.
        subprocess.run([sys.executable, "-c", "import time; time.sleep(60)"], check=True)
    key = {"design": cell.design, "n_samples": 10, "n_features": 2, "seed": 0}
    share = {"contamination": cell.contamination, "estimator": estimator}
    done = {"cpu_seconds": 0.0, "device": "cpu", "note": ""}
    return [{**key, **share, "seed": seed, "ratio": seed + 0.5, **done} for seed in seeds]


def suite_of(*estimators, seeds=range(2), cells=CELLS, **options):
    blocks = (Block(cells, estimators, seeds),)
    tables = options.pop("tables", {})
    return Suite("test", "?", blocks, blocks, measure, tables, lambda n: n == "ours", **options)


def rows_after(path, suite, **options):
    results = Results(path)
    n_tasks = run(suite, suite.blocks, results, console=QUIET, **({"limit": 30.0} | options))
    return n_tasks, read_rows(path)


def test_seeds_are_fitted_together_only_by_those_who_gain_by_it():
    tasks = tasks_of(suite_of("ours", "theirs"), suite_of("ours", "theirs").blocks)
    assert [task.seeds for task in tasks[:3]] == [(0, 1), (0,), (1,)]


def prepare(cells, estimator, seeds):
    """Leave a mark beside the rows, or fail."""
    if "broken" in {cell.design for cell in cells}:
        raise ArithmeticError("one of them")
    path = os.environ["PREPARED"]
    with open(path, "a", encoding="utf-8") as file:
        file.write(" ".join(cell.design for cell in cells) + "\n")


def test_cells_of_one_shape_are_one_task_for_those_who_gain_by_it():
    cells = (*CELLS, Cell("wider", 10, 3), Cell("third", 10, 2))
    suite = suite_of("ours", "theirs", cells=cells, prepare=prepare)
    tasks = side_by_side(suite, tasks_of(suite, suite.blocks))
    ours = [[c.design for c in task.cells] for task in tasks if task.estimator == "ours"]
    assert ours == [["first", "second", "third"], ["wider"]]
    assert all(len(task.cells) == 1 for task in tasks if task.estimator == "theirs")
    assert sum(task.n_fits for task in tasks) == 2 * 2 * len(cells)
    without = suite_of("ours", cells=cells)
    assert side_by_side(without, tasks_of(without, without.blocks)) == tasks_of(
        without, without.blocks
    )


def test_large_samples_are_no_single_task():
    cells = tuple(Cell(name, 50_000, 100) for name in "abc")
    suite = suite_of("ours", cells=cells, prepare=prepare)
    assert len(side_by_side(suite, tasks_of(suite, suite.blocks))) == 3


@pytest.mark.parametrize("last", ["third", "broken"])
def test_cells_that_are_prepared_leave_a_row_each(tmp_path, monkeypatch, last):
    monkeypatch.setenv("PREPARED", str(tmp_path / "prepared"))
    suite = suite_of("ours", cells=(*CELLS, Cell(last, 10, 2)), prepare=prepare)
    n_tasks, rows = rows_after(tmp_path / "rows.csv", suite)
    assert n_tasks == 3
    assert [row["design"] for row in rows] == ["first"] * 2 + ["second"] * 2 + [last] * 2
    # A failure of the preparation leaves each cell to itself.
    assert (tmp_path / "prepared").exists() == (last != "broken")
    assert not any(row["note"] for row in rows)


def test_what_a_file_has_is_kept_and_not_run_again(tmp_path):
    path = tmp_path / "rows.csv"
    n_first, _ = rows_after(path, suite_of("ours", cells=CELLS[:1]))
    n_second, rows = rows_after(path, suite_of("ours"))
    assert (n_first, n_second) == (1, 1)
    assert [row["session"] for row in rows] == ["1", "1", "2", "2"]
    header = [line for line in path.read_text().splitlines() if line.startswith("#")]
    assert [line[:15] for line in header] == ["# 1: robustgan ", "# 2: robustgan "]
    assert all("torch" in line and "thread" in line and line.endswith(" s") for line in header)


def test_a_peer_that_fails_or_is_absent_or_dies_gets_a_row_that_says_so(tmp_path):
    suite = suite_of("absent", "broken", "dies", "theirs", seeds=range(1), cells=CELLS[:1])
    _, rows = rows_after(tmp_path / "rows.csv", suite)
    assert {row["estimator"]: row["note"] for row in rows} == {
        "absent": NOT_INSTALLED,
        "broken": "ArithmeticError: last line",
        "dies": "its process died with status 7",
        "theirs": "",
    }
    # What was absent may be there the next time.
    assert rows_after(tmp_path / "rows.csv", suite)[0] == 1


def test_a_peer_that_takes_too_long_is_killed_with_what_it_started(tmp_path):
    start = time.monotonic()
    suite = suite_of("sleeps", "theirs", cells=CELLS[:1])
    _, rows = rows_after(tmp_path / "rows.csv", suite, limit=0.2)
    assert time.monotonic() - start < 30
    assert [row["note"] for row in rows] == ["exceeds 0.2 s", "exceeds 0.2 s", "", ""]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="times of others are not told")
def test_what_a_process_and_its_children_compute_is_counted():
    computes = "import time\nwhile time.process_time() < .3: pass"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {computes!r}])"
    both = f"{computes}\n{child}\ninput()"
    command = [sys.executable, "-c", both]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as process:
        while spent_by(process.pid) < 0.6:
            assert process.poll() is None
            time.sleep(0.05)
        before = spent_by(process.pid)
        time.sleep(0.3)
        # It waits for input, and that costs nothing.
        assert spent_by(process.pid) < before + 0.2
        process.communicate(b"\n")


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="no groups of processes")
def test_a_worker_that_is_stopped_leaves_no_process():
    worker = Worker(measure, 1.0)
    worker.perform(tasks_of(suite_of("theirs"), suite_of("theirs").blocks)[0])
    group = worker._running[0].pid
    worker.stop()
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)


@pytest.mark.slow
@pytest.mark.representative
def test_two_workers_leave_the_same_rows_as_one(tmp_path):
    suite = suite_of("ours", "theirs", "broken")

    def kept(name, n_jobs):
        _, rows = rows_after(tmp_path / name, suite, n_jobs=n_jobs)
        return sorted(tuple(row.items()) for row in rows)

    assert kept("one.csv", 1) == kept("two.csv", 2)


@pytest.mark.skipif(os.name == "nt", reason="files are held otherwise")
def test_two_runs_do_not_write_to_one_file(tmp_path):
    path = tmp_path / "rows.csv"
    with sole_writer(path), sole_writer(tmp_path / "other.csv"):
        second = sole_writer(path)
        with pytest.raises(BusyError, match="another run writes to"):
            second.__enter__()
    with sole_writer(path):
        pass


def test_files_from_before_the_harness_are_read(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(
        "# robustgan 0.1.0\n# python 3.11.7, one thread\n"
        "design,n_samples,n_features,estimator,seed,ratio,cpu_seconds\nfirst,10,2,ours,0,1.5,2\n"
    )
    results = Results(path)
    assert results.has(("first", "10", "2", "0.2", "ours", "0"))
    assert results.sessions == {"1": "robustgan 0.1.0, python 3.11.7, one thread"}


@pytest.mark.slow
@pytest.mark.representative
def test_an_interrupted_run_keeps_what_it_had(root, tmp_path):
    """Interrupt the real command once it has written a row, and let it go on."""
    arguments = ["location_error", "--quick", "--only", "median", f"--out={tmp_path}"]
    command = [sys.executable, "-m", "benchmarks", *arguments]
    path = tmp_path / "location_error.csv"
    with subprocess.Popen(command, cwd=root, stderr=subprocess.DEVNULL) as process:
        while not path.exists() and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait() in {0, 130}
    n_before = len(read_rows(path))
    assert n_before > 0
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    n_tasks = int(done.stdout.split("location_error: ")[1].split()[0])
    assert len(read_rows(path)) == n_before + n_tasks
    with (tmp_path / "location_error.md").open() as file:
        assert next(csv.reader(file, delimiter="|"))[1].strip() == "design"
