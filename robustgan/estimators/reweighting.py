"""Which rows to keep: local false discovery rates from the scores of an honest discriminator.

This room knows scores of rows and scores of clean reference draws. It does not know how either
was made.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import isotonic_regression

_LEAST_P_VALUE = 1e-290


def tail_p_values(
    scores: NDArray[np.float64], reference: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Rank scores among those of clean reference draws.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        High is suspicious.
    reference : ndarray of shape (n_draws,)
        Scores of draws of the fitted law.

    Returns
    -------
    p_values : ndarray of shape (n,)
        Share of draws that score at least as high, counting the row itself; in (0, 1].
    """
    n_above = len(reference) - np.searchsorted(np.sort(reference), scores, side="left")
    return (1 + n_above) / (1 + len(reference))


def local_false_discovery_rate(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Estimate each row's probability of being clean, given its p-value.

    Clean rows have uniform p-values; outliers have small ones. The density of all p-values is
    estimated as the best decreasing one (Grenander's estimator [1]_), the share of clean rows
    from the upper half (Storey [2]_), and their ratio is Efron's local false discovery rate
    [3]_.

    Parameters
    ----------
    p_values : ndarray of shape (n,)
        In [0, 1].

    Returns
    -------
    rate : ndarray of shape (n,)
        Estimated probability that the row is clean, in [0, 1]; increasing in the p-value.

    References
    ----------
    .. [1] Grenander, U. (1956). On the theory of mortality measurement, part II.
       Skand. Aktuarietidskr. 39, 125-153.
    .. [2] Storey, J. D. (2002). A direct approach to false discovery rates.
       J. R. Stat. Soc. B 64, 479-498. doi:10.1111/1467-9868.00346
    .. [3] Efron, B. (2008). Microarrays, empirical Bayes and the two-groups model.
       Statist. Sci. 23, 1-22. doi:10.1214/07-STS236

    Examples
    --------
    >>> import numpy as np
    >>> clean, outlying = np.linspace(0.0125, 1, 80), np.full(20, 1e-4)
    >>> rate = local_false_discovery_rate(np.concatenate([clean, outlying]))
    >>> bool((rate[:80] > 0.9).all()), bool((rate[80:] < 0.01).all())
    (True, True)
    """
    # What underflows is impossible for a clean row, but must not divide by zero.
    positive = np.maximum(p_values, _LEAST_P_VALUE)
    distinct, inverse, counts = np.unique(positive, return_inverse=True, return_counts=True)
    widths = np.diff(distinct, prepend=0.0)
    widths[-1] += 1.0 - distinct[-1]
    density = isotonic_regression(
        counts / (len(p_values) * widths), sample_weight=widths, increasing=False
    )
    clean_share = min(1.0, 2.0 * float(np.mean(p_values > 0.5)))
    rate: NDArray[np.float64] = np.minimum(1.0, clean_share / density)[inverse]
    return rate


def keep_majority(rate: NDArray[np.float64], order: NDArray[np.float64]) -> NDArray[np.float64]:
    """Never reject more than half of the rows.

    Clean rows are the majority, or nothing could tell which part of the data to describe. Where
    most rows look foreign, the law is wrong (coarse or heavy-tailed data), not they.

    Parameters
    ----------
    rate : ndarray of shape (n,)
        Probability that each row is clean.
    order : ndarray of shape (n,)
        High is normal: orders rows of the same rate.

    Returns
    -------
    rate : ndarray of shape (n,)
        The same where at least half of the rows have a rate of 0.5 or more; else that of the
        better half is lifted to 0.5.
    """
    least = -(-len(rate) // 2)
    if np.count_nonzero(rate >= 0.5) >= least:
        return rate
    lifted = rate.copy()
    best = np.lexsort((order, rate))[-least:]
    lifted[best] = np.maximum(rate[best], 0.5)
    return lifted


def keep_nearest_half(
    rate: NDArray[np.float64], distance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Keep the half of the rows that is nearest to the law, if most rows look foreign.

    Then the law is wrong, not they: a normal law for skewed columns is as foreign to their dense
    middle as to outliers, and only distance still tells these apart.

    Parameters
    ----------
    rate : ndarray of shape (n,)
        Probability that each row is clean.
    distance : ndarray of shape (n,)
        Of each row from the law's centre, in its metric.

    Returns
    -------
    rate : ndarray of shape (n,)
        The same object where at least half of the rows have a rate of 0.5 or more; else at least
        0.5 for the nearest half, and less for the others.
    """
    least = -(-len(rate) // 2)
    if np.count_nonzero(rate >= 0.5) >= least:
        return rate
    nearest = np.argsort(distance, kind="stable")[:least]
    lowered = np.minimum(rate, np.nextafter(0.5, 0.0))
    lowered[nearest] = np.maximum(rate[nearest], 0.5)
    return lowered


def share_of_outliers(
    clean_probability: NDArray[np.float64],
) -> tuple[float, tuple[float, float]]:
    """Estimate the share of outliers, and an interval of 95 % for it.

    Parameters
    ----------
    clean_probability : ndarray of shape (n,)
        Probability that each row is clean. Their mean is the estimated share of clean rows, that is
        the infimum of the density of the p-values: what is rejected, corrected by the clean rows
        among it, plus what is kept of the outliers.

    Returns
    -------
    share : float
        In [0, 1]. Only the smallest share that explains the rows is identified: outliers that look
        like clean rows count as clean.
    interval : tuple of float
        Share plus and minus 1.96 standard errors: twice the share of p-values above one half
        estimates the clean share with variance ``(1 - share²) / n``.
    """
    n = len(clean_probability)
    share = float(1 - np.mean(clean_probability))
    error = 1.96 * ((1 - share**2) / n) ** 0.5
    return share, (max(0.0, share - error), min(1.0, share + error))
