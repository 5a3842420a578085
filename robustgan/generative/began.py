"""BEGAN: a discriminator that is an autoencoder, kept in balance with the generator."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from robustgan._bridge import Streams
from robustgan._bridge.parameters import check_integer, check_real
from robustgan.engine import Callback
from robustgan.engine.optimizers import Optimizer
from robustgan.generative.game import CHUNK, AdversarialGame
from robustgan.generative.gan import GAN
from robustgan.networks import Perceptron


@dataclass
class BalancedGame(AdversarialGame):
    """The losses of an autoencoder and a generator, and the balance between them [1]_.

    A score is minus the error of a row's reconstruction.

    Parameters
    ----------
    diversity : float, default=0.5
        Ratio of the generated rows' error to the real ones' that is aimed at.
    gain : float, default=1e-3
        Of the control by which the balance follows; 0 holds it.

    References
    ----------
    .. [1] Berthelot, D., Schumm, T. and Metz, L. (2017). BEGAN: boundary equilibrium generative
       adversarial networks. Section 3.4. doi:10.48550/arXiv.1703.10717
    """

    diversity: float = 0.5
    gain: float = 1e-3

    def __post_init__(self) -> None:
        """Begin without draws, and with a discriminator that does not look at them."""
        super().__post_init__()
        self.balance = torch.zeros(len(self.streams), device=self.streams.device)
        self._convergence = torch.zeros_like(self.balance)

    def state(self) -> dict[str, Tensor]:
        """Return what changes beside the networks."""
        return {"balance": self.balance}

    def track(self) -> Tensor:
        """Return the measure of convergence and the balance, of shape (R, 2)."""
        return torch.stack([self._convergence, self.balance], dim=1)

    def _look(self, judge: Callable[[Tensor], Any], rows: Tensor) -> Tensor:
        return -error(rows, judge(rows))

    def _discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        of_real, of_fake = -real.mean(dim=1), -fake.mean(dim=1)
        loss = of_real - self.balance.clone() * of_fake
        with torch.no_grad():
            excess = self.diversity * of_real - of_fake
            self._convergence = of_real + excess.abs()
            self.balance.copy_((self.balance + self.gain * excess).clamp(0, 1))
        return loss


def error(rows: Tensor, reconstructions: Tensor) -> Tensor:
    """Return the mean absolute error of each row, of shape (R, n)."""
    return (rows - reconstructions.view_as(rows)).flatten(2).abs().mean(dim=2)


class BEGAN(GAN):
    """Boundary equilibrium generative adversarial network [1]_: an autoencoder judges.

    The discriminator reconstructs rows. It learns to do so for real rows, and not for generated
    ones; the generator learns to draw what is reconstructed well. How much the discriminator cares
    for generated rows is controlled, so that neither wins: their error is kept at ``diversity``
    times that of real rows. Unlike other games this one has a measure that falls as it converges.

    Parameters
    ----------
    generator : torch.nn.Module or None, default=None
        From noise of shape (n, latent_dim) to rows. Its weights are drawn anew. None makes a
        perceptron.
    discriminator : torch.nn.Module or None, default=None
        From rows to their reconstructions, of the same shape. None makes a perceptron with the
        hidden layers, a code, and the hidden layers in reverse.
    latent_dim : int, default=8
        Width of the generator's Gaussian noise.
    code_dim : int or None, default=None
        Width of the perceptron's code; None takes ``latent_dim``.
    hidden_units : sequence of int, default=(64, 64)
        Widths of the perceptrons' hidden layers.
    activation : {'relu', 'leaky_relu', 'tanh', 'sigmoid'}, default='relu'
        Of the perceptrons' hidden layers.
    diversity : float, default=0.5
        Error of generated rows over that of real ones that is aimed at, in (0, 1]: the paper's
        gamma. Lower ones give rows that are more alike.
    gain : float, default=1e-3
        Of the control, positive: the paper's lambda.
    averaging, optimizer, learning_rate, betas, batch_size, n_steps, steps_per_epoch, annealing, \
