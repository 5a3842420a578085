"""Delimited text as people have it: any usual delimiter, with or without a header, R's included.

It turns text into named columns and remembers what is no number. It does not know which columns
are wanted.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from robustgan.cli.errors import InputError

# A comma comes late: with decimal commas, another of these is the delimiter.
_DELIMITERS = ("\t", ";", "|", ",", " ")
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "."})
_TRUTH = {"true": 1.0, "false": 0.0}
_N_SNIFFED = 20


@dataclass(frozen=True)
class Column:
    """One column of a file.

    Attributes
    ----------
    name : str
        From the header, else ``x1``, ``x2``, ...
    values : ndarray of shape (n_samples,)
        NaN where a cell is missing or no number.
    text : tuple of (int, str) or None
        Row, from 1, and content of the first cell that is no number.
    is_named : bool
        Whether the name is the source's own.
    """

    name: str
    values: NDArray[np.float64]
    text: tuple[int, str] | None = None
    is_named: bool = True


def read_delimited(path: Path) -> tuple[list[Column], list[str]]:
    """Read delimited text.

    Parameters
    ----------
    path : Path
        Text in UTF-8. The delimiter is a tab, semicolon, bar, comma or blank, whichever splits
        every line first.

    Returns
    -------
    columns : list of Column
    notes : list of str
        What was decided about the file and might surprise.

    Raises
    ------
    InputError
        If there is nothing in it, or it is no table.
    """
    lines = _split(path, _read_text(path))
    has_header = _is_header([fields for _, fields in lines[:2]])
    header = lines[0][1] if has_header else None
    body = lines[1:] if has_header else lines
    if not body:
        raise InputError(f"{path} has a header but no rows: nothing to fit.")
    names, n_skipped = _name_columns(header, [fields for _, fields in body])
    _check_widths(path, body, len(names) + n_skipped)
    cells = list(zip(*(fields for _, fields in body), strict=True))[n_skipped:]
    notes = [f"the first column of {path} has no name and is taken as row names"] * n_skipped
    columns = [_parse(name, column) for name, column in zip(names, cells, strict=True)]
    return [replace(column, is_named=has_header) for column in columns], notes


def _read_text(path: Path) -> str:
    """Read the text; a byte-order mark is dropped."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not text in UTF-8. Save it as CSV with that encoding."
        ) from error
    if not text.strip():
        raise InputError(f"{path} is empty: it should hold one row a case, one column a feature.")
    return text


def _split(path: Path, text: str) -> list[tuple[int, list[str]]]:
    """Split into fields, with the number of the line each record ends on."""
    lines = text.splitlines()
    sample = [line.strip(" ") for line in lines if line.strip()][:_N_SNIFFED]
    # Without a delimiter there is one column, and a comma does no harm.
    splitting = [mark for mark in _DELIMITERS if _splits_all(sample, mark)] + [","]
    try:
        return list(_records(lines, splitting[0]))
    except csv.Error as error:
        raise InputError(f"{path} is not delimited text ({error}).") from error


def _splits_all(lines: Sequence[str], delimiter: str) -> bool:
    """Tell whether a delimiter splits every line."""
    try:
        return min(len(fields) for _, fields in _records(lines, delimiter)) > 1
    except csv.Error:
        return False


def _records(lines: Sequence[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the records that are not blank."""
    if delimiter == " ":
        lines = [line.strip() for line in lines]
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    for fields in reader:
        if any(field.strip() for field in fields):
            yield reader.line_num, [field.strip() for field in fields]


def _is_header(lines: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first of two lines names the columns.

    It does if nothing in it is a number, or if a number stands below one of its texts.
    """
    first = lines[0]
    texts = [j for j, cell in enumerate(first) if not _is_value(cell)]
    if not texts or len(texts) == sum(cell.lower() not in _MISSING for cell in first):
        return bool(texts)
    second = lines[1] if len(lines) > 1 else []
    return any(j < len(second) and _is_value(second[j]) for j in texts)


def _is_value(cell: str) -> bool:
    """Tell whether a cell is a number or missing."""
    return cell.lower() in _MISSING or _to_number(cell) is not None


def _to_number(cell: str) -> float | None:
    """Parse a number or a truth value; None if it is neither."""
    try:
        return float(cell)
    except ValueError:
        return _TRUTH.get(cell.lower())


def _name_columns(header: list[str] | None, body: list[list[str]]) -> tuple[list[str], int]:
    """Name the columns, and say how many at the left are row names."""
    if header is None:
        return [f"x{j}" for j in range(1, len(body[0]) + 1)], 0
    names = [name or f"column {j}" for j, name in enumerate(header, start=1)]
    # R's write.table leaves out the name of the row names, write.csv leaves it empty.
    if all(len(fields) == len(header) + 1 for fields in body):
        return names, 1
    if len(header) > 1 and not header[0]:
        return names[1:], 1
    return names, 0


def _check_widths(path: Path, body: list[tuple[int, list[str]]], width: int) -> None:
    """Raise an error that names the first line with too few or too many fields."""
    for line, fields in body:
        if len(fields) != width:
            raise InputError(
                f"{path} has {len(fields)} fields in line {line} where {width} are expected. "
                "Complete the line, or quote fields that hold the delimiter."
            )


def _parse(name: str, cells: Sequence[str]) -> Column:
    """Turn the cells of a column into numbers."""
    try:
        return Column(name, np.array([float(cell) for cell in cells]))
    except ValueError:
        numbers = [_to_number(cell) for cell in cells]
    text = next(
        (
            (row, cell)
            for row, (cell, number) in enumerate(zip(cells, numbers, strict=True), start=1)
            if number is None and cell.lower() not in _MISSING
        ),
        None,
    )
    return Column(name, np.array([np.nan if n is None else n for n in numbers]), text)
