"""Write files whole or not at all.

It knows names, bytes and the order of replacing. It does not know what the files say.
"""

import csv
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from robustgan.cli.errors import InputError


@contextmanager
def staged(directory: Path) -> Iterator[Path]:
    """Collect files in a hidden folder, and move them into place once all are complete.

    Parameters
    ----------
    directory : Path
        Where the files go; made if it is not there.

    Yields
    ------
    folder : Path
        Where to write them; inside ``directory``, so that moving is one step. If anything
        raises, the files go, and so does ``directory`` if it was made for them.

    Raises
    ------
    InputError
        If the files cannot be written.
    """
    made = not directory.exists()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".robustgan-", dir=directory))
        try:
            yield folder
            _check_targets(folder, directory)
            for file in sorted(folder.iterdir()):
                file.replace(directory / file.name)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            if made and not any(directory.iterdir()):
                directory.rmdir()
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"cannot write to {directory}: {reason}. Name another place.") from error


def check_directory(directory: Path) -> None:
    """Raise early if files can never be written to a directory.

    Parameters
    ----------
    directory : Path
        Need not exist; what exists on the way to it must be a directory.

    Raises
    ------
    InputError
        If it, or what it should be in, is a file.
    """
    existing = next(path for path in (directory, *directory.absolute().parents) if path.exists())
    if not existing.is_dir():
        raise InputError(f"{existing} is a file, not a directory. Name another with --out.")


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table; floats keep all their digits.

    Parameters
    ----------
    path : Path
    header : sequence of str
    rows : iterable of sequence
        Of Python's own types.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _check_targets(folder: Path, directory: Path) -> None:
    """Raise before the first file is moved if a later one could not be."""
    for file in folder.iterdir():
        if (directory / file.name).is_dir():
            raise InputError(f"{directory / file.name} is a directory. Name another place.")
