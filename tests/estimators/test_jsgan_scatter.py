"""JSGANScatter: the estimate, its identities, equivariance, starts, and bad input."""

import pickle
import warnings

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.covariance import EmpiricalCovariance
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from robustgan import JSGANMean, JSGANScatter, design
from robustgan.contamination import load_breast_cancer, load_hbk, load_stars_cyg, load_wood

SHORT = {
    "hidden_units": (4,),
    "batch_size": 64,
    "max_iter": 3,
    "n_init": 1,
    "n_folds": 2,
    "n_refinements": 1,
    "random_state": 0,
}
settles_not = pytest.mark.filterwarnings(
    "ignore:The location had not settled:sklearn.exceptions.ConvergenceWarning",
    "ignore:Two starts led to different laws:sklearn.exceptions.ConvergenceWarning",
    "ignore:Most rows do not look:sklearn.exceptions.ConvergenceWarning",
    "ignore:The game ended where no location can be:sklearn.exceptions.ConvergenceWarning",
)


def unsettled(test):
    """Let a test play a short game, with judges that are as short."""
    return settles_not(pytest.mark.usefixtures("short_judging")(test))


small = pytest.mark.filterwarnings(
    "ignore:A game needs at least:sklearn.exceptions.ConvergenceWarning"
)
FACTOR = np.array([[2.0, 0.0, 0.0], [0.8, 0.6, 0.0], [-5.0, 5.0, 7.0]])


def contaminated(n=600, p=3, shift=5.0, seed=0):
    """A fifth of outliers, in random order, and which they are."""
    rng = np.random.default_rng(seed)
    rows, is_outlier = rng.normal(size=(n, p)), np.arange(n) < n // 5
    rows[is_outlier] += shift
    order = rng.permutation(n)
    return rows[order], is_outlier[order]


@pytest.fixture(name="data", scope="module")
def sample():
    return contaminated()


@pytest.fixture(name="X", scope="module")
def rows(data):
    return data[0]


@pytest.fixture(name="fitted", scope="module")
def fitted_by_default(X):
    return JSGANScatter(random_state=0).fit(X)


def fit_short(X, **parameters):
    return JSGANScatter(**{**SHORT, **parameters}).fit(X)


@small
@unsettled
@parametrize_with_checks([JSGANScatter(**SHORT)])
def test_scikit_learn_finds_nothing_to_complain_about(estimator, check):
    check(estimator)


def test_the_estimate_is_near_that_of_the_clean_rows(fitted, data):
    X, is_outlier = data
    clean = X[~is_outlier]
    # 5 sqrt(3) = 8.7 standard deviations apart: no more than a few rows can be on the wrong side.
    assert np.linalg.norm(fitted.location_ - clean.mean(axis=0)) < 0.05
    assert np.linalg.norm(fitted.covariance_ - np.cov(clean.T), ord=2) < 0.1
    assert np.linalg.norm(np.cov(X.T) - np.cov(clean.T), ord=2) > 5


def test_it_is_mean_and_covariance_of_the_rows_that_are_kept(fitted, X):
    kept = X[fitted.support_]
    assert_allclose(fitted.location_, kept.mean(axis=0), rtol=1e-9)
    assert_allclose(fitted.covariance_, np.cov(kept.T, bias=True), rtol=1e-9)


def test_scatter_shape_and_precision_belong_together(fitted):
    assert_array_equal(fitted.scatter_, fitted.covariance_)
    assert_allclose(np.linalg.det(fitted.shape_), 1.0)
    assert_allclose(fitted.shape_ / fitted.shape_[0, 0], fitted.scatter_ / fitted.scatter_[0, 0])
    assert_allclose(fitted.precision_ @ fitted.covariance_, np.eye(3), atol=1e-9)


def test_what_scikit_learns_covariances_do_works(fitted, X):
    assert isinstance(fitted, EmpiricalCovariance)
    centred = X - fitted.location_
    expected = np.einsum("ni,ij,nj->n", centred, fitted.precision_, centred)
    assert_allclose(fitted.mahalanobis(X), expected, rtol=1e-9)
    assert_array_equal(fitted.get_precision(), fitted.precision_)
    assert fitted.error_norm(fitted.covariance_) == 0
    assert np.isfinite(fitted.score(X))


def test_outliers_are_flagged_and_clean_rows_are_not(fitted, data):
    X, is_outlier = data
    flagged = fitted.predict(X) == -1
    assert flagged[is_outlier].mean() > 0.98
    assert flagged[~is_outlier].mean() < 0.03


def test_the_game_ends_by_itself(fitted):
    assert fitted.converged_
    assert fitted.n_iter_ < fitted.max_iter
    assert fitted.fallback_ is None


