"""Linear measurements of images, as matrices that act on their pixels in row order."""

from collections.abc import Sequence
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike, NDArray

from robustgan._bridge import make_seeds

Array = NDArray[np.float64]


def gaussian_operator(n_measurements: int, n_pixels: int, *, random_state: object = None) -> Array:
    """Draw measurements with independent normal coefficients of variance ``1 / n_measurements``.

    Parameters
    ----------
    n_measurements : int
        At least 1.
    n_pixels : int
        At least 1.
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator, default=None
        Of the coefficients.

    Returns
    -------
    A : ndarray of shape (n_measurements, n_pixels)
        ``E |A x|^2 = |x|^2``.

    Raises
    ------
    ValueError
        If a number is not positive.

    Examples
    --------
    >>> gaussian_operator(25, 784, random_state=0).shape
    (25, 784)
    """
    check_counts(n_measurements=n_measurements, n_pixels=n_pixels)
    rng = np.random.default_rng(make_seeds(random_state, 1)[0])
    drawn: Array = rng.normal(size=(n_measurements, n_pixels)) / np.sqrt(n_measurements)
    return drawn


def inpainting_operator(is_seen: ArrayLike) -> Array:
    """Measure the pixels that can be seen.

    Parameters
    ----------
    is_seen : array-like of bool, of the shape of an image
        Which pixels are measured.

    Returns
    -------
    A : ndarray of shape (n_seen, n_pixels)
        Rows of the identity.

    Raises
    ------
    ValueError
        If it is not a mask, or no pixel is seen.

    Examples
    --------
    >>> inpainting_operator([[True, False], [False, True]])
    array([[1., 0., 0., 0.],
           [0., 0., 0., 1.]])
    """
    mask = np.asarray(is_seen)
    if mask.dtype != bool or not mask.any():
        raise ValueError(
            f"is_seen must be a mask of booleans with at least one pixel, got {mask.dtype} and "
            f"{int(np.count_nonzero(mask))} pixels."
        )
    rows: Array = np.eye(mask.size)[mask.reshape(-1)]
    return rows


def superresolution_operator(image_shape: Sequence[int], factor: int) -> Array:
    """Measure the means of square blocks of pixels.

    Parameters
    ----------
    image_shape : sequence of two ints
        Height and width, multiples of ``factor``.
    factor : int
        Side of a block.

    Returns
    -------
    A : ndarray of shape (n_pixels / factor ** 2, n_pixels)
        Each row averages a block; blocks are in row order.

    Raises
    ------
    ValueError
        If ``factor`` does not divide the sides.

    Examples
    --------
    >>> superresolution_operator((2, 4), 2)
    array([[0.25, 0.25, 0.  , 0.  , 0.25, 0.25, 0.  , 0.  ],
           [0.  , 0.  , 0.25, 0.25, 0.  , 0.  , 0.25, 0.25]])
    """
    height, width = check_image_shape(image_shape)
    check_counts(factor=factor)
    if height % factor or width % factor:
        raise ValueError(f"factor must divide both sides of {height} x {width}, got {factor}.")
    along = [np.kron(np.eye(side // factor), np.ones(factor) / factor) for side in (height, width)]
    averages: Array = np.kron(*along)
    return averages


def check_image_shape(image_shape: Sequence[int]) -> tuple[int, int]:
    """Return height and width."""
    if len(image_shape) != 2:
        raise ValueError(f"image_shape must be height and width, got {tuple(image_shape)}.")
    height, width = image_shape
    check_counts(height=height, width=width)
    return int(height), int(width)


def check_counts(**counts: object) -> None:
    """Raise unless all are whole numbers above zero."""
    for name, count in counts.items():
        if not isinstance(count, Integral) or count < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {count!r}.")


def check_measurements(A: object, b: object) -> tuple[Array, Array, bool]:
    """Return the operator, measurements as rows, and whether they were those of one image."""
    matrix, measured = np.asarray(A, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if matrix.ndim != 2 or not matrix.size or not np.isfinite(matrix).all():
        raise ValueError(f"A must be a finite matrix, got an array of shape {matrix.shape}.")
    is_one = measured.ndim == 1
    rows = np.atleast_2d(measured)
    if rows.ndim != 2 or not len(rows) or rows.shape[1] != len(matrix):
        raise ValueError(
            f"b must have one measurement for each of the {len(matrix)} rows of A, "
            f"(n_images, {len(matrix)}), got shape {measured.shape}."
        )
    if not np.isfinite(rows).all():
        raise ValueError("b must be finite, got a missing or infinite measurement. Drop its row.")
    return matrix, rows, is_one
