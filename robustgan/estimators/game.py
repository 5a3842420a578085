"""The game as an estimate: play from several starts, choose, judge on folds, refine.

Shared by the JS-GAN estimators. Knows standardised samples, several at once on the replica axis; it
does not know the data's units, nor scikit-learn.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from robustgan._bridge import Streams, make_seeds, to_array
from robustgan.engine import Callback, History, adversaries, train
from robustgan.estimators.coordinates import principal_start
from robustgan.estimators.families import Laws
from robustgan.estimators.judging import Judges
from robustgan.estimators.laws import are_apart, far_starts, recall
from robustgan.estimators.settings import GameSettings
from robustgan.networks import AveragedDiscriminator, LocationGenerator, Perceptron, Squash


@dataclass(frozen=True)
class GameResult:
    """What a game says about one sample, in the sample's standardised coordinates.

    Attributes
    ----------
    raw : ndarray of shape (1 + k, n_features)
        The game's own location, then its scatter, averaged over the last iterates.
    raw_radius : ndarray of shape (n_learned,)
        What the game learned of the radius.
    clean_probability : ndarray of shape (n_samples,)
        Each row's local false discovery rate, by a discriminator that has not seen it.
    divergence : float
        Held-out divergence of the data from the fitted law, in the objective's units.
    has_escaped : bool
        Whether the game ended where no location can be, and the start stood in for its law.
    has_rival : bool
        Whether another start led to another law that fits the data as well.
    has_majority : bool
        Whether at least half of the rows are more likely clean than not.
    discriminator : AveragedDiscriminator
        On the CPU; averaged over folds and iterates.
    threshold : float
        Score of ``discriminator`` above which a row is more likely an outlier than not.
    history : History
        Of the game.
    """

    raw: NDArray[np.float64]
    raw_radius: NDArray[np.float64]
    clean_probability: NDArray[np.float64]
    divergence: float
    has_escaped: bool
    has_rival: bool
    has_majority: bool
    discriminator: AveragedDiscriminator
    threshold: float
    history: History

    @property
    def has_converged(self) -> bool:
        """Whether the game settled, where a location can be and nowhere else."""
        return bool(self.history.converged[0]) and not self.has_escaped and not self.has_rival

    def problem(self) -> str:
        """Say what is wrong with the result and what to try; empty if nothing is."""
        if self.has_escaped:
            return (
                "The game ended where no location can be: the rows were judged from the "
                "coordinate median, and raw_location_ should not be used. Compare with "
                "another covariance=, or raise n_init."
            )
        if self.has_rival:
            return (
                "Two starts led to different laws that held-out rows cannot tell apart; the one "
                "with the smaller divergence was kept. Raise n_init or max_iter, and look at the "
                "outliers before you trust either."
            )
        if not self.has_majority:
            return (
                "Most rows do not look like the fitted law; the half nearest to it was kept. "
                "Compare with another covariance= or family=, or transform the columns."
            )
        if not self.has_converged:
            return (
                f"The location had not settled after {self.history.n_iter[0]} epochs. Increase "
                "max_iter or tol, or lower the learning rates."
            )
        return ""


def play(
    samples: Tensor,
    settings: GameSettings,
    seeds: Sequence[int],
    listening: Sequence[Callback] = (),
) -> list[GameResult]:
    """Play the game on several samples at once and judge their rows.

    Parameters
    ----------
    samples : Tensor of shape (n_fits, n_samples, n_features)
        Centred and scaled, float32. A sample's result does not depend on the others.
    settings : GameSettings
    seeds : sequence of int, of length n_fits * n_init
        Those of one sample's starts beside each other.
    listening : sequence of Callback, default=()

    Returns
    -------
    results : list of GameResult, of length n_fits
    """
    spawned = [make_seeds(seed, settings.n_folds + 1) for seed in seeds]
    first, rest = [s[0] for s in spawned], [s[1:] for s in spawned]
    features = Squash(samples.shape[-1])
    columns = features(samples)
    history, radius = _compete(samples, columns, features, settings, first, listening)
    moments, escaped = recall(torch.from_numpy(history.tail_mean()).to(samples))
    laws = Laws(moments, radius)
    chosen, rivals = _choose(samples, columns, features, settings, rest, laws, listening)
    laws = laws.select(chosen)
    judges = Judges(samples, columns, features, settings, [rest[i] for i in chosen])
    for schedule in settings.refinements:
        verdicts = judges.judge(laws, schedule, listening)
        laws = judges.laws_of_kept_rows(verdicts)
    results = []
    for fit, (verdict, start) in enumerate(zip(verdicts, chosen, strict=True)):
        discriminator, threshold = judges.averaged_discriminator(fit, verdict.cut)
        of_start = history.select([start])
        results.append(
            GameResult(
                raw=of_start.tail_mean()[0],
                raw_radius=to_array(radius[start]),
                clean_probability=verdict.clean_probability,
                divergence=verdict.divergence,
                has_escaped=bool(escaped[start]),
                has_rival=rivals[fit],
                has_majority=verdict.has_majority,
                discriminator=discriminator.cpu(),
                threshold=threshold,
                history=of_start,
            )
        )
    return results


def _compete(
    samples: Tensor,
    columns: Tensor,
    features: Squash,
    settings: GameSettings,
    seeds: Sequence[int],
    listening: Sequence[Callback],
) -> tuple[History, Tensor]:
    """Let one pair of players a start play until the law settles.

    Returns the history, and what each start has learned of the radius.
    """
    n_fits, n_samples, n_columns = columns.shape
    streams = Streams(seeds, columns.device)
    discriminator = Perceptron(
        n_columns, settings.hidden_units, settings.activation, streams=streams
    )
    generator = LocationGenerator(
        columns.new_zeros(len(seeds), n_columns - 1),
        settings.covariance,
        streams=streams,
        learn_location=settings.learn_location,
        rank=settings.family.rank,
        radius=settings.family.radius(len(seeds), n_columns - 1, streams),
    )
    start = settings.family.start(samples)
    law = generator.track()
    if settings.family.rank is not None:
        starts = torch.stack([principal_start(rows, settings.family.rank) for rows in samples])
        law[:, 1:] = starts.repeat_interleave(settings.n_init, dim=0)
    generator.set_law(
        far_starts(law, settings.n_init),
        None if start is None else start.repeat_interleave(settings.n_init, dim=0),
    )
    rows = torch.arange(n_fits * n_samples, device=columns.device).view(n_fits, n_samples)
    history = train(
        adversaries(
            generator,
            discriminator,
            settings.objective,
            features=features,
            batch_size=min(settings.batch_size, n_samples),
            penalty=settings.weight_penalty / n_samples,
            rates=settings.rates,
            last_layer_norm=settings.last_layer_norm,
        ),
        columns.reshape(-1, n_columns),
        track=generator.track,
        streams=streams,
        schedule=settings.schedule,
        batch_size=settings.batch_size,
        rows=rows.repeat_interleave(settings.n_init, dim=0),
        scale=n_samples**-0.5,
        callbacks=listening,
    )
    return history, generator.radius_state()


def _choose(
    samples: Tensor,
    columns: Tensor,
    features: Squash,
    settings: GameSettings,
    seeds: Sequence[Sequence[int]],
    laws: Laws,
    listening: Sequence[Callback],
) -> tuple[list[int], list[bool]]:
    """Choose the start of each sample whose law a held-out discriminator tells least from it.

    Returns its index among all starts, and whether another law fits as well.
    """
    n_init = settings.n_init
    if n_init == 1:
        return list(range(len(samples))), [False] * len(samples)
    samples, columns = (X.repeat_interleave(n_init, dim=0) for X in (samples, columns))
    judges = Judges(samples, columns, features, settings, seeds)
    verdicts = judges.judge(laws, settings.refinements[0], listening)
    chosen, rivals = [], []
    for first in range(0, len(verdicts), n_init):
        starts = range(first, first + n_init)
        best = min(starts, key=lambda start: verdicts[start].divergence)
        limit = verdicts[best].divergence + 3 * verdicts[best].divergence_error
        rivals.append(
            any(
                verdicts[start].divergence <= limit
                and are_apart(
                    laws.moments[start],
                    laws.moments[best],
                    n_samples=samples.shape[1],
                    up_to_scale=settings.family.learns_scale,
                )
                for start in starts
            )
        )
        chosen.append(best)
    return chosen, rivals
