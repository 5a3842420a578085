"""Classic small data sets whose outliers are known, with their sources.

This room reads tables that travel with the package. It knows which columns are the points
and which rows their authors call outlying, and no method that looks for them.
"""

from __future__ import annotations

import csv
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any

import numpy as np
import sklearn.datasets
from sklearn.utils import Bunch

from robustgan.contamination.law import Array, BoolArray


@dataclass(frozen=True)
class _Table:
    """What is known of one file: how many columns are points, and the outlying rows."""

    file: str
    n_features: int
    outlying_rows: tuple[int, ...] | None
    description: str


def load_aircraft(
    *, as_frame: bool = False, return_X_outlier: bool = False
) -> Bunch | tuple[Any, BoolArray | None]:
    """Load 23 single-engine aircraft; their outliers are not agreed on.

    Parameters
    ----------
    as_frame : bool, default=False
        Whether the data are a pandas DataFrame.
    return_X_outlier : bool, default=False
        Whether to return ``(data, is_outlier)`` alone.

    Returns
    -------
    bunch : Bunch
        As `dataset` describes it; ``data`` has shape (23, 4) and ``is_outlier`` is None.

    References
    ----------
    .. [1] Rousseeuw, P. J. and Leroy, A. M. (1987). Robust regression and outlier detection.
       Wiley, p. 154.
    """
    table = _Table(
        "aircraft.csv",
        n_features=4,
        outlying_rows=None,
        description="""Aircraft (23 rows)

Single-engine aircraft built over the years 1947-1979. X1 aspect ratio, X2 lift-to-drag ratio,
X3 weight (pounds), X4 maximal thrust; the response Y is the cost (100,000 dollars).
No set of outlying rows is agreed on; most robust estimators flag 14, 20 and 22 (counted from 1).

Source: Office of Naval Research; Rousseeuw, P. J. and Leroy, A. M. (1987), Robust Regression
and Outlier Detection, Wiley, p. 154.""",
    )
    return _load(table, as_frame=as_frame, return_X_outlier=return_X_outlier)


def load_breast_cancer(
    *, as_frame: bool = False, return_X_outlier: bool = False
) -> Bunch | tuple[Any, BoolArray | None]:
    """Load 569 breast tumours, of which the benign are the bulk and the malignant outliers.

    The table comes with scikit-learn. Large enough for a game, and real: skewed, correlated,
    and contaminated by more than a third.

    Parameters
    ----------
    as_frame : bool, default=False
        Whether the data are a pandas DataFrame.
    return_X_outlier : bool, default=False
        Whether to return ``(data, is_outlier)`` alone.

    Returns
    -------
    bunch : Bunch
        As `dataset` describes it; ``data`` has shape (569, 30).

    References
    ----------
    .. [1] Street, W. N., Wolberg, W. H. and Mangasarian, O. L. (1993). Nuclear feature
       extraction for breast tumor diagnosis. Proc. SPIE 1905, 861-870. doi:10.1117/12.148698
    """
    source = sklearn.datasets.load_breast_cancer()
    names = [str(name) for name in source.feature_names]
    data = np.array(source.data, dtype=np.float64)
    is_outlier: BoolArray = source.target == list(source.target_names).index("malignant")
    frame = _to_frame(data, names) if as_frame else data
    if return_X_outlier:
        return frame, is_outlier
    return Bunch(
        data=frame,
        feature_names=names,
        is_outlier=is_outlier,
        response=None,
        DESCR=source.DESCR,
    )


def load_hbk(
    *, as_frame: bool = False, return_X_outlier: bool = False
) -> Bunch | tuple[Any, BoolArray | None]:
    """Load the constructed data of Hawkins, Bradu and Kass: 14 outliers that mask each other.

    Parameters
    ----------
    as_frame : bool, default=False
        Whether the data are a pandas DataFrame.
    return_X_outlier : bool, default=False
        Whether to return ``(data, is_outlier)`` alone.

    Returns
    -------
    bunch : Bunch
        As `dataset` describes it; ``data`` has shape (75, 3) and the first 14 rows are
        outliers.

    References
    ----------
    .. [1] Hawkins, D. M., Bradu, D. and Kass, G. V. (1984). Location of several outliers in
       multiple-regression data using elemental sets. Technometrics 26, 197-208.

    Examples
    --------
    >>> bunch = load_hbk()
    >>> bunch.data.shape, int(bunch.is_outlier.sum())
    ((75, 3), 14)
    """
    table = _Table(
        "hbk.csv",
        n_features=3,
        outlying_rows=tuple(range(1, 15)),
        description="""Hawkins, Bradu and Kass (75 rows)

Constructed data: three regressors X1, X2, X3 and a response Y. Rows 1-14 (counted from 1) are
outliers in the space of the regressors, in two groups, 1-10 and 11-14. They mask each other:
the classical distances flag 12 and 14 only.

Source: Hawkins, D. M., Bradu, D. and Kass, G. V. (1984), Location of several outliers in
multiple-regression data using elemental sets, Technometrics 26, 197-208.""",
    )
    return _load(table, as_frame=as_frame, return_X_outlier=return_X_outlier)


