"""Recovery from linear measurements: closed forms, sparse and generated images, gross errors."""

from functools import cache

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning

from robustgan._bridge import make_seeds
from robustgan.recovery import (
    GenerativeRecovery,
    SparseRecovery,
    analysis_matrix,
    gaussian_operator,
    inpainting_operator,
    restricted_eigenvalue,
    superresolution_operator,
)
from robustgan.recovery.search import draw_latent

N_PIXELS, N_LATENT = 64, 5


@cache
def linear(n_latent=N_LATENT, n_pixels=N_PIXELS, seed=0):
    """A linear generator as a matrix of shape (n_latent, n_pixels)."""
    return torch.randn(n_latent, n_pixels, generator=torch.Generator().manual_seed(seed)) / 4


@cache
def network(n_latent=N_LATENT, n_pixels=N_PIXELS, seed=0):
    """A random network of one hidden layer."""
    rng = torch.Generator().manual_seed(seed)
    first = torch.randn(n_latent, 40, generator=rng) / n_latent**0.5
    last = torch.randn(40, n_pixels, generator=rng) / 40**0.5
    return lambda z: torch.tanh(torch.nn.functional.leaky_relu(z @ first, 0.2) @ last)


def images_of(generator, n_images, seed=1):
    latent = torch.randn(n_images, N_LATENT, generator=torch.Generator().manual_seed(seed))
    return generator(latent).double().numpy()


def spoil(b, share, seed=0):
    """Replace a share of each image's measurements by gross errors; say which."""
    rng = np.random.default_rng(seed)
    spoilt, is_spoilt = b.copy(), np.zeros(b.shape, dtype=bool)
    for row, mask in zip(spoilt, is_spoilt, strict=True):
        which = rng.choice(b.shape[1], round(share * b.shape[1]), replace=False)
        mask[which] = True
        row[which] = 10 * b.std() * rng.choice([-1, 1], len(which)) * rng.uniform(1, 2, len(which))
    return spoilt, is_spoilt


@pytest.mark.parametrize("penalty", [0.01, 0.5])
def test_a_linear_generator_gives_ridge_regression(penalty):
    W = linear().double().numpy()
    rng = np.random.default_rng(0)
    A = gaussian_operator(12, N_PIXELS, random_state=0)
    b = rng.normal(size=(4, 12))
    recovery = GenerativeRecovery(
        lambda z: z @ linear(), N_LATENT, penalty=penalty, n_restarts=1, random_state=0
    ).fit(A, b)
    M = A @ W.T
    expected = np.linalg.solve(M.T @ M + penalty * np.eye(N_LATENT), M.T @ b.T).T
    # Adam ends at a hundredth of its rate.
    assert_allclose(recovery.latent_, expected, atol=2e-3)
    assert_allclose(recovery.signal_, expected @ W, atol=2e-3)
    loss = ((b - expected @ M.T) ** 2).sum(axis=1) + penalty * (expected**2).sum(axis=1)
    assert_allclose(recovery.loss_, loss, rtol=1e-4)
    assert not recovery.is_outlier_.any()


def test_images_of_a_network_are_recovered_from_few_measurements():
    images = images_of(network(), 6)
    A = gaussian_operator(20, N_PIXELS, random_state=0)
    recovery = GenerativeRecovery(network(), N_LATENT, penalty=0, random_state=0)
    error = recovery.fit(A, images @ A.T).signal_ - images
    assert (error**2).mean() < 1e-4 < 0.05 < (images**2).mean()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["inpainting", "superresolution"])
def test_hidden_pixels_are_found(kind):
    images = images_of(network(), 4)
    is_seen = np.ones((8, 8), dtype=bool)
    is_seen[:, 4:] = False
    A = {
        "inpainting": inpainting_operator(is_seen),
        "superresolution": superresolution_operator((8, 8), 2),
    }[kind]
    recovery = GenerativeRecovery(network(), N_LATENT, penalty=0, random_state=0)
    error = recovery.fit(A, images @ A.T).signal_ - images
    assert (error**2).mean() < 1e-3


def test_an_image_does_not_depend_on_the_others():
    images = images_of(network(), 3)
    A = gaussian_operator(15, N_PIXELS, random_state=0)
    settings = {"n_restarts": 3, "n_steps": 100, "random_state": 0}
    together = GenerativeRecovery(network(), N_LATENT, **settings).fit(A, images @ A.T)
    alone = GenerativeRecovery(network(), N_LATENT, **settings).fit(A, images[0] @ A.T)
    assert alone.signal_.shape == (N_PIXELS,)
    assert alone.is_outlier_.shape == (15,)
    assert_allclose(alone.signal_, together.signal_[0], atol=1e-4)


