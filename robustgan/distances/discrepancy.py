"""The maximum mean discrepancy of two samples, and its permutation test."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist, pdist

from robustgan._bridge import make_seeds
from robustgan.distances.inputs import Array, check_count, check_number, check_pair

# Permutations at a time: bounds memory at this many columns.
_BATCH = 256


@dataclass(frozen=True)
class Discrepancy:
    """A squared maximum mean discrepancy.

    Attributes
    ----------
    squared : float
        The squared discrepancy; the unbiased estimate may be negative.
    bandwidth : float
        Of the kernel, in the units of the features.
    p_value : float or None
        Share of permutations, the one found included, with at least this discrepancy; None if
        none was asked for.
    """

    squared: float
    bandwidth: float
    p_value: float | None


def maximum_mean_discrepancy(
    X: object,
    Y: object,
    *,
    bandwidth: float | str = "median",
    unbiased: bool = True,
    n_permutations: int = 0,
    random_state: object = None,
) -> Discrepancy:
    """Compare two samples by the kernel ``exp(-|x - y|^2 / (2 bandwidth^2))``.

    Parameters
    ----------
    X : array-like of shape (n, n_features)
        A sample of at least two rows.
    Y : array-like of shape (m, n_features)
        Another.
    bandwidth : float or 'median', default='median'
        Positive, in the units of the features. The median is that of the distances between all
        pairs of different rows of both samples together.
    unbiased : bool, default=True
        Whether to leave out each row's kernel with itself: mean zero for samples of one law
        (equation 3 of [1]_). Otherwise the estimate is that of equation 5, never negative.
    n_permutations : int, default=0
        Of the test that both samples are of one law; 0 leaves it out.
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator, default=None
        Of the permutations.

    Returns
    -------
    discrepancy : Discrepancy

    Raises
    ------
    ValueError
        If the samples or a parameter will not do.

    References
    ----------
    .. [1] Gretton, A., Borgwardt, K. M., Rasch, M. J., Schölkopf, B. and Smola, A. (2012). A kernel
       two-sample test. Journal of Machine Learning Research 13, 723-773. Lemma 6.

    Examples
    --------
    >>> import numpy as np
    >>> X, Y = np.random.default_rng(0).normal(size=(2, 200, 3))
    >>> far = maximum_mean_discrepancy(X, Y + 1, n_permutations=199, random_state=0)
    >>> far.p_value
    0.005
    """
    x, y = check_pair(X, Y)
    for name, sample in (("X", x), ("Y", y)):
        check_count(f"the number of rows of {name}", len(sample), 2)
    check_count("n_permutations", n_permutations, 0)
    pooled = np.concatenate([x, y])
    width = _bandwidth(pooled, bandwidth)
    kernel = np.exp(-cdist(pooled, pooled, "sqeuclidean") / (2 * width**2))
    is_first = np.arange(len(pooled)) < len(x)
    found = float(_squared(kernel, is_first[:, None], unbiased)[0])
    if not n_permutations:
        return Discrepancy(found, width, None)
    rng = np.random.default_rng(make_seeds(random_state, 1)[0])
    n_above = 0
    for start in range(0, n_permutations, _BATCH):
        n_now = min(_BATCH, n_permutations - start)
        shuffled = rng.permuted(np.tile(is_first, (n_now, 1)), axis=1).T
        # Permutations that tie with what was found differ from it by rounding.
        n_above += int((_squared(kernel, shuffled, unbiased) >= found - 1e-12).sum())
    return Discrepancy(found, width, (1 + n_above) / (1 + n_permutations))


def _bandwidth(pooled: Array, bandwidth: float | str) -> float:
    """Return the number, or the median distance."""
    if not isinstance(bandwidth, str):
        return check_number("bandwidth", bandwidth, 0)
    if bandwidth != "median":
        raise ValueError(f"bandwidth must be 'median' or a positive number, got {bandwidth!r}.")
    median = float(np.median(pdist(pooled)))
    if median == 0:
        raise ValueError(
            "bandwidth must be positive, got a median of 0: more than half of the pairs of rows "
            "are ties. Give a number."
        )
    return median


def _squared(kernel: Array, is_first: NDArray[np.bool_], unbiased: bool) -> Array:
    """Return the squared discrepancy of each split, a column of shape (n + m,) each."""
    first = is_first.astype(float)
    n, m = first.sum(axis=0), (1 - first).sum(axis=0)
    towards = kernel @ first
    total = kernel.sum(axis=1)
    within = (first * towards).sum(axis=0)
    between = ((1 - first) * towards).sum(axis=0)
    rest = ((1 - first) * total[:, None]).sum(axis=0) - between
    if unbiased:
        # The kernel of a row with itself is one.
        within, rest = (within - n) / (n * (n - 1)), (rest - m) / (m * (m - 1))
    else:
        within, rest = within / n**2, rest / m**2
    squared: Array = within + rest - 2 * between / (n * m)
    return squared
