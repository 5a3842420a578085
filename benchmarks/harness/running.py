"""Run what a file lacks, with a bar, and keep each task's rows as soon as they are there."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from benchmarks.harness.storage import Results
from benchmarks.harness.suite import Block, Suite, Task, side_by_side, tasks_of
from benchmarks.harness.worker import Rows, Worker, failed

# Read by the libraries of linear algebra when a worker loads them.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def run(
    suite: Suite,
    blocks: Sequence[Block],
    results: Results,
    *,
    limit: float,
    n_jobs: int = 1,
    console: Console,
) -> int:
    """Run the tasks of blocks that a file lacks.

    Parameters
    ----------
    suite : Suite
    blocks : sequence of Block
    results : Results
        Where rows are kept.
    limit : float
        Seconds of the processor's time that a fit may take.
    n_jobs : int, default=1
        Processes side by side, each on one thread.
    console : Console
        Where the bar goes.

    Returns
    -------
    n_tasks : int
        How many were run.
    """
    for name in THREADS:
        os.environ.setdefault(name, "1")
    tasks = tasks_of(suite, blocks)
    missing = [task for task in tasks if not all(map(results.has, task.keys()))]
    with _bar(console) as bar:
        shown = bar.add_task(suite.name, total=len(tasks), completed=len(tasks) - len(missing))
        for task, rows in _performed(suite, side_by_side(suite, missing), limit, n_jobs):
            results.add(rows)
            what = f"{suite.name}: {task.label()}"
            bar.update(shown, advance=len(task.cells), description=what)
            if rows[0]["note"] or not console.is_terminal:
                console.print(what, rows[0]["note"], markup=False, highlight=False)
    return len(missing)


def _bar(console: Console) -> Progress:
    """Return a bar that is seen on terminals only."""
    columns = (
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    )
    return Progress(*columns, console=console, disable=not console.is_terminal)


def _performed(
    suite: Suite, tasks: Sequence[Task], limit: float, n_jobs: int
) -> Iterator[tuple[Task, Rows]]:
    """Yield tasks and their rows as workers finish them, and stop the workers in any case."""
    waiting: queue.SimpleQueue[Task] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[Task, Rows | BaseException]] = queue.SimpleQueue()
    for task in tasks:
        waiting.put(task)
    workers = [Worker(suite.measure, limit, suite.prepare) for _ in range(min(n_jobs, len(tasks)))]
    # What took too long for one seed of a cell is not tried on the next.
    slow: dict[tuple[object, str], str] = {}
    for worker in workers:
        threading.Thread(target=_work, args=(worker, waiting, done, slow), daemon=True).start()
    try:
        for _ in tasks:
            task, rows = done.get()
            if isinstance(rows, BaseException):
                raise rows
            yield task, rows
    finally:
        while not waiting.empty():
            waiting.get()
        for worker in workers:
            worker.stop()


def _work(
    worker: Worker,
    waiting: queue.SimpleQueue[Task],
    done: queue.SimpleQueue[tuple[Task, Rows | BaseException]],
    slow: dict[tuple[object, str], str],
) -> None:
    """Let a worker perform what waits; whatever goes wrong is told to the one who collects."""
    while True:
        try:
            task = waiting.get_nowait()
        except queue.Empty:
            return
        which = task.cells, task.estimator
        try:
            rows = failed(task, slow[which]) if which in slow else worker.perform(task)
        except BaseException as error:
            done.put((task, error))
            return
        if str(rows[0]["note"]).startswith("exceeds"):
            slow[which] = str(rows[0]["note"])
        done.put((task, rows))
