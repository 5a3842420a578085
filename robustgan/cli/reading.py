"""From what a user names, a file or a shipped data set, to a checked table of numbers.

It knows formats and says what is wrong with their content. It does not know estimators.
"""

import shlex
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robustgan.cli.delimited import Column, read_delimited
from robustgan.cli.errors import InputError, MissingColumnError

LABELS = "is_outlier"
_N_SUGGESTED = 10


@dataclass(frozen=True)
class Table:
    """A table of finite numbers.

    Attributes
    ----------
    source : str
        As the user named it.
    X : ndarray of shape (n_samples, n_features)
    feature_names : list of str, of length n_features
    is_outlier : ndarray of shape (n_samples,) or None
        The truth about the rows, where the source holds it.
    notes : list of str
        What was decided about the source and might surprise.
    is_named : bool
        Whether the names are the source's own.
    left_out : list of str
        Names of columns that the source has besides.
    """

    source: str
    X: NDArray[np.float64]
    feature_names: list[str]
    is_outlier: NDArray[np.bool_] | None = None
    notes: list[str] = field(default_factory=list)
    is_named: bool = True
    left_out: list[str] = field(default_factory=list)


def read_table(source: str, columns: Sequence[str] | None = None, *, for_fit: bool = True) -> Table:
    """Read a file or a shipped data set, and check it.

    Parameters
    ----------
    source : str
        A path with one of the known extensions, or the name of a shipped data set.
    columns : sequence of str, default=None
        The columns to use; None takes all but ``is_outlier``.
    for_fit : bool, default=True
        Whether it must have two rows and columns that vary.

    Returns
    -------
    table : Table

    Raises
    ------
    InputError
        If the source cannot be read, or is no table of finite numbers with enough rows.
    """
    path = Path(source)
    if not path.suffix and not path.is_file():
        found, is_outlier = _read_shipped(source)
        notes: list[str] = []
    else:
        found, notes = _read_file(path)
        is_outlier = None
    labels = next((column for column in found if column.name == LABELS), None)
    if labels is not None and LABELS not in (columns or ()) and _are_labels(labels):
        found = [column for column in found if column is not labels]
        is_outlier = labels.values == 1
        notes = [*notes, f"column {LABELS} is taken as the truth about the rows"]
    chosen = _choose(source, found, columns)
    _check(source, chosen, found, for_fit=for_fit)
    return Table(
        source,
        X=np.column_stack([column.values for column in chosen]),
        feature_names=[column.name for column in chosen],
        is_outlier=is_outlier,
        notes=notes,
        is_named=all(column.is_named for column in chosen),
        left_out=[c.name for c in found if not any(c is column for column in chosen)],
    )


def _read_shipped(name: str) -> tuple[list[Column], NDArray[np.bool_] | None]:
    """Load a data set that is shipped."""
    from robustgan.contamination import DATASETS, dataset

    try:
        bunch: Any = dataset(name)
    except ValueError as error:
        raise InputError(
            f"there is no file or shipped data set {name!r}. Give the path of a file with its "
            f"extension, or one of {', '.join(DATASETS)}."
        ) from error
    return _as_columns(bunch.data, bunch.feature_names), bunch.is_outlier


def _read_file(path: Path) -> tuple[list[Column], list[str]]:
    """Read a file by its extension."""
    reader = _READERS.get(path.suffix.lower())
    if path.is_dir():
        raise InputError(f"{path} is a directory. Name one file in it.")
    if not path.exists():
        raise InputError(f"there is no file {path}. Check the path, from {Path.cwd()}.")
    if reader is None:
        raise InputError(
            f"{path} has an extension that is not known. Convert it to one of "
            f"{', '.join(_READERS)}."
        )
    try:
        return reader(path)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}.") from error


def _read_npy(path: Path) -> tuple[list[Column], list[str]]:
    """Read one array."""
    arrays = _load(path)
    if list(arrays) != [""]:
        raise InputError(f"{path} is an archive of arrays. Rename it to end in .npz.")
    return _as_columns(_check_array(path, arrays[""])), []


def _load(path: Path) -> dict[str, NDArray[Any]]:
    """Load the arrays of an archive by name, or a single array under an empty one."""
    try:
        # Given a name, NumPy leaves a broken archive open.
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                return {"": loaded}
            return {name: loaded[name] for name in loaded.files}
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path} is not an array of numbers, or several, as NumPy writes them ({error})."
        ) from error


def _read_npz(path: Path) -> tuple[list[Column], list[str]]:
    """Read the array ``X``, or the only one, and the labels if they are there."""
    arrays = _load(path)
    labels = arrays.pop(LABELS, None)
    name = "X" if "X" in arrays else next(iter(arrays), "")
    if not arrays or (name != "X" and len(arrays) > 1):
        raise InputError(
            f"{path} must hold one array, or one called X, got {', '.join(arrays) or 'none'}."
        )
    X = _check_array(path, arrays[name])
    columns = _as_columns(X)
    if labels is not None and labels.shape == (len(X),):
        columns.append(Column(LABELS, _check_array(path, labels[:, None])[:, 0]))
    return columns, []


