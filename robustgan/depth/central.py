"""A point that is nearly the deepest, in any dimension: for where Tukey's median is out of reach.

Knows samples. It does not know how depth is counted exactly, in a few dimensions.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

# Directions that are followed at once, and steps with which each is turned.
_N_DIRECTIONS, _N_TURNS = 6, 15
# Width of the smoothed edge of a halfspace, in units of the columns' scale, and the first turn.
_WIDTH, _FIRST_TURN, _DECAY = 0.3, 0.5, 0.9
# Directions are looked for in as many rows at most; depths are counted in all.
_MOST_ROWS = 10_000
# Steps with no deeper point after which a search ends, and the pace at which they shorten.
_PATIENCE, _PACE = 20, 5.0
# Searches whose points are averaged, and the share of each one's points, its last ones.
_N_SEARCHES, _TAIL = 3, 0.5


class DeepPoint(NamedTuple):
    """A point that is nearly the deepest.

    Attributes
    ----------
    location : Tensor of shape (n_features,)
    depth : float
        An upper bound of its halfspace depth, in [0, 1]: the smallest share of rows in the
        halfspaces that were tried.
    n_iter : int
        Steps of the longest search.
    converged : bool
        Whether all searches ended because no deeper point was found.
    """

    location: Tensor
    depth: float
    n_iter: int
    converged: bool


def climb_to_depth(X: Tensor, start: Tensor, *, max_iter: int, rng: torch.Generator) -> DeepPoint:
    """Climb from a point to one that is nearly the deepest.

    Each step finds the halfspace at the point that holds the fewest rows, by descending the
    smoothed share of rows from several directions: the spatial signs' mean, those found last and a
    random one. It then moves the point along its normal towards the median of the rows'
    projections, less far from step to step. The mean of the last points of a few such searches is
    returned, as points at least so deep are a convex set and what is chance in each search cancels;
    or the start, where that turns out to be deeper.

    Parameters
    ----------
    X : Tensor of shape (n_samples, n_features)
        With columns of similar scale.
    start : Tensor of shape (n_features,)
    max_iter : int
        Most steps of a search.
    rng : torch.Generator
        On the device of ``X``.

    Returns
    -------
    found : DeepPoint
    """
    searches = [_search(X, start, max_iter, rng) for _ in range(_N_SEARCHES)]
    mean = torch.stack([search.points.mean(dim=0) for search in searches]).mean(dim=0)
    normals = torch.cat([search.normals for search in searches])
    # A search may miss the halfspaces that cut off a point on its way, and go astray.
    depths = [_depth_at(point, X, normals, rng) for point in (mean, start)]
    return DeepPoint(
        mean if depths[0] >= depths[1] else start,
        max(depths),
        max(search.n_iter for search in searches),
        all(search.converged for search in searches),
    )


class _Search(NamedTuple):
    """Where a search went in the end: points, and the normal of the worst halfspace at each."""

    points: Tensor
    normals: Tensor
    n_iter: int
    converged: bool


def _search(X: Tensor, start: Tensor, max_iter: int, rng: torch.Generator) -> _Search:
    """Climb once; return the last points."""
    point, points, worst_normals = start, [], []
    depth, last_gain = -1.0, 0
    normals = random_directions(X, _N_DIRECTIONS, rng)
    for step in range(max_iter):
        rows = subsample(X, rng)
        mean_sign = F.normalize(rows - point, dim=1).mean(dim=0, keepdim=True)
        starts = [normals[:-3], mean_sign, -mean_sign, random_directions(X, 1, rng)]
        normals = _turn_to_few_rows(rows - point, F.normalize(torch.cat(starts), dim=1))
        projected = (X - point) @ normals.mT
        shares = _smaller_sides(projected)
        worst = int(shares.argmin())
        points.append(point)
        worst_normals.append(normals[worst])
        if float(shares[worst]) > depth:
            depth, last_gain = float(shares[worst]), step
        pace = _PACE / (_PACE + step)
        point = point + pace * projected[:, worst].median() * normals[worst]
        if step - last_gain >= _PATIENCE:
            break
    n_iter = len(points)
    first = n_iter - max(1, round(_TAIL * n_iter))
    converged = step - last_gain >= _PATIENCE
    return _Search(
        torch.stack(points[first:]), torch.stack(worst_normals[first:]), n_iter, converged
    )


def _depth_at(point: Tensor, X: Tensor, normals: Tensor, rng: torch.Generator) -> float:
    """Return the smallest share of rows in halfspaces at a point, from many normals and a turn."""
    # Halfspaces with few rows at points nearby have few at this one, and a turn finds fewer.
    fewest = normals[_shares(X - point, normals).argsort()[:_N_DIRECTIONS]]
    turned = _turn_to_few_rows(subsample(X, rng) - point, torch.cat([fewest, -fewest]))
    return float(_shares(X - point, torch.cat([fewest, turned])).min())


def _shares(offsets: Tensor, normals: Tensor) -> Tensor:
    """Return the share of rows on the emptier side of each normal, a few normals at once."""
    parts = [_smaller_sides(offsets @ some.mT) for some in torch.split(normals, _N_DIRECTIONS)]
    return torch.cat(parts)


def _smaller_sides(projected: Tensor) -> Tensor:
    """Return the smaller share of each column's values that are not below, or not above, 0."""
    return torch.minimum((projected >= 0).double().mean(0), (projected <= 0).double().mean(0))


def _turn_to_few_rows(offsets: Tensor, normals: Tensor) -> Tensor:
    """Turn unit normals so that fewer rows lie on their side."""
    for turn in range(_N_TURNS):
        inside = torch.sigmoid(offsets @ normals.mT / _WIDTH)
        gradient = (inside * (1 - inside)).mT @ offsets
        along = (gradient * normals).sum(dim=1, keepdim=True) * normals
        angle = _FIRST_TURN * _DECAY**turn
        normals = F.normalize(normals - angle * F.normalize(gradient - along, dim=1), dim=1)
    return normals


def subsample(X: Tensor, rng: torch.Generator) -> Tensor:
    """Return all rows, or some of many."""
    if len(X) <= _MOST_ROWS:
        return X
    return X[torch.randint(len(X), (_MOST_ROWS,), generator=rng, device=X.device)]


def random_directions(X: Tensor, n: int, rng: torch.Generator) -> Tensor:
    """Draw unit vectors."""
    drawn = torch.randn(n, X.shape[1], generator=rng, device=X.device, dtype=X.dtype)
    return F.normalize(drawn, dim=1)
