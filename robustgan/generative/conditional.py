"""ConditionalGAN: draws given a class, or given attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils import check_array
from sklearn.utils.multiclass import type_of_target
from torch import Tensor
from torch.nn import functional as F

from robustgan._bridge import Streams, make_seeds
from robustgan._bridge.parameters import check_integer
from robustgan.engine import one_thread
from robustgan.generative.game import AdversarialGame, pack
from robustgan.generative.gan import GAN
from robustgan.generative.units import Units


@dataclass
class ConditionalGame(AdversarialGame):
    """The losses where batches are rows and conditions, and draws have the rows' conditions."""

    def discriminate(self, real: tuple[Tensor, Tensor]) -> Tensor:  # type: ignore[override]
        """Return the discriminator's loss on rows and conditions; shape (R,)."""
        rows, self._given = real
        return super().discriminate(rows)

    def generate(self, last: tuple[Tensor, Tensor]) -> Tensor:
        """Return the generator's loss on its own draws, given the last conditions; shape (R,)."""
        self._given = last[1]
        return super().generate(last)

    def _draw(self) -> Tensor:
        noise = self.streams.normal(self._n_draws, self.latent_dim)
        return self._show(self.generator(torch.cat([noise, self._given], dim=2)))

    def _show(self, rows: Tensor) -> Tensor:
        seen = rows if self.disguise is None else self.disguise(rows)
        return pack(beside(seen, self._given), self.pac)


def beside(rows: Tensor, given: Tensor) -> Tensor:
    """Put conditions (R, n, c) beside rows (R, n, k, ...) on their first axis, spread out."""
    spread = given.view(*given.shape, *[1] * (rows.dim() - 3))
    return torch.cat([rows, spread.expand(*given.shape, *rows.shape[3:])], dim=2)


