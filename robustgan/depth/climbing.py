"""A scatter that is nearly the deepest, in any dimension.

Knows centred samples. It does not know how depth is counted exactly, in a few dimensions.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from robustgan.depth.central import random_directions, subsample
from robustgan.depth.medians import coordinate_median

# Directions that are remembered, those that are followed, and steps by which each is turned.
_N_POOL, _N_FOLLOWED, _N_TURNS = 24, 3, 15
# Width of the smoothed edge of a slab, in units of its half-width, and how much wider it is first.
_WIDTH, _WIDER = 0.15, 4.0
# First turns of fresh directions, of those that are followed, and of those that avoid a far row.
_FIRST_TURN, _NEXT_TURN, _NARROW_TURN, _DECAY = 0.5, 0.2, 0.02, 0.85
# Steps with no deeper scatter after which the search ends, and the pace at which they shorten.
_PATIENCE, _PACE = 20, 10.0
# Rounds of axes and scales that make the sample round at the start.
_N_ROUNDS = 3
# Relative to the widest axis, an axis on which the rows count as having no width.
_SINGULAR = 1e-10
# In units of the slabs' half-width.
_FARTHEST = 1e6


class DeepScatter(NamedTuple):
    """A scatter that is nearly the deepest.

    Attributes
    ----------
    factor : Tensor of shape (n_features, n_features)
        The scatter is ``factor @ factor.mT``.
    depth : float
        An upper bound of its matrix depth, in [0, 1]: the smallest share of rows in the slabs
        that were tried, or outside of them.
    n_iter : int
        Steps taken.
    converged : bool
        Whether the search ended because no deeper scatter was found.
    """

    factor: Tensor
    depth: float
    n_iter: int
    converged: bool


def climb_to_scatter(Z: Tensor, *, max_iter: int, rng: torch.Generator) -> DeepScatter | None:
    """Climb from a robust start to a scatter that is nearly the deepest.

    The start makes the sample round: principal axes of the rows' directions, and medians of the
    projections on them. Each step finds the slab with the fewest rows inside or outside, by
    turning several directions along the gradient of a smoothed share of rows. It then changes
    the scatter along that direction alone, towards the median of the squared projections, less
    far from step to step. The deepest of the scatters, by the slabs seen there, is returned.

    Parameters
    ----------
    Z : Tensor of shape (n_samples, n_features)
        About their centre, in columns of similar scale, in float64.
    max_iter : int
        Most steps.
    rng : torch.Generator
        On the device of ``Z``.

    Returns
    -------
    found : DeepScatter or None
        None if half of the rows are in a flat through the centre, so that no start is round.
    """
    started = _start(Z)
    if started is None:
        return None
    # In these coordinates the scatter is the identity; to search them needs no doubles.
    factor, Y = started[0], _pull_in(started[1]).float()
    best, depth, last_gain = factor, -1.0, 0
    pool = random_directions(Y, _N_POOL, rng)
    for step in range(max_iter):
        pool = torch.cat([pool, _find_slabs(subsample(Y, rng), pool, rng)])
        sizes = (Y @ pool.mT).abs_()
        shares = torch.minimum((sizes <= 1).float().mean(0), (sizes >= 1).float().mean(0))
        lowest = shares.topk(_N_POOL, largest=False)
        if float(lowest.values[0]) > depth:
            best, depth, last_gain = factor, float(lowest.values[0]), step
        elif step - last_gain >= _PATIENCE:
            return DeepScatter(best, depth, step + 1, True)
        worst = lowest.indices[:1]
        normal = pool[worst[0]]
        # The factor of the slab's width that brings it to the median, or nearer.
        stretch = float(coordinate_median(sizes[:, worst])) ** (_PACE / (_PACE + step))
        pool = pool[lowest.indices]
        if stretch > 0:
            Y.addr_(Y @ normal, normal, alpha=1.0 / stretch - 1.0)
            pool = F.normalize(pool + (stretch - 1.0) * (pool @ normal).outer(normal), dim=1)
            normal = normal.double()
            factor = factor + (stretch - 1.0) * (factor @ normal).outer(normal)
    return DeepScatter(best, depth, max_iter, False)


def _find_slabs(rows: Tensor, pool: Tensor, rng: torch.Generator) -> Tensor:
    """Return directions of slabs with few rows outside, and of some with few inside."""
    axes = _axes(rows).mT
    # Where a cluster pulls: most directions do not lead there.
    towards = F.normalize(F.normalize(rows, dim=1).mean(dim=0, keepdim=True), dim=1)
    fresh = random_directions(rows, 4, rng)
    # A far clump is inside of slabs that are orthogonal to it, and hardly of any other.
    weights = torch.linalg.vector_norm(rows, dim=1)
    far = F.normalize(rows[torch.multinomial(weights, 2, generator=rng)], dim=1)
    fresh[:2] = F.normalize(fresh[:2] - (fresh[:2] * far).sum(dim=1, keepdim=True) * far, dim=1)
    starts = torch.cat([fresh[:2], pool[:_N_FOLLOWED], axes[:1], axes[-1:], towards, fresh[2:]])
    angles = torch.full((len(starts), 1), _FIRST_TURN).to(rows)
    # What is close already would be lost by a large turn.
    angles[:2], angles[2 : 2 + _N_FOLLOWED] = _NARROW_TURN, _NEXT_TURN
    turned = _turn(rows, torch.cat([starts, starts]), torch.cat([angles, -angles]))
    return torch.cat([starts, turned])


def _start(Z: Tensor) -> tuple[Tensor, Tensor] | None:
    """Return a factor along whose axes the medians of the projections are one, and coordinates."""
    factor = torch.eye(Z.shape[1]).to(Z)
    for _ in range(_N_ROUNDS):
        axes = _axes(Z)
        widths = coordinate_median((Z @ axes).abs_())
        if not bool((widths > _SINGULAR * widths.amax()).all()):
            return None
        Z = (Z @ axes) / widths
        factor = factor @ (axes * widths)
    return factor, Z


def _pull_in(Y: Tensor) -> Tensor:
    """Move rows that are far outside of every slab nearer; only their direction matters."""
    reach = Y.abs().amax(dim=1, keepdim=True)
    return Y / (reach / _FARTHEST).clamp(min=1.0)


def _axes(Z: Tensor) -> Tensor:
    """Return the principal axes of the rows' directions, the narrowest first."""
    signs = F.normalize(Z, dim=1)
    axes: Tensor = torch.linalg.eigh(signs.mT @ signs / len(Z)).eigenvectors
    return axes


def _turn(rows: Tensor, normals: Tensor, angles: Tensor) -> Tensor:
    """Turn unit normals so that fewer rows lie outside of their slabs; inside for negative ones."""
    for turn in range(_N_TURNS):
        # Wide at first, to feel a cluster that is far from the edge.
        width = _WIDTH * max(1.0, _WIDER * _DECAY**turn)
        along = rows @ normals.mT
        outside = torch.sigmoid((along.abs() - 1.0) / width)
        gradient = (outside * (1 - outside) * along.sign()).mT @ rows
        tangent = gradient - (gradient * normals).sum(dim=1, keepdim=True) * normals
        step = angles * _DECAY**turn
        normals = F.normalize(normals - step * F.normalize(tangent, dim=1), dim=1)
    return normals
