"""``robustgan simulate``: contaminated data in a file.

It knows formats of files. What is drawn, and by which law, it leaves to the designs.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from robustgan.cli.errors import InputError
from robustgan.cli.reading import LABELS
from robustgan.cli.writing import staged, write_csv

_FORMATS = (".csv", ".npy", ".npz", ".parquet")


def run_simulate(arguments: argparse.Namespace) -> int:
    """Draw from a design and write what is drawn.

    Parameters
    ----------
    arguments : argparse.Namespace
        As the parser makes it.

    Returns
    -------
    status : int
        0.

    Raises
    ------
    InputError
        If there is no such design, or the file exists or cannot be written.
    """
    out = Path(arguments.out)
    names = _file_names(out, arguments.labels)
    _check_target(out, names, arguments.force)
    X, is_outlier = _draw(arguments)
    with staged(out.parent) as [folder]:
        _write(folder / out.name, X, is_outlier if arguments.labels else None)
    n_samples, n_features = X.shape
    print(
        f"Wrote {' and '.join(str(out.parent / name) for name in names)}: {n_samples} rows, "
        f"{n_features} features, {int(is_outlier.sum())} outliers."
    )
    return 0


def _file_names(out: Path, labels: bool) -> list[str]:
    """Name the files that will be written."""
    if out.suffix.lower() not in _FORMATS:
        raise InputError(f"OUT must end in one of {', '.join(_FORMATS)}, got {str(out)!r}.")
    if out.suffix.lower() == ".npy" and labels:
        return [out.name, _companion(out).name]
    return [out.name]


def _companion(out: Path) -> Path:
    """Name the file of labels beside an array, which has no room for them."""
    return out.with_name(f"{out.stem}.{LABELS}.npy")


def _check_target(out: Path, names: list[str], force: bool) -> None:
    """Raise if a file would be lost, or its directory is not there."""
    if not out.parent.is_dir():
        raise InputError(f"there is no directory {out.parent} to write to. Make it first.")
    existing = [name for name in names if (out.parent / name).exists()]
    if existing and not force:
        raise InputError(f"{out.parent / existing[0]} exists. Name another file, or add --force.")


def _draw(arguments: argparse.Namespace) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Draw a sample, or say what the design does not allow."""
    from robustgan.contamination import DESIGNS, design

    if arguments.design not in DESIGNS:
        raise InputError(f"DESIGN must be one of {', '.join(DESIGNS)}, got {arguments.design!r}.")
    try:
        model = design(arguments.design, arguments.n_features, arguments.contamination)
    except ValueError as error:
        raise InputError(str(error)) from error
    return model.sample(arguments.n_samples, rng=arguments.seed)


def _write(path: Path, X: NDArray[np.float64], labels: NDArray[np.bool_] | None) -> None:
    """Write in the format that the extension names."""
    suffix = path.suffix.lower()
    if suffix == ".csv":
        _write_csv(path, X, labels)
    elif suffix == ".parquet":
        _write_parquet(path, X, labels)
    else:
        _write_arrays(path, X, labels)


def _write_arrays(path: Path, X: NDArray[np.float64], labels: NDArray[np.bool_] | None) -> None:
    """Write NumPy's formats; open files, as names would be given another extension."""
    named = {"X": X} if labels is None else {"X": X, LABELS: labels}
    with path.open("wb") as file:
        if path.suffix.lower() == ".npz":
            np.savez(file, **named)
            return
        np.save(file, X)
    if labels is not None:
        with _companion(path).open("wb") as file:
            np.save(file, labels)


def _write_csv(path: Path, X: NDArray[np.float64], labels: NDArray[np.bool_] | None) -> None:
    """Write a header and rows; the labels are 0 and 1."""
    header = [f"x{j}" for j in range(1, X.shape[1] + 1)]
    if labels is None:
        write_csv(path, header, X.tolist())
        return
    rows = zip(X.tolist(), labels.tolist(), strict=True)
    write_csv(path, [*header, LABELS], ([*row, int(label)] for row, label in rows))


def _write_parquet(path: Path, X: NDArray[np.float64], labels: NDArray[np.bool_] | None) -> None:
    """Write one column a feature; the labels are a column of truth values."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise InputError("Parquet needs pyarrow: pip install 'robustgan[data]'.") from error
    columns = {f"x{j}": values for j, values in enumerate(X.T, start=1)}
    if labels is not None:
        columns[LABELS] = labels
    parquet.write_table(pa.table(columns), path)