def test_more_restarts_never_end_higher():
    images = images_of(network(), 5)
    A = gaussian_operator(15, N_PIXELS, random_state=0)
    losses = [
        GenerativeRecovery(network(), N_LATENT, n_restarts=n, n_steps=150, random_state=0)
        .fit(A, images[:1] @ A.T)
        .loss_
        for n in (1, 6)
    ]
    assert losses[1] <= losses[0] + 1e-6


@pytest.mark.slow
@pytest.mark.representative
def test_gross_errors_ruin_squares_and_not_the_robust_form():
    """With a tenth of them, the robust error is within 1.5 times of the clean one."""
    images = images_of(network(), 6)
    A = gaussian_operator(40, N_PIXELS, random_state=0)
    noise = 0.05 * np.random.default_rng(3).normal(size=(6, 40))
    b = images @ A.T + noise
    spoilt, is_spoilt = spoil(b, 0.1)

    def error(measured, loss):
        recovery = GenerativeRecovery(network(), N_LATENT, loss=loss, n_restarts=4, random_state=0)
        return ((recovery.fit(A, measured).signal_ - images) ** 2).mean(), recovery

    clean, _ = error(b, "squared")
    plain, _ = error(spoilt, "squared")
    robust, recovery = error(spoilt, "robust")
    assert robust < 1.5 * clean
    assert plain > 10 * robust
    # They are named, and few others are.
    assert recovery.is_outlier_[is_spoilt].all()
    assert recovery.is_outlier_[~is_spoilt].mean() < 0.1


@pytest.mark.slow
def test_without_errors_the_robust_form_costs_little():
    images = images_of(network(), 6)
    A = gaussian_operator(40, N_PIXELS, random_state=0)
    b = images @ A.T + 0.05 * np.random.default_rng(3).normal(size=(6, 40))
    errors = [
        (
            (GenerativeRecovery(network(), N_LATENT, loss=loss, random_state=0).fit(A, b).signal_)
            - images
        )
        for loss in ("squared", "robust")
    ]
    clean, robust = (np.mean(error**2) for error in errors)
    assert robust < 1.5 * clean


@cache
def principal_digits():
    """Digits of 8 x 8 pixels in [0, 1], and a linear generator of those that are not recovered."""
    X = load_digits().data / 16
    train, test = X[:1500], X[1500:1520]
    mean = train.mean(axis=0)
    _, scales, axes = np.linalg.svd(train - mean, full_matrices=False)
    loadings = axes[:15] * scales[:15, None] / np.sqrt(len(train))
    W, middle = (torch.tensor(v, dtype=torch.float32) for v in (loadings, mean))
    return test, lambda z: z @ W + middle


@pytest.mark.slow
@pytest.mark.parametrize("n_measurements", [20, 40])
def test_on_real_digits_gross_errors_cost_at_most_half_more(n_measurements):
    images, generator = principal_digits()
    A = gaussian_operator(n_measurements, 64, random_state=0)
    b = images @ A.T
    spoilt, _ = spoil(b, 0.1)
    errors = {}
    for name, loss, measured in (
        ("clean", "squared", b),
        ("plain", "squared", spoilt),
        ("robust", "robust", spoilt),
    ):
        recovery = GenerativeRecovery(
            generator, 15, penalty=0.02, loss=loss, n_restarts=4, random_state=0
        )
        errors[name] = ((recovery.fit(A, measured).signal_ - images) ** 2).mean()
    assert errors["robust"] < 1.5 * errors["clean"]
    assert errors["plain"] > 5 * errors["robust"]


def test_a_generator_beats_sparsity_where_measurements_are_few():
    images, generator = principal_digits()
    A = gaussian_operator(15, 64, random_state=0)
    b = images @ A.T
    ours = GenerativeRecovery(generator, 15, penalty=0.05, n_restarts=1, random_state=0).fit(A, b)
    error = ((ours.signal_ - images) ** 2).mean()
    for basis in ("pixel", "dct"):
        lasso = SparseRecovery((8, 8), basis=basis, penalty=0.003).fit(A, b)
        assert error < 0.7 * ((lasso.signal_ - images) ** 2).mean()


@pytest.mark.parametrize("basis", ["pixel", "dct", "wavelet"])
def test_bases_are_orthonormal(basis):
    if basis == "wavelet":
        pytest.importorskip("pywt")
    analysis = analysis_matrix(basis, (8, 4))
    assert_allclose(analysis @ analysis.T, np.eye(32), atol=1e-12)


