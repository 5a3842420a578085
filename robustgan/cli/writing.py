"""Write files whole or not at all.

It knows names, bytes and the order of replacing. It does not know what the files say.
"""

import csv
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from robustgan.cli.errors import InputError


@contextmanager
def staged(*directories: Path) -> Iterator[list[Path]]:
    """Collect files in hidden folders, and move them into place once all are complete.

    Parameters
    ----------
    *directories : Path
        Where the files go; made if they are not there.

    Yields
    ------
    folders : list of Path
        Where to write them, one for each directory and inside it, so that moving is one step. If
        anything raises, the files go, and so do directories that were made for them.

    Raises
    ------
    InputError
        If the files cannot be written.
    """
    made = [directory for directory in directories if not directory.exists()]
    folders: list[Path] = []
    try:
        try:
            for directory in directories:
                directory.mkdir(parents=True, exist_ok=True)
                folders.append(Path(tempfile.mkdtemp(prefix=".robustgan-", dir=directory)))
            yield folders
            moves = _plan(folders, directories)
            for file, target in moves.items():
                file.replace(target)
        finally:
            for folder in folders:
                shutil.rmtree(folder, ignore_errors=True)
            # The deepest first: one may be in another.
            for directory in sorted(made, key=lambda path: -len(path.parts)):
                if directory.exists() and not any(directory.iterdir()):
                    directory.rmdir()
    except OSError as error:
        reason = error.strerror or error
        places = " or ".join(dict.fromkeys(map(str, directories)))
        raise InputError(f"cannot write to {places}: {reason}. Name another place.") from error


def check_directory(directory: Path, option: str = "--out") -> None:
    """Raise early if files can never be written to a directory.

    Parameters
    ----------
    directory : Path
        Need not exist; what exists on the way to it must be a directory.
    option : str, default='--out'
        What names it.

    Raises
    ------
    InputError
        If it, or what it should be in, is a file or cannot be written to.
    """
    existing = next(path for path in (directory, *directory.absolute().parents) if path.exists())
    if not existing.is_dir():
        raise InputError(f"{existing} is a file, not a directory. Name another with {option}.")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise InputError(f"{existing} may not be written to. Name another place with {option}.")


def check_file(path: Path, option: str, sources: Sequence[str]) -> None:
    """Raise early if a file can never be written, or would replace what is read.

    Parameters
    ----------
    path : Path
        Need not exist.
    option : str
        What names it.
    sources : sequence of str
        What is read; not all need be files.

    Raises
    ------
    InputError
        If it is a directory, cannot be in its directory, or is one of the sources.
    """
    if path.is_dir():
        raise InputError(f"{path} is a directory. Name a file with {option}.")
    check_directory(path.parent, option)
    for source in sources:
        if path.exists() and Path(source).exists() and path.samefile(source):
            raise InputError(f"{path} is read and would be replaced. Name another with {option}.")


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


def _plan(folders: Sequence[Path], directories: Sequence[Path]) -> dict[Path, Path]:
    """Say where each file goes; raise before the first is moved if a later one could not be."""
    moves = {
        file: directory / file.name
        for folder, directory in zip(folders, directories, strict=True)
        for file in sorted(folder.iterdir())
    }
    for target in moves.values():
        if target.is_dir():
            raise InputError(f"{target} is a directory. Name another place.")
    if len({target.resolve() for target in moves.values()}) < len(moves):
        raise InputError("two files would have one name. Name another place for one of them.")
    return moves
