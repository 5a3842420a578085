"""Location and scatter of contaminated data from a game of two networks."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import pinvh
from sklearn.covariance import EmpiricalCovariance
from sklearn.utils.validation import check_is_fitted

from robustgan._bridge import make_seeds
from robustgan._bridge.outliers import Contamination
from robustgan._bridge.parameters import check_integer
from robustgan.engine import Callback
from robustgan.estimators.families import Family, FittedLaw, make_family
from robustgan.estimators.jsgan.base import JSGAN
from robustgan.estimators.radial import RadialLaw, StudentRadialLaw
from robustgan.estimators.settings import choose_rank
from robustgan.objectives import Objective


class JSGANScatter(JSGAN, EmpiricalCovariance):
    """Estimate location and scatter of contaminated data by a game, without being told how much.

    The rows are modelled as Huber's mixture ``(1 - contamination) P + contamination Q`` with
    anything for ``Q`` and an elliptical law for ``P``: Gaussian, Student, or of any radius. A
    generator ``x = location + radius A u``, with ``u`` uniform on the sphere, plays against a
    discriminator [1]_ [2]_ from several starts, one of them far out; the law that held-out rows can
    least be told from is kept. Discriminators trained on folds then judge the rows they have not
    seen, against the law of the rows kept so far, and the law fitted to the rows that are more
    likely clean than not is the estimate. `JSGANMean` with ``covariance='full'`` is the same
    method for Gaussian rows with fewer rounds.

    Parameters
    ----------
    family : {'gaussian', 'student', 'elliptical'}, default='gaussian'
        Of the clean rows. ``'gaussian'`` takes mean and covariance of the kept rows, ``'student'``
        the maximum likelihood estimate of a multivariate Student law, ``'elliptical'`` learns the
        law of the radius by a monotone network and asks for no moment: Cauchy rows will do.
    df : float or None, default=None
        Degrees of freedom of ``'student'``, positive; None learns them, in [0.5, 200].
    rank : int, 'auto' or None, default='auto'
        Common factors of a Gaussian covariance: a diagonal plus a matrix of this rank is learned.
        ``'auto'`` takes one for 40 rows, at most 10, where there are 200 rows or more but fewer
        than 5 a feature, more features than rows included; else None, any covariance.
    assume_centered : bool, default=False
        Whether the location is known to be zero.
    store_precision : bool, default=True
        Whether ``precision_`` is computed in ``fit``.
    objective : str or Objective, default='one_sided'
        What the players descend; a name in ``robustgan.objectives.OBJECTIVES``.
    hidden_units : sequence of int, default=(16,)
        Widths of the discriminator's hidden layers.
    activation : {'leaky_relu', 'relu', 'sigmoid', 'tanh'}, default='leaky_relu'
        Of the hidden layers.
    discriminator_learning_rate : float, default=0.01
        Of Adam.
    generator_learning_rate : float, default=0.1
        Of gradient descent, for data in units of their scale.
    betas : tuple of float, default=(0.5, 0.99)
        Of Adam.
    weight_penalty : float, default=0.2
        Weight decay of the discriminator: half the squared weights times their fan-in, divided
        by the number of rows.
    last_layer_norm : float or None, default=None
        Most sum of absolute weights of the discriminator's last layer, the class for which the
        papers prove their rates; None leaves it free.
    batch_size : int, default=256
        Rows a step; at most all.
    max_iter : int, default=80
        Most epochs of 100 steps. A fit usually ends after 28 to 50.
    tol : float, default=0.1
        Change of the tracked law, from epoch to epoch and in units of its sampling error
        ``scale / sqrt(n_samples)``, that counts as none. The search also ends when it changes
        no more than its own noise explains.
    n_init : int, default=2
        Games side by side. The first, the third, ... start at robust scales of the robust principal
        axes; the second, the fourth, ... at three times that, outside of the data.
    n_folds : int or 'auto', default='auto'
        Folds for honest judging, at least 2; ``'auto'`` takes 5 below 200 rows a feature, else
        2.
    n_refinements : int, default=4
        Rounds of judging, at least 1: each trains the judges against the law of the rows kept so
        far.
    reweight : bool, default=True
        Whether the estimates are those of the kept rows. If not, they are the game's own.
    contamination : 'auto' or float in (0, 0.5], default='auto'
        Share of the training rows that `predict` flags. ``'auto'`` flags by ``alpha``. The
        estimates do not depend on it.
    alpha : float, default=0.025
        False-positive rate of `predict`: the share of fresh clean rows that are flagged, in
        (0, 0.5]. Where a classical estimate stands in for a game, that estimate's own cut-off
        is used until `recalibrate` is called.
    adjust : {'bh'} or None, default=None
        ``'bh'`` makes ``alpha`` the false discovery rate of `predict`: the most expected share of
        clean rows among those that are flagged.
    score_by : {'discriminator', 'mahalanobis', 'both'}, default='discriminator'
        What `score_samples` scores by: the discriminator, the distance from the fitted law, or the
        more suspicious of the two.
    device : str or torch.device, default='auto'
        ``'auto'`` uses the device of a tensor, else CUDA if available, else the CPU.
    random_state : None, int, RandomState or Generator, default=None
        Everything random in a fit comes from it. The global generators are left alone.
    verbose : int, default=0
        1 shows a live bar on standard error with the losses and the time left.
    callbacks : sequence of Callback or None, default=None
        Told of every epoch, see ``robustgan.engine.Callback``. scikit-learn's own callbacks go to
        ``set_callbacks``.

    Attributes
    ----------
    location_ : ndarray of shape (n_features,)
        Centre of the kept rows, in the data's units: their mean for ``'gaussian'``.
    scatter_ : ndarray of shape (n_features, n_features)
        ``A A'`` in the data's units. It is the covariance for ``'gaussian'`` and Student's scatter
        for ``'student'``; for ``'elliptical'``, the median of the squared distances in its metric
        is that of Gaussian rows, so that it is their covariance if they are Gaussian.
    radial_ : RadialLaw
        Law of the radius, the distance from ``location_`` in the metric of ``scatter_``:
        ``quantile(level)``, ``cdf(radius)``, ``sample(n_samples, rng)``, ``mean_square``.
    covariance_ : ndarray of shape (n_features, n_features)
        ``radial_.mean_square / n_features`` times ``scatter_``. Reading it raises AttributeError
        if the fitted law has no second moment.
    precision_ : ndarray of shape (n_features, n_features) or None
        Pseudo-inverse of ``covariance_``, or of ``scatter_`` where there is no covariance; if
        ``store_precision``.
    shape_ : ndarray of shape (n_features, n_features)
        ``scatter_`` divided by the n_features-th root of its determinant, which makes its own
        one; NaN-free also where that is zero, then ``scatter_`` over its mean variance.
    df_ : float
        Degrees of freedom, known or learned; of ``'student'`` only.
    raw_location_, raw_scatter_, raw_covariance_ : ndarray
        The game's own answers, before any row is rejected.
    support_ : ndarray of shape (n_samples,)
        Whether each training row is kept.
    n_iter_ : int
        Epochs of the game.
    converged_ : bool
        Whether the law had settled before ``max_iter`` forced the end, and no other start led to
        another law that fits as well.
    history_ : History or None
        Losses and laws of the game, in units of the start's scale and relative to it. None if no
        game was played.
    discriminator_ : AveragedDiscriminator or None
        Scores rows in the coordinates of the start; on the CPU. None if no game was played.
    contamination_ : float
        Estimated share of outliers: the smallest that explains the rows. What looks like clean rows
        counts as clean.
    contamination_interval_ : tuple of float
        An interval of 95 % for it.
    reference_scores_ : ndarray of shape (20000,)
        Scores of draws from the fitted clean law, sorted; p-values are ranks among them.
    offset_ : float
        Cut-off: rows with a lower score are outliers.
    fallback_ : str or None
        Name of the classical estimate that stands in where the sample is too small for a game.
    n_features_in_ : int
        Number of features seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features seen in ``fit``, if the data had string names.

    See Also
    --------
    JSGANMean : The location alone, with less time and fewer rows.
    sklearn.covariance.MinCovDet : Faster on small samples; follows a cluster that is near or dense.

    Notes
    -----
    The rows that are kept are a clean sample truncated where outliers are likelier, and the few
    outliers that are kept lie on the other side of the same boundary: at a local false discovery
    rate of one half both are as many, and their effects on location and scatter cancel to first
    order. Away from outliers nothing is cut, so no consistency factor is needed.

    For ``'elliptical'``, location and shape of the kept rows are those of the Student law that
    fits them best, an M-estimate whose limits are centre and shape of every elliptical law. The
    quantile function of the radius is log-linear in the logit of the level beyond its last knots,
    so that its tails are power laws of any index.

    With fewer than 200 rows no game is played, nor with fewer than 5 rows a feature unless the
    covariance has common factors: a classical estimate stands in, with a warning, and
    ``fallback_`` names it. For families with heavy tails its scale and
    radius are then fitted to the distances of all rows.

    References
    ----------
    .. [1] Gao, C., Liu, J., Yao, Y. and Zhu, W. (2019). Robust estimation and generative
       adversarial nets. ICLR. doi:10.48550/arXiv.1810.02030
    .. [2] Gao, C., Yao, Y. and Zhu, W. (2020). Generative adversarial nets for robust scatter
       estimation: a proper scoring rule perspective. JMLR 21.

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan import JSGANScatter
    >>> X = np.random.default_rng(0).normal(size=(1000, 3))
    >>> X[:200] += 4.0
    >>> fit = JSGANScatter(random_state=0).fit(X)
    >>> def error(covariance):
    ...     return np.linalg.norm(covariance - np.eye(3), ord=2)
    >>> bool(error(np.cov(X.T)) > 5), bool(error(fit.covariance_) < 0.3)
    (True, True)

    Rows without a mean have a centre and a shape:

    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(1000, 3)) / rng.normal(size=(1000, 1))
    >>> X[:100] += 20.0
    >>> fit = JSGANScatter(family="elliptical", random_state=0).fit(X)
    >>> bool(abs(fit.location_).max() < 0.3), bool(fit.radial_.quantile(0.5) < 3)
    (True, True)
    """

    precision_: NDArray[np.float64] | None
    scatter_: NDArray[np.float64]
    shape_: NDArray[np.float64]
    radial_: RadialLaw
    df_: float
    raw_scatter_: NDArray[np.float64]
    raw_covariance_: NDArray[np.float64]

    def __init__(
        self,
        *,
        family: str = "gaussian",
        df: float | None = None,
        rank: int | str | None = "auto",
        assume_centered: bool = False,
        store_precision: bool = True,
        objective: str | Objective = "one_sided",
        hidden_units: Sequence[int] = (16,),
        activation: str = "leaky_relu",
        discriminator_learning_rate: float = 0.01,
        generator_learning_rate: float = 0.1,
        betas: tuple[float, float] = (0.5, 0.99),
        weight_penalty: float = 0.2,
        last_layer_norm: float | None = None,
        batch_size: int = 256,
        max_iter: int = 80,
        tol: float = 0.1,
        n_init: int = 2,
        n_folds: int | str = "auto",
        n_refinements: int = 4,
        reweight: bool = True,
        contamination: Contamination = "auto",
        alpha: float = 0.025,
        adjust: str | None = None,
        score_by: str = "discriminator",
        device: str | torch.device = "auto",
        random_state: object = None,
        verbose: int = 0,
        callbacks: Sequence[Callback] | None = None,
    ) -> None:
        super().__init__(assume_centered=assume_centered, store_precision=store_precision)
        self.family = family
        self.df = df
        self.rank = rank
        self.objective = objective
        self.hidden_units = hidden_units
        self.activation = activation
        self.discriminator_learning_rate = discriminator_learning_rate
        self.generator_learning_rate = generator_learning_rate
        self.betas = betas
        self.weight_penalty = weight_penalty
        self.last_layer_norm = last_layer_norm
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.n_init = n_init
        self.n_folds = n_folds
        self.n_refinements = n_refinements
        self.reweight = reweight
        self.contamination = contamination
        self.alpha = alpha
        self.adjust = adjust
        self.score_by = score_by
        self.device = device
        self.random_state = random_state
        self.verbose = verbose
        self.callbacks = callbacks

    @property
    def _shape(self) -> str:
        return "full"

    @property
    def _learns_location(self) -> bool:
        return not self.assume_centered

    def _family_for(self, n_samples: int, n_features: int) -> Family:
        rank = self.rank
        if isinstance(rank, str):
            is_gaussian = self.family == "gaussian"
            rank = choose_rank(n_samples, n_features) if is_gaussian else None
        if rank is not None and rank >= n_features:
            raise ValueError(
                f"rank must be below the number of features, {n_features}, got {rank}. None lets "
                "the covariance be any."
            )
        return make_family(self.family, self.df, rank)

    def _set_scatter(self, law: FittedLaw, raw: FittedLaw) -> None:
        # What an earlier fit of another family has left.
        for name in ("covariance_", "raw_covariance_", "df_"):
            self.__dict__.pop(name, None)
        p = law.moments.shape[1]
        family = make_family(self.family, self.df)
        chosen = law if self.reweight else raw
        self.radial_ = family.radial_law(chosen.radius, p)
        self.scatter_ = self._coordinates.covariance(chosen.moments[1:])
        self.raw_scatter_ = self._coordinates.covariance(raw.moments[1:])
        self.shape_ = unit_determinant(self.scatter_)
        if isinstance(self.radial_, StudentRadialLaw):
            self.df_ = self.radial_.df
        if np.isfinite(self.radial_.mean_square):
            self.covariance_ = self.radial_.mean_square / p * self.scatter_
        raw_square = family.radial_law(raw.radius, p).mean_square
        if np.isfinite(raw_square):
            self.raw_covariance_ = raw_square / p * self.raw_scatter_
        self.precision_ = self._invert() if self.store_precision else None

    def _invert(self) -> NDArray[np.float64]:
        varies = self._coordinates.varies
        covariance = getattr(self, "covariance_", self.scatter_)[np.ix_(varies, varies)]
        return self._coordinates.spread(self._coordinates.spread(pinvh(covariance)).T)

    def mahalanobis(self, X: object) -> NDArray[np.float64]:
        """Return squared distances of rows, in the metric of ``covariance_``.

        Of ``scatter_`` where there is no covariance.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The rows.

        Returns
        -------
        squared : ndarray of shape (n_samples,)
        """
        return np.asarray(EmpiricalCovariance.mahalanobis(self, X))

    def get_precision(self) -> NDArray[np.float64]:
        """Return the inverse of ``covariance_``, or of ``scatter_`` where there is no covariance.

        Returns
        -------
        precision : ndarray of shape (n_features, n_features)
        """
        check_is_fitted(self)
        return self._invert() if self.precision_ is None else self.precision_

    def sample(self, n_samples: int = 1, random_state: object = None) -> NDArray[np.float64]:
        """Draw rows from the fitted clean law.

        Parameters
        ----------
        n_samples : int, default=1
            At least 1.
        random_state : None, int, RandomState or Generator, default=None
            Where the draws come from.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features)
            In the data's units.
        """
        check_is_fitted(self)
        check_integer("n_samples", n_samples, 1)
        rng = np.random.default_rng(make_seeds(random_state, 1)[0])
        varies = self._coordinates.varies
        directions = rng.normal(size=(n_samples, int(varies.sum())))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        radii = self.radial_.sample(n_samples, rng)
        variances, axes = np.linalg.eigh(self.scatter_[np.ix_(varies, varies)])
        root = axes * np.sqrt(variances.clip(min=0))
        return self.location_ + self._coordinates.spread((radii[:, None] * directions) @ root.T)

    def __getattr__(self, name: str) -> object:
        # Only where the usual look-up has failed.
        if name in ("covariance_", "raw_covariance_") and "scatter_" in self.__dict__:
            raise AttributeError(
                f"{name} does not exist: the fitted law has no second moment, see radial_. Use "
                "scatter_ or shape_."
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


def unit_determinant(scatter: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale a scatter matrix to determinant one; to unit mean variance if it is singular.

    Parameters
    ----------
    scatter : ndarray of shape (n_features, n_features)
        Symmetric, positive semi-definite.
    """
    sign, log_determinant = np.linalg.slogdet(scatter)
    is_regular = sign > 0 and np.isfinite(log_determinant)
    scale = np.exp(log_determinant / len(scatter)) if is_regular else np.diag(scatter).mean()
    return scatter / float(scale)