@pytest.mark.parametrize(("basis", "shape"), [("dct", (6, 5)), ("wavelet", (28, 28))])
def test_a_flat_image_has_few_coefficients(basis, shape):
    if basis == "wavelet":
        pytest.importorskip("pywt")
    coefficients = analysis_matrix(basis, shape) @ np.ones(np.prod(shape))
    # 28 can be halved twice: 7 x 7 means are left.
    assert (np.abs(coefficients) > 1e-9).sum() == (1 if basis == "dct" else 49)


@pytest.mark.parametrize("basis", ["pixel", "dct", "wavelet"])
def test_basis_pursuit_finds_sparse_images_exactly(basis):
    if basis == "wavelet":
        pytest.importorskip("pywt")
    rng = np.random.default_rng(0)
    coefficients = np.zeros((3, 64))
    for row in coefficients:
        row[rng.choice(64, 4, replace=False)] = rng.normal(size=4) + 1
    images = coefficients @ analysis_matrix(basis, (8, 8))
    A = gaussian_operator(32, 64, random_state=1)
    found = SparseRecovery((8, 8), method="basis_pursuit", basis=basis).fit(A, images @ A.T)
    assert_allclose(found.signal_, images, atol=1e-8)
    assert_allclose(found.coef_, coefficients, atol=1e-8)


def test_the_lasso_meets_its_optimality_conditions():
    rng = np.random.default_rng(0)
    A, b = gaussian_operator(20, 64, random_state=0), rng.normal(size=(2, 20))
    penalty = 0.01
    found = SparseRecovery((8, 8), basis="dct", penalty=penalty).fit(A, b)
    design = A @ analysis_matrix("dct", (8, 8)).T
    slope = (b - found.coef_ @ design.T) @ design / 20
    assert np.abs(slope).max() <= penalty * 1.01
    active = found.coef_ != 0
    assert_allclose(slope[active], penalty * np.sign(found.coef_[active]), rtol=0.02)


def test_a_lasso_that_has_not_settled_warns():
    A = gaussian_operator(20, 64, random_state=0)
    b = np.random.default_rng(0).normal(size=20)
    with pytest.warns(ConvergenceWarning):
        SparseRecovery((8, 8), penalty=1e-6, max_iter=1).fit(A, b)


def test_measurements_that_no_image_has_are_refused():
    A = np.ones((2, 64))
    with pytest.raises(RuntimeError, match="method='lasso'"):
        SparseRecovery((8, 8), method="basis_pursuit").fit(A, [0.0, 1.0])


def test_the_least_ratio_of_a_linear_generator_is_a_singular_value():
    A = gaussian_operator(20, N_PIXELS, random_state=0)
    found = restricted_eigenvalue(A, lambda z: z @ linear(), N_LATENT, random_state=0)
    axes = np.linalg.qr(linear().double().numpy().T)[0]
    singular = np.linalg.svd(A @ axes, compute_uv=False)
    assert_allclose(found.smallest, singular[-1], rtol=1e-3)
    assert found.ratios[0] >= singular[-1] * (1 - 1e-5)
    assert found.ratios[-1] <= singular[0] * (1 + 1e-5)
    difference = found.pair[0] - found.pair[1]
    image = difference @ linear().double().numpy()
    ratio = np.linalg.norm(A @ image) / np.linalg.norm(image)
    assert_allclose(ratio, found.smallest, rtol=1e-3)


def test_fewer_measurements_than_latent_numbers_tell_nothing_apart():
    settings = {"n_pairs": 200, "random_state": 0}
    few = restricted_eigenvalue(
        gaussian_operator(N_LATENT - 1, N_PIXELS, random_state=0),
        lambda z: z @ linear(),
        N_LATENT,
        **settings,
    )
    assert few.smallest < 0.02 < few.ratios[0]


def test_operators_are_what_they_say():
    A = gaussian_operator(2000, 10, random_state=0)
    assert_allclose(A.T @ A, np.eye(10), atol=0.12)
    image = np.arange(16.0).reshape(4, 4)
    blocks = superresolution_operator((4, 4), 2) @ image.reshape(-1)
    assert_array_equal(blocks, [2.5, 4.5, 10.5, 12.5])
    is_seen = image % 3 == 0
    assert_array_equal(inpainting_operator(is_seen) @ image.reshape(-1), image[is_seen])
    assert_array_equal(
        gaussian_operator(3, 4, random_state=1), gaussian_operator(3, 4, random_state=1)
    )