def load_stackloss(
    *, as_frame: bool = False, return_X_outlier: bool = False
) -> Bunch | tuple[Any, BoolArray | None]:
    """Load Brownlee's stack loss: 21 days of a plant, three of them leverage points.

    Parameters
    ----------
    as_frame : bool, default=False
        Whether the data are a pandas DataFrame.
    return_X_outlier : bool, default=False
        Whether to return ``(data, is_outlier)`` alone.

    Returns
    -------
    bunch : Bunch
        As `dataset` describes it; ``data`` has shape (21, 3) and the first 3 rows are
        outliers.

    References
    ----------
    .. [1] Brownlee, K. A. (1965). Statistical theory and methodology in science and
       engineering, 2nd ed. Wiley, pp. 491-500.
    """
    table = _Table(
        "stackloss.csv",
        n_features=3,
        outlying_rows=(1, 2, 3),
        description="""Stack loss (21 rows)

Days of operation of a plant that oxidises ammonia to nitric acid: flow of cooling air,
temperature of the cooling water, concentration of the acid (per 1000, minus 500); the response
stack.loss is ten times the percentage of ammonia lost. Rows 1, 2 and 3 (counted from 1) are
outlying in the space of the regressors; in regression it is 1, 3, 4 and 21.

Source: Brownlee, K. A. (1965), Statistical Theory and Methodology in Science and Engineering,
2nd ed., Wiley, pp. 491-500.""",
    )
    return _load(table, as_frame=as_frame, return_X_outlier=return_X_outlier)


def load_stars_cyg(
    *, as_frame: bool = False, return_X_outlier: bool = False
) -> Bunch | tuple[Any, BoolArray | None]:
    """Load the stars of the cluster CYG OB1: four giants outside the main sequence.

    Parameters
    ----------
    as_frame : bool, default=False
        Whether the data are a pandas DataFrame.
    return_X_outlier : bool, default=False
        Whether to return ``(data, is_outlier)`` alone.

    Returns
    -------
    bunch : Bunch
        As `dataset` describes it; ``data`` has shape (47, 2) and ``response`` is None.

    References
    ----------
    .. [1] Rousseeuw, P. J. and Leroy, A. M. (1987). Robust regression and outlier detection.
       Wiley, p. 27.
    """
    table = _Table(
        "stars_cyg.csv",
        n_features=2,
        outlying_rows=(11, 20, 30, 34),
        description="""Stars of the cluster CYG OB1 (47 rows)

Hertzsprung-Russell diagram: logarithm of the effective temperature at the surface (log.Te) and
of the light intensity (log.light). Rows 11, 20, 30 and 34 (counted from 1) are giant stars,
outside the main sequence; robust estimators often flag 7 and 14, too.

Source: Humphreys, R. M. (1978), Astrophysical Journal Supplement Series 38, 309-350, calibrated by
C. Doom after Vansina, F. and De Greve, J. P. (1982), Astrophysics and Space Science 87, 377-401;
Rousseeuw, P. J. and Leroy, A. M. (1987), Robust Regression and Outlier Detection, Wiley, p. 27,
table 3.""",
    )
    return _load(table, as_frame=as_frame, return_X_outlier=return_X_outlier)


def load_wood(
    *, as_frame: bool = False, return_X_outlier: bool = False
) -> Bunch | tuple[Any, BoolArray | None]:
    """Load the modified wood specific gravity: four replaced rows, hidden in each coordinate.

    Parameters
    ----------
    as_frame : bool, default=False
        Whether the data are a pandas DataFrame.
    return_X_outlier : bool, default=False
        Whether to return ``(data, is_outlier)`` alone.

    Returns
    -------
    bunch : Bunch
        As `dataset` describes it; ``data`` has shape (20, 5).

    References
    ----------
    .. [1] Rousseeuw, P. J. (1984). Least median of squares regression. JASA 79, 871-880.
       https://doi.org/10.1080/01621459.1984.10477105
    """
    table = _Table(
        "wood.csv",
        n_features=5,
        outlying_rows=(4, 6, 8, 19),
        description="""Modified wood specific gravity (20 rows)

Five anatomical measurements x1-x5; the response y is the specific gravity of the wood. Rows 4,
6, 8 and 19 (counted from 1) were replaced by outliers that no single coordinate shows.

Source: Draper, N. R. and Smith, H. (1966), Applied Regression Analysis, Wiley, modified by
Rousseeuw, P. J. (1984), Least median of squares regression, JASA 79, 871-880; Rousseeuw, P. J.
and Leroy, A. M. (1987), Robust Regression and Outlier Detection, Wiley, p. 243, table 8.""",
    )
    return _load(table, as_frame=as_frame, return_X_outlier=return_X_outlier)


