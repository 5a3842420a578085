"""A process that fits, and that is killed with all it has started when its time is up."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from benchmarks.harness.storage import NO_DEVICE, NOT_INSTALLED
from benchmarks.harness.suite import Measure, Measured, Prepare, Task

Rows = list[Measured]
# A fit may take this many times its limit on the clock: others may keep the processor busy, and
# what does not compute at all must end, too.
_PATIENCE = 10


class Worker:
    """Performs tasks, one after the other, in another process.

    Parameters
    ----------
    measure : callable
        The suite's.
    limit : float
        Seconds of the processor's time that a fit may take; of the clock where that is not told.
    prepare : callable or None
        The suite's.
    """

    def __init__(self, measure: Measure, limit: float, prepare: Prepare | None = None) -> None:
        self._measure = measure
        self._prepare = prepare
        self._limit = limit
        self._running: tuple[BaseProcess, Connection] | None = None
        self._lock = threading.Lock()

    def perform(self, task: Task) -> Rows:
        """Return the rows of a task, or rows that say why there are none."""
        if self._running is None:
            self._running = self._start()
        process, pipe = self._running
        pipe.send(task)
        limit = self._limit * task.n_fits
        if not _answers(pipe, process.pid, limit):
            self.stop()
            return failed(task, f"exceeds {limit:g} s")
        try:
            return pipe.recv()
        except EOFError:
            process.join()
            self.stop()
            return failed(task, f"its process died with status {process.exitcode}")

    def stop(self) -> None:
        """Kill the process and what it has started; from any thread."""
        with self._lock:
            running, self._running = self._running, None
        if running is None:
            return
        process, pipe = running
        # The process leads a group, unless it died before it could make one.
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (AttributeError, ProcessLookupError, PermissionError):
            process.kill()
        process.join()
        pipe.close()

    def _start(self) -> tuple[BaseProcess, Connection]:
        """Start the process and wait until it is ready: that is no part of a fit."""
        # A forked process would inherit locks of threads that it does not have.
        context = multiprocessing.get_context("spawn")
        pipe, other = context.Pipe()
        process = context.Process(
            target=serve, args=(other, self._measure, self._prepare), daemon=True
        )
        process.start()
        other.close()
        pipe.recv()
        return process, pipe


def _answers(pipe: Connection, group: int, limit: float) -> bool:
    """Wait for an answer until a process and what it started have used up their time."""
    before, start = spent_by(group), time.monotonic()
    while not pipe.poll(min(1.0, limit / 10)):
        spent, passed = spent_by(group) - before, time.monotonic() - start
        if spent > limit or passed > _PATIENCE * limit:
            return False
    return True


def spent_by(group: int) -> float:
    """Return the processor's time of a group of processes; where it is not told, the clock's."""
    stats = list(Path("/proc").glob("[0-9]*/stat"))
    if not stats:
        return time.monotonic()
    ticks = 0
    for path in stats:
        # Processes come and go.
        with suppress(OSError):
            # The name, in brackets, may hold blanks.
            words = path.read_text().rpartition(")")[2].split()
            if int(words[2]) == group:
                # Its own, and that of children that have ended.
                ticks += sum(map(int, words[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def serve(pipe: Connection, measure: Measure, prepare: Prepare | None = None) -> None:
    """Perform what comes through a pipe until it is closed."""
    if hasattr(os, "setsid"):
        os.setsid()
    # The one who started it is interrupted too, and kills it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Small samples, ties and games that do not settle: what they do to the error is measured.
    warnings.simplefilter("ignore")
    pipe.send("ready")
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        if prepare is not None and len(task.cells) > 1:
            # What one cell raises is that cell's: each is then fitted alone.
            with suppress(Exception):
                prepare(task.cells, task.estimator, task.seeds)
        rows = []
        for cell in task.cells:
            one = replace(task, cells=(cell,))
            rows += attempt(one, lambda c=cell, t=task: measure(c, t.estimator, t.seeds))
        pipe.send(rows)


def attempt(task: Task, perform: Callable[[], Rows]) -> Rows:
    """Return the rows, or rows that say what was raised."""
    try:
        return perform()
    except ImportError as error:
        return failed(task, NO_DEVICE if NO_DEVICE in str(error) else NOT_INSTALLED)
    # A peer may raise anything, and the others go on.
    except Exception as error:
        lines = str(error).strip().splitlines() or [""]
        return failed(task, f"{type(error).__name__}: {lines[-1][:200]}")


def failed(task: Task, note: str) -> Rows:
    """Return rows without a result, and why."""
    return [
        {
            "design": cell.design,
            "n_samples": cell.n_samples,
            "n_features": cell.n_features,
            "contamination": f"{cell.contamination:g}",
            "estimator": task.estimator,
            "seed": seed,
            "cpu_seconds": "",
            "device": "cpu",
            "note": note,
        }
        for cell in task.cells
        for seed in task.seeds
    ]