@unsettled
def test_the_fit_follows_the_units_of_every_column(X):
    units, shifts = np.array([1e-9, 1e9, 7.0]), np.array([1e-8, -3e9, 100.0])
    plain, moved = fit_short(X), fit_short(units * X + shifts)
    assert_array_equal(moved.support_, plain.support_)
    assert_allclose(moved.location_, units * plain.location_ + shifts, rtol=1e-9)
    for name in ("covariance_", "raw_covariance_"):
        expected = np.outer(units, units) * getattr(plain, name)
        assert_allclose(getattr(moved, name), expected, rtol=1e-7)


@pytest.mark.slow
@pytest.mark.representative
def test_the_fit_follows_an_affine_map_beyond_chance(fitted, X):
    moved = JSGANScatter(random_state=0).fit(X @ FACTOR.T + 3.0)
    back = np.linalg.solve(FACTOR, np.linalg.solve(FACTOR, moved.covariance_).T)
    # Another game: a few rows near the cut change sides, each worth 9 / 480 at most.
    assert_allclose(back, fitted.covariance_, atol=0.1)
    expected = FACTOR @ fitted.location_ + 3.0
    assert_allclose(np.linalg.solve(FACTOR, moved.location_ - expected), 0.0, atol=0.05)


@unsettled
def test_a_known_location_stays_at_zero(X):
    centred = fit_short(X, assume_centered=True)
    assert_array_equal(centred.location_, np.zeros(3))
    assert_array_equal(centred.raw_location_, np.zeros(3))
    kept = X[centred.support_]
    assert_allclose(centred.covariance_, kept.T @ kept / len(kept), rtol=1e-9)


@unsettled
def test_the_precision_is_stored_only_if_wanted(X):
    without = fit_short(X, store_precision=False)
    assert without.precision_ is None
    assert_allclose(without.get_precision() @ without.covariance_, np.eye(3), atol=1e-9)


@unsettled
def test_without_reweighting_the_estimates_are_the_games_own(X):
    raw = fit_short(X, reweight=False)
    assert_array_equal(raw.location_, raw.raw_location_)
    assert_array_equal(raw.covariance_, raw.raw_covariance_)


@unsettled
def test_the_same_seed_gives_the_same_bits(X):
    first, second = (fit_short(X, n_init=2) for _ in range(2))
    assert_array_equal(first.covariance_, second.covariance_)
    assert_array_equal(first.score_samples(X), second.score_samples(X))


@unsettled
def test_a_fit_does_not_depend_on_the_others_it_is_fitted_with(X):
    estimator = JSGANScatter(**{**SHORT, "n_init": 2})
    others = [contaminated(seed=seed)[0] for seed in (1, 2)]
    together = estimator.fit_samples([X, *others])[0]
    assert_array_equal(together.covariance_, fit_short(X, n_init=2).covariance_)


@unsettled
def test_it_shares_one_game_with_the_full_mean(X):
    shared = {**SHORT, "generator_learning_rate": 0.1}
    mean = JSGANMean(**shared, covariance="full").fit(X)
    scatter = JSGANScatter(**shared).fit(X)
    assert_array_equal(mean.location_, scatter.location_)
    assert_array_equal(mean.covariance_, scatter.covariance_)


@unsettled
def test_the_norm_of_the_last_layer_reaches_game_and_judges(X):
    fitted = fit_short(X, last_layer_norm=0.2)
    last = fitted.discriminator_.perceptrons.layers[-1][0]
    assert (last.abs().sum(dim=(1, 2)) <= 0.2 * (1 + 2e-5)).all()


@unsettled
def test_it_survives_cloning_and_pickling(X):
    fitted = fit_short(X)
    restored = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(restored.score_samples(X), fitted.score_samples(X))
    assert clone(fitted).get_params() == fitted.get_params()


@pytest.mark.slow
@pytest.mark.parametrize("start", [0, 1])
def test_every_start_finds_the_clean_rows(data, start, monkeypatch):
    """The near one and the far one, each on its own."""
    X, is_outlier = data
    monkeypatch.setattr(
        "robustgan.estimators.game.far_starts",
        lambda laws, n_init: torch.cat([laws[:, :1], laws[:, 1:] * (9.0 if start else 1.0)], dim=1),
    )
    fitted = JSGANScatter(n_init=1, random_state=0).fit(X)
    assert fitted.support_[~is_outlier].mean() > 0.97
    assert fitted.support_[is_outlier].mean() < 0.03