class ConditionalGAN(GAN):
    """Conditional generative adversarial network [1]_: both players are told a condition.

    A condition is a class, or a vector of attributes: what a sentence is to text-to-image, in
    numbers. The generator maps noise and a condition to a row; the discriminator judges whether a
    row and a condition belong together.

    Parameters
    ----------
    generator : torch.nn.Module or None, default=None
        From noise and, beside it, the condition, of shape (n, latent_dim + n_conditions), to rows.
        Its weights are drawn anew. None makes a perceptron.
    discriminator : torch.nn.Module or None, default=None
        From rows and, beside them on their first axis, the condition, to one score each; images
        have it as constant further channels. None makes a perceptron.
    latent_dim, hidden_units, activation, objective, penalty, constraint, pac, label_smoothing, \
instance_noise, averaging, optimizer, learning_rate, betas, n_critic_steps, batch_size, n_steps, \
steps_per_epoch, annealing, scale, n_replicas, checkpoint, device, random_state, verbose, callbacks
        As those of `GAN`. With ``pac`` above 1 rows are judged together with those beside them,
        each with its condition.

    Attributes
    ----------
    generator_, discriminator_ : torch.nn.Module
        The networks, of all replicas, on the CPU.
    classes_ : ndarray of shape (n_classes,)
        The labels that ``fit`` was given, sorted; empty if it was given attributes.
    class_prior_ : ndarray of shape (n_classes,)
        Their shares.
    attributes_ : ndarray of shape (n_samples, n_attributes)
        The attributes that ``fit`` was given, in their own units; (0, 0) for labels.
    attribute_units_ : Units
        From the attributes' units to the networks': mean zero, deviation one.
    n_conditions_ : int
        Columns of a condition: classes, as indicators, or attributes.
    history_, units_, row_shape_, n_features_in_
        As those of `GAN`.

    References
    ----------
    .. [1] Mirza, M. and Osindero, S. (2014). Conditional generative adversarial nets.
       doi:10.48550/arXiv.1411.1784

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan import ConditionalGAN
    >>> rng = np.random.default_rng(0)
    >>> y = rng.choice(["left", "right"], size=500)
    >>> X = rng.normal(size=(500, 2)) + np.where(y == "left", -9.0, 9.0)[:, None]
    >>> gan = ConditionalGAN(n_steps=300, hidden_units=(16,), random_state=0).fit(X, y)
    >>> draws = gan.sample(100, y="left", random_state=0)
    >>> draws.shape, bool((draws < 0).all())
    ((100, 2), True)
    """

    classes_: NDArray[Any]
    class_prior_: NDArray[np.float64]
    attributes_: NDArray[np.float64]
    attribute_units_: Units
    n_conditions_: int

    _game = ConditionalGame

    def take_data(self, X: object, y: object) -> tuple[Tensor, Tensor]:
        """Validate rows and conditions; return both in the networks' units."""
        if y is None:
            raise ValueError(
                "y must be given, labels or attributes of each row, got None. Without them, use "
                "GAN."
            )
        rows: Tensor = super().take_data(X, y)
        labels = np.asarray(y)
        if labels.ndim == 1:
            self._learn_classes(labels)
        else:
            self._learn_attributes(y)
        return rows, self._conditions(y, len(rows)).to(rows.device)

    def sample(
        self,
        n_samples: int = 1,
        *,
        y: object = None,
        random_state: object = None,
        replica: int = 0,
    ) -> NDArray[np.float64]:
        """Draw rows from the fitted model.

        Parameters
        ----------
        n_samples : int, default=1
            At least 1.
        y : label, or array-like of shape (n_samples,), (n_attributes,) or \
(n_samples, n_attributes), default=None
            Given what: one condition for all rows, or one for each. None draws them as they were
            in the training data.
        random_state : None, int, numpy.random.RandomState or numpy.random.Generator
            Source of the draws; None takes fresh entropy.
        replica : int, default=0
            Of which network.

        Returns
        -------
        X : ndarray of shape (n_samples, ...)
            In the data's units.

        Raises
        ------
        ValueError
            If ``y`` holds an unknown class, or is not of the shape of the conditions.
        """
        if y is None:
            return super().sample(n_samples, random_state=random_state, replica=replica)
        self.check_replica(replica)
        check_integer("n_samples", n_samples, 1)
        n_axes = 1 if len(self.classes_) else 2
        each = np.asarray(y)
        if each.ndim == n_axes - 1:
            each = np.broadcast_to(each, (n_samples, *each.shape))
        given = self._conditions(each, int(n_samples))
        streams = Streams(make_seeds(random_state, 1), "cpu")
        with torch.no_grad(), one_thread():
            return self.units_.leave(self._draw_given(int(n_samples), given, streams, replica))

    def draw(self, n_samples: int, streams: Streams, replica: int) -> Tensor:
        """Draw rows of one replica, given conditions as often as in the training data."""
        uniform = streams.uniform(n_samples, bound=0.5)[0].double().numpy() + 0.5
        if len(self.classes_):
            # Rounding may leave the last share short of one.
            index = np.searchsorted(self.class_prior_.cumsum()[:-1], uniform, side="right")
            given = self._conditions(self.classes_[index], n_samples)
        else:
            index = np.minimum(uniform * len(self.attributes_), len(self.attributes_) - 1)
            given = self._conditions(self.attributes_[index.astype(int)], n_samples)
        return self._draw_given(n_samples, given, streams, replica)

    def generate(
        self, latent: object, y: object = None, *, replica: int = 0
    ) -> NDArray[np.float64]:
        """Map noise and conditions to rows.

        Parameters
        ----------
        latent : array-like of shape (n_samples, latent_dim)
        y : array-like of shape (n_samples,) or (n_samples, n_attributes)
            The conditions.
        replica : int, default=0
            Of which network.

        Returns
        -------
        X : ndarray of shape (n_samples, ...)
            In the data's units.
        """
        self.check_replica(replica)
        z = self._enter_latent(latent)
        return self._generate(torch.cat([z, self._conditions(y, len(z))], dim=1), replica)

    def _learn_classes(self, labels: NDArray[Any]) -> None:
        kind = type_of_target(labels, input_name="y")
        if kind not in ("binary", "multiclass"):
            raise ValueError(
                f"y must hold class labels if it has one axis, got {kind} values. Give attributes "
                "in columns: y.reshape(-1, 1)."
            )
        self.classes_, counts = np.unique(labels, return_counts=True)
        self.class_prior_ = counts / counts.sum()
        self.attributes_ = np.empty((0, 0))
        self.attribute_units_ = Units(np.array(0.0), np.array(1.0))
        self.n_conditions_ = len(self.classes_)

    def _learn_attributes(self, y: object) -> None:
        self.classes_, self.class_prior_ = np.array([]), np.array([])
        self.attributes_ = np.array(check_array(y, dtype=np.float64, input_name="y"))
        self.attribute_units_ = Units.of_sample(torch.from_numpy(self.attributes_), "standard")
        self.n_conditions_ = self.attributes_.shape[1]

    def _conditions(self, y: object, n_samples: int) -> Tensor:
        """Return conditions of shape (n_samples, n_conditions), on the CPU."""
        if y is None:
            raise ValueError("y must be given, labels or attributes of each row, got None.")
        if not len(self.classes_):
            return self._scaled_attributes(y, n_samples)
        labels = np.asarray(y)
        if labels.shape != (n_samples,):
            raise ValueError(f"y must have shape ({n_samples},), got {labels.shape}.")
        unknown = labels[~np.isin(labels, self.classes_)]
        if len(unknown):
            raise ValueError(f"y must hold only {self.classes_.tolist()}, got {unknown[0]!r}.")
        index = torch.from_numpy(np.searchsorted(self.classes_, labels))
        return F.one_hot(index, self.n_conditions_).float()

    def _scaled_attributes(self, y: object, n_samples: int) -> Tensor:
        attributes = check_array(y, dtype=np.float64, input_name="y")
        if attributes.shape != (n_samples, self.n_conditions_):
            raise ValueError(
                f"y must have shape ({n_samples}, {self.n_conditions_}), got {attributes.shape}."
            )
        return self.attribute_units_.enter(torch.from_numpy(np.array(attributes)))

    def _widths(self) -> tuple[int, int, int | None]:
        n_inputs, n_columns, n_scores = super()._widths()
        return n_inputs + self.n_conditions_, n_columns + self.n_conditions_, n_scores

    def _enter_pairs(self, X: object, y: object) -> tuple[Tensor, Tensor]:
        rows = self.enter(X)
        return rows, self._conditions(y, len(rows))

    def _beside(self, rows: Tensor, given: Tensor | None) -> Tensor:
        return rows if given is None else beside(rows[None], given[None])[0]

    def _draw_given(
        self, n_samples: int, given: Tensor | None, streams: Streams, replica: int
    ) -> Tensor:
        return (
            self.draw(n_samples, streams, replica)
            if given is None
            else self._draw_beside(given, streams, replica)
        )
