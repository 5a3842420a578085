"""From scores to probabilities: how often a clean row would score as low.

Knows scores of clean reference draws, one number each. It does not know how they were made.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from robustgan._bridge.parameters import check_choice, check_real

_Array = NDArray[np.float64]
ADJUSTMENTS = ("bh",)
# Share of the reference draws whose mean excess says how the tail goes on.
_TAIL_SHARE, _LEAST_TAIL = 0.01, 10


def rank_p_values(scores: _Array, reference: _Array) -> _Array:
    """Return the share of reference draws that score as low, counting the row itself.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Low is suspicious.
    reference : ndarray of shape (n_draws,)
        Scores of clean draws, sorted.

    Returns
    -------
    p_values : ndarray of shape (n,)
        In (0, 1], at least ``1 / (1 + n_draws)``.
    """
    n_below = np.searchsorted(reference, scores, side="right")
    return (1 + n_below) / (1 + len(reference))


def lower_quantile(reference: _Array, level: float) -> float:
    """Return the score below which this share of clean rows lies.

    Hazen's rule: the i-th of n sorted draws stands for the level (i - 1/2) / n.
    """
    return float(np.quantile(reference, level, method="hazen"))


def log_tail(scores: _Array, reference: _Array) -> _Array:
    """Return the logarithm of the share of clean rows that score as low, beyond the draws, too.

    Where draws are few, in the lowest percent, the tail is exponential with their mean excess:
    scores that no draw reaches are still told apart.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        Low is suspicious.
    reference : ndarray of shape (n_draws,)
        Scores of clean draws, sorted.

    Returns
    -------
    log_share : ndarray of shape (n,)
        At most 0; increasing in the scores.
    """
    n_draws = len(reference)
    n_tail = min(max(_LEAST_TAIL, round(_TAIL_SHARE * n_draws)), n_draws - 1)
    start = reference[n_tail]
    excess = max(float(np.mean(start - reference[:n_tail])), np.finfo(float).tiny)
    levels = (np.arange(n_tail, n_draws) + 1) / n_draws
    inner = np.log(np.interp(scores, reference[n_tail:], levels))
    beyond = np.log(levels[0]) - (start - np.minimum(scores, start)) / excess
    return np.where(scores < start, beyond, inner)


def check_calibration(alpha: object, adjust: object) -> None:
    """Check the parameters ``alpha`` and ``adjust``.

    Raises
    ------
    ValueError
        If ``alpha`` is not in (0, 0.5] or ``adjust`` is unknown.
    TypeError
        If ``alpha`` is no real number.
    """
    check_real("alpha", alpha, above=0, most=0.5)
    if adjust is not None:
        check_choice("adjust", adjust, ADJUSTMENTS)


def is_flagged(p_values: _Array, alpha: float) -> NDArray[np.bool_]:
    """Say which rows Benjamini and Hochberg's procedure flags at a false discovery rate [1]_.

    Parameters
    ----------
    p_values : ndarray of shape (n,)
    alpha : float
        Most share of clean rows among those that are flagged, on average.

    References
    ----------
    .. [1] Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. J. R. Stat.
       Soc. B 57, 289-300. doi:10.1111/j.2517-6161.1995.tb02031.x
    """
    return np.asarray(false_discovery_control(p_values, method="bh") <= alpha)
