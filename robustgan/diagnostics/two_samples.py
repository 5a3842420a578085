"""Can a classifier tell draws from data? A stopping statistic that means something.

A classifier learns on one half of data and draws and is asked about the other half. If both have
one law, it is right half of the time, whatever the classifier [1]_.

References
----------
.. [1] Lopez-Paz, D. and Oquab, M. (2017). Revisiting classifier two-sample tests. ICLR.
   doi:10.48550/arXiv.1610.06545
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import train_test_split
from sklearn.utils import check_array

from robustgan._bridge import make_seeds
from robustgan._bridge.parameters import check_integer
from robustgan.engine import TrainingState


@dataclass(frozen=True)
class TwoSampleTest:
    """How well a classifier tells two samples apart.

    Attributes
    ----------
    accuracy : float
        Share of held-out rows whose sample it names, in [0, 1]; 0.5 if the laws are one.
    p_value : float
        Probability of as many right answers or more, if the laws are one: exact, by the binomial
        law.
    n_held_out : int
        Rows that it was asked about.
    """

    accuracy: float
    p_value: float
    n_held_out: int


def two_sample_test(
    X: ArrayLike, Y: ArrayLike, *, classifier: Any = None, random_state: object = None
) -> TwoSampleTest:
    """Test whether two samples have one law, by a classifier on held-out halves.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...)
        Data that the generator has not seen.
    Y : array-like of shape (n_draws, ...)
        Draws. Of the larger sample only as many rows are used as the smaller one has.
    classifier : classifier, default=None
        Of scikit-learn's kind; cloned. None boosts histogram trees.
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator
        Deals the rows to halves, and seeds the default classifier.

    Returns
    -------
    test : TwoSampleTest

    Raises
    ------
    ValueError
        If the rows differ in shape, or a sample has fewer than 4.

    Examples
    --------
    >>> import numpy as np
    >>> from robustgan.diagnostics import two_sample_test
    >>> rng = np.random.default_rng(0)
    >>> X, Y = rng.normal(size=(500, 2)), rng.normal(size=(500, 2)) + 1.0
    >>> test = two_sample_test(X, Y, random_state=0)
    >>> test.accuracy > 0.7, test.p_value < 1e-6
    (True, True)
    """
    real, drawn = (_flat(name, sample) for name, sample in (("X", X), ("Y", Y)))
    if real.shape[1] != drawn.shape[1]:
        raise ValueError(
            f"Y must have rows like X, of {real.shape[1]} numbers, got {drawn.shape[1]}."
        )
    deal, seed = (s % 2**32 for s in make_seeds(random_state, 2))
    n = min(len(real), len(drawn))
    rng = np.random.default_rng(deal)
    rows = np.vstack([sample[rng.permutation(len(sample))[:n]] for sample in (real, drawn)])
    is_real = np.repeat([True, False], n)
    train, test, told, asked = train_test_split(
        rows, is_real, test_size=0.5, stratify=is_real, random_state=deal
    )
    judge = (
        HistGradientBoostingClassifier(max_iter=50, early_stopping=False, random_state=seed)
        if classifier is None
        else clone(classifier)
    )
    n_right = int((judge.fit(train, told).predict(test) == asked).sum())
    p_value = float(binom.sf(n_right - 1, len(asked), 0.5))
    return TwoSampleTest(n_right / len(asked), p_value, len(asked))


@dataclass
class HeldOutTest:
    """Stop a training when a held-out classifier test has stopped improving.

    A callback for ``callbacks=`` of a generative model, which tells it how to draw.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...)
        Data that the model is not fitted to.
    every : int, default=10
        Epochs from one test to the next.
    patience : int, default=3
        Tests without a lower accuracy, after which the training ends.
    classifier : classifier, default=None
        See `two_sample_test`.
    random_state : None, int, numpy.random.RandomState or numpy.random.Generator
        Of draws and tests; the training does not depend on it, but for its end.

    Attributes
    ----------
    epochs : list of int
        When it tested.
    tests : list of TwoSampleTest
        What it found.
    """

    X: ArrayLike
    every: int = 10
    patience: int = 3
    classifier: Any = None
    random_state: object = None
    epochs: list[int] = field(default_factory=list)
    tests: list[TwoSampleTest] = field(default_factory=list)
    _draw: Callable[[int, object], NDArray[np.float64]] | None = None

    def __post_init__(self) -> None:
        """Check the counts."""
        check_integer("every", self.every, 1)
        check_integer("patience", self.patience, 1)

    def watch(self, draw: Callable[[int, object], NDArray[np.float64]]) -> None:
        """Begin to test a model; ``draw(n, random_state)`` draws from it as it is then."""
        self._draw, self.epochs, self.tests = draw, [], []

    def on_epoch_end(self, state: TrainingState) -> bool:
        """Test now and then; return True when it has stopped getting better."""
        if self._draw is None:
            raise TypeError(
                "HeldOutTest must be a callback of a model that samples, got an estimator that "
                "does not."
            )
        if state.progress.epoch % self.every:
            return False
        drawn = self._draw(len(np.asarray(self.X)), self.random_state)
        self.epochs.append(state.progress.epoch)
        self.tests.append(
            two_sample_test(
                self.X, drawn, classifier=self.classifier, random_state=self.random_state
            )
        )
        accuracies = [test.accuracy for test in self.tests]
        best = int(np.argmin(accuracies))
        return len(accuracies) - 1 - best >= self.patience


def _flat(name: str, sample: ArrayLike) -> Any:
    """Return rows of one axis each, at least 4 of them."""
    array = check_array(sample, allow_nd=True, input_name=name)
    if len(array) < 4:
        raise ValueError(f"{name} must have at least 4 rows, got {len(array)}.")
    return array.reshape(len(array), -1)