def test_laws_that_fit_as_well_and_differ_are_said(X, monkeypatch):
    monkeypatch.setattr(
        "robustgan.estimators.game.are_apart", lambda law, other, **_: law is not other
    )
    with pytest.warns(ConvergenceWarning, match="Two starts led to different laws"):
        fitted = JSGANScatter(**{**SHORT, "max_iter": 60, "n_init": 2}).fit(X)
    assert not fitted.converged_


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"n_init": 0}, "n_init must be at least 1, got 0"),
        ({"last_layer_norm": 0.0}, "last_layer_norm must be finite and above 0, got 0.0"),
        ({"objective": "nothing"}, "objective must be"),
        ({"hidden_units": 16}, "hidden_units must be a sequence"),
        ({"contamination": 0.7}, "contamination must be 'auto' or lie in"),
        ({"device": "abacus"}, "device must be"),
        ({"family": "normal"}, "family must be"),
        ({"rank": 0}, "rank must be at least 1, got 0"),
        ({"rank": "low"}, "rank must be 'auto', None or an integer"),
        ({"rank": 3}, "rank must be below the number of features, 3, got 3"),
        ({"rank": 1, "family": "student"}, "rank belongs to family='gaussian'"),
        ({"df": 3.0}, "df belongs to family='student', got df=3.0"),
        ({"family": "student", "df": 0.0}, "df must be finite and above 0, got 0.0"),
    ],
)
def test_bad_parameters_are_named(X, parameters, match):
    with pytest.raises((ValueError, TypeError), match=match):
        JSGANScatter(**parameters).fit(X)


def test_a_constant_column_takes_no_part(X):
    padded = np.insert(X, 1, 2.0, axis=1)
    short = JSGANScatter(n_init=1, n_refinements=1, max_iter=4, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        with pytest.warns(UserWarning, match="got a constant in column 1"):
            fit = clone(short).fit(padded)
        plain = short.fit(X)
    others = [0, 2, 3]
    assert fit.location_[1] == 2.0
    assert_array_equal(fit.location_[others], plain.location_)
    assert_array_equal(fit.covariance_[np.ix_(others, others)], plain.covariance_)
    assert not fit.covariance_[1].any()
    assert not fit.precision_[:, 1].any()
    assert_array_equal(fit.predict(padded), plain.predict(X))
    assert_allclose(fit.mahalanobis(padded), plain.mahalanobis(X), rtol=1e-6)
    contributions = fit.feature_contributions(padded[:5])
    assert_array_equal(contributions, np.insert(plain.feature_contributions(X[:5]), 1, 0.0, axis=1))
    drawn = fit.sample(50, random_state=0)
    assert_array_equal(drawn[:, 1], 2.0)
    assert_allclose(drawn[:, others], plain.sample(50, random_state=0), rtol=1e-9)


@unsettled
def test_a_repeated_column_gets_a_finite_answer(X):
    doubled = fit_short(np.c_[X, X[:, 0]], max_iter=40)
    assert np.isfinite(doubled.covariance_).all()
    assert_allclose(doubled.covariance_[0], doubled.covariance_[3], rtol=1e-6, atol=1e-9)
    assert np.isfinite(doubled.score_samples(np.c_[X, X[:, 0]])).all()


@small
@pytest.mark.parametrize(
    ("load", "flagged"),
    [
        (load_hbk, range(14)),
        (load_wood, [3, 5, 7, 18]),
        # Row 7 (6 here) is no giant but lies between, and every robust reference in R flags it too.
        (load_stars_cyg, [6, 10, 19, 29, 33]),
    ],
)
def test_classic_outliers_are_flagged_without_a_game(load, flagged):
    X = load().data
    fitted = JSGANScatter(random_state=0).fit(X)
    assert fitted.fallback_ == "reweighted deterministic MCD"
    assert_array_equal(np.flatnonzero(fitted.predict(X) == -1), list(flagged))


@small
@pytest.mark.parametrize("n_samples", [2, 5, 39])
def test_fewer_rows_than_features_get_a_regularised_answer(n_samples):
    X = np.random.default_rng(0).normal(size=(n_samples, 60))
    fitted = JSGANScatter(random_state=0).fit(X)
    assert fitted.fallback_ == "reweighted regularised MCD"
    assert (np.linalg.eigvalsh(fitted.covariance_) > 0).all()
    assert np.isfinite(fitted.score_samples(X)).all()


@small
def test_a_small_sample_with_a_known_location_stays_at_zero():
    X = contaminated(n=60, shift=20.0)[0]
    fitted = JSGANScatter(assume_centered=True, random_state=0).fit(X)
    assert_array_equal(fitted.location_, np.zeros(3))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "n_samples", "n_features", "location", "scatter"),
    [
        # Ratios to the oracle; those of the issue, which medians of several seeds must reach, with
        # a tenth added for three seeds alone.
        ("shift.5", 5_000, 50, 1.24, 1.23),
        pytest.param("shift1", 1_000, 20, 1.25, 1.26, marks=pytest.mark.representative),
        ("none", 1_000, 20, 1.15, 1.19),
        pytest.param("far", 5_000, 50, 1.05, 1.05, marks=pytest.mark.representative),
    ],
)
def test_errors_are_near_the_oracles(name, n_samples, n_features, location, scatter):
    drawn = [design(name, n_features).sample(n_samples, rng=seed) for seed in (70, 71, 72)]
    fits = JSGANScatter(random_state=0).fit_samples([X for X, _ in drawn])
    ratios = []
    for fit, (X, is_outlier) in zip(fits, drawn, strict=True):
        clean, eye = X[~is_outlier], np.eye(n_features)
        errors = [
            (np.linalg.norm(mean), np.linalg.norm(covariance - eye, ord=2))
            for mean, covariance in (
                (fit.location_, fit.covariance_),
                (clean.mean(axis=0), np.cov(clean.T)),
            )
        ]
        ratios.append(np.divide(*errors))
    assert (np.median(ratios, axis=0) <= [location, scatter]).all()