EYE = np.eye(4)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: gaussian_operator(0, 3), ValueError, "n_measurements must be a whole number"),
        (lambda: inpainting_operator([0, 1]), ValueError, "mask of booleans"),
        (lambda: inpainting_operator([False]), ValueError, "at least one pixel"),
        (lambda: superresolution_operator((4, 6), 4), ValueError, "must divide both sides"),
        (lambda: analysis_matrix("fourier", (2, 2)), ValueError, "basis must be one of"),
        (lambda: SparseRecovery((3, 3)).fit(EYE, np.ones(4)), ValueError, "9 pixels"),
        (lambda: SparseRecovery((2, 2)).fit(EYE, np.ones(3)), ValueError, "one measurement for"),
        (lambda: SparseRecovery((2, 2)).fit(EYE, [np.nan] * 4), ValueError, "b must be finite"),
        (lambda: SparseRecovery((2, 2), penalty=0).fit(EYE, np.ones(4)), ValueError, "penalty"),
        (lambda: SparseRecovery((2, 2), method="x").fit(EYE, np.ones(4)), ValueError, "method"),
        (lambda: GenerativeRecovery(None, 2).fit(EYE, np.ones(4)), TypeError, "callable"),
        (lambda: GenerativeRecovery(abs, 0).fit(EYE, np.ones(4)), ValueError, "n_latent must"),
        (lambda: GenerativeRecovery(abs, 3).fit(EYE, np.ones(4)), ValueError, "of 4 numbers"),
        (lambda: GenerativeRecovery(abs, 4, loss="l1").fit(EYE, np.ones(4)), ValueError, "loss"),
        (
            lambda: GenerativeRecovery(abs, 4, estimate="median").fit(EYE, np.ones(4)),
            ValueError,
            "estimate must be 'mode' or 'mean', got 'median'",
        ),
        (
            lambda: GenerativeRecovery(abs, 4, estimate="mean", penalty=0).fit(EYE, np.ones(4)),
            ValueError,
            "penalty must be above 0 with estimate='mean'",
        ),
        (lambda: GenerativeRecovery(abs, 4, penalty=-1).fit(EYE, EYE), ValueError, "penalty"),
        (lambda: restricted_eigenvalue([1.0], abs, 1), ValueError, "A must be a finite matrix"),
    ],
)
def test_bad_input_is_refused(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_missing_wavelets_are_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pywt", None)
    with pytest.raises(ImportError, match=r"robustgan\[wavelets\]"):
        analysis_matrix("wavelet", (4, 4))


def test_wavelets_need_even_sides_and_orthogonality():
    pytest.importorskip("pywt")
    with pytest.raises(ValueError, match="must be even for wavelets, got 5 x 4"):
        analysis_matrix("wavelet", (5, 4))
    with pytest.raises(ValueError, match="orthogonal wavelet"):
        analysis_matrix("wavelet", (4, 4), wavelet="bior2.2")


def test_the_mean_weighs_restarts_by_the_density_of_the_posterior():
    # Two points of the line give the same measurement: |z| is seen, its sign by the penalty alone.
    def bent(z):
        return torch.cat([z.abs(), z], dim=1)

    A, b = np.array([[1.0, 0.05]]), np.array([1.0])
    settings = {"penalty": 0.02, "n_restarts": 40, "random_state": 0}
    mode = GenerativeRecovery(bent, 1, **settings).fit(A, b)
    mean = GenerativeRecovery(bent, 1, estimate="mean", **settings).fit(A, b)

    def loss(z):
        return (1 - abs(z) - 0.05 * z) ** 2 + 0.02 * z**2

    ends = {side: side * (1 + 0.05 * side) / ((1 + 0.05 * side) ** 2 + 0.02) for side in (1, -1)}
    assert_allclose(mode.latent_, ends[min(ends, key=lambda s: loss(ends[s]))], atol=2e-3)
    assert_array_equal(mode.latent_, mean.latent_)
    starts = draw_latent(make_seeds(0, 40), 1, torch.device("cpu")).numpy()[:, 0]
    ends_of_starts = np.where(starts > 0, ends[1], ends[-1])
    weights = np.exp(-loss(ends_of_starts) / 0.04)
    expected = np.average(ends_of_starts, weights=weights)
    assert 0 < abs(expected) < 0.9
    assert_allclose(mean.signal_[1], expected, atol=5e-3)


@pytest.mark.parametrize("loss", ["squared", "robust"])
def test_mode_and_mean_agree_where_all_restarts_do(loss):
    A = gaussian_operator(30, N_PIXELS, random_state=0)
    images = images_of(lambda z: z @ linear(), 3)
    b, _ = spoil(images @ A.T, 0.1 if loss == "robust" else 0.0)
    found = [
        GenerativeRecovery(
            lambda z: z @ linear(), N_LATENT, estimate=estimate, loss=loss, random_state=0
        ).fit(A, b)
        for estimate in ("mode", "mean")
    ]
    assert_allclose(found[0].signal_, found[1].signal_, atol=5e-3)
    assert_allclose(found[1].signal_, images, atol=0.02)
    assert_array_equal(found[0].is_outlier_, found[1].is_outlier_)
