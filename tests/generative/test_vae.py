"""VAE and Autoencoder: verbs, walks, robustness, checkpoints, files, and what they refuse."""

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone, is_outlier_detector
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import estimator_checks_generator
from torch import nn

from robustgan import VAE, Autoencoder

QUICK = {"n_steps": 20, "steps_per_epoch": 5, "hidden_units": (8,), "batch_size": 32}
both = pytest.mark.parametrize("kind", [VAE, Autoencoder])


@pytest.fixture(name="X", scope="module")
def sample():
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(200, 2))
    return factors @ rng.normal(size=(2, 4)) + 0.1 * rng.normal(size=(200, 4)) + 3.0


@pytest.fixture(name="images", scope="module")
def pictures():
    return np.random.default_rng(0).integers(0, 2, size=(60, 1, 5, 6)).astype(float)


def fit(kind, X, **settings):
    return kind(**{**QUICK, "random_state": 0, **settings}).fit(X)


def weights(model):
    networks = (model.encoder_, model.decoder_)
    return [tensor for network in networks for tensor in network.state_dict().values()]


def assert_same_bits(one, other, X):
    for ours, theirs in zip(weights(one), weights(other), strict=True):
        assert torch.equal(ours, theirs)
    assert_array_equal(one.score_samples(X), other.score_samples(X))


class StopAfter:
    def __init__(self, n_epochs):
        self.n_epochs = n_epochs

    def on_epoch_end(self, state):
        return state.progress.epoch >= self.n_epochs


@both
def test_the_verbs_have_the_shapes_they_say(kind, X):
    model = fit(kind, X)
    assert model.transform(X).shape == (200, 2)
    assert model.inverse_transform(np.zeros((3, 2))).shape == (3, 4)
    assert model.reconstruct(X).shape == X.shape
    assert model.sample(5, random_state=0).shape == (5, 4)
    assert model.sample(5, random_state=0, with_noise=False).shape == (5, 4)
    for scores in (model.score_samples(X), model.decision_function(X), model.p_values(X)):
        assert scores.shape == (200,)
    assert set(model.predict(X)) <= {-1, 1}
    assert is_outlier_detector(model)


@both
@pytest.mark.parametrize("architecture", ["perceptron", "convolutional"])
@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
def test_images_of_odd_sides_go_through(kind, architecture, likelihood, images):
    settings = {"architecture": architecture, "likelihood": likelihood, "hidden_units": (4, 6)}
    model = fit(kind, images, **settings, scale="none", n_replicas=2)
    assert model.reconstruct(images).shape == images.shape
    assert model.sample(3, random_state=0, replica=1).shape == (3, 1, 5, 6)
    flat = fit(kind, images.reshape(60, 30), **settings, image_shape=(1, 5, 6), scale="none")
    assert flat.transform(images.reshape(60, 30)).shape == (60, 2)


@both
def test_rows_in_one_axis_need_the_shape_of_an_image(kind, X):
    with pytest.raises(ValueError, match="image_shape must be"):
        fit(kind, X, architecture="convolutional")


def test_networks_of_ones_own_are_trained(X):
    own = {"encoder": nn.Linear(4, 4), "decoder": nn.Linear(2, 4)}
    assert fit(VAE, X, **own).transform(X).shape == (200, 2)
    with pytest.raises(ValueError, match=r"encoder must return codes of shape \(n, 4\)"):
        fit(VAE, X, encoder=nn.Linear(4, 3))
    with pytest.raises(ValueError, match="decoder must return 4 values a row, got 5"):
        fit(VAE, X, decoder=nn.Linear(2, 5))


@both
def test_a_row_is_scored_alike_in_any_company(kind, X):
    model = fit(kind, X)
    # Matrix products round by their size.
    assert_allclose(model.score_samples(X[3:9]), model.score_samples(X)[3:9], rtol=1e-4, atol=1e-4)


def test_chunks_do_not_change_a_score(X, monkeypatch):
    model = fit(VAE, X)
    whole = model.score_samples(X, n_importance=10)
    monkeypatch.setattr("robustgan.generative.vae.CHUNK", 4)
    assert_allclose(model.score_samples(X, n_importance=10), whole, rtol=1e-4, atol=1e-4)


def test_more_importance_draws_do_not_worsen_the_bound(X):
    model = fit(VAE, X, n_steps=200)
    means = [model.score_samples(X, n_importance=k).mean() for k in (1, 10, 500)]
    assert means[0] < means[1] < means[2]


def test_densities_are_in_the_units_of_the_data(X):
    scale = np.array([1.0, 8.0, 0.25, 2.0])
    plain, scaled = fit(VAE, X), fit(VAE, X * scale)
    expected = plain.score_samples(X) - np.log(scale).sum()
    assert_allclose(scaled.score_samples(X * scale), expected, rtol=1e-4)
    assert_allclose(scaled.noise_variance_, plain.noise_variance_ * scale**2, rtol=1e-4)


