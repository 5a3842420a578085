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
# Steps with no deeper point after which the search ends, and the pace at which they shorten.
_PATIENCE, _PACE = 20, 5.0


class DeepPoint(NamedTuple):
    """A point that is nearly the deepest.

    Attributes
    ----------
    location : Tensor of shape (n_features,)
    depth : float
        An upper bound of its halfspace depth, in [0, 1]: the smallest share of rows in the
        halfspaces that were tried.
    n_iter : int
        Steps taken.
    converged : bool
        Whether the search ended because no deeper point was found.
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
    projections, less far from step to step. The deepest of the points, by the halfspaces seen
    there, is returned.

    Parameters
    ----------
    X : Tensor of shape (n_samples, n_features)
        With columns of similar scale.
    start : Tensor of shape (n_features,)
    max_iter : int
        Most steps.
    rng : torch.Generator
        On the device of ``X``.

    Returns
    -------
    found : DeepPoint
    """
    point = best = start
    depth, last_gain = -1.0, 0
    normals = random_directions(X, _N_DIRECTIONS, rng)
    for step in range(max_iter):
        rows = subsample(X, rng)
        mean_sign = F.normalize(rows - point, dim=1).mean(dim=0, keepdim=True)
        starts = [normals[:-3], mean_sign, -mean_sign, random_directions(X, 1, rng)]
        normals = _turn_to_few_rows(rows - point, F.normalize(torch.cat(starts), dim=1))
        projected = (X - point) @ normals.mT
        shares = torch.minimum((projected >= 0).double().mean(0), (projected <= 0).double().mean(0))
        worst = int(shares.argmin())
        if float(shares[worst]) > depth:
            best, depth, last_gain = point, float(shares[worst]), step
        elif step - last_gain >= _PATIENCE:
            return DeepPoint(best, depth, step + 1, True)
        pace = _PACE / (_PACE + step)
        point = point + pace * projected[:, worst].median() * normals[worst]
    return DeepPoint(best, depth, max_iter, False)


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
