"""A model in a file, and the rows of a table as the model knows them.

It knows which column stands for which feature. It does not know how rows are scored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from robustgan.cli.errors import InputError, MissingColumnError
from robustgan.cli.reading import Table, enumerate_names, read_table


@dataclass(frozen=True)
class Model:
    """A fitted estimator from a file.

    Attributes
    ----------
    source : str
        As the user named it.
    estimator : estimator
        It works on the CPU and takes arrays.
    feature_names : list of str or None
        Names of the columns, if they are known.
    """

    source: str
    estimator: Any
    feature_names: list[str] | None


def open_model(source: str) -> Model:
    """Read a model.

    Parameters
    ----------
    source : str
        The path of a file.

    Returns
    -------
    model : Model

    Raises
    ------
    InputError
        If there is no such file, or no model in it.
    """
    from robustgan.estimators.saving import read_model

    try:
        saved = read_model(source)
    except OSError as error:
        raise InputError(f"cannot read {source}: {error.strerror or error}.") from error
    except ValueError as error:
        raise InputError(str(error)) from error
    estimator = saved.estimator.set_params(device="cpu")
    # Columns are matched here: scikit-learn would miss the names of an array.
    vars(estimator).pop("feature_names_in_", None)
    names = saved.column_names
    return Model(source, estimator, None if names is None else list(names))


def read_rows(model: Model, source: str, columns: Sequence[str] | None) -> Table:
    """Read the rows of a table, with the features of a model in their order.

    Parameters
    ----------
    model : Model
        If it has names, columns are taken by name, others are left out and noted.
    source : str
        A path, or the name of a shipped data set.
    columns : sequence of str or None
        Columns to use. If the model knows none of their names, or has no names, they stand for its
        features one after the other.

    Returns
    -------
    table : Table
        Its ``feature_names`` are the model's, if it has names.

    Raises
    ------
    InputError
        If the source cannot be read or does not have the features.
    """
    names = model.feature_names
    if names is None or (columns is not None and not set(names) & set(columns)):
        return _by_position(model, source, columns)
    missing = [name for name in names if columns is not None and name not in columns]
    if missing:
        raise InputError(f"--columns leaves out {missing[0]!r}, which {model.source} needs.")
    try:
        table = read_table(source, names, for_fit=False)
    except MissingColumnError as error:
        raise InputError(
            f"{error} {model.source} needs it. If it has another name, list the columns for "
            f"{enumerate_names(names)} with --columns."
        ) from error
    if columns is None and table.left_out:
        ignored = enumerate_names(table.left_out)
        table.notes.append(f"columns that the model does not have are ignored: {ignored}")
    return table


def _by_position(model: Model, source: str, columns: Sequence[str] | None) -> Table:
    """Take the columns as they come."""
    table = read_table(source, columns, for_fit=False)
    names, n_features = model.feature_names, model.estimator.n_features_in_
    if len(table.feature_names) != n_features:
        raise InputError(
            f"{model.source} has {n_features} features, got {len(table.feature_names)} columns of "
            f"{source}. Choose {n_features} with --columns."
        )
    if names is None:
        return table
    taken = enumerate_names(table.feature_names)
    table.notes.append(f"columns {taken} are taken for {enumerate_names(names)}")
    table.feature_names[:] = names
    return table
