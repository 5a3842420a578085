"""Matrix depth from above: the worst slab among many directions.

For any number of features, on any device. Directions are looked for in coordinates in which the
bulk is round: random ones, differences of rows, principal axes of the bulk and of each scatter,
and then ever smaller changes of the worst, at random and along the gradient of a smoothed count.
"""

import torch
from torch import Tensor

from robustgan.depth.directions import draw, draw_shared, normalize
from robustgan.depth.units import MOST_STRETCH, round_mapping

# Numbers in one block of projections, whatever n and the number of directions are.
_BLOCK = 2**22
# Directions of a scatter that are refined, and how often.
_N_KEPT = 4
_N_ROUNDS = 12
# Steps of a direction of length one, in the first round and in the last.
_FIRST_STEP, _LAST_STEP = 0.6, 0.02
# Fewer scatters than this are compared one by one; for more it pays to sort the projections.
_FEW = 16


def count_by_slabs(
    scatters: Tensor, Z: Tensor, *, n_directions: int, rng: torch.Generator
) -> Tensor:
    """Count the rows in the emptier of slab and complement, for the worst slab found.

    Parameters
    ----------
    scatters : Tensor of shape (n_scatters, n_features, n_features)
        Symmetric, not negative definite; in float64, on the device of ``Z``.
    Z : Tensor of shape (n_samples, n_features)
        The sample about its centre, in units of the bulk, in float64.
    n_directions : int
        Directions shared by all scatters, and tried again about as often in the refinement of
        each.
    rng : torch.Generator
        Source of the directions, on any device.

    Returns
    -------
    counts : Tensor of shape (n_scatters,)
        Integers in [0, n_samples]; never below the exact counts but for rounding.
    """
    mapping = round_mapping(Z)
    Y = Z @ mapping
    counts = torch.empty(len(scatters), dtype=torch.int64, device=Y.device)
    n_tries = -(-n_directions // (_N_ROUNDS * _N_KEPT)) + 1
    shared = _draw_all(Y, n_directions, rng)
    step = max(1, _BLOCK // (max(Y.shape) * _N_KEPT * (n_tries + 2) + Y.shape[1] ** 2))
    for first in range(0, len(scatters), step):
        G = mapping.mT @ scatters[first : first + step] @ mapping
        fewest, kept = _search_shared(G, Y, shared)
        counts[first : first + step] = _refine(G, Y, (fewest, kept), n_tries, rng)
    return counts


def _draw_all(Y: Tensor, n_directions: int, rng: torch.Generator) -> Tensor:
    """Draw the shared directions and add the axes of the bulk."""
    axes = torch.eye(Y.shape[1]).to(Y)
    return torch.cat([axes, draw_shared(Y, n_directions, rng)])


def _widths(G: Tensor, U: Tensor) -> Tensor:
    """Return half of the width of each scatter's slab along its directions, (..., n)."""
    return ((U @ G) * U).sum(dim=-1).clamp(min=0.0).sqrt()


def _slack(widths: Tensor) -> Tensor:
    """Bound the rounding of projections: rows on the boundary must not be lost to it."""
    return 1e-15 * MOST_STRETCH * (1.0 + widths)


def _search_shared(G: Tensor, Y: Tensor, shared: Tensor) -> tuple[Tensor, Tensor]:
    """Return the fewest rows of each scatter along shared directions, and the best of those."""
    # The axes of a scatter are where it is too wide or too narrow for a round bulk.
    axes = torch.linalg.eigh(G).eigenvectors.mT
    kept = torch.cat([axes[:, :_N_KEPT], axes[:, -_N_KEPT:]], dim=1)
    counts = _count_own(G, Y, kept)
    step = max(1, _BLOCK // (len(Y) + len(G) * Y.shape[1]))
    for U in torch.split(shared, step):
        fresh = _count_shared(_widths(G, U.expand(len(G), -1, -1)), Y, U)
        counts = torch.cat([counts, fresh], dim=1)
        candidates = torch.cat([kept, U.expand(len(G), -1, -1)], dim=1)
        counts, chosen = counts.topk(min(_N_KEPT, counts.shape[1]), dim=1, largest=False)
        kept = candidates.take_along_dim(chosen[..., None], dim=1)
    return counts.amin(dim=1), kept


def _count_shared(widths: Tensor, Y: Tensor, U: Tensor) -> Tensor:
    """Count the rows in the emptier of each slab and its complement, along shared directions."""
    sizes = (U @ Y.mT).abs_()
    slack = _slack(widths)
    if len(widths) < _FEW:
        pairs = zip(widths, slack, strict=True)
        return torch.stack([_emptier(sizes, width, s) for width, s in pairs])
    sizes = sizes.sort(dim=1).values
    n_less = torch.searchsorted(sizes, (widths - slack).mT.contiguous())
    n_up_to = torch.searchsorted(sizes, (widths + slack).mT.contiguous(), right=True)
    return torch.minimum(n_up_to, len(Y) - n_less).mT.contiguous()


def _emptier(sizes: Tensor, widths: Tensor, slack: Tensor) -> Tensor:
    """Count along each direction what is inside and what is outside, and take the less."""
    n_inside = (sizes <= (widths + slack)[:, None]).sum(dim=1)
    n_outside = (sizes >= (widths - slack)[:, None]).sum(dim=1)
    return torch.minimum(n_inside, n_outside)


def _count_own(G: Tensor, Y: Tensor, U: Tensor) -> Tensor:
    """Count along directions of each scatter's own, block by block."""
    widths = _widths(G, U).reshape(-1)
    flat, slack = U.reshape(-1, U.shape[-1]), _slack(widths)
    counts = torch.empty(len(flat), dtype=torch.int64, device=Y.device)
    step = max(1, _BLOCK // len(Y))
    for first in range(0, len(flat), step):
        block = slice(first, first + step)
        counts[block] = _emptier((flat[block] @ Y.mT).abs_(), widths[block], slack[block])
    return counts.reshape(U.shape[:-1])


def _refine(
    G: Tensor, Y: Tensor, best: tuple[Tensor, Tensor], n_tries: int, rng: torch.Generator
) -> Tensor:
    """Change the kept directions of each scatter in ever smaller steps and return the counts."""
    fewest, kept = best
    n_features = Y.shape[1]
    for index in range(_N_ROUNDS):
        size = _FIRST_STEP * (_LAST_STEP / _FIRST_STEP) ** (index / (_N_ROUNDS - 1))
        noise = draw((len(G), kept.shape[1], n_tries, n_features), Y, rng)
        moved = kept[:, :, None] + (size / n_features**0.5) * noise
        slopes = _slopes(G, Y, kept)
        turned = [kept, kept - size * slopes, kept + size * slopes, moved.flatten(1, 2)]
        tried = normalize(torch.cat(turned, dim=1))
        counts = _count_own(G, Y, tried)
        fewest = torch.minimum(fewest, counts.amin(dim=1))
        chosen = counts.topk(min(_N_KEPT, counts.shape[1]), dim=1, largest=False).indices
        kept = tried.take_along_dim(chosen[..., None], dim=1)
    return fewest


def _slopes(G: Tensor, Y: Tensor, U: Tensor) -> Tensor:
    """Return the directions, of length one, in which a smoothed count outside grows fastest."""
    widths = _widths(G, U)
    pull = torch.empty_like(U)
    # A bandwidth of the order that is usual for derivatives, in units of the bulk.
    bandwidth = len(Y) ** -0.2
    inward = (U @ G) / widths.clamp(min=1e-300)[..., None]
    step = max(1, _BLOCK // (len(Y) * U.shape[1]))
    for first in range(0, len(U), step):
        block = slice(first, first + step)
        along = U[block] @ Y.mT
        weights = along.abs().sub_(widths[block, :, None]).div_(bandwidth)
        weights = weights.square_().mul_(-0.5).exp_()
        pull[block] = (weights * along.sign_()) @ Y
        pull[block] -= weights.sum(dim=-1, keepdim=True) * inward[block]
    return normalize(pull - (pull * U).sum(dim=-1, keepdim=True) * U)
