"""Halfspace depth from above: the emptiest halfspace among many directions.

For any number of features, on any device. A direction counts the rows of one halfspace, so
the best of any number of directions is never below the true depth. Good ones are looked for in
coordinates in which the bulk is round: random ones, differences of rows, away from the centre,
and then ever smaller changes of the best, at random and along the gradient of a smoothed depth.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from robustgan.depth.units import MOST_STRETCH, find_units, round_mapping, to_units

# Numbers in one block of projections, whatever n and the number of directions are.
_BLOCK = 2**22
# Directions of a point that are refined, and how often.
_N_KEPT = 4
_N_ROUNDS = 12
# Rows that a refined direction tries to leave behind, and how far, in units of the turn.
_N_DROPPED = 8
_BEYOND = 0.05
# Steps of a direction of length one, in the first round and in the last.
_FIRST_STEP, _LAST_STEP = 0.6, 0.02
# Fewer points than this are compared one by one; for more it pays to sort the projections.
_FEW = 16


def count_by_directions(
    points: Tensor, X: Tensor, *, n_directions: int, rng: torch.Generator
) -> Tensor:
    """Count the rows in the emptiest halfspace found that contains each point.

    Parameters
    ----------
    points : Tensor of shape (n_points, n_features)
        In float64, on the device of ``X``.
    X : Tensor of shape (n_samples, n_features)
        In float64.
    n_directions : int
        Directions shared by all points, and tried again about as often in the refinement of
        each point.
    rng : torch.Generator
        Source of the directions, on any device.

    Returns
    -------
    counts : Tensor of shape (n_points,)
        Integers in [0, n_samples]; never below the exact counts but for rounding.
    """
    Y, Q = _round_out(X, points)
    # Rows that are the point, or on the boundary, must not be lost to rounding.
    slack = 1e-15 * MOST_STRETCH * (1.0 + torch.linalg.vector_norm(Q, dim=-1))
    counts, kept = _search_shared(Q, Y, slack, n_directions, rng)
    n_tries = -(-n_directions // (_N_ROUNDS * _N_KEPT)) + 1
    step = max(1, _BLOCK // (max(Y.shape) * _N_KEPT * (n_tries + _N_DROPPED)))
    for first in range(0, len(Q), step):
        block = slice(first, first + step)
        best = counts[block].amin(dim=1), kept[block]
        counts[block, 0] = _refine(Q[block], Y, slack[block], best, n_tries, rng)
    return counts.amin(dim=1)


def _round_out(X: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    """Map the sample and the points so that the bulk is round and of unit size about 0."""
    units = find_units(X)
    Z, P = to_units(X, *units), to_units(points, *units)
    mapping = round_mapping(Z)
    return Z @ mapping, P @ mapping


def draw(size: tuple[int, ...], like: Tensor, rng: torch.Generator) -> Tensor:
    """Draw Gaussian noise where the generator lives and bring it to the device."""
    noise = torch.randn(size, generator=rng, device=rng.device, dtype=torch.float64)
    return noise.to(like.device)


def normalize(U: Tensor) -> Tensor:
    """Give every direction the length one; what has none points along the first axis."""
    U = U / U.abs().amax(dim=-1, keepdim=True).clamp(min=1e-300)
    first = torch.zeros_like(U)
    first[..., 0] = 1.0
    U = torch.where((U == 0).all(dim=-1, keepdim=True), first, U)
    length: Tensor = torch.linalg.vector_norm(U, dim=-1, keepdim=True)
    return U / length


def _search_shared(
    Q: Tensor, Y: Tensor, slack: Tensor, n_directions: int, rng: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return the fewest rows in some directions of each point, and those directions."""
    outwards = normalize(Q)[:, None]
    kept = torch.cat([outwards, -outwards], dim=1)
    counts = _count_own(Q, Y, slack, kept)
    step = max(1, min(n_directions, _BLOCK // (len(Y) + len(Q))))
    for first in range(0, n_directions, step):
        U = draw_shared(Y, min(step, n_directions - first), rng)
        fresh = _count_shared(Q, Y, slack, U)
        counts, candidates = torch.cat([counts, fresh], dim=1), torch.cat([U, -U])
        n_kept = min(_N_KEPT, counts.shape[1])
        counts, chosen = counts.topk(n_kept, dim=1, largest=False)
        is_fresh = (chosen >= kept.shape[1])[..., None]
        old = kept.take_along_dim(chosen.clamp(max=kept.shape[1] - 1)[..., None], dim=1)
        new = candidates[(chosen - kept.shape[1]).clamp(min=0)]
        kept = torch.where(is_fresh, new, old)
    return counts, kept


def draw_shared(Y: Tensor, n: int, rng: torch.Generator) -> Tensor:
    """Draw directions: half of them at random, half differences of two rows."""
    U = draw((n, Y.shape[1]), Y, rng)
    pairs = torch.randint(len(Y), (2, n // 2), generator=rng, device=rng.device).to(Y.device)
    differences = normalize(Y[pairs[0]] - Y[pairs[1]])
    return torch.cat([normalize(U[n // 2 :]), differences])


def _count_shared(Q: Tensor, Y: Tensor, slack: Tensor, U: Tensor) -> Tensor:
    """Count the rows beyond each point along each of U, and then along each of -U."""
    along = (Y @ U.mT).mT.contiguous()
    levels = (Q @ U.mT).mT
    if len(Q) < _FEW:
        above = [(along >= (level - s)[:, None]).sum(1) for level, s in _columns(levels, slack)]
        below = [(along <= (level + s)[:, None]).sum(1) for level, s in _columns(levels, slack)]
        return torch.cat([torch.stack(above), torch.stack(below)], dim=1)
    along = along.sort(dim=1).values
    n_less = torch.searchsorted(along, (levels - slack).contiguous())
    n_up_to = torch.searchsorted(along, (levels + slack).contiguous(), right=True)
    return torch.cat([len(Y) - n_less, n_up_to]).mT.contiguous()


def _columns(levels: Tensor, slack: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Pair the levels of each point with its slack."""
    return zip(levels.unbind(1), slack.unbind(0), strict=True)


def _count_own(Q: Tensor, Y: Tensor, slack: Tensor, U: Tensor) -> Tensor:
    """Count the rows beyond each point along directions of its own, block by block."""
    flat = U.reshape(-1, U.shape[-1])
    levels = ((Q[:, None] * U).sum(dim=-1) - slack[:, None]).reshape(-1)
    counts = torch.empty(len(flat), dtype=torch.int64, device=Y.device)
    step = max(1, _BLOCK // len(Y))
    for first in range(0, len(flat), step):
        block = slice(first, first + step)
        counts[block] = (flat[block] @ Y.mT >= levels[block, None]).sum(dim=1)
    return counts.reshape(U.shape[:-1])


def _refine(
    Q: Tensor,
    Y: Tensor,
    slack: Tensor,
    best: tuple[Tensor, Tensor],
    n_tries: int,
    rng: torch.Generator,
) -> Tensor:
    """Change the kept directions of each point in ever smaller steps and return the counts."""
    fewest, kept = best
    n_features = Y.shape[1]
    for index in range(_N_ROUNDS):
        size = _FIRST_STEP * (_LAST_STEP / _FIRST_STEP) ** (index / (_N_ROUNDS - 1))
        noise = draw((len(Q), kept.shape[1], n_tries, n_features), Y, rng)
        moved = kept[:, :, None] + (size / n_features**0.5) * noise
        slopes, dropping = _look_around(Q, Y, slack, kept)
        downhill = kept - size * slopes
        tried = torch.cat([kept, downhill, dropping, moved.flatten(1, 2)], dim=1)
        tried = normalize(tried)
        counts = _count_own(Q, Y, slack, tried)
        fewest = torch.minimum(fewest, counts.amin(dim=1))
        chosen = counts.topk(min(_N_KEPT, counts.shape[1]), dim=1, largest=False).indices
        kept = tried.take_along_dim(chosen[..., None], dim=1)
    return fewest


def _look_around(Q: Tensor, Y: Tensor, slack: Tensor, kept: Tensor) -> tuple[Tensor, Tensor]:
    """Return how a smoothed count grows fastest, and turns that drop one row each.

    The slopes have length one. The rows dropped are those inside that are seen at the smallest
    angles with the boundary.
    """
    n_dropped = min(_N_DROPPED, len(Y))
    slopes = torch.empty_like(kept)
    dropping = kept.new_empty(len(kept), kept.shape[1], n_dropped, kept.shape[2])
    step = max(1, _BLOCK // (len(Y) * kept.shape[1]))
    for first in range(0, len(Q), step):
        block = slice(first, first + step)
        U, origin = kept[block], Q[block, None]
        offsets = U @ Y.mT - (U * origin).sum(dim=-1, keepdim=True)
        # A bandwidth of the order that is usual for derivatives, in units of the bulk.
        width = len(Y) ** -0.2
        weights = torch.exp(-0.5 * (offsets / width).square())
        pull = weights @ Y - weights.sum(dim=-1, keepdim=True) * origin
        slopes[block] = pull - (pull * U).sum(dim=-1, keepdim=True) * U
        angles = offsets / torch.cdist(Q[block], Y)[:, None].clamp(min=1e-300)
        angles = torch.where(offsets > slack[block, None, None], angles, torch.inf)
        rows = Y[angles.topk(n_dropped, dim=-1, largest=False).indices] - origin[:, None]
        rows = normalize(rows)
        heights = (rows * U[:, :, None]).sum(dim=-1, keepdim=True)
        dropping[block] = U[:, :, None] - (1.0 + _BEYOND) * heights * rows
    return normalize(slopes), dropping.flatten(1, 2)
