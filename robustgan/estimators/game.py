"""The game as an estimate: play on folds, score honestly, reweight, refine.

Shared by the JS-GAN estimators. Knows standardised samples, several at once on the replica axis; it
does not know the data's units, nor scikit-learn.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import chi2
from torch import Tensor

from robustgan._bridge import Streams, make_seeds, to_array
from robustgan.engine import (
    Batches,
    Callback,
    History,
    LearningRates,
    Schedule,
    Snapshots,
    adversaries,
    critic,
    train,
)
from robustgan.estimators.laws import describe, recall, squared_distance
from robustgan.estimators.reweighting import (
    keep_majority,
    local_false_discovery_rate,
    tail_p_values,
)
from robustgan.networks import (
    AveragedDiscriminator,
    LocationGenerator,
    Perceptron,
    Squash,
)
from robustgan.objectives import Objective

# Clean reference draws for each fold, at least.
_MIN_DRAWS = 4000


@dataclass(frozen=True)
class GameSettings:
    """How a game is played; see `JSGANMean` for what its parameters mean."""

    covariance: str
    objective: Objective
    hidden_units: tuple[int, ...]
    activation: str
    rates: LearningRates
    batch_size: int
    weight_penalty: float
    schedule: Schedule
    n_folds: int
    fold_penalty: float
    refinements: tuple[Schedule, ...]


@dataclass(frozen=True)
class GameResult:
    """What a game says about one sample, in the sample's standardised coordinates.

    Attributes
    ----------
    raw : ndarray of shape (1 + k, n_features)
        The game's own location, then its covariance, averaged over the last iterates.
    clean_probability : ndarray of shape (n_samples,)
        Each row's local false discovery rate, by a discriminator that has not seen it.
    divergence : float
        Held-out divergence of the data from the fitted law, in the objective's units.
    has_escaped : bool
        Whether the game ended where no location can be, and the start stood in for its law.
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
    clean_probability: NDArray[np.float64]
    divergence: float
    has_escaped: bool
    has_majority: bool
    discriminator: AveragedDiscriminator
    threshold: float
    history: History

    @property
    def has_converged(self) -> bool:
        """Whether the game settled, and where a location can be."""
        return bool(self.history.converged[0]) and not self.has_escaped

    def problem(self) -> str:
        """Say what is wrong with the result and what to try; empty if nothing is."""
        if self.has_escaped:
            return (
                "The game ended where no location can be: the rows were judged from the "
                "coordinate median, and raw_location_ should not be used. Compare with "
                "another covariance=, or raise n_init."
            )
        if not self.has_majority:
            return (
                "Most rows do not look like the fitted law; the better half was kept. Compare "
                "with another covariance=, or transform the columns."
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
    seeds : sequence of int, of length n_fits
    listening : sequence of Callback, default=()

    Returns
    -------
    results : list of GameResult, of length n_fits
    """
    spawned = [make_seeds(seed, settings.n_folds + 1) for seed in seeds]
    features = Squash(samples.shape[-1])
    columns = features(samples)
    history = _compete(columns, features, settings, [first for first, *_ in spawned], listening)
    laws, escaped = recall(torch.from_numpy(history.tail_mean()).to(samples))
    judges = _Judges(samples, columns, features, settings, [rest for _, *rest in spawned])
    for schedule in settings.refinements:
        judges.believe(laws)
        judges.learn(schedule, listening)
        verdicts = judges.verdicts()
        laws = judges.laws_of_kept_rows(verdicts)
    return [
        judges.result(fit, verdict, history.select([fit]), has_escaped=bool(escaped[fit]))
        for fit, verdict in enumerate(verdicts)
    ]


def _compete(
    columns: Tensor,
    features: Squash,
    settings: GameSettings,
    seeds: Sequence[int],
    listening: Sequence[Callback],
) -> History:
    """Let one pair of players a sample play until the location settles."""
    n_fits, n_samples, n_columns = columns.shape
    streams = Streams(seeds, columns.device)
    discriminator = Perceptron(
        n_columns, settings.hidden_units, settings.activation, streams=streams
    )
    start = columns.new_zeros(n_fits, n_columns - 1)
    generator = LocationGenerator(start, settings.covariance, streams=streams)
    rows = torch.arange(n_fits * n_samples, device=columns.device).view(n_fits, n_samples)
    return train(
        adversaries(
            generator,
            discriminator,
            settings.objective,
            features=features,
            batch_size=min(settings.batch_size, n_samples),
            penalty=settings.weight_penalty / n_samples,
            rates=settings.rates,
        ),
        columns.reshape(-1, n_columns),
        track=generator.track,
        streams=streams,
        schedule=settings.schedule,
        batch_size=settings.batch_size,
        rows=rows,
        scale=n_samples**-0.5,
        callbacks=listening,
    )


@dataclass(frozen=True)
class _Verdict:
    """Honest judgement of one sample's rows."""

    clean_probability: NDArray[np.float64]
    cut: float
    divergence: float
    has_majority: bool


class _Judges:
    """One discriminator for each sample and fold, trained on the other folds alone.

    A row that a discriminator was trained on looks a little more suspicious to it than a fresh
    one, and reference draws are fresh: only honest scores can be ranked among them. Replica
    ``fit * n_folds + fold`` judges that fold of that sample.
    """

    def __init__(
        self,
        samples: Tensor,
        columns: Tensor,
        features: Squash,
        settings: GameSettings,
        seeds: Sequence[Sequence[int]],
    ) -> None:
        self.samples, self.columns, self.features = samples, columns, features
        self.settings = settings
        self.streams = Streams([seed for of_fit in seeds for seed in of_fit], samples.device)
        self.folds = self._deal_folds([of_fit[0] for of_fit in seeds])
        self.rows = self._training_rows()
        self.discriminator = Perceptron(
            columns.shape[-1], settings.hidden_units, settings.activation, streams=self.streams
        )
        start = samples.new_zeros(len(self.streams), samples.shape[-1])
        self.generator = LocationGenerator(start, settings.covariance, streams=self.streams)
        self.snapshots: Snapshots

    def _deal_folds(self, seeds: Sequence[int]) -> Tensor:
        """Deal the rows of each sample to folds at random, of shape (n_fits, n_samples)."""
        order = Streams(seeds, self.samples.device).permutation(self.samples.shape[1])
        return order % self.settings.n_folds

    def _training_rows(self) -> Tensor:
        """Return what each replica is trained on: rows that it will not judge."""
        n_samples, n_folds = self.samples.shape[1], self.settings.n_folds
        # The same number for every fold, so that replicas keep one shape.
        n_rows = n_samples - -(-n_samples // n_folds)
        chosen = [
            (folds != fold).nonzero()[:n_rows, 0] + fit * n_samples
            for fit, folds in enumerate(self.folds)
            for fold in range(n_folds)
        ]
        return torch.stack(chosen)

    def believe(self, laws: Tensor) -> None:
        """Take the law of each sample, of shape (n_fits, 1 + k, n_features), for the truth."""
        self.generator.set_law(laws.repeat_interleave(self.settings.n_folds, dim=0))

    def learn(self, schedule: Schedule, listening: Sequence[Callback]) -> None:
        """Train the discriminators against the law that is believed."""
        n_rows, batch_size = self.rows.shape[1], self.settings.batch_size
        # The law is fixed, so as many draws as rows are made at once.
        with torch.no_grad():
            pool = self.features(self.generator.sample(n_rows))
        every = torch.arange(pool[..., 0].numel(), device=pool.device).view(pool.shape[:2])
        draws = Batches(pool.reshape(-1, pool.shape[-1]), every, batch_size, self.streams)
        judge = critic(
            self.discriminator,
            self.settings.objective,
            draws.draw,
            penalty=self.settings.fold_penalty / n_rows,
            rates=self.settings.rates,
        )
        self.snapshots = Snapshots(self.discriminator, schedule.n_average)
        train(
            [judge],
            self.columns.reshape(-1, self.columns.shape[-1]),
            track=lambda: self.generator.location[:, 0, :1].detach(),
            streams=self.streams,
            schedule=schedule,
            batch_size=batch_size,
            rows=self.rows,
            callbacks=[self.snapshots, *listening],
            stage="judging",
        )

    def verdicts(self) -> list[_Verdict]:
        """Score every row by the discriminator that has not seen it."""
        n_folds, n_samples = self.settings.n_folds, self.samples.shape[1]
        draws, laws = self.reference_draws(), self.generator.track()
        verdicts = []
        for fit, (rows, folds) in enumerate(zip(self.samples, self.folds, strict=True)):
            p_values, divergence = np.empty(n_samples), 0.0
            for fold in range(n_folds):
                replica = fit * n_folds + fold
                judge = AveragedDiscriminator(self.features, self.snapshots.replicas(replica))
                judged = folds == fold
                real, fake = judge(rows[judged]), judge(draws[replica])
                divergence += float(self.settings.objective.divergence(real, fake)) / n_folds
                p_values[judged.cpu().numpy()] = tail_p_values(to_array(real), to_array(fake))
            honest = local_false_discovery_rate(p_values)
            probability = keep_majority(honest, p_values)
            kept = probability >= 0.5
            cut = float(p_values[kept].min())
            # A discriminator knows little of where neither clean rows nor many outliers are.
            # The fitted law does, so it judges what is left.
            distance = to_array(squared_distance(rows, laws[fit * n_folds]))
            by_law = chi2.sf(distance[kept], df=rows.shape[1])
            by_distance = local_false_discovery_rate(by_law)
            probability[kept] = np.minimum(probability[kept], by_distance)
            n_clean = np.count_nonzero(np.minimum(honest, probability) >= 0.5)
            probability = keep_majority(probability, -distance)
            verdicts.append(_Verdict(probability, cut, divergence, bool(2 * n_clean >= n_samples)))
        return verdicts

    @torch.no_grad()
    def reference_draws(self) -> Tensor:
        """Draw from every replica's law, of shape (R, n_draws, n_features)."""
        return self.generator.sample(
            max(self.samples.shape[1] // self.settings.n_folds, _MIN_DRAWS)
        )

    def laws_of_kept_rows(self, verdicts: Sequence[_Verdict]) -> Tensor:
        """Describe the rows of each sample that are more likely clean than not."""
        laws = []
        for rows, verdict in zip(self.samples, verdicts, strict=True):
            kept = torch.from_numpy(verdict.clean_probability >= 0.5).to(rows.device)
            laws.append(describe(rows[kept], self.settings.covariance))
        return torch.stack(laws)

    def result(
        self, fit: int, verdict: _Verdict, history: History, *, has_escaped: bool
    ) -> GameResult:
        """Gather what was found about one sample."""
        n_folds = self.settings.n_folds
        replicas = range(fit * n_folds, (fit + 1) * n_folds)
        averaged = AveragedDiscriminator(self.features, self.snapshots.replicas(list(replicas)))
        reference = to_array(averaged(self.reference_draws()[replicas[0]]))
        level = max(verdict.cut, 1 / (1 + len(reference)))
        return GameResult(
            raw=history.tail_mean()[0],
            clean_probability=verdict.clean_probability,
            divergence=verdict.divergence,
            has_escaped=has_escaped,
            has_majority=verdict.has_majority,
            discriminator=averaged.cpu(),
            threshold=float(np.quantile(reference, 1 - level)),
            history=history,
        )
