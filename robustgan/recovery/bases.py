"""Orthonormal bases of images, in which natural ones are nearly sparse."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn

from robustgan.recovery.operators import check_image_shape

Array = NDArray[np.float64]
BASES = ("pixel", "dct", "wavelet")


def analysis_matrix(basis: str, image_shape: Sequence[int], *, wavelet: str = "haar") -> Array:
    """Return the matrix that maps pixels to coefficients; its transpose maps them back.

    Parameters
    ----------
    basis : {'pixel', 'dct', 'wavelet'}
        The identity, the discrete cosine transform of type 2, or a periodised wavelet transform
        (PyWavelets: ``pip install 'robustgan[wavelets]'``) of as many levels as the sides can be
        halved.
    image_shape : sequence of two ints
        Height and width; even for wavelets.
    wavelet : str, default='haar'
        Name of an orthogonal wavelet of PyWavelets.

    Returns
    -------
    analysis : ndarray of shape (n_pixels, n_pixels)
        Orthogonal.

    Raises
    ------
    ValueError
        If there is no such basis, or none of images of this shape.
    ImportError
        If PyWavelets is needed and not there.

    Examples
    --------
    >>> import numpy as np
    >>> cosines = analysis_matrix("dct", (4, 4))
    >>> bool(np.allclose(cosines @ cosines.T, np.eye(16)))
    True
    """
    height, width = check_image_shape(image_shape)
    images = np.eye(height * width).reshape(-1, height, width)
    if basis == "pixel":
        coefficients = images
    elif basis == "dct":
        coefficients = dctn(images, axes=(1, 2), norm="ortho")
    elif basis == "wavelet":
        coefficients = _wavelet_coefficients(images, wavelet)
    else:
        raise ValueError(f"basis must be one of {', '.join(map(repr, BASES))}, got {basis!r}.")
    matrix: Array = coefficients.reshape(height * width, -1).T
    return matrix


def _wavelet_coefficients(images: Array, name: str) -> Array:
    try:
        import pywt
    except ImportError:
        raise ImportError(
            "basis 'wavelet' needs PyWavelets: pip install 'robustgan[wavelets]'."
        ) from None
    if name not in pywt.wavelist(kind="discrete") or not pywt.Wavelet(name).orthogonal:
        raise ValueError(f"wavelet must name an orthogonal wavelet of PyWavelets, got {name!r}.")
    _, height, width = images.shape
    # How often both sides can be halved: periodised, that keeps the number of coefficients.
    n_levels = min(side & -side for side in (height, width)).bit_length() - 1
    if not n_levels:
        raise ValueError(f"image_shape must be even for wavelets, got {height} x {width}.")
    levels = pywt.wavedec2(images, name, mode="periodization", level=n_levels, axes=(1, 2))
    array, _ = pywt.coeffs_to_array(levels, axes=(1, 2))
    found: Array = array
    return found
