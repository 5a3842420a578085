"""Matrix depth and the deepest scatter: closed forms, brute force, invariance, contamination."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import chi2, norm

from robustgan.depth import deepest_scatter, matrix_depth
from robustgan.depth.slab_directions import count_by_slabs

SEEDED = settings(deadline=None, derandomize=True, max_examples=50)


def draw_scatters(n, p, seed):
    factors = np.random.default_rng(seed).normal(size=(n, p, p))
    return 0.5 * factors @ factors.transpose(0, 2, 1)


def brute_force_plane(scatter, X):
    """Count along directions so many that one falls between any two changes."""
    angles = (np.arange(50_001) + 0.37) / 50_001 * np.pi
    U = np.column_stack([np.cos(angles), np.sin(angles)])
    squares, levels = (U @ X.T) ** 2, ((U @ scatter) * U).sum(axis=1)[:, None]
    n_inside, n_outside = (squares <= levels).sum(axis=1), (squares >= levels).sum(axis=1)
    return min(n_inside.min(), n_outside.min())


@SEEDED
@given(
    x=arrays(np.int64, st.tuples(st.integers(1, 20)), elements=st.integers(-5, 5)),
    width=st.integers(0, 6),
)
def test_on_the_line_it_counts_inside_and_outside_of_the_interval(x, width):
    expected = min((abs(x) <= width).sum(), (abs(x) >= width).sum()) / len(x)
    assert matrix_depth([[[width**2]]], x[:, None])[0] == expected


@pytest.mark.parametrize("n_samples", [1, 2, 5, 40])
def test_in_the_plane_it_is_brute_force(n_samples):
    X = np.random.default_rng(n_samples).normal(size=(n_samples, 2))
    scatters = draw_scatters(12, 2, seed=n_samples)
    expected = [brute_force_plane(scatter, X) for scatter in scatters]
    assert_array_equal(np.rint(matrix_depth(scatters, X) * n_samples), expected)


def test_rows_on_the_boundary_count_on_both_sides():
    # Four rows on the axes at distance one: the slab that leaves one pair out holds the other.
    X = [[1, 0], [-1, 0], [0, 1], [0, -1]]
    assert_array_equal(
        matrix_depth([np.eye(2) / 2, 2 * np.eye(2), np.zeros((2, 2))], X), [0.5, 0, 0]
    )
    # Rows of one line and the scatter along it: inside and outside at once, in every direction.
    line = np.outer([1, -1, 1, -1], [3, 4])
    assert_array_equal(matrix_depth([np.outer([3, 4], [3, 4])], line), [1.0])


def test_copies_and_mirror_images_weigh_as_much_as_they_are():
    X = np.random.default_rng(1).normal(size=(30, 2))
    scatters = draw_scatters(10, 2, seed=1)
    depth = matrix_depth(scatters, X)
    assert_array_equal(matrix_depth(scatters, np.vstack([X, X, -X])), depth)


@SEEDED
@given(
    mapping=arrays(np.float64, (2, 2), elements=st.floats(-3, 3)),
    scale=st.sampled_from([1e-100, 1.0, 1e80]),
)
def test_a_linear_map_of_scatters_and_rows_does_not_matter(mapping, scale):
    assume(np.linalg.svd(mapping)[1].min() > 0.1)
    X, scatters = np.random.default_rng(2).normal(size=(50, 2)), draw_scatters(10, 2, seed=2)
    B = scale * mapping
    assert_array_equal(matrix_depth(B @ scatters @ B.T, X @ B.T), matrix_depth(scatters, X))


def test_directions_are_never_below_the_exact_depth_and_hardly_above():
    X = np.random.default_rng(3).normal(size=(200, 2))
    scatters = draw_scatters(30, 2, seed=3)
    exact = np.rint(200 * matrix_depth(scatters, X))
    rng = torch.Generator().manual_seed(0)
    pair = torch.from_numpy(scatters), torch.from_numpy(X)
    counts = count_by_slabs(*pair, n_directions=1000, rng=rng).numpy()
    assert ((counts - exact >= 0) & (counts - exact <= 1)).all()


@pytest.mark.parametrize("factor", [0.1, 0.4549, 2.0])
def test_at_the_normal_it_comes_near_the_closed_form(factor):
    X = np.random.default_rng(4).normal(size=(20_000, 4))
    inside = chi2.cdf(factor, df=1)
    depth = matrix_depth(factor * np.eye(4)[None], X, rng=0, n_directions=200)[0]
    # The worst direction errs by a few standard deviations of a share, below.
    assert -0.03 < depth - min(inside, 1 - inside) < 0.001


def test_a_scatter_too_wide_along_a_direction_is_found_out():
    X = np.random.default_rng(5).normal(size=(5_000, 8))
    direction = np.ones(8) / 8**0.5
    scatter = 0.4549 * (np.eye(8) + 8.0 * np.outer(direction, direction))
    expected = 2 * norm.sf(0.6745 * 3)
    assert matrix_depth(scatter[None], X, rng=0)[0] == pytest.approx(expected, abs=0.01)


def test_a_definite_scatter_of_rows_in_a_flat_has_no_depth():
    X = np.random.default_rng(6).normal(size=(100, 4))
    X[:, 3] = X[:, 2]
    assert matrix_depth(np.eye(4)[None], X, rng=0)[0] == 0


@pytest.mark.parametrize("p", [1, 2, 4])
def test_tensors_give_tensors_and_the_location_is_taken_off(p):
    X, scatters = np.random.default_rng(7).normal(size=(60, p)), draw_scatters(20, p, seed=7)
    depth = matrix_depth(scatters, X, rng=0)
    moved = matrix_depth(
        torch.from_numpy(scatters), torch.from_numpy(X + 4.0), location=[4.0] * p, rng=0
    )
    assert moved.dtype == torch.float64
    assert_allclose(moved.numpy(), depth, atol=1e-12)


@pytest.mark.parametrize(
    ("scatters", "kwargs", "match"),
    [
        (np.eye(2), {}, "Pass one matrix as scatter"),
        (np.eye(3)[None], {}, "must have the shape"),
        ([[[1.0, 0.5], [0.0, 1.0]]], {}, "must be symmetric"),
        ([[[1.0, 2.0], [2.0, 1.0]]], {}, "must be positive semi-definite"),
        ([[[1.0, np.nan], [np.nan, 1.0]]], {}, "scatters must be finite"),
        (np.eye(2)[None], {"location": [0.0]}, "location must have the shape"),
        (np.eye(2)[None], {"location": [0.0, np.inf]}, "location must be finite"),
        (np.eye(2)[None], {"n_directions": 0}, "n_directions must be at least 1"),
    ],
)
def test_bad_input_is_named(scatters, kwargs, match):
    with pytest.raises(ValueError, match=match):
        matrix_depth(scatters, np.ones((3, 2)), **kwargs)


def test_on_the_line_the_deepest_scatter_is_the_median_of_squares():
    x = np.array([[-3.0], [1.0], [2.0], [0.5], [9.0]])
    assert_allclose(deepest_scatter(x), [[4.0 / chi2.ppf(0.5, df=1)]])


@pytest.mark.parametrize("p", [2, 5])
def test_the_deepest_scatter_of_normal_rows_is_their_covariance(p):
    rng = np.random.default_rng(8)
    covariance = draw_scatters(1, p, seed=8)[0] + np.eye(p)
    X = rng.multivariate_normal(np.ones(p), covariance, size=4_000)
    found = deepest_scatter(X, location=np.ones(p), max_iter=30, rng=0)
    assert_array_equal(found, found.T)
    # Four times what the median of squares errs by in one direction, and p of them.
    bound = 4 * (2 / (0.367 * 4_000)) ** 0.5 * p**0.5
    eigenvalues = np.linalg.eigvals(np.linalg.solve(covariance, found)).real
    assert np.abs(eigenvalues - 1).max() < bound


def test_the_deepest_scatter_is_deeper_than_the_sample_covariance():
    X = np.random.default_rng(9).normal(size=(1_000, 4))
    X[:200] = 6.0
    candidates = 0.4549 * np.stack([deepest_scatter(X, max_iter=60, rng=0), np.cov(X.T)])
    depth = matrix_depth(candidates, X, rng=0)
    assert depth[0] > depth[1] + 0.1


def test_the_deepest_scatter_follows_the_units_and_the_seed():
    X = np.random.default_rng(10).normal(size=(500, 3))
    # Powers of two round nothing: the searches are the same, to the last bit.
    units = np.array([2.0**-20, 1.0, 2.0**20])
    found = deepest_scatter(X, max_iter=10, rng=0)
    moved = deepest_scatter(X * units, max_iter=10, rng=0)
    assert_allclose(moved, found * np.outer(units, units), rtol=1e-12)


@pytest.mark.parametrize("X", [np.ones((5, 3)), np.eye(3), np.outer(np.arange(9.0), [1.0, 2.0])])
def test_a_sample_whose_deepest_scatter_is_singular_is_refused(X):
    with pytest.raises(ValueError, match="Drop columns that are constant or combinations"):
        deepest_scatter(X)


@pytest.mark.slow
@pytest.mark.representative
@pytest.mark.parametrize("distance", [3.0, 10.0, 1e4])
def test_a_fifth_of_rows_in_a_clump_leaves_the_deepest_scatter_bounded(distance):
    X = np.random.default_rng(11).normal(size=(5_000, 10))
    X[:1_000] = distance
    errors = [np.linalg.norm(S - np.eye(10), 2) for S in (deepest_scatter(X, rng=0), np.cov(X.T))]
    # Along the clump half of the rows are five eighths of the clean ones: .73 in theory.
    assert errors[0] < 1.5
    assert errors[0] < errors[1] / 5


@pytest.mark.gpu
def test_the_gpu_counts_as_the_cpu_does():
    X, scatters = np.random.default_rng(12).normal(size=(500, 5)), draw_scatters(20, 5, seed=12)
    cpu = torch.from_numpy(scatters), torch.from_numpy(X)
    seeds = [torch.Generator().manual_seed(0) for _ in range(2)]
    on_gpu = matrix_depth(cpu[0].cuda(), cpu[1].cuda(), rng=seeds[0])
    assert on_gpu.is_cuda
    assert_allclose(on_gpu.cpu(), matrix_depth(*cpu, rng=seeds[1]), atol=2 / 500)
