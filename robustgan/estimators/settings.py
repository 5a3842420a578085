"""Parameters of a JS-GAN estimator: checked, and completed by the size of the sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from robustgan._bridge.calibration import check_calibration
from robustgan._bridge.outliers import Contamination, check_contamination
from robustgan._bridge.parameters import check_choice, check_integer, check_real
from robustgan.engine import LearningRates, Schedule
from robustgan.estimators.families import FAMILIES, Family
from robustgan.estimators.scores import SCORE_BY
from robustgan.networks import ACTIVATIONS, COVARIANCES
from robustgan.objectives import Objective, resolve_objective

# Fewest rows, and rows a feature, with which a game has been seen to help.
_MIN_ROWS, _MIN_ROWS_PER_FEATURE = 200, 5
# Where rows are fewer, a covariance has common factors: at most so many, one for so many rows.
_MOST_FACTORS, _ROWS_PER_FACTOR = 10, 40
# Below this many rows a feature a discriminator overfits: more folds, and more steps on each.
_ROWS_PER_FEATURE_FOR_TWO_FOLDS = 200
# Epochs of the game: the fewest of search, and those of settling. A whole covariance goes through
# the sample's own, the wrong basin, before it lets go of a cluster.
_SEARCH, _SETTLE = {"identity": 4, "diagonal": 4, "full": 12}, 16
# Epochs of the first and of later rounds of judging, with many rows a feature and with few.
_JUDGING = {True: (10, 5), False: (10, 10)}
# A judge has a fixed opponent and few directions to find: it can afford a stronger prior.
_FOLD_PENALTY = {True: 1.0, False: 4.0}
_LEAST_INTEGERS = {"batch_size": 1, "max_iter": 2, "n_init": 1, "n_refinements": 1, "verbose": 0}


@dataclass(frozen=True)
class GameSettings:
    """How a game is played; see `JSGANMean` for what its parameters mean."""

    covariance: str
    family: Family
    learn_location: bool
    objective: Objective
    hidden_units: tuple[int, ...]
    activation: str
    rates: LearningRates
    batch_size: int
    weight_penalty: float
    last_layer_norm: float | None
    schedule: Schedule
    n_init: int
    n_folds: int
    fold_penalty: float
    refinements: tuple[Schedule, ...]


class Parameters(Protocol):
    """The parameters that a game reads off its estimator; see `JSGANMean`."""

    objective: str | Objective
    hidden_units: Sequence[int]
    activation: str
    discriminator_learning_rate: float
    generator_learning_rate: float
    betas: tuple[float, float]
    weight_penalty: float
    last_layer_norm: float | None
    batch_size: int
    max_iter: int
    tol: float
    n_init: int
    n_folds: int | str
    n_refinements: int
    contamination: Contamination
    alpha: float
    adjust: str | None
    score_by: str


def least_rows(n_features: int, rank: int | None = None) -> int:
    """Return the fewest rows with which a game is played."""
    return _MIN_ROWS if rank is not None else max(_MIN_ROWS, _MIN_ROWS_PER_FEATURE * n_features)


def choose_rank(n_samples: int, n_features: int) -> int | None:
    """Return how many common factors a sample can tell; None where a whole matrix can be had."""
    if not _MIN_ROWS <= n_samples < least_rows(n_features):
        return None
    return min(_MOST_FACTORS, n_samples // _ROWS_PER_FACTOR)


def choose_settings(
    parameters: Parameters,
    covariance: str,
    n_samples: int,
    n_features: int,
    *,
    family: Family,
    learn_location: bool,
) -> GameSettings:
    """Complete checked parameters by what depends on the size of the sample."""
    has_many_rows = n_samples >= _ROWS_PER_FEATURE_FOR_TWO_FOLDS * n_features
    n_folds = 2 if has_many_rows else 5
    if not isinstance(parameters.n_folds, str):
        n_folds = parameters.n_folds
        if n_folds > n_samples // 10:
            raise ValueError(
                f"n_folds must leave 10 rows a fold, at most {n_samples // 10} folds for "
                f"{n_samples} rows, got {n_folds}."
            )
    first, later = _JUDGING[has_many_rows]
    judging = (first, *[later] * (parameters.n_refinements - 1))
    n_settle = min(_SETTLE, parameters.max_iter - 1)
    n_search = min(_SEARCH[covariance], parameters.max_iter - n_settle)
    return GameSettings(
        covariance=covariance,
        family=family,
        learn_location=learn_location,
        n_init=parameters.n_init,
        objective=resolve_objective(parameters.objective),
        hidden_units=tuple(parameters.hidden_units),
        activation=parameters.activation,
        rates=LearningRates(
            parameters.discriminator_learning_rate,
            parameters.generator_learning_rate,
            parameters.betas,
        ),
        batch_size=parameters.batch_size,
        weight_penalty=parameters.weight_penalty,
        last_layer_norm=parameters.last_layer_norm,
        schedule=Schedule(n_search, n_settle, parameters.max_iter, parameters.tol),
        n_folds=n_folds,
        fold_penalty=_FOLD_PENALTY[has_many_rows],
        refinements=tuple(Schedule(0, n_epochs, n_epochs) for n_epochs in judging),
    )


def check_parameters(parameters: Parameters) -> None:
    """Raise an error that names the parameter, the rule and the value.

    Raises
    ------
    ValueError
        If a value is out of range or not among the choices.
    TypeError
        If a parameter is of a wrong kind.
    """
    if hasattr(parameters, "covariance"):
        check_choice("covariance", parameters.covariance, COVARIANCES)
    check_choice("activation", parameters.activation, tuple(ACTIVATIONS))
    resolve_objective(parameters.objective)
    check_contamination(parameters.contamination)
    check_calibration(parameters.alpha, parameters.adjust)
    check_choice("score_by", parameters.score_by, SCORE_BY)
    for name, least in _LEAST_INTEGERS.items():
        check_integer(name, getattr(parameters, name), least)
    for name in ("discriminator_learning_rate", "generator_learning_rate"):
        check_real(name, getattr(parameters, name), above=0)
    check_real("tol", parameters.tol, above=0)
    check_real("weight_penalty", parameters.weight_penalty, least=0)
    if parameters.last_layer_norm is not None:
        check_real("last_layer_norm", parameters.last_layer_norm, above=0)
    if hasattr(parameters, "family"):
        check_choice("family", parameters.family, FAMILIES)
        _check_df(parameters.family, getattr(parameters, "df", None))
        _check_rank(parameters.family, getattr(parameters, "rank", "auto"))
    if parameters.n_folds != "auto":
        check_integer("n_folds", parameters.n_folds, 2)
    _check_betas(parameters.betas)
    _check_hidden_units(parameters.hidden_units)


def _check_df(family: str, df: object) -> None:
    if df is None:
        return
    if family != "student":
        raise ValueError(
            f"df belongs to family='student', got df={df} with family={family!r}. Leave it out, "
            "or change the family."
        )
    check_real("df", df, above=0)


def _check_rank(family: str, rank: object) -> None:
    if rank is None or rank == "auto":
        return
    if family != "gaussian":
        raise ValueError(
            f"rank belongs to family='gaussian', got rank={rank} with family={family!r}. Leave it "
            "out, or change the family."
        )
    if isinstance(rank, str):
        raise ValueError(f"rank must be 'auto', None or an integer of at least 1, got {rank!r}.")
    check_integer("rank", rank, 1)


def _check_betas(betas: object) -> None:
    rule = "betas must be two numbers in [0, 1)"
    if not isinstance(betas, Sequence) or len(betas) != 2:
        raise TypeError(f"{rule}, got {betas!r}.")
    if not all(isinstance(beta, float | int) and 0 <= beta < 1 for beta in betas):
        raise ValueError(f"{rule}, got {betas!r}.")


def _check_hidden_units(hidden_units: object) -> None:
    if isinstance(hidden_units, str) or not isinstance(hidden_units, Sequence):
        raise TypeError(
            f"hidden_units must be a sequence of widths, got {hidden_units!r}. "
            "One hidden layer of 16 units is (16,)."
        )
    for width in hidden_units:
        check_integer("each of hidden_units", width, 1)