def heavy_tailed(n=1_000, p=4, df=1.0, seed=0):
    """A fifth of outliers in one direction, beside Student rows, and which they are."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n, p)) / np.sqrt(rng.chisquare(df, size=(n, 1)) / df)
    is_outlier = np.arange(n) < n // 5
    rows[is_outlier] = 10.0 + rng.normal(size=(n // 5, p))
    order = rng.permutation(n)
    return rows[order], is_outlier[order]


@pytest.fixture(name="cauchy", scope="module")
def fitted_to_cauchy_rows():
    return JSGANScatter(family="elliptical", random_state=0).fit(heavy_tailed()[0])


def test_rows_without_moments_have_a_centre_and_a_shape(cauchy):
    X, is_outlier = heavy_tailed()
    # The best estimate's standard error is about sqrt(p / n) = .07 for either.
    assert np.linalg.norm(cauchy.location_) < 0.25
    assert np.linalg.norm(cauchy.shape_ - np.eye(4), ord=2) < 0.35
    assert np.linalg.det(cauchy.shape_) == pytest.approx(1)
    assert (cauchy.predict(X[is_outlier]) == -1).mean() > 0.95
    assert (cauchy.predict(X[~is_outlier]) == 1).mean() > 0.9


def test_the_median_distance_is_a_gaussians(cauchy):
    X, _ = heavy_tailed()
    assert cauchy.radial_.quantile(0.5) == pytest.approx(np.sqrt(3.357), rel=1e-3)
    kept = cauchy.mahalanobis(X[cauchy.support_])
    assert np.median(kept) == pytest.approx(3.357, rel=0.01)


def test_a_law_without_a_covariance_says_so(cauchy):
    assert not hasattr(cauchy, "covariance_")
    with pytest.raises(AttributeError, match="no second moment"):
        _ = cauchy.covariance_
    with pytest.raises(AttributeError, match="no second moment"):
        cauchy.error_norm(np.eye(4))
    assert_allclose(cauchy.get_precision() @ cauchy.scatter_, np.eye(4), atol=1e-9)


def test_draws_follow_the_fitted_law(cauchy):
    drawn = cauchy.sample(20_000, random_state=0)
    assert_array_equal(drawn, cauchy.sample(20_000, random_state=0))
    radii = np.sqrt(cauchy.mahalanobis(drawn))
    levels = np.array([0.1, 0.5, 0.9])
    assert_allclose(np.quantile(radii, levels), cauchy.radial_.quantile(levels), rtol=0.05)
    assert_allclose(np.median(drawn, axis=0), cauchy.location_, atol=0.1)


@pytest.mark.slow
def test_degrees_of_freedom_are_learned():
    X, is_outlier = heavy_tailed(df=4.0, seed=1)
    fitted = JSGANScatter(family="student", random_state=0).fit(X)
    # The likelihood's own standard error, from 800 clean rows, is about .5.
    assert 2.5 < fitted.df_ < 8
    assert_allclose(fitted.covariance_, fitted.df_ / (fitted.df_ - 2) * fitted.scatter_)
    assert (fitted.predict(X[is_outlier]) == -1).mean() > 0.95


@unsettled
def test_known_degrees_of_freedom_are_kept(X):
    assert fit_short(X, family="student", df=3.0).df_ == 3.0
    assert not hasattr(fit_short(X), "df_")


@unsettled
def test_another_family_leaves_nothing_behind(X):
    fitted = fit_short(X, family="student", df=2.0)
    assert not hasattr(fitted, "covariance_")
    fitted.set_params(family="gaussian", df=None).fit(X)
    assert_allclose(fitted.covariance_, fitted.scatter_)
    assert not hasattr(fitted, "df_")


@unsettled
@pytest.mark.parametrize("family", ["student", "elliptical"])
def test_families_are_equivariant_and_repeatable(X, family):
    fitted = fit_short(X, family=family)
    assert_array_equal(fit_short(X, family=family).scatter_, fitted.scatter_)
    scales = np.array([1e-9, 3.0, 1e9])
    moved = fit_short(X * scales + 2 * scales, family=family)
    assert_allclose(moved.location_, fitted.location_ * scales + 2 * scales, rtol=1e-6)
    assert_allclose(moved.scatter_, fitted.scatter_ * np.outer(scales, scales), rtol=1e-5)


@small
@unsettled
@pytest.mark.parametrize("family", ["student", "elliptical"])
@pytest.mark.parametrize("n_samples", [30, 4, 2])
def test_small_samples_of_every_family_have_an_answer(family, n_samples):
    X = np.random.default_rng(0).normal(size=(n_samples, 3))
    fitted = JSGANScatter(family=family, random_state=0).fit(X)
    assert fitted.fallback_
    assert np.isfinite(fitted.scatter_).all()
    assert np.isfinite(fitted.score_samples(X)).all()
    assert fitted.sample(5, random_state=0).shape == (5, 3)


def factor_model(n=300, p=100, seed=0):
    """Rows with two common factors and a clump of a fifth, the covariance, and who is clumped."""
    rng = np.random.default_rng(seed)
    loadings = rng.normal(size=(p, 2))
    X = rng.normal(size=(n, 2)) @ loadings.T + rng.normal(size=(n, p))
    is_outlier = rng.permutation(n) < n // 5
    X[is_outlier] = 3.0
    return X, loadings @ loadings.T + np.eye(p), is_outlier


@pytest.mark.slow
@settles_not
@pytest.mark.parametrize("p", [pytest.param(100, marks=pytest.mark.representative), 400])
def test_more_features_than_rows_still_have_a_clump_found(p):
    X, covariance, is_outlier = factor_model(p=p)
    fitted = JSGANScatter(random_state=0).fit(X)
    assert fitted.fallback_ is None
    assert (fitted.predict(X[is_outlier]) == -1).mean() > 0.95
    # The sample covariance of the clean rows is at about .2, the regularised MCD at .9.
    error = np.linalg.norm(fitted.covariance_ - covariance, ord=2)
    assert error < 0.4 * np.linalg.norm(covariance, ord=2)
    assert (np.linalg.eigvalsh(fitted.covariance_) > 0).all()


@unsettled
def test_a_rank_is_kept(X):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 6))
    fitted = fit_short(rows, rank=1)
    assert (np.linalg.eigvalsh(fitted.covariance_) > 0).all()
    # A diagonal plus one factor: what two columns share does not depend on the pair.
    c = fitted.covariance_
    assert c[0, 1] * c[2, 3] == pytest.approx(c[0, 3] * c[1, 2], rel=1e-6, abs=1e-9)
    assert_array_equal(fit_short(rows, rank=1, assume_centered=True).location_, np.zeros(6))


@unsettled
def test_the_rank_follows_from_the_size_of_the_sample():
    X = np.random.default_rng(0).normal(size=(240, 50))
    assert fit_short(X).fallback_ is None
    assert JSGANScatter()._family_for(240, 50).rank == 6
    assert JSGANScatter()._family_for(250, 50).rank is None
    assert JSGANScatter()._family_for(199, 50).rank is None
    assert JSGANScatter(rank=None)._family_for(240, 50).rank is None
    assert JSGANScatter(family="elliptical")._family_for(240, 50).rank is None


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_rows_that_no_normal_law_describes_are_ranked_by_distance(seed):
    """Skewed columns, 37 % malignant; the dense middle once passed for the outliers (AUC .3)."""
    data = load_breast_cancer()
    with pytest.warns(ConvergenceWarning, match="Most rows do not look like the fitted law"):
        fit = JSGANScatter(random_state=seed).fit(data.data)
    benign = ~data.is_outlier
    # EllipticEnvelope reaches .90.
    assert roc_auc_score(benign, fit.score_samples(data.data)) > 0.88
    assert fit.support_[benign].mean() > 0.7
    assert fit.support_[~benign].mean() < 0.15
