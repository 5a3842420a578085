"""Compressed sensing with a generator: the image is one that the generator can draw."""

from numbers import Integral, Real
from typing import Self

import numpy as np
import torch
from sklearn.base import BaseEstimator
from torch import Tensor

from robustgan._bridge import make_seeds, resolve_device, to_array
from robustgan.recovery.operators import check_measurements
from robustgan.recovery.search import (
    Generator,
    Search,
    descend,
    draw_latent,
    generate,
    robust_scale,
)

LOSSES = ("squared", "robust")
ESTIMATES = ("mode", "mean")
# A measurement this many robust standard deviations off is left out: one clean one in 370.
_CUT = 3.0


class GenerativeRecovery(BaseEstimator):
    """Recover images from a few linear measurements by the range of a generator.

    Minimises ``|b - A G(z)|^2 + penalty |z|^2`` over ``z`` [1]_, from several random starts and
    for all images at once.

    Parameters
    ----------
    generator : callable
        ``G``: maps latent vectors, a float32 tensor of shape (n, n_latent), to signals of shape
        (n, n_pixels) or (n, ...), differentiably and row by row. A module should be in evaluation
        mode.
    n_latent : int
        Numbers in ``z``.
    penalty : float, default=0.001
        Not negative. The larger, the nearer to the middle of a standard normal prior.
    loss : {'squared', 'robust'}, default='squared'
        ``'robust'`` withstands gross errors in some measurements: a Huber loss searches,
        measurements that it leaves more than 3 robust standard deviations off are left out, and
        the rest is fitted by squares.
    estimate : {'mode', 'mean'}, default='mode'
        What is made of the ends of all restarts: the one of least loss, or their mean by weights
        ``exp(-loss / (2 penalty))``. Where ``z`` is standard normal and ``penalty`` is the variance
        of a measurement's error, those are the posterior's densities: where few measurements leave
        several images possible, their mean has the smaller squared error, and less contrast.
    n_restarts : int, default=10
        Random starts of each image.
    n_steps : int, default=500
        Of Adam, rounded up to whole epochs of 25.
    learning_rate : float, default=0.1
        Of Adam.
    device : str, default='cpu'
        Where the generator is.
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator, default=None
        Of the starts.

    Attributes
    ----------
    signal_ : ndarray of shape (n_images, n_pixels) or (n_pixels,)
        The images, one for each row of ``b``.
    latent_ : ndarray of shape (n_images, n_latent) or (n_latent,)
        The latent vectors of least loss.
    loss_ : ndarray of shape (n_images,) or float
        Their loss, over the measurements that were not left out.
    is_outlier_ : ndarray of shape (n_images, n_measurements) or (n_measurements,)
        Measurements that were left out; none with squared loss.

    References
    ----------
    .. [1] Bora, A., Jalal, A., Price, E. and Dimakis, A. G. (2017). Compressed sensing using
       generative models. ICML. Equation 3. doi:10.48550/arXiv.1703.03208
    .. [2] Huber, P. J. (1964). Robust estimation of a location parameter. Annals of Mathematical
       Statistics 35, 73-101. doi:10.1214/aoms/1177703732

    Examples
    --------
    >>> import numpy as np, torch
    >>> from robustgan.recovery import gaussian_operator
    >>> directions = torch.randn(3, 50, generator=torch.Generator().manual_seed(0))
    >>> image = (torch.tensor([1.0, -0.5, 2.0]) @ directions).numpy()
    >>> A = gaussian_operator(10, 50, random_state=0)
    >>> recovery = GenerativeRecovery(lambda z: z @ directions, 3, penalty=0, random_state=0)
    >>> bool(np.allclose(recovery.fit(A, A @ image).signal_, image, atol=1e-2))
    True
    """

    def __init__(
        self,
        generator: Generator,
        n_latent: int,
        *,
        penalty: float = 0.001,
        loss: str = "squared",
        estimate: str = "mode",
        n_restarts: int = 10,
        n_steps: int = 500,
        learning_rate: float = 0.1,
        device: str = "cpu",
        random_state: object = None,
    ) -> None:
        self.generator = generator
        self.n_latent = n_latent
        self.penalty = penalty
        self.loss = loss
        self.estimate = estimate
        self.n_restarts = n_restarts
        self.n_steps = n_steps
        self.learning_rate = learning_rate
        self.device = device
        self.random_state = random_state

    def fit(self, A: object, b: object) -> Self:
        """Recover the images that were measured.

        Parameters
        ----------
        A : array-like of shape (n_measurements, n_pixels)
            The measurements, the same for all images.
        b : array-like of shape (n_images, n_measurements) or (n_measurements,)
            Their results.

        Returns
        -------
        self : GenerativeRecovery

        Raises
        ------
        ValueError
            If shapes do not fit, a value is missing or infinite, or a parameter will not do.
        DivergenceError
            If the loss is not finite.
        """
        self._check_parameters()
        matrix, measured, is_one = check_measurements(A, b)
        device = resolve_device(self.device)
        operator = torch.tensor(matrix, dtype=torch.float32, device=device)
        target = torch.tensor(measured, dtype=torch.float32, device=device)
        problem = _Problem(self.generator, operator, target, float(self.penalty))
        # The seeds of an image do not depend on how many there are.
        seeds = make_seeds(self.random_state, len(measured) * self.n_restarts)
        start = draw_latent(seeds, self.n_latent, device)
        search = Search(self.n_steps, self.learning_rate)
        ends, kept = self._ends(problem, start, search)
        latent = problem.best(ends, kept=kept)
        loss, signal = problem.evaluate(latent, kept=kept)
        if self.estimate == "mean":
            signal = problem.mean_signal(ends, kept=kept)
        found = (to_array(signal), to_array(latent), to_array(loss), to_array(kept) == 0)
        self.signal_, self.latent_, self.loss_, self.is_outlier_ = (
            value[0] if is_one else value for value in found
        )
        return self

    def _ends(self, problem: "_Problem", start: Tensor, search: Search) -> tuple[Tensor, Tensor]:
        """Return where restarts end, as many in a row for each image, and what is kept of b."""
        everything = torch.ones_like(problem.target)
        if self.loss == "squared":
            return problem.descend(start, search, kept=everything), everything
        best, kept = self._fit_robustly(problem, start, search)
        if self.estimate == "mode":
            return best, kept
        others = problem.descend(start, search, kept=kept).view(len(best), -1, self.n_latent)
        return torch.cat([best[:, None], others], dim=1).flatten(0, 1), kept

    def _fit_robustly(
        self, problem: "_Problem", start: Tensor, search: Search
    ) -> tuple[Tensor, Tensor]:
        """Search by a Huber loss, twice; leave out what is far off; refit by squares, twice."""
        # Before the first search, what the middle of the prior leaves unexplained is the scale.
        scale = robust_scale(problem.residual(torch.zeros_like(start[: problem.n_images])), 0)
        refine = Search(max(1, self.n_steps // 2), self.learning_rate / 4)
        ends = problem.descend(start, search, scale=scale / 10)
        latent = problem.best(ends, scale=scale / 10)
        for _ in range(2):
            scale = robust_scale(problem.residual(latent), self.n_latent)
            latent = problem.descend(latent, refine, scale=scale)
        kept = torch.ones_like(problem.target)
        for _ in range(2):
            residual = problem.residual(latent)
            scale = robust_scale(residual, self.n_latent)
            kept = (residual.abs() <= _CUT * scale).to(residual.dtype)
            latent = problem.descend(latent, refine, kept=kept)
        return latent, kept

    def _check_parameters(self) -> None:
        if not callable(self.generator):
            raise TypeError(f"generator must be callable, got {self.generator!r}.")
        for name in ("n_latent", "n_restarts", "n_steps"):
            value = getattr(self, name)
            if not isinstance(value, Integral) or value < 1:
                raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}.")
        if not isinstance(self.penalty, Real) or not 0 <= self.penalty < np.inf:
            raise ValueError(f"penalty must lie in [0, inf), got {self.penalty!r}.")
        if not isinstance(self.learning_rate, Real) or not 0 < self.learning_rate < np.inf:
            raise ValueError(f"learning_rate must lie in (0, inf), got {self.learning_rate!r}.")
        if self.loss not in LOSSES:
            raise ValueError(f"loss must be 'squared' or 'robust', got {self.loss!r}.")
        if self.estimate not in ESTIMATES:
            raise ValueError(f"estimate must be 'mode' or 'mean', got {self.estimate!r}.")
        if self.estimate == "mean" and not self.penalty:
            raise ValueError(
                "penalty must be above 0 with estimate='mean', got 0. It is the variance of a "
                "measurement's error; or take estimate='mode'."
            )


class _Problem:
    """The losses of latent vectors, a fixed number of restarts in a row for each image."""

    def __init__(
        self, generator: Generator, operator: Tensor, target: Tensor, penalty: float
    ) -> None:
        self._generator, self._operator, self._penalty = generator, operator, penalty
        self.target = target
        self.n_images = len(target)

    def residual(self, latent: Tensor) -> Tensor:
        """Return what is measured less what is generated, of shape (n_images, n_measurements)."""
        with torch.no_grad():
            signal = generate(self._generator, latent, self._operator.shape[1])
            return self.target - signal @ self._operator.T

    def descend(
        self,
        start: Tensor,
        search: Search,
        *,
        kept: Tensor | None = None,
        scale: Tensor | None = None,
    ) -> Tensor:
        """Descend from every start, of shape (n_images * n_restarts, n_latent)."""
        return descend(start, lambda z: self._losses(z, kept, scale)[0], search)

    @torch.no_grad()
    def best(
        self, ends: Tensor, *, kept: Tensor | None = None, scale: Tensor | None = None
    ) -> Tensor:
        """Return each image's latent vector of least loss, of shape (n_images, n_latent)."""
        loss = self._losses(ends, kept, scale)[0].view(self.n_images, -1)
        rows = torch.arange(self.n_images, device=loss.device)
        return ends.view(*loss.shape, -1)[rows, loss.argmin(dim=1)]

    @torch.no_grad()
    def mean_signal(self, ends: Tensor, *, kept: Tensor) -> Tensor:
        """Return the mean of each image's signals, weighted by the posterior's density."""
        loss, signal = self._losses(ends, kept, None)
        weight = torch.softmax(-loss.view(self.n_images, -1) / (2 * self._penalty), dim=1)
        return torch.einsum("ir,irp->ip", weight, signal.view(*weight.shape, -1))

    @torch.no_grad()
    def evaluate(self, latent: Tensor, *, kept: Tensor) -> tuple[Tensor, Tensor]:
        """Return losses and signals of one latent vector an image."""
        return self._losses(latent, kept, None)

    def _losses(
        self, latent: Tensor, kept: Tensor | None, scale: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Return losses (R,) and signals (R, n_pixels)."""
        n_restarts = len(latent) // self.n_images
        signal = generate(self._generator, latent, self._operator.shape[1])
        residual = self.target.repeat_interleave(n_restarts, dim=0) - signal @ self._operator.T
        squares = residual.square()
        if scale is not None:
            # Smooth; the square near zero, linear beyond the scale.
            width = scale.repeat_interleave(n_restarts, dim=0).square()
            squares = 2 * width * ((1 + squares / width).sqrt() - 1)
        if kept is not None:
            squares = squares * kept.repeat_interleave(n_restarts, dim=0)
        return squares.sum(dim=1) + self._penalty * latent.square().sum(dim=1), signal
