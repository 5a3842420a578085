"""Whether measurements tell the signals of a generator apart: the restricted eigenvalue."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from robustgan._bridge import make_seeds, resolve_device, to_array
from robustgan.recovery.operators import check_counts
from robustgan.recovery.search import Generator, Search, descend, draw_latent, generate


@dataclass(frozen=True)
class RestrictedEigenvalue:
    """By how much measuring shrinks the difference of two signals of a generator.

    Attributes
    ----------
    ratios : ndarray of shape (n_pairs,)
        ``|A (G(z) - G(z'))| / |G(z) - G(z')|`` of pairs drawn from the prior, increasing.
    smallest : float
        The least ratio found by descent from the smallest of them: an upper bound of the ``gamma``
        for which ``A`` satisfies the condition with no slack.
    pair : ndarray of shape (2, n_latent)
        The latent vectors of ``smallest``.
    """

    ratios: NDArray[np.float64]
    smallest: float
    pair: NDArray[np.float64]


def restricted_eigenvalue(
    A: object,
    generator: Generator,
    n_latent: int,
    *,
    n_pairs: int = 1000,
    n_starts: int = 32,
    n_steps: int = 300,
    learning_rate: float = 0.05,
    device: str = "cpu",
    random_state: object = None,
) -> RestrictedEigenvalue:
    """Look for the two signals of a generator that measurements tell apart least.

    Parameters
    ----------
    A : array-like of shape (n_measurements, n_pixels)
        The measurements.
    generator : callable
        As in `GenerativeRecovery`.
    n_latent : int
        Numbers in a latent vector.
    n_pairs : int, default=1000
        Pairs of standard normal latent vectors to look at.
    n_starts : int, default=32
        The worst of them, from which the ratio is descended; latent vectors stay within twice the
        prior's typical length, ``2 sqrt(n_latent)``.
    n_steps : int, default=300
        Of Adam.
    learning_rate : float, default=0.05
        Of Adam.
    device : str, default='cpu'
        Where the generator is.
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator, default=None
        Of the pairs.

    Returns
    -------
    found : RestrictedEigenvalue

    Raises
    ------
    ValueError
        If ``A`` is not a finite matrix, a number is not positive, or the signals do not fit ``A``.

    Notes
    -----
    The set-restricted eigenvalue condition S-REC(gamma, delta) of [1]_ asks for
    ``|A (x - x')| >= gamma |x - x'| - delta`` for all signals ``x, x'`` of the generator. A search
    cannot prove it; it can refute it. For a linear generator the least ratio is the smallest
    singular value of ``A`` on its range.

    References
    ----------
    .. [1] Bora, A., Jalal, A., Price, E. and Dimakis, A. G. (2017). Compressed sensing using
       generative models. ICML. Definition 1. doi:10.48550/arXiv.1703.03208

    Examples
    --------
    >>> import torch
    >>> from robustgan.recovery import gaussian_operator
    >>> directions = torch.randn(3, 50, generator=torch.Generator().manual_seed(0))
    >>> A = gaussian_operator(20, 50, random_state=0)
    >>> found = restricted_eigenvalue(A, lambda z: z @ directions, 3, n_steps=50, random_state=0)
    >>> bool(0 < found.smallest <= found.ratios[0])
    True
    """
    check_counts(n_latent=n_latent, n_pairs=n_pairs, n_starts=n_starts, n_steps=n_steps)
    matrix = np.asarray(A, dtype=np.float64)
    if matrix.ndim != 2 or not matrix.size or not np.isfinite(matrix).all():
        raise ValueError(f"A must be a finite matrix, got an array of shape {matrix.shape}.")
    where = resolve_device(device)
    operator = torch.tensor(matrix, dtype=torch.float32, device=where)

    def log_ratio(pairs: Tensor) -> Tensor:
        signals = generate(generator, pairs.reshape(-1, n_latent), operator.shape[1])
        difference = torch.subtract(*signals.view(len(pairs), 2, -1).unbind(dim=1))
        least = torch.finfo(difference.dtype).tiny
        measured = (difference @ operator.T).square().sum(dim=1).clamp(min=least)
        return 0.5 * (measured.log() - difference.square().sum(dim=1).clamp(min=least).log())

    radius = 2 * sqrt(n_latent)

    def shorten(pairs: Tensor) -> None:
        pairs.mul_((radius / pairs.norm(dim=2, keepdim=True)).clamp(max=1.0))

    drawn = draw_latent(make_seeds(random_state, n_pairs), 2 * n_latent, where)
    pairs = drawn.view(n_pairs, 2, n_latent)
    with torch.no_grad():
        ratios = log_ratio(pairs).exp()
    worst = pairs[ratios.argsort()[:n_starts]]
    ended = descend(worst, log_ratio, Search(n_steps, learning_rate), constrain=shorten)
    with torch.no_grad():
        found = torch.cat([log_ratio(ended), log_ratio(worst)]).exp()
    best = int(found.argmin())
    pair = torch.cat([ended, worst])[best]
    return RestrictedEigenvalue(np.sort(to_array(ratios)), float(found[best]), to_array(pair))