scale, n_replicas, checkpoint, device, random_state, verbose, callbacks
        As those of `GAN`.

    Attributes
    ----------
    generator_, discriminator_ : torch.nn.Module
        The networks, of all replicas, on the CPU. `discriminate` returns minus a row's mean
        absolute error of reconstruction, in the networks' units.
    convergence_ : ndarray of shape (n_replicas,)
        The measure of convergence, ``L(x) + |diversity L(x) - L(G(z))|``, over the last epoch.
    balance_ : ndarray of shape (n_replicas,)
        Weight of generated rows in the discriminator's loss, in [0, 1], over the last epoch.
    history_ : History
        Losses of both by epoch; ``history_.tracked`` of shape (n_epochs, n_replicas, 2) has the
        measure of convergence and the balance.
    units_, row_shape_, n_features_in_
        As those of `GAN`.

    References
    ----------
    .. [1] Berthelot, D., Schumm, T. and Metz, L. (2017). BEGAN: boundary equilibrium generative
       adversarial networks. doi:10.48550/arXiv.1703.10717

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan import BEGAN
    >>> X = np.random.default_rng(0).normal(size=(500, 4)) @ np.diag([9.0, 1.0, 1.0, 1.0])
    >>> gan = BEGAN(latent_dim=2, n_steps=200, hidden_units=(16,), random_state=0).fit(X)
    >>> gan.sample(5, random_state=0).shape
    (5, 4)
    >>> measure = gan.history_.tracked[:, 0, 0]
    >>> bool(measure[-1] < measure[0])
    True
    """

    convergence_: NDArray[np.float64]
    balance_: NDArray[np.float64]

    _game = BalancedGame

    def __init__(
        self,
        *,
        generator: nn.Module | None = None,
        discriminator: nn.Module | None = None,
        latent_dim: int = 8,
        code_dim: int | None = None,
        hidden_units: Sequence[int] = (64, 64),
        activation: str = "relu",
        diversity: float = 0.5,
        gain: float = 1e-3,
        averaging: float = 0.999,
        optimizer: str | Callable[[list[Tensor]], Optimizer] = "adam",
        learning_rate: float | tuple[float, float] = 1e-3,
        betas: tuple[float, float] = (0.5, 0.99),
        batch_size: int = 128,
        n_steps: int = 6000,
        steps_per_epoch: int = 100,
        annealing: float = 0.5,
        scale: str = "standard",
        n_replicas: int = 1,
        checkpoint: str | os.PathLike[str] | None = None,
        device: str | torch.device = "auto",
        random_state: object = None,
        verbose: int = 0,
        callbacks: Sequence[Callback] | None = None,
    ) -> None:
        super().__init__(
            generator=generator,
            discriminator=discriminator,
            latent_dim=latent_dim,
            hidden_units=hidden_units,
            activation=activation,
            # Of a score that is minus an error: it implies a distance, and no density ratio.
            objective="wasserstein",
            averaging=averaging,
            optimizer=optimizer,
            learning_rate=learning_rate,
            betas=betas,
            batch_size=batch_size,
            n_steps=n_steps,
            steps_per_epoch=steps_per_epoch,
            annealing=annealing,
            scale=scale,
            n_replicas=n_replicas,
            checkpoint=checkpoint,
            device=device,
            random_state=random_state,
            verbose=verbose,
            callbacks=callbacks,
        )
        self.code_dim = code_dim
        self.diversity = diversity
        self.gain = gain

    def check_parameters(self) -> None:
        """Raise unless the parameters are as described."""
        super().check_parameters()
        if self.code_dim is not None:
            check_integer("code_dim", self.code_dim, 1)
        check_real("diversity", self.diversity, above=0, most=1)
        check_real("gain", self.gain, above=0)

    def finish(self, streams: Streams) -> None:
        """Read what the game has come to."""
        self.convergence_, self.balance_ = self.history_.tracked[-1].T.copy()

    def _make_discriminator(self, streams: Streams) -> Any:
        if self.discriminator is not None:
            return super()._make_discriminator(streams)
        code_dim = self.latent_dim if self.code_dim is None else self.code_dim
        n_columns = self._widths()[1]
        return Perceptron(
            n_columns,
            (*self.hidden_units, code_dim, *reversed(self.hidden_units)),
            self.activation,
            streams=streams,
            n_outputs=n_columns,
        )

    def _make_game(
        self, generator: Any, discriminator: Any, streams: Streams, **settings: Any
    ) -> AdversarialGame:
        own = {"diversity": self.diversity, "gain": self.gain}
        return super()._make_game(generator, discriminator, streams, **own, **settings)

    def _tracked(self, game: Any) -> Callable[[], Tensor]:
        return game.track  # type: ignore[no-any-return]

    @torch.no_grad()
    def _scores(self, rows: Tensor, replica: int) -> Tensor:
        network = self.discriminator_.select([replica])
        parts = [-error(part[None], network(part[None]))[0] for part in torch.split(rows, CHUNK)]
        return torch.cat(parts)
