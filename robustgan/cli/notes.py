"""Notes: what a user should know and is no error, each one line on standard error."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from robustgan.cli.errors import one_line


@contextmanager
def noted(notes: list[str]) -> Iterator[None]:
    """Turn warnings that are meant for the user into notes, and print all in the end.

    Parameters
    ----------
    notes : list of str
        Those there are already; each warning is added once.
    """
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", UserWarning)
            warnings.simplefilter("always", RuntimeWarning)
            try:
                yield
            finally:
                notes += dict.fromkeys(str(warning.message) for warning in caught)
    finally:
        for note in notes:
            print(f"robustgan: note: {one_line(note)}", file=sys.stderr)