def test_the_variance_is_learned_in_common_or_by_column_or_known(X):
    assert fit(VAE, X, scale="none").noise_variance_.shape == ()
    assert fit(VAE, X, variance="diagonal").noise_variance_.shape == (4,)
    known = fit(VAE, X, variance=0.25, scale="none")
    assert_allclose(known.noise_variance_, 0.25)
    with pytest.raises(AttributeError, match="likelihood='gaussian' only"):
        _ = fit(VAE, np.round(np.clip(X, 0, 1)), likelihood="bernoulli").noise_variance_


@both
def test_walks_decode_what_they_say(kind, X):
    model = fit(kind, X, n_steps=100)
    grid = model.manifold(5)
    assert grid.shape == (5, 5, 4)
    assert_allclose(
        grid[2, 2], model.inverse_transform(model.latent_mean_[None])[0], rtol=1e-4, atol=1e-5
    )
    assert model.traverse(1, X[:3], n_points=7).shape == (3, 7, 4)
    assert_allclose(model.traverse(0, n_points=5)[0], grid[:, 2], rtol=1e-4, atol=1e-5)
    line = model.interpolate(X[:2], X[2:4], 6)
    assert line.shape == (2, 6, 4)
    ends = model.reconstruct(X[:2]), model.reconstruct(X[2:4])
    assert_allclose(line[:, 0], ends[0], rtol=1e-4, atol=1e-4)
    assert_allclose(line[:, -1], ends[1], rtol=1e-4, atol=1e-4)


@both
def test_walks_outside_are_refused(kind, X):
    model = fit(kind, X)
    with pytest.raises(ValueError, match="coordinate below 2"):
        model.traverse(2)
    with pytest.raises(ValueError, match="two different ones"):
        model.manifold(3, coordinates=(1, 1))
    with pytest.raises(ValueError, match="as many rows as start"):
        model.interpolate(X[:2], X[:3])
    with pytest.raises(ValueError, match="codes of shape"):
        model.inverse_transform(np.zeros((2, 3)))


@both
def test_a_pipeline_takes_them_and_tables_come_out(kind, X):
    labels = (X[:, 0] > 3).astype(int)
    pipeline = make_pipeline(kind(**QUICK, random_state=0), LogisticRegression())
    assert pipeline.fit(X, labels).predict(X).shape == (200,)
    table = fit(kind, X).set_output(transform="pandas").transform(pd.DataFrame(X))
    assert list(table.columns) == [f"{kind.__name__.lower()}{i}" for i in (0, 1)]


@both
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_scikit_learns_checks_pass(kind):
    estimator = kind(n_steps=5, steps_per_epoch=5, hidden_units=(4,), random_state=0)
    for checked, check in estimator_checks_generator(estimator, legacy=True):
        check(checked)


@both
def test_the_same_seed_gives_the_same_bits_and_another_does_not(kind, X):
    one = fit(kind, X)
    assert_same_bits(one, fit(kind, X), X)
    assert not np.allclose(one.transform(X), fit(kind, X, random_state=1).transform(X))


@both
def test_the_first_replica_does_not_depend_on_the_others(kind, X):
    alone, among = fit(kind, X), fit(kind, X, n_replicas=3)
    assert_allclose(among.transform(X), alone.transform(X), rtol=1e-3, atol=1e-4)
    assert not np.allclose(*(among.transform(X, replica=r) for r in (0, 1)))


@pytest.mark.parametrize("n_replicas", [1, 2])
@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (VAE, {"warm_up": 0.5, "n_importance": 3}),
        (VAE, {"robust": "trimmed", "variance": "diagonal"}),
        (VAE, {"robust": "beta", "annealing": 0.0}),
        (Autoencoder, {"robust": "trimmed"}),
        (Autoencoder, {"architecture": "convolutional", "image_shape": (1, 2, 2)}),
    ],
)
def test_interrupted_and_resumed_equals_uninterrupted(X, tmp_path, kind, settings, n_replicas):
    settings = {**settings, "n_replicas": n_replicas}
    whole = fit(kind, X, **settings)
    path = tmp_path / "half"
    half = fit(kind, X, **settings, checkpoint=path, callbacks=[StopAfter(2)])
    assert len(half.history_.rates) == 2
    resumed = kind(**{**QUICK, "random_state": 0, **settings}).fit(X, resume_from=path)
    assert_same_bits(whole, resumed, X)


