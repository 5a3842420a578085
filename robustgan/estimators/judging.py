"""Honest judgement of rows: discriminators trained on folds, against a law that is believed.

Knows standardised samples, several at once on the replica axis, and laws. It does not know how a
law was found.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from robustgan._bridge import Streams, to_array
from robustgan.engine import Batches, Callback, Schedule, Snapshots, critic, train
from robustgan.estimators.families import Laws
from robustgan.estimators.laws import squared_distance
from robustgan.estimators.reweighting import (
    keep_majority,
    keep_nearest_half,
    local_false_discovery_rate,
    tail_p_values,
)
from robustgan.estimators.settings import GameSettings
from robustgan.networks import AveragedDiscriminator, LocationGenerator, Perceptron, Squash

# Clean reference draws for each fold, at least.
_MIN_DRAWS = 4000


@dataclass(frozen=True)
class Verdict:
    """Honest judgement of one sample's rows."""

    clean_probability: NDArray[np.float64]
    cut: float
    divergence: float
    divergence_error: float
    has_majority: bool


class Judges:
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
        self.generator = LocationGenerator(
            start,
            settings.covariance,
            streams=self.streams,
            rank=settings.family.rank,
            radius=settings.family.radius(len(start), start.shape[1], self.streams),
        )
        self.laws: Laws
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

    def judge(self, laws: Laws, schedule: Schedule, listening: Sequence[Callback]) -> list[Verdict]:
        """Learn to tell the samples from laws, one each."""
        self.believe(laws)
        self.learn(schedule, listening)
        return self.verdicts()

    def believe(self, laws: Laws) -> None:
        """Take the law of each sample for the truth."""
        self.laws = laws
        self.generator.set_law(*laws.repeat(self.settings.n_folds))

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
            last_layer_norm=self.settings.last_layer_norm,
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

    def verdicts(self) -> list[Verdict]:
        """Score every row by the discriminator that has not seen it."""
        n_folds, n_samples = self.settings.n_folds, self.samples.shape[1]
        draws, laws = self.reference_draws(), self.generator.track()
        verdicts = []
        for fit, (rows, folds) in enumerate(zip(self.samples, self.folds, strict=True)):
            p_values, divergence, variance = np.empty(n_samples), 0.0, 0.0
            for fold in range(n_folds):
                replica = fit * n_folds + fold
                judge = AveragedDiscriminator(self.features, self.snapshots.replicas(replica))
                judged = folds == fold
                real, fake = judge(rows[judged]), judge(draws[replica])
                objective = self.settings.objective
                divergence += float(objective.divergence(real, fake)) / n_folds
                variance += objective.divergence_variance(real, fake) / n_folds**2
                p_values[judged.cpu().numpy()] = tail_p_values(to_array(real), to_array(fake))
            honest = local_false_discovery_rate(p_values)
            distance = squared_distance(rows, laws[fit * n_folds])
            probability = keep_nearest_half(honest, to_array(distance))
            has_majority = probability is honest
            kept = probability >= 0.5
            cut = float(p_values[kept].min())
            # A discriminator knows little of where neither clean rows nor many outliers are.
            # The fitted law does, so it judges what is left.
            by_law = self.settings.family.tail(distance, self.laws.radius[fit], rows.shape[1])
            if by_law is not None and has_majority:
                probability = honest.copy()
                by_distance = local_false_discovery_rate(by_law[kept])
                probability[kept] = np.minimum(probability[kept], by_distance)
                has_majority = bool(2 * np.count_nonzero(probability >= 0.5) >= n_samples)
                probability = keep_majority(probability, -to_array(distance))
            verdicts.append(Verdict(probability, cut, divergence, variance**0.5, has_majority))
        return verdicts

    @torch.no_grad()
    def reference_draws(self) -> Tensor:
        """Draw from every replica's law, of shape (R, n_draws, n_features)."""
        return self.generator.sample(
            max(self.samples.shape[1] // self.settings.n_folds, _MIN_DRAWS)
        )

    def laws_of_kept_rows(self, verdicts: Sequence[Verdict]) -> Laws:
        """Fit a law to the rows of each sample that are more likely clean than not."""
        settings = self.settings
        fitted = []
        for rows, verdict in zip(self.samples, verdicts, strict=True):
            kept = torch.from_numpy(verdict.clean_probability >= 0.5).to(rows.device)
            fitted.append(
                settings.family.fit(
                    rows[kept], settings.covariance, learn_location=settings.learn_location
                )
            )
        return Laws.stack(fitted)

    def averaged_discriminator(self, fit: int, cut: float) -> tuple[AveragedDiscriminator, float]:
        """Average the discriminators of a sample's folds, over their last iterates.

        Returns the average, and its score above which a row has a p-value below ``cut``.
        """
        n_folds = self.settings.n_folds
        replicas = list(range(fit * n_folds, (fit + 1) * n_folds))
        averaged = AveragedDiscriminator(self.features, self.snapshots.replicas(replicas))
        reference = to_array(averaged(self.reference_draws()[replicas[0]]))
        level = max(cut, 1 / (1 + len(reference)))
        return averaged, float(np.quantile(reference, 1 - level))
