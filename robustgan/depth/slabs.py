"""Matrix depth without error for one and two features.

A direction u and a matrix bound a slab, the points with |u'x|² <= u'Γu. Counts of rows inside and
outside of slabs, on NumPy arrays. It does not know tensors.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
# Cells in one block of events.
_BLOCK = 2**18
# Units of rounding that an entry of the difference of two quadratic forms may carry.
_N_ROUNDINGS = 16.0 * float(np.finfo(np.float64).eps)


def exact_slab_counts(scatters: Floats, X: Floats) -> Counts:
    """Count the rows in the emptier of slab and complement, both closed, for the worst slab.

    Parameters
    ----------
    scatters : ndarray of shape (n_scatters, n_features, n_features)
        With 1 or 2 features; symmetric, not negative definite.
    X : ndarray of shape (n_samples, n_features)
        The sample, about its centre.

    Returns
    -------
    counts : ndarray of shape (n_scatters,)
        In [0, n_samples].
    """
    if X.shape[1] == 1:
        return _count_on_a_line(np.sqrt(scatters[:, 0, 0]), np.abs(X[:, 0]))
    counts = np.empty(len(scatters), dtype=np.int64)
    step = max(1, _BLOCK // len(X))
    for first in range(0, len(scatters), step):
        block = slice(first, first + step)
        counts[block] = _count_in_the_plane(scatters[block], X)
    return counts


def _count_on_a_line(widths: Floats, sizes: Floats) -> Counts:
    """Count what is inside of the interval, and what is outside, its ends in both."""
    ordered = np.sort(sizes)
    slack = _N_ROUNDINGS * widths
    n_inside = np.searchsorted(ordered, widths + slack, side="right")
    n_outside = len(sizes) - np.searchsorted(ordered, widths - slack, side="left")
    return np.minimum(n_inside, n_outside).astype(np.int64)


def _count_in_the_plane(scatters: Floats, X: Floats) -> Counts:
    """Turn a slab by half a circle and note when rows enter and leave it.

    A row is inside where the form of xx' - Γ is not positive. Along the half circle, by twice the
    angle, the form is a constant plus a cosine: there is one arc at most.
    """
    across, mixed, along = (
        X[:, i] * X[:, j] - scatters[:, i, j, None] for i, j in ((0, 0), (0, 1), (1, 1))
    )
    sizes = np.abs(X[:, 0]) + np.abs(X[:, 1])
    errors = _N_ROUNDINGS * (sizes**2 + np.abs(scatters).max(axis=(1, 2))[:, None])
    # The square of sine times amplitude: whether the form has both signs.
    spread = mixed**2 - across * along
    total = np.abs(across) + np.abs(along) + 2.0 * np.abs(mixed)
    is_crossed = spread > errors * total
    is_tied = total <= errors
    trace = across + along
    n_inside = (~is_crossed & ~is_tied & (trace < 0)).sum(axis=1)
    n_outside = (~is_crossed & ~is_tied & (trace > 0)).sum(axis=1)
    center = np.arctan2(-mixed, 0.5 * (along - across))
    root = np.sqrt(np.where(is_crossed, spread, 1.0))
    half = np.arctan2(root, 0.5 * trace)
    events = np.stack([center - half, center + half], axis=2) % (2.0 * np.pi)
    n_both = is_crossed.sum(axis=1)
    starts_inside = (is_crossed & (events[..., 0] > events[..., 1])).sum(axis=1)
    # What is not crossed comes last, where nothing is counted.
    events[~is_crossed] = np.inf
    bounds = np.where(is_crossed, errors / root + _N_ROUNDINGS, 0.0)
    fewest, most = _follow(events, bounds, starts_inside)
    n_tied = is_tied.sum(axis=1)
    counts: Counts = n_tied + np.minimum(n_inside + fewest, n_outside + n_both - most)
    return counts


def _follow(events: Floats, bounds: Floats, starts_inside: Counts) -> tuple[Counts, Counts]:
    """Return the fewest and the most rows inside at once, around the circle.

    Events that rounding may have put into another order are one: nothing is counted in between.
    """
    n_problems = len(events)
    times, reach = events.reshape(n_problems, -1), np.repeat(bounds, 2, axis=1)
    steps = np.tile(np.array([1, -1]), events.shape[1])
    order = np.argsort(times, axis=1)
    times = np.take_along_axis(times, order, axis=1)
    reach = np.take_along_axis(reach, order, axis=1)
    is_event = np.isfinite(times)
    inside = starts_inside[:, None] + np.cumsum(steps[order] * is_event, axis=1)
    last = np.maximum(is_event.sum(axis=1) - 1, 0)
    after = np.concatenate([times[:, 1:], times[:, :1]], axis=1)
    reach_after = np.concatenate([reach[:, 1:], reach[:, :1]], axis=1)
    rows = np.arange(n_problems)
    # Once around: the first event follows the last one.
    after[rows, last] = times[:, 0] + 2.0 * np.pi
    reach_after[rows, last] = reach[:, 0]
    with np.errstate(invalid="ignore"):
        is_open = is_event & (after - times > reach + reach_after)
    highest = inside.shape[1]
    fewest = np.where(is_open, inside, highest).min(axis=1)
    most = np.where(is_open, inside, 0).max(axis=1)
    # Without events, or room between them, what is inside at the start is so all around.
    is_still = ~is_open.any(axis=1)
    return np.where(is_still, starts_inside, fewest), np.where(is_still, starts_inside, most)