def _check_array(path: Path, array: NDArray[Any]) -> NDArray[np.float64]:
    """Raise unless an array is a table of real numbers; return it in float64."""
    if array.ndim != 2:
        raise InputError(
            f"{path} must hold a two-dimensional array, rows by features, got shape {array.shape}."
        )
    if array.dtype.kind not in "biuf":
        raise InputError(f"{path} must hold real numbers, got an array of type {array.dtype}.")
    return array.astype(np.float64)


def _read_parquet(path: Path) -> tuple[list[Column], list[str]]:
    """Read a Parquet file; the index that pandas stores beside the columns is left out."""
    try:
        import pyarrow as pa
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise InputError("Parquet needs pyarrow: pip install 'robustgan[data]'.") from error
    try:
        table = ParquetFile(path).read()
    except pa.ArrowException as error:
        raise InputError(f"{path} is not a Parquet file ({error}).") from error
    names = [name for name in table.column_names if not name.startswith("__index_level_")]
    return [_from_arrow(name, table.column(name), pa) for name in names], []


def _from_arrow(name: str, column: Any, pa: Any) -> Column:
    """Convert a column of numbers; of anything else keep the first value, to quote it."""
    kind = column.type
    tests = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)
    if not any(test(kind) for test in tests):
        values = ((row, str(cell)) for row, cell in enumerate(column.to_pylist(), 1))
        first = next(((row, cell) for row, cell in values if cell != "None"), (1, "None"))
        return Column(name, np.full(len(column), np.nan), first)
    if pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
    return Column(name, column.cast(pa.float64(), safe=False).to_numpy().copy())


def _as_columns(X: NDArray[np.float64], names: Sequence[str] | None = None) -> list[Column]:
    """Name the columns of an array."""
    given = names or [f"x{j}" for j in range(1, X.shape[1] + 1)]
    return [
        Column(name, values, is_named=names is not None)
        for name, values in zip(given, X.T, strict=True)
    ]


def _are_labels(column: Column) -> bool:
    """Tell whether a column holds 0 and 1 only."""
    return column.text is None and bool(np.isin(column.values, (0, 1)).all())


def _choose(source: str, found: list[Column], names: Sequence[str] | None) -> list[Column]:
    """Pick columns by name, in the order asked for."""
    if names is None:
        return found
    by_name = {column.name: column for column in found}
    for name in names:
        if name not in by_name:
            raise MissingColumnError(
                f"{source} has no column {name!r}; it has {enumerate_names(list(by_name))}."
            )
        if sum(column.name == name for column in found) > 1:
            raise InputError(f"{source} has several columns {name!r}. Rename all but one.")
    return [by_name[name] for name in names]


def _check(source: str, chosen: list[Column], found: list[Column], *, for_fit: bool) -> None:
    """Raise an error that names the first column that will not do, and the way out."""
    if not chosen:
        raise InputError(f"{source} has no columns: it should hold one column a feature.")
    n_samples = len(chosen[0].values)
    if n_samples < 1 + for_fit:
        count = "1 row; an estimate needs at least 2" if n_samples else "no rows"
        raise InputError(f"{source} has {count}.")
    for column in chosen:
        problem = _problem(column, for_fit=for_fit)
        if problem is not None:
            usable = [other for other in found if _problem(other) is None]
            advice = f" {_advise(usable)}" if for_fit else ""
            raise InputError(f"{source}: column {column.name!r} {problem}.{advice}")


def _problem(column: Column, *, for_fit: bool = True) -> str | None:
    """Describe what is wrong with a column, if anything is."""
    if column.text is not None:
        row, cell = column.text
        hint = "; write decimal points" if cell.replace(",", "", 1).lstrip("+-").isdigit() else ""
        return f"must hold numbers, got {cell[:40]!r} in row {row}{hint}"
    for kind, is_bad in (("missing", np.isnan), ("infinite", np.isinf)):
        rows = np.flatnonzero(is_bad(column.values)) + 1
        if len(rows):
            others = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
            return f"is {kind} in row {rows[0]}{others}; fill or drop such rows"
    if for_fit and np.all(column.values == column.values[0]):
        return f"is constant, {column.values[0]:g} in every row"
    return None


def _advise(usable: list[Column]) -> str:
    """Suggest the columns that will do."""
    if not usable:
        return "No other column will do either."
    if len(usable) > _N_SUGGESTED:
        return "Or choose other columns with --columns."
    names = [f'"{c.name}"' if "," in c.name else c.name for c in usable]
    return f"Or choose columns: --columns {shlex.quote(','.join(names))}."


def enumerate_names(names: Sequence[str]) -> str:
    """List names, not too many."""
    more = ", ..." if len(names) > _N_SUGGESTED else ""
    return ", ".join(map(repr, names[:_N_SUGGESTED])) + more


_READERS: MappingProxyType[str, Callable[[Path], tuple[list[Column], list[str]]]] = (
    MappingProxyType(
        {
            ".csv": read_delimited,
            ".tsv": read_delimited,
            ".txt": read_delimited,
            ".npy": _read_npy,
            ".npz": _read_npz,
            ".parquet": _read_parquet,
        }
    )
)
