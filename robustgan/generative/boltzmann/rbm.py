"""RBM: one layer of hidden units over binary or Gaussian visible ones."""

from __future__ import annotations

import os
from collections.abc import Sequence

import torch

from robustgan._bridge.parameters import check_choice
from robustgan.engine import Callback
from robustgan.generative.boltzmann.base import BoltzmannMachine

VISIBLE = ("bernoulli", "gaussian")


class RBM(BoltzmannMachine):
    """Restricted Boltzmann machine [1]_, trained by persistent chains [2]_.

    Parameters
    ----------
    n_hidden : int, default=16
        Hidden units. The likelihood is exact up to 20 of them, or of the visible ones.
    visible : {'bernoulli', 'gaussian'}, default='bernoulli'
        Zeros and ones, or real numbers with a learned variance a column.
    learning_rate : float, default=0.01
        Of Adam.
    weight_decay : float, default=0.0
        Half of it times the sum of squared weights is added to the loss.
    n_gibbs : int, default=1
        Sweeps of the chains over all units in a step.
    n_chains : int, default=100
        Persistent chains.
    averaging : float, default=0.999
        Decay of the moving average of the weights, which is what is kept, in [0, 1); 0 keeps the
        last ones.
    batch_size : int, default=100
        Rows a step.
    n_steps : int, default=6000
        Steps, rounded up to whole epochs.
    steps_per_epoch : int, default=100
        Steps from one look at the loss to the next.
    annealing : float, default=0.5
        Share of the training, at its end, in which the learning rate decays to a twentieth, in
        [0, 1].
    n_replicas : int, default=1
        Machines that are trained at once, from different starts.
    checkpoint : path-like or None, default=None
        Where to write a checkpoint every ten epochs, and at the end; see `fit`. The chains are in
        it.
    device : str or torch.device, default='auto'
        Where to train.
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator, default=None
        All randomness.
    verbose : int, default=0
        Above 0, show a bar on standard error.
    callbacks : sequence of Callback or None, default=None
        Told of every epoch; one that returns True ends the training.

    Attributes
    ----------
    boltzmann_ : BoltzmannNetwork
        Weights and biases of all replicas, on the CPU.
    chains_ : Chains
        Where the persistent chains ended.
    log_partition_, log_partition_error_ : ndarray of shape (n_replicas,)
        ``log Z`` and its standard error, in nats; exact, with an error of 0, with at most 20
        hidden units.
    history_ : History
        The difference of the phases by epoch: a direction, not a measure of fit.
    units_ : Units
        From the data's units to the machine's.
    row_shape_ : tuple of int
        Shape of a row.
    n_features_in_ : int
        Length of a row's first axis.

    References
    ----------
    .. [1] Smolensky, P. (1986). Information processing in dynamical systems: foundations of harmony
       theory. Parallel distributed processing 1, 194-281.
    .. [2] Tieleman, T. (2008). Training restricted Boltzmann machines using approximations to the
       likelihood gradient. ICML. doi:10.1145/1390156.1390290

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan import RBM
    >>> rng = np.random.default_rng(0)
    >>> X = (rng.random((200, 1)) < 0.5) ^ (rng.random((200, 6)) < 0.1)
    >>> rbm = RBM(n_hidden=2, n_steps=500, random_state=0).fit(X)
    >>> rbm.score_samples(X).shape, rbm.transform(X).shape, rbm.sample(3).shape
    ((200,), (200, 2), (3, 6))
    """

    def __init__(
        self,
        *,
        n_hidden: int = 16,
        visible: str = "bernoulli",
        learning_rate: float = 0.01,
        weight_decay: float = 0.0,
        n_gibbs: int = 1,
        n_chains: int = 100,
        averaging: float = 0.999,
        batch_size: int = 100,
        n_steps: int = 6000,
        steps_per_epoch: int = 100,
        annealing: float = 0.5,
        n_replicas: int = 1,
        checkpoint: str | os.PathLike[str] | None = None,
        device: str | torch.device = "auto",
        random_state: object = None,
        verbose: int = 0,
        callbacks: Sequence[Callback] | None = None,
    ) -> None:
        self.n_hidden = n_hidden
        self.visible = visible
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.n_gibbs = n_gibbs
        self.n_chains = n_chains
        self.averaging = averaging
        self.batch_size = batch_size
        self.n_steps = n_steps
        self.steps_per_epoch = steps_per_epoch
        self.annealing = annealing
        self.n_replicas = n_replicas
        self.checkpoint = checkpoint
        self.device = device
        self.random_state = random_state
        self.verbose = verbose
        self.callbacks = callbacks

    # The law of the hidden units given the visible ones is known.
    n_mean_field = 1

    @property
    def is_gaussian(self) -> bool:  # type: ignore[override]
        """Whether visible units are real."""
        return self.visible == "gaussian"

    @property
    def scale(self) -> str:  # type: ignore[override]
        """Units of the machine: mean zero and deviation one, or as they are."""
        return "standard" if self.is_gaussian else "none"

    def check_parameters(self) -> None:
        """Raise unless the parameters are as described."""
        check_choice("visible", self.visible, VISIBLE)
        super().check_parameters()

    def hidden_widths(self) -> list[int]:
        """Return the number of hidden units, in a list."""
        return [self.n_hidden]
