"""One question a file, each with a ``SUITE``; a file that is put here is found by its name.

A suite for something else than a location, a scatter or scores brings a measure of its own, as
``throughput`` does.
"""

from __future__ import annotations

import importlib
import pkgutil

from benchmarks.harness.suite import Suite


def names() -> list[str]:
    """Return the names of all suites."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Suite:
    """Return a suite."""
    suite: Suite = importlib.import_module(f"{__name__}.{name}").SUITE
    return suite
