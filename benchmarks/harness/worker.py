"""A process that fits, and that is killed with all it has started when its time is up."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from benchmarks.harness.storage import NO_DEVICE, NOT_INSTALLED
from benchmarks.harness.suite import Measure, Measured, Task

Rows = list[Measured]


class Worker:
    """Performs tasks, one after the other, in another process.

    Parameters
    ----------
    measure : callable
        The suite's.
    limit : float
        Seconds of wall time that a fit may take.
    """

    def __init__(self, measure: Measure, limit: float) -> None:
        self._measure = measure
        self._limit = limit
        self._running: tuple[BaseProcess, Connection] | None = None
        self._lock = threading.Lock()

    def perform(self, task: Task) -> Rows:
        """Return the rows of a task, or rows that say why there are none."""
        if self._running is None:
            self._running = self._start()
        process, pipe = self._running
        pipe.send(task)
        limit = self._limit * len(task.seeds)
        if not pipe.poll(limit):
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
        process = context.Process(target=serve, args=(other, self._measure), daemon=True)
        process.start()
        other.close()
        pipe.recv()
        return process, pipe


def serve(pipe: Connection, measure: Measure) -> None:
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
        pipe.send(attempt(task, lambda t=task: measure(t.cell, t.estimator, t.seeds)))


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
            "design": task.cell.design,
            "n_samples": task.cell.n_samples,
            "n_features": task.cell.n_features,
            "contamination": task.cell.contamination,
            "estimator": task.estimator,
            "seed": seed,
            "cpu_seconds": "",
            "device": "cpu",
            "note": note,
        }
        for seed in task.seeds
    ]
