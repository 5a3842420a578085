"""The location of contaminated data from a game of two networks."""

from collections.abc import Sequence

import torch

from robustgan._bridge.outliers import Contamination
from robustgan.engine import Callback
from robustgan.estimators.jsgan.base import JSGAN
from robustgan.objectives import Objective


class JSGANMean(JSGAN):
    """Estimate the location of contaminated data by a game, without being told how much.

    The rows are modelled as Huber's mixture ``(1 - contamination) N(location, covariance) +
    contamination Q`` with anything for ``Q``. A generator with a location to learn plays against
    a discriminator with a hidden layer [1]_ [2]_ and descends the one-sided loss, which looks only
    where the model claims more mass than the data have. Discriminators trained on folds then
    judge the rows they have not seen, and the mean of the rows that are more likely clean than
    not is the estimate.

    Parameters
    ----------
    covariance : {'identity', 'diagonal', 'full'}, default='diagonal'
        What is fitted along with the location: nothing, if the clean rows have unit variances
        and no correlation; the variances; or the whole covariance. Fits with ``'diagonal'`` or
        ``'full'`` follow changes of the columns' units exactly.
    objective : str or Objective, default='one_sided'
        What the players descend; a name in ``robustgan.objectives.OBJECTIVES``.
    hidden_units : sequence of int, default=(16,)
        Widths of the discriminator's hidden layers.
    activation : {'leaky_relu', 'relu', 'sigmoid', 'tanh'}, default='leaky_relu'
        Of the hidden layers.
    discriminator_learning_rate : float, default=0.01
        Of Adam.
    generator_learning_rate : float, default=0.05
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
    max_iter : int, default=60
        Most epochs of 100 steps. A fit usually ends after 20 to 25.
    tol : float, default=0.1
        Change of the tracked location, from epoch to epoch and in units of its sampling error
        ``scale / sqrt(n_samples)``, that counts as none. The search also ends when it changes
        no more than its own noise explains.
    n_init : int, default=1
        Games from different random starts, side by side; what covariance is learned starts three
        times as wide in the second, the fourth, ... The one whose fitted law a held-out
        discriminator tells least from the data is kept.
    n_folds : int or 'auto', default='auto'
        Folds for honest judging, at least 2; ``'auto'`` takes 5 below 200 rows a feature, else
        2.
    n_refinements : int, default=2
        Rounds of judging, at least 1: each trains the judges against the law of the rows kept so
        far.
    reweight : bool, default=True
        Whether ``location_`` is the mean of the kept rows. If not, it is the game's own.
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
        The estimate, in the data's units.
    covariance_ : ndarray of shape (n_features, n_features)
        Covariance of the kept rows, as far as it is fitted: the identity for ``'identity'``, a
        diagonal matrix for ``'diagonal'``.
    raw_location_ : ndarray of shape (n_features,)
        The game's own answer, before any row is rejected.
    support_ : ndarray of shape (n_samples,)
        Whether each training row is kept.
    n_iter_ : int
        Epochs of the game.
    converged_ : bool
        Whether the location had settled before ``max_iter`` forced the end.
    history_ : History or None
        Losses and locations of the game, in units of the start's scale and relative to it. None
        if no game was played.
    discriminator_ : AveragedDiscriminator or None
        Scores rows after ``(X - start) / scale``; on the CPU. None if no game was played.
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
    CoordinateMedian : Where a fit starts; exact, instant, and biased in high dimension.

    Notes
    -----
    With fewer than 200 rows, or 5 rows a feature, no game is played: the estimate is the mean
    of the rows near the coordinate median, with a warning, and ``fallback_`` says so.

    References
    ----------
    .. [1] Gao, C., Liu, J., Yao, Y. and Zhu, W. (2019). Robust estimation and generative
       adversarial nets. ICLR. doi:10.48550/arXiv.1810.02030
    .. [2] Gao, C., Yao, Y. and Zhu, W. (2020). Generative adversarial nets for robust scatter
       estimation: a proper scoring rule perspective. JMLR 21.

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan import JSGANMean
    >>> X = np.random.default_rng(0).normal(size=(1000, 5))
    >>> X[:200] += 3.0
    >>> fit = JSGANMean(random_state=0).fit(X)
    >>> bool(np.linalg.norm(X.mean(axis=0)) > 1.2), bool(np.linalg.norm(fit.location_) < 0.2)
    (True, True)
    """

    def __init__(
        self,
        *,
        covariance: str = "diagonal",
        objective: str | Objective = "one_sided",
        hidden_units: Sequence[int] = (16,),
        activation: str = "leaky_relu",
        discriminator_learning_rate: float = 0.01,
        generator_learning_rate: float = 0.05,
        betas: tuple[float, float] = (0.5, 0.99),
        weight_penalty: float = 0.2,
        last_layer_norm: float | None = None,
        batch_size: int = 256,
        max_iter: int = 60,
        tol: float = 0.1,
        n_init: int = 1,
        n_folds: int | str = "auto",
        n_refinements: int = 2,
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
        self.covariance = covariance
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
        return self.covariance