_LOADERS: MappingProxyType[str, Callable[..., Any]] = MappingProxyType(
    {
        "aircraft": load_aircraft,
        "breast_cancer": load_breast_cancer,
        "hbk": load_hbk,
        "stackloss": load_stackloss,
        "stars_cyg": load_stars_cyg,
        "wood": load_wood,
    }
)

DATASETS: tuple[str, ...] = tuple(_LOADERS)


def dataset(
    name: str, *, as_frame: bool = False, return_X_outlier: bool = False
) -> Bunch | tuple[Any, BoolArray | None]:
    """Load one of the classic data sets by name.

    Parameters
    ----------
    name : str
        One of ``DATASETS``; case, ``-`` and ``_`` do not matter, so ``'starsCYG'`` will do.
    as_frame : bool, default=False
        Whether the data are a pandas DataFrame.
    return_X_outlier : bool, default=False
        Whether to return ``(data, is_outlier)`` alone.

    Returns
    -------
    bunch : Bunch
        With the keys

        - ``data``: ndarray (or DataFrame) of shape (n_samples, n_features), float64;
        - ``feature_names``: list of str, the headers of the source;
        - ``is_outlier``: boolean ndarray of shape (n_samples,), None where unknown;
        - ``response``: ndarray of shape (n_samples,), the regression's response, None if
          there is none; it is not part of ``data``;
        - ``DESCR``: str, what the data are, and their source.

    Raises
    ------
    ValueError
        If there is no such data set.
    ImportError
        If ``as_frame`` is True and pandas is missing.

    Examples
    --------
    >>> X, is_outlier = dataset("starsCYG", return_X_outlier=True)
    >>> X.shape, (np.flatnonzero(is_outlier) + 1).tolist()
    ((47, 2), [11, 20, 30, 34])
    """
    loaders = {_plain(known): loader for known, loader in _LOADERS.items()}
    if _plain(str(name)) not in loaders:
        raise ValueError(f"name must be one of {', '.join(map(repr, DATASETS))}, got {name!r}.")
    return loaders[_plain(name)](as_frame=as_frame, return_X_outlier=return_X_outlier)


def _plain(name: str) -> str:
    """Drop what spellings of a name differ in."""
    return name.lower().replace("-", "").replace("_", "")


def _load(
    table: _Table, *, as_frame: bool, return_X_outlier: bool
) -> Bunch | tuple[Any, BoolArray | None]:
    """Read a table and hand it over in the form asked for."""
    header, values = _read(table.file)
    feature_names = header[: table.n_features]
    data: Any = values[:, : table.n_features].copy()
    is_outlier = _mark_rows(table.outlying_rows, len(data))
    if as_frame:
        data = _to_frame(data, feature_names)
    if return_X_outlier:
        return data, is_outlier
    has_response = table.n_features < len(header)
    return Bunch(
        data=data,
        feature_names=feature_names,
        is_outlier=is_outlier,
        response=values[:, -1].copy() if has_response else None,
        DESCR=table.description,
    )


def _read(file: str) -> tuple[list[str], Array]:
    """Read the header and the numbers of a file beside this module."""
    path = resources.files("robustgan.contamination") / "data" / file
    header, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
    return header, np.array(rows, dtype=np.float64)


def _mark_rows(rows: tuple[int, ...] | None, n_samples: int) -> BoolArray | None:
    """Turn rows counted from one, as papers do, into a mask."""
    if rows is None:
        return None
    is_outlier = np.zeros(n_samples, dtype=np.bool_)
    is_outlier[np.array(rows) - 1] = True
    return is_outlier


def _to_frame(data: Array, feature_names: list[str]) -> Any:
    """Label the columns; pandas is optional and imported only here."""
    try:
        pandas = importlib.import_module("pandas")
    except ImportError as error:
        raise ImportError("as_frame=True needs pandas: pip install pandas.") from error
    return pandas.DataFrame(data, columns=feature_names)
