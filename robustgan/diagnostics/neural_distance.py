"""The neural-network distance: how far two samples are apart to discriminators of some size.

A discriminator of few parameters cannot learn a sample by heart, so its distance between samples is
that between the laws, where Jensen-Shannon's and Wasserstein's are not (Arora et al., 2017).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils import check_array
from torch import Tensor, nn

from robustgan._bridge import Streams, make_seeds, to_array
from robustgan.engine import Batches, Player, Schedule, one_thread, train
from robustgan.engine.optimizers import Adam
from robustgan.networks import Perceptron
from robustgan.objectives import Objective, resolve_objective

Array = NDArray[np.float64]
MakeDiscriminator = Callable[[int, Streams], nn.Module]


@dataclass(frozen=True)
class Training:
    """How discriminators are trained.

    Parameters
    ----------
    n_search, n_settle : int, default=20 and 10
        Epochs at the full learning rate, and of its decay to a twentieth; 50 steps each.
    batch_size : int, default=256
        Rows of each sample in a step; all rows if there are no more.
    learning_rate : float, default=0.02
        Of Adam.
    """

    n_search: int = 20
    n_settle: int = 10
    batch_size: int = 256
    learning_rate: float = 0.02


@dataclass(frozen=True)
class NeuralDistance:
    """How far two samples are apart to a class of discriminators.

    Attributes
    ----------
    distance : float
        Between the samples, by the best discriminator found: a lower bound of the supremum.
    held_out : float or None
        What that discriminator sees between other samples of the same laws; None without any.
    n_parameters : int
        Of the discriminator.
    """

    distance: float
    held_out: float | None
    n_parameters: int

    @property
    def gap(self) -> float | None:
        """How much of the distance is the samples' and not the laws'."""
        return None if self.held_out is None else self.distance - self.held_out


@dataclass(frozen=True)
class GeneralizationGap:
    """Distances between samples, and what is left of them on others.

    Attributes
    ----------
    sizes : ndarray of shape (n_sizes,)
        Rows of each sample.
    n_parameters : ndarray of shape (n_networks,)
    distance, held_out : ndarray of shape (n_networks, n_sizes, n_repeats)
        As in `NeuralDistance`.
    """

    sizes: NDArray[np.int_]
    n_parameters: NDArray[np.int_]
    distance: Array
    held_out: Array

    @property
    def gap(self) -> Array:
        """Mean over the repeats of ``distance - held_out``, of shape (n_networks, n_sizes)."""
        mean: Array = (self.distance - self.held_out).mean(axis=2)
        return mean


def neural_distance(
    X: object,
    Y: object,
    *,
    hidden_units: Sequence[int] = (20,),
    activation: str = "leaky_relu",
    objective: str | Objective = "tv",
    make_discriminator: MakeDiscriminator | None = None,
    X_test: object | None = None,
    Y_test: object | None = None,
    n_restarts: int = 4,
    training: Training | None = None,
    random_state: object = None,
) -> NeuralDistance:
    """Train discriminators to tell two samples apart, and say how well the best one can.

    Parameters
    ----------
    X : array-like of shape (n, n_features)
        A sample.
    Y : array-like of shape (m, n_features)
        Another.
    hidden_units : sequence of int, default=(20,)
        Widths of the perceptron's hidden layers; none makes it linear.
    activation : str, default='leaky_relu'
        Of its hidden layers.
    objective : str or Objective, default='tv'
        What is told apart. ``'tv'`` is ``max E D(X) - E D(Y)`` with ``D`` in [0, 1], the paper's
        neural net distance; ``'js'`` its Jensen-Shannon form; see `robustgan.objectives`.
    make_discriminator : callable, default=None
        Returns another discriminator, given the number of features and `Streams` of ``R``
        replicas: a module of ``R`` networks that maps (R, n, n_features) to scores (R, n), every
        parameter of shape (R, ...).
    X_test, Y_test : array-like, default=None
        Fresh samples of the same laws, for ``held_out``.
    n_restarts : int, default=4
        Discriminators trained side by side; the one that sees most is kept.
    training : Training, default=None
        Steps and rates.
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator, default=None
        Of starts and batches.

    Returns
    -------
    distance : NeuralDistance

    Raises
    ------
    ValueError
        If samples differ in their features, only one test sample is given, or a parameter will
        not do.
    DivergenceError
        If a loss is not finite.

    References
    ----------
    .. [1] Arora, S., Ge, R., Liang, Y., Ma, T. and Zhang, Y. (2017). Generalization and equilibrium
       in generative adversarial nets. ICML. Definition 2. doi:10.48550/arXiv.1703.00573

    Examples
    --------
    >>> import numpy as np
    >>> X, Y = np.random.default_rng(0).normal(size=(2, 300, 2))
    >>> far = neural_distance(X, Y + 3, training=Training(3, 3), random_state=0)
    >>> far.distance > 0.9
    True
    """
    if n_restarts < 1:
        raise ValueError(f"n_restarts must be at least 1, got {n_restarts}.")
    if (X_test is None) != (Y_test is None):
        raise ValueError("X_test and Y_test must be given together, got one of them.")
    samples = _standardise(X, Y, X_test, Y_test)
    make = make_discriminator or _perceptrons(hidden_units, activation)
    first, second = (sample[None].expand(n_restarts, -1, -1) for sample in samples[:2])
    tests = [sample[None].expand(n_restarts, -1, -1) for sample in samples[2:]]
    seeds = make_seeds(random_state, n_restarts)
    found, held_out, n_parameters = _tell_apart(
        (first, second), tests, make, resolve_objective(objective), training or Training(), seeds
    )
    best = int(found.argmax())
    return NeuralDistance(
        float(found[best]), None if held_out is None else float(held_out[best]), n_parameters
    )


def generalization_gap(
    sample: Callable[[int, np.random.Generator], object],
    sizes: Sequence[int],
    *,
    other: Callable[[int, np.random.Generator], object] | None = None,
    networks: Sequence[Sequence[int]] = ((20,),),
    activation: str = "leaky_relu",
    objective: str | Objective = "tv",
    n_repeats: int = 10,
    n_test: int = 10_000,
    training: Training | None = None,
    random_state: object = None,
) -> GeneralizationGap:
    """Measure how the neural distance between samples exceeds that between their laws.

    Parameters
    ----------
    sample : callable
        Draws rows: given their number and a `numpy.random.Generator`, an array of shape
        (n, n_features).
    sizes : sequence of int
        Rows of each sample, ``m``.
    other : callable, default=None
        Draws rows of the other law; ``sample`` by default, whose true distance to itself is 0.
    networks : sequence of sequences of int, default=((20,),)
        Hidden units of each class of discriminators.
    activation, objective, training
        See `neural_distance`.
    n_repeats : int, default=10
        Pairs of samples of each size, each with its own discriminator, side by side.
    n_test : int, default=10_000
        Fresh rows of each law on which a discriminator's distance is that between the laws.
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator, default=None
        Of samples, starts and batches.

    Returns
    -------
    gap : GeneralizationGap
        By Theorem 3.1 of [1]_ of order ``sqrt(n_parameters log(n_parameters) / m)``.

    Raises
    ------
    ValueError
        If there is no size, network or repeat.

    References
    ----------
    .. [1] Arora, S., Ge, R., Liang, Y., Ma, T. and Zhang, Y. (2017). Generalization and equilibrium
       in generative adversarial nets. ICML. doi:10.48550/arXiv.1703.00573

    Examples
    --------
    >>> few = generalization_gap(
    ...     lambda n, rng: rng.normal(size=(n, 3)),
    ...     [50, 800],
    ...     n_repeats=2,
    ...     training=Training(3, 3),
    ...     random_state=0,
    ... )
    >>> bool(few.gap[0, 0] > few.gap[0, 1])
    True
    """
    if not len(sizes) or not len(networks) or n_repeats < 1:
        raise ValueError(
            "sizes, networks and n_repeats must not be empty, got "
            f"{len(sizes)}, {len(networks)} and {n_repeats}."
        )
    training = training or Training()
    seeds = make_seeds(random_state, n_repeats + 1)
    rng = np.random.default_rng(seeds[-1])
    shape = (len(networks), len(sizes), n_repeats)
    distance, held_out = np.empty(shape), np.empty(shape)
    laws = (sample, other or sample)
    score = resolve_objective(objective)
    tests = [check_array(law(n_test, rng)) for law in laws]
    counts = [0] * len(networks)
    for i, size in enumerate(sizes):
        drawn = [[law(size, rng) for law in laws] for _ in range(n_repeats)]
        ready = [_standardise(*pair, *tests) for pair in drawn]
        first, second, *others = (torch.stack(side) for side in zip(*ready, strict=True))
        for j, hidden_units in enumerate(networks):
            make = _perceptrons(hidden_units, activation)
            # The same batches for all networks: differences are theirs.
            found, fresh, counts[j] = _tell_apart(
                (first, second), others, make, score, training, seeds[:-1]
            )
            distance[j, i], held_out[j, i] = found, fresh
    return GeneralizationGap(np.array(sizes), np.array(counts), distance, held_out)


def _perceptrons(hidden_units: Sequence[int], activation: str) -> MakeDiscriminator:
    return lambda n_inputs, streams: Perceptron(
        n_inputs, tuple(hidden_units), activation, streams=streams
    )


def _standardise(*samples: object) -> list[Tensor]:
    """Return samples in float32, centred and scaled as the first two are together."""
    checked = [
        check_array(to_array(s) if isinstance(s, Tensor) else s, dtype=np.float64)
        for s in samples
        if s is not None
    ]
    widths = [sample.shape[1] for sample in checked]
    if len(set(widths)) > 1:
        raise ValueError(f"all samples must have the same features, got {widths} columns.")
    pooled = np.concatenate(checked[:2])
    scale = pooled.std(axis=0)
    centre, scale = pooled.mean(axis=0), np.where(scale > 0, scale, 1.0)
    return [torch.tensor((s - centre) / scale, dtype=torch.float32) for s in checked]


def _tell_apart(
    samples: tuple[Tensor, Tensor],
    tests: Sequence[Tensor],
    make: MakeDiscriminator,
    objective: Objective,
    training: Training,
    seeds: Sequence[int],
) -> tuple[Array, Array | None, int]:
    """Train a discriminator for each replica's samples, each of shape (R, n, n_features)."""
    n_replicas, _, n_features = samples[0].shape
    streams = Streams(seeds, "cpu")
    discriminator = make(n_features, streams)
    (rows, which), (other_rows, other_which) = (_as_rows(sample) for sample in samples)
    others = Batches(other_rows, other_which, training.batch_size, streams)
    learned = list(discriminator.parameters())
    adam = Adam(learned, lr=training.learning_rate, betas=(0.9, 0.99))

    def loss(real: Tensor) -> Tensor:
        return objective.discriminator_loss(discriminator(real), discriminator(others.draw()))

    with one_thread():
        train(
            [Player("discriminator", adam, loss)],
            rows,
            rows=which,
            track=lambda: torch.zeros(n_replicas, 1),
            streams=streams,
            schedule=Schedule(
                training.n_search, training.n_settle, training.n_search + training.n_settle
            ),
            batch_size=training.batch_size,
            steps_per_epoch=50,
            stage="discriminator",
        )
        with torch.no_grad():
            found = objective.divergence(*(discriminator(sample) for sample in samples))
            fresh = objective.divergence(*map(discriminator, tests)) if tests else None
    return (
        to_array(found),
        None if fresh is None else to_array(fresh),
        _n_parameters(discriminator, n_replicas),
    )


def _as_rows(sample: Tensor) -> tuple[Tensor, Tensor]:
    """Return all replicas' rows below each other, and which of them are whose."""
    n_replicas, n, _ = sample.shape
    which = torch.arange(n_replicas * n).view(n_replicas, n)
    return sample.reshape(n_replicas * n, -1), which


def _n_parameters(discriminator: nn.Module, n_replicas: int) -> int:
    if isinstance(discriminator, Perceptron):
        # The last chunk fills whole vectors of the processor.
        return sum(discriminator.sizes[:-1])
    return sum(parameter.numel() for parameter in discriminator.parameters()) // n_replicas
