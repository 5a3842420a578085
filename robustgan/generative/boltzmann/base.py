"""What Boltzmann machines share: their game, log Z, likelihood, inference and draws."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from torch import Tensor

from robustgan._bridge import Streams, make_seeds, to_array
from robustgan._bridge.parameters import check_choice, check_integer, check_real
from robustgan.engine import Player, one_thread
from robustgan.engine.optimizers import Adam
from robustgan.generative.base import GenerativeModel, Training
from robustgan.generative.boltzmann.energy import (
    EVEN,
    ODD,
    BoltzmannNetwork,
    Chains,
    LayeredEnergy,
)
from robustgan.generative.boltzmann.game import BoltzmannGame
from robustgan.generative.boltzmann.partition import (
    LogPartition,
    annealed_log_partition,
    count_units,
    exact_log_partition,
    exact_log_weight,
    is_enumerable,
    tabulated,
)
from robustgan.generative.settings import make_schedule
from robustgan.networks import WeightAverage

METHODS = ("auto", "exact", "annealed")
# Most odd units whose joint law is drawn from as a table.
MOST_TABULATED = 16
# Of an average state, where a chain of annealed importance sampling may start.
LEAST_PROBABILITY = 0.01
MOST_SWEEPS = 2000
TOL = 1e-8


class BoltzmannMachine(ClassNamePrefixFeaturesOutMixin, TransformerMixin, GenerativeModel):
    """Base of `RBM` and `DBM`, which say what their layers are.

    Attributes
    ----------
    boltzmann_ : BoltzmannNetwork
        Weights and biases of all replicas, on the CPU.
    chains_ : Chains
        Where the persistent chains ended.
    log_partition_, log_partition_error_ : ndarray of shape (n_replicas,)
        ``log Z`` and its standard error, in nats.
    """

    boltzmann_: BoltzmannNetwork
    chains_: Chains
    log_partition_: NDArray[np.float64]
    log_partition_error_: NDArray[np.float64]

    learning_rate: float
    weight_decay: float
    n_gibbs: int
    n_mean_field: int
    n_chains: int
    averaging: float
    batch_size: int
    n_steps: int
    steps_per_epoch: int
    annealing: float
    is_gaussian: bool = False

    @abstractmethod
    def hidden_widths(self) -> list[int]:
        """Return how many units each hidden layer has."""

    def check_parameters(self) -> None:
        """Raise unless the parameters are as described."""
        super().check_parameters()
        for width in self.hidden_widths():
            check_integer("hidden units", width, 1)
        for name in ("n_gibbs", "n_mean_field", "n_chains", "n_steps", "steps_per_epoch"):
            check_integer(name, getattr(self, name), 1)
        check_integer("batch_size", self.batch_size, 2)
        check_real("learning_rate", self.learning_rate, above=0)
        check_real("weight_decay", self.weight_decay, least=0)
        check_real("annealing", self.annealing, least=0, most=1)
        check_real("averaging", self.averaging, least=0)
        if self.averaging >= 1:
            raise ValueError(f"averaging must lie in [0, 1), got {self.averaging}.")

    def take_data(self, X: object, y: object) -> Tensor:
        """Validate the data and return rows."""
        rows: Tensor = super().take_data(X, y)
        self._check_binary(rows)
        return rows

    def enter(self, X: object) -> Tensor:
        """Validate rows like those of the fit and map them to the units' values."""
        rows = super().enter(X)
        self._check_binary(rows)
        return rows

    def build_networks(self, streams: Streams) -> dict[str, Any]:
        """Return a fresh network and its chains, one replica a stream."""
        network = BoltzmannNetwork(self._widths(), streams=streams, is_gaussian=self.is_gaussian)
        return {
            "boltzmann": network,
            "chains": Chains(self._widths(), self.n_chains, streams=streams),
        }

    def set_up(self, networks: dict[str, Any], data: Tensor, streams: Streams) -> Training:
        """Return the only player, who descends the difference of two phases."""
        network, chains = networks["boltzmann"], networks["chains"]
        self.prepare(network, chains, data, streams)
        game = BoltzmannGame(
            network, chains, streams, self.n_gibbs, self.n_mean_field, self.weight_decay
        )
        average = WeightAverage(network, self.averaging) if self.averaging else None
        state = {f"chains.{name}": buffer for name, buffer in chains.named_buffers()}
        if average is not None:
            state |= {f"average.{name}": tensor for name, tensor in average.state().items()}
        player = Player(
            "phases",
            Adam([*network.parameters()], lr=self.learning_rate, betas=(0.9, 0.999)),
            game.loss,
            follow=None if average is None else average.follow,
        )
        return Training(
            [player],
            make_schedule(self),
            batch_size=self.batch_size,
            steps_per_epoch=min(self.steps_per_epoch, self.n_steps),
            kept={"boltzmann": network if average is None else average.average, "chains": chains},
            state=state,
        )

    @torch.no_grad()
    def prepare(
        self, network: BoltzmannNetwork, chains: Chains, data: Tensor, streams: Streams
    ) -> None:
        """Start from the independent units that are nearest to the data."""
        if not self.is_gaussian:
            network.biases[0].copy_(logit(data.flatten(1).mean(dim=0)).expand_as(network.biases[0]))

    def finish(self, streams: Streams) -> None:
        """Normalise: sum over all states if they are few, else estimate."""
        energy = self.boltzmann_.energy
        if is_enumerable(energy):
            self.log_partition_ = to_array(exact_log_partition(energy))
            self.log_partition_error_ = np.zeros_like(self.log_partition_)
        else:
            values, errors = self._anneal(energy, range(len(streams)), streams, 100, 1000)
            self.log_partition_, self.log_partition_error_ = to_array(values), to_array(errors)

    def log_partition(
        self,
        *,
        method: str = "auto",
        n_chains: int = 100,
        n_temperatures: int = 1000,
        random_state: object = None,
        replica: int = 0,
    ) -> LogPartition:
        """Compute or estimate ``log Z`` anew.

        Parameters
        ----------
        method : {'auto', 'exact', 'annealed'}, default='auto'
            By a sum over all states of every other layer; by annealed importance sampling; or the
            first where these layers have at most 20 units.
        n_chains : int, default=100
            Of annealed importance sampling; at least 2.
        n_temperatures : int, default=1000
            Its steps from independent units to the model.
        random_state : None, int, numpy.random.RandomState or numpy.random.Generator
            Its randomness.
        replica : int, default=0
            Of which network.

        Returns
        -------
        log_partition : LogPartition
            ``value`` and its standard ``error``, in nats; an error of 0 where it is exact.

        Raises
        ------
        ValueError
            If ``method='exact'`` would need more than 20 units' states.
        """
        self.check_replica(replica)
        check_choice("method", method, METHODS)
        check_integer("n_chains", n_chains, 2)
        check_integer("n_temperatures", n_temperatures, 1)
        energy = self._energy(replica)
        if method == "exact" and not is_enumerable(energy):
            raise ValueError(
                "method must be 'annealed' for a network with more than 20 units on either side, "
                f"got 'exact' for layers of {energy.widths}."
            )
        with one_thread():
            if method != "annealed" and is_enumerable(energy):
                return LogPartition(float(exact_log_partition(energy)), 0.0)
            streams = Streams(make_seeds(random_state, 1), "cpu")
            value, error = self._anneal(energy, [replica], streams, n_chains, n_temperatures)
        return LogPartition(float(value), float(error))

    def score_samples(self, X: object, *, replica: int = 0) -> NDArray[np.float64]:
        """Return the log-likelihood of rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
        replica : int, default=0
            Of which network.

        Returns
        -------
        log_likelihood : ndarray of shape (n_samples,)
            In nats, a density in the data's units for Gaussian units; exact, or off by the error of
            ``log_partition_``. Of a deep machine with too many hidden units to sum over, the
            variational bound from below.
        """
        self.check_replica(replica)
        visible = self._visible(X)
        energy = self._energy(replica)
        with one_thread():
            if not is_enumerable(energy, hidden_only=True):
                return self._bound(visible, replica)
            return self._normalised(exact_log_weight(energy, visible[None])[0], replica)

    def score(self, X: object, y: object = None) -> float:
        """Return the mean log-likelihood of rows under the first replica, in nats."""
        return float(np.mean(self.score_samples(X)))

    def transform(self, X: object, *, replica: int = 0) -> NDArray[np.float64]:
        """Return the probabilities of the hidden units given rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
        replica : int, default=0
            Of which network.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_hidden)
            Of all hidden layers beside each other; with more than one, the means of the nearest
            factorised law.
        """
        self.check_replica(replica)
        with one_thread():
            means = self._infer(self._visible(X), replica)
        return to_array(torch.cat([means[layer][0] for layer in sorted(means) if layer], dim=1))

    def reconstruct(self, X: object, *, replica: int = 0) -> NDArray[np.float64]:
        """Return the mean of the visible units given the hidden probabilities of rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...)
        replica : int, default=0
            Of which network.

        Returns
        -------
        X : ndarray of shape (n_samples, ...)
            Probabilities for binary units, in the data's units for Gaussian ones.
        """
        self.check_replica(replica)
        with one_thread():
            means = self._infer(self._visible(X), replica)
            energy = self._energy(replica).double()
            rows = energy.mean(0, energy.field(0, means))[0]
        return self.units_.leave(rows.reshape(len(rows), *self.row_shape_))

    def draw(self, n_samples: int, streams: Streams, replica: int) -> Tensor:
        """Draw rows of one replica: from the table of all odd states, or on from the chains."""
        energy = self._energy(replica)
        odd = list(energy.layers(ODD))
        if count_units(energy, odd) <= MOST_TABULATED:
            states = tabulated(energy.double(), odd, n_samples, streams)
        else:
            (rng,) = streams.generators
            chosen = torch.randint(self.n_chains, (n_samples,), generator=rng)
            kept = self.chains_.states
            states = {layer: kept[layer][[replica]][:, chosen] for layer in odd}
            states = energy.gibbs(states, self.n_gibbs_sample, streams)
        odd_states = {layer: state.float() for layer, state in states.items()}
        visible = energy.draw(0, energy.field(0, odd_states), streams)
        return visible[0].reshape(n_samples, *self.row_shape_)

    # Sweeps from a kept chain's state to a draw.
    n_gibbs_sample = 1000

    @property
    def _n_features_out(self) -> int:
        return sum(self.hidden_widths())

    def _widths(self) -> list[int]:
        return [int(np.prod(self.row_shape_)), *self.hidden_widths()]

    def _energy(self, replica: int) -> LayeredEnergy:
        return self.boltzmann_.energy.select([replica])

    def _visible(self, X: object) -> Tensor:
        return self.enter(X).flatten(1)

    def _check_binary(self, rows: Tensor) -> None:
        if self.is_gaussian:
            return
        other = rows[(rows != 0) & (rows != 1)]
        if len(other):
            raise ValueError(
                f"X must hold zeros and ones only, got {float(other[0]):g}. Binarise it, for "
                "instance with sklearn.preprocessing.Binarizer, or take RBM(visible='gaussian')."
            )

    def _normalised(self, log_weight: Tensor, replica: int) -> NDArray[np.float64]:
        """Return a log-density in the data's units."""
        spread = np.broadcast_to(self.units_.spread, self.row_shape_)
        offset = float(self.log_partition_[replica] + np.log(spread).sum())
        density: NDArray[np.float64] = to_array(log_weight) - offset
        return density

    @torch.no_grad()
    def _infer(self, visible: Tensor, replica: int) -> dict[int, Tensor]:
        """Return the means of all layers given rows, in float64, once they have settled."""
        energy = self._energy(replica).double()
        means = energy.climb(visible.double()[None])
        if energy.n_layers == 2:
            return means
        for _ in range(MOST_SWEEPS):
            before, means = means, energy.sweep(means)
            if all(bool((means[k] - before[k]).abs().max() < TOL) for k in means):
                return means
        warnings.warn(
            f"Mean-field inference has not settled to {TOL:g} in {MOST_SWEEPS} sweeps.",
            ConvergenceWarning,
            stacklevel=3,
        )
        return means

    @torch.no_grad()
    def _bound(self, visible: Tensor, replica: int) -> NDArray[np.float64]:
        """Return the variational bound of the log-likelihood from below."""
        means = self._infer(visible, replica)
        hidden = torch.cat([means[layer] for layer in means if layer], dim=2)
        entropy = torch.special.entr(hidden) + torch.special.entr(1 - hidden)
        weight = self._energy(replica).double().log_weight(means)
        return self._normalised((weight + entropy.sum(dim=2))[0], replica)

    @torch.no_grad()
    def _anneal(
        self,
        energy: LayeredEnergy,
        replicas: Sequence[int],
        streams: Streams,
        n_chains: int,
        n_temperatures: int,
    ) -> tuple[Tensor, Tensor]:
        """Estimate from independent units with the average states of the kept chains."""
        odd = {layer: states[list(replicas)] for layer, states in self.chains_.states.items()}
        means = {layer: states.mean(dim=1) for layer, states in odd.items()}
        for layer in energy.layers(EVEN):
            means[layer] = energy.mean(layer, energy.field(layer, odd)).mean(dim=1)
        base = [logit(means[layer]) for layer in range(energy.n_layers)]
        if self.is_gaussian:
            base[0] = energy.biases[0]
        return annealed_log_partition(
            energy, base, n_chains=n_chains, n_temperatures=n_temperatures, streams=streams
        )


def logit(probability: Tensor) -> Tensor:
    """Return the log-odds of probabilities that are kept off 0 and 1."""
    return torch.logit(probability, eps=LEAST_PROBABILITY)