@both
@pytest.mark.parametrize("robust", [None, "trimmed"])
def test_a_saved_model_is_the_same_model(kind, X, tmp_path, robust):
    model = fit(kind, X, robust=robust, contamination=0.1, n_replicas=2)
    model.save(tmp_path / "model")
    loaded = kind.load(tmp_path / "model")
    assert loaded.get_params() == model.get_params()
    assert_same_bits(model, loaded, X)
    draws = (m.sample(9, random_state=0, replica=1) for m in (model, loaded))
    assert_array_equal(*draws)
    for m in (model, loaded):
        m.recalibrate(contamination=0.2)
    assert model.offset_ == loaded.offset_


@both
def test_it_is_quiet_unless_asked(kind, X, capsys):
    fit(kind, X)
    assert capsys.readouterr() == ("", "")
    fit(kind, X, verbose=1)
    assert kind.__name__ in capsys.readouterr().err


@both
def test_the_global_generators_are_left_alone(kind, images):
    np_state, torch_state = np.random.get_state()[1].copy(), torch.get_rng_state()
    fit(kind, images, architecture="convolutional", scale="none").sample(3)
    assert_array_equal(np_state, np.random.get_state()[1])
    assert torch.equal(torch_state, torch.get_rng_state())


@both
@pytest.mark.parametrize("robust", ["beta", "trimmed"])
def test_a_robust_fit_finds_rows_that_are_not_like_the_others(kind, X, robust):
    is_outlier = np.arange(len(X)) % 10 == 3
    dirty = X.copy()
    dirty[is_outlier] = [1e6, -1e6, 1e6, 0.0]
    settings = {"n_steps": 300, "hidden_units": (16,), "robust": robust}
    model = fit(kind, dirty, **settings)
    assert roc_auc_score(is_outlier, -model.score_samples(dirty)) == 1.0
    assert not model.support_[is_outlier].any()
    assert (model.predict(dirty)[is_outlier] == -1).all()
    assert model.support_.mean() > 0.7
    # The clean rows are described as if the others were not there.
    assert np.abs(model.reconstruct(X) - X).mean() < 1.0


@both
def test_rows_are_held_out_where_p_values_are_to_be_honest(kind, X):
    assert len(fit(kind, X, holdout=0.2).reference_scores_) == 40
    assert len(fit(kind, X).reference_scores_) == 200
    assert len(fit(kind, X, robust="beta").reference_scores_) <= 20


@both
def test_a_clone_is_unfitted_and_equal(kind, X):
    model = clone(fit(kind, X))
    with pytest.raises(NotFittedError):
        model.transform(X)


@both
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"likelihood": "poisson"}, "likelihood must be one of"),
        ({"robust": "huber"}, "robust must be one of 'beta', 'trimmed', got 'huber'"),
        ({"trimming": 0.5}, r"trimming must lie in \[0, 0.5\), got 0.5"),
        ({"power": 0.0}, "power must be finite and above 0"),
        ({"architecture": "dense"}, "architecture must be one of"),
        ({"latent_dim": 0}, "latent_dim must be at least 1, got 0"),
        ({"likelihood": "bernoulli"}, r"X must lie in \[0, 1\] for likelihood='bernoulli'"),
        ({"contamination": 0.7}, "contamination must be 'auto' or lie in"),
    ],
)
def test_a_bad_parameter_is_named(kind, X, settings, message):
    with pytest.raises(ValueError, match=message):
        fit(kind, X, **settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"variance": "full"}, "variance must be one of 'common', 'diagonal', got 'full'"),
        ({"variance": 0.0}, "variance must be finite and above 0"),
        ({"warm_up": 2.0}, "warm_up must be finite and at least 0 and at most 1"),
    ],
)
def test_a_bad_parameter_of_the_bound_is_named(X, settings, message):
    with pytest.raises(ValueError, match=message):
        fit(VAE, X, **settings)


def test_a_linear_autoencoder_finds_the_principal_plane():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2)) @ [[3.0, 0, 1, 0], [0, 2.5, 0, 1]] + rng.normal(size=(200, 4))
    settings = {"hidden_units": (), "n_steps": 500, "learning_rate": 0.02, "scale": "none"}
    model = fit(Autoencoder, X, **settings, steps_per_epoch=100, annealing=0.5)
    error = np.square(model.reconstruct(X) - X).sum()
    pca = PCA(2).fit(X)
    best = np.square(pca.inverse_transform(pca.transform(X)) - X).sum()
    assert best <= error * (1 + 1e-6)
    # It descends by minibatches.
    assert error < 1.05 * best


@pytest.mark.slow
def test_a_linear_vae_has_the_likelihood_of_probabilistic_pca(X):
    model = VAE(
        latent_dim=2,
        hidden_units=(),
        scale="none",
        n_steps=4000,
        learning_rate=0.03,
        annealing=0.7,
        random_state=0,
    ).fit(X)
    exact = PCA(2).fit(X).score(X)
    assert abs(model.score_samples(X, n_importance=1000).mean() - exact) < 0.01 * abs(exact)
