"""DBM: several layers of binary units."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from robustgan._bridge import Streams
from robustgan._bridge.parameters import check_integer
from robustgan.engine import Callback, one_thread
from robustgan.generative.boltzmann.base import BoltzmannMachine
from robustgan.generative.boltzmann.energy import BoltzmannNetwork, Chains
from robustgan.generative.boltzmann.pretraining import pretrain


class DBM(BoltzmannMachine):
    """Deep Boltzmann machine [1]_: layers of binary units, each connected to the next.

    The hidden units' law given a row is approximated by the nearest factorised one, and the
    model's by persistent chains. Pairs of layers are trained first, one after the other, with the
    weights to inner layers doubled.

    Parameters
    ----------
    hidden_units : sequence of int, default=(16, 16)
        Units of each hidden layer, the lowest first; at least two layers. The likelihood is exact
        while the odd or the even layers have at most 20 units.
    n_mean_field : int, default=10
        Updates of the hidden means in a step. After the training they are updated until they
        have settled.
    n_pretrain : int, default=2000
        Steps of each pair of layers before all are trained together; 0 for none.
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
        units in the odd or the even layers.
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
    .. [1] Salakhutdinov, R. and Hinton, G. (2009). Deep Boltzmann machines. AISTATS, PMLR 5,
       448-455.

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan import DBM
    >>> rng = np.random.default_rng(0)
    >>> X = (rng.random((200, 1)) < 0.5) ^ (rng.random((200, 6)) < 0.1)
    >>> dbm = DBM(hidden_units=(3, 2), n_steps=200, n_pretrain=100, random_state=0).fit(X)
    >>> bool((dbm.lower_bound(X) <= dbm.score_samples(X)).all())
    True
    >>> dbm.transform(X).shape
    (200, 5)
    """

    scale = "none"

    def __init__(
        self,
        *,
        hidden_units: Sequence[int] = (16, 16),
        n_mean_field: int = 10,
        n_pretrain: int = 2000,
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
        self.hidden_units = hidden_units
        self.n_mean_field = n_mean_field
        self.n_pretrain = n_pretrain
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

    def check_parameters(self) -> None:
        """Raise unless the parameters are as described."""
        super().check_parameters()
        check_integer("n_pretrain", self.n_pretrain, 0)
        if len(self.hidden_units) < 2:
            raise ValueError(
                f"hidden_units must have at least two layers, got {self.hidden_units}. RBM has one."
            )

    def hidden_widths(self) -> list[int]:
        """Return how many units each hidden layer has."""
        return list(self.hidden_units)

    def prepare(
        self, network: BoltzmannNetwork, chains: Chains, data: Tensor, streams: Streams
    ) -> None:
        """Train pairs of layers one after the other."""
        super().prepare(network, chains, data, streams)
        if self.n_pretrain:
            pretrain(
                network,
                data.flatten(1),
                streams,
                n_steps=self.n_pretrain,
                n_chains=self.n_chains,
                batch_size=self.batch_size,
                learning_rate=self.learning_rate,
            )

    def lower_bound(self, X: object, *, replica: int = 0) -> NDArray[np.float64]:
        """Return the variational bound of the log-likelihood of rows, from below.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
        replica : int, default=0
            Of which network.

        Returns
        -------
        bound : ndarray of shape (n_samples,)
            In nats; at most what `score_samples` returns, for the same ``log_partition_``.
        """
        self.check_replica(replica)
        with one_thread():
            return self._bound(self._visible(X), replica)
