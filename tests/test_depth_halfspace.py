"""Halfspace depth, against brute force, R's packages and its own invariances."""

import csv
from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from robustgan.depth import deepest_point, halfspace_depth

SEEDED = settings(deadline=None, derandomize=True)


def lattice(p, most_rows=20, side=3):
    """Whole numbers tie, fall on lines and in planes, and repeat."""
    shapes = st.tuples(st.integers(1, most_rows), st.just(p))
    return arrays(np.int64, shapes, elements=st.integers(-side, side))


def counts_of(points, X, **kwargs):
    return np.rint(halfspace_depth(points, X, **kwargs) * len(X)).astype(int)


def tilt(signs):
    """Count the rows beyond a line when it is tilted about the point, for both sides of it.

    ``signs`` of shape (..., n_rows): 1 and -1 for what the two rays of the line meet.
    """
    return np.minimum((signs > 0).sum(-1), (signs < 0).sum(-1))


def brute_force_plane(point, X):
    """Count by the line through the point and each row, in whole numbers."""
    offsets = X - point
    met = (offsets == 0).all(axis=1)
    offsets = offsets[~met]
    if len(offsets) == 0:
        return met.sum()
    crosses = np.outer(offsets[:, 0], offsets[:, 1]) - np.outer(offsets[:, 1], offsets[:, 0])
    dots = offsets @ offsets.T
    on_line = tilt(np.where(crosses == 0, np.sign(dots), 0))
    sides = np.minimum((crosses > 0).sum(axis=1), (crosses < 0).sum(axis=1))
    return met.sum() + (sides + on_line).min()


def brute_force_space(point, X):
    """Count by the plane through the point and each pair of rows, in whole numbers."""
    offsets = X - point
    met = (offsets == 0).all(axis=1)
    offsets = offsets[~met]
    best = None
    for i, j in combinations(range(len(offsets)), 2):
        normal = np.cross(offsets[i], offsets[j])
        if not normal.any():
            continue
        heights = offsets @ normal
        # Within the plane the depth of the point is that in a plane: drop a column.
        kept = np.flatnonzero(np.arange(3) != np.abs(normal).argmax())
        inside = brute_force_plane(np.zeros(2, dtype=int), offsets[heights == 0][:, kept])
        count = min((heights > 0).sum(), (heights < 0).sum()) + inside
        best = count if best is None else min(best, count)
    if best is None:
        # All rows on one line through the point.
        along = offsets @ offsets[0] if len(offsets) else np.zeros(0)
        best = tilt(np.sign(along))
    return met.sum() + best


@SEEDED
@given(X=lattice(1), points=lattice(1))
def test_on_the_line_it_is_the_smaller_tail(X, points):
    expected = [min((x >= X).sum(), (x <= X).sum()) for x in points[:, 0]]
    assert_array_equal(counts_of(points, X), expected)


@SEEDED
@given(X=lattice(2), points=lattice(2, most_rows=6))
def test_in_the_plane_it_is_brute_force(X, points):
    expected = [brute_force_plane(point, X) for point in points]
    assert_array_equal(counts_of(points, X), expected)


@SEEDED
@given(X=lattice(3, most_rows=12, side=2), points=lattice(3, most_rows=4, side=2))
def test_in_space_it_is_brute_force(X, points):
    expected = [brute_force_space(point, X) for point in points]
    assert_array_equal(counts_of(points, X), expected)


@pytest.mark.parametrize("side", [2, 5, 1000, 1_000_000])
@pytest.mark.parametrize("n_samples", [1, 2, 3, 30, 60])
def test_in_the_plane_it_is_brute_force_for_larger_samples(n_samples, side):
    X = np.random.default_rng(side).integers(-side, side + 1, size=(n_samples, 2))
    points = np.vstack([X, X[::-1] // 2])
    expected = [brute_force_plane(point, X) for point in points]
    assert_array_equal(counts_of(points, X), expected)


@pytest.mark.parametrize("side", [1, 3, 1000])
@pytest.mark.parametrize("n_samples", [1, 3, 25, 60])
def test_in_space_it_is_brute_force_for_larger_samples(n_samples, side):
    X = np.random.default_rng(side).integers(-side, side + 1, size=(n_samples, 3))
    points = np.vstack([X[:3], X[:3] // 2])
    expected = [brute_force_space(point, X) for point in points]
    assert_array_equal(counts_of(points, X), expected)


@pytest.mark.parametrize("p", [2, 3])
def test_rows_on_one_line_have_the_depth_along_it(p):
    along = np.random.default_rng(1).integers(-9, 10, size=40)
    X = along[:, None] * np.arange(1, p + 1)
    assert_array_equal(counts_of(X, X), counts_of(along[:, None], along[:, None]))
    assert_array_equal(counts_of(X + np.eye(p, dtype=int)[0], X), 0)


def test_rows_in_one_plane_have_the_depth_within_it():
    within = np.random.default_rng(2).integers(-4, 5, size=(40, 2))
    X = within @ np.array([[1, 0, 2], [0, 1, -3]])
    assert_array_equal(counts_of(X, X), counts_of(within, within))
    assert_array_equal(counts_of(X + np.array([0, 0, 1]), X), 0)


def test_decimals_on_a_line_are_on_it_although_binary_ones_are_not():
    whole = np.random.default_rng(3).integers(0, 12, size=(50, 2))
    assert_array_equal(counts_of(whole / 100, whole / 100), counts_of(whole, whole))


@pytest.mark.parametrize("unit", [1e-200, 1e-3, 1e9, 1e200, 1e307])
@pytest.mark.parametrize("p", [1, 2, 3])
def test_the_unit_does_not_matter(p, unit):
    X = np.random.default_rng(4).integers(-5, 6, size=(40, p))
    assert_array_equal(counts_of(X * unit, X * unit), counts_of(X, X))


@pytest.mark.parametrize("p", [2, 3])
@pytest.mark.parametrize("distance", [1e6, 1e30, 1e300])
def test_far_rows_count_by_their_direction(p, distance):
    rng = np.random.default_rng(5)
    near = rng.normal(size=(30, p))
    far = rng.normal(size=(10, p))
    points = 0.1 * rng.normal(size=(5, p))
    X = np.vstack([near, 1e6 * far]), np.vstack([near, distance * far])
    assert_array_equal(counts_of(points, X[1]), counts_of(points, X[0]))


@SEEDED
@given(
    X=lattice(2),
    mapping=arrays(np.float64, (2, 2), elements=st.floats(-3, 3)),
    shift=arrays(np.float64, 2, elements=st.floats(-100, 100)),
)
def test_an_affine_map_does_not_matter_in_the_plane(X, mapping, shift):
    assume(np.linalg.svd(mapping)[1].min() > 0.1)
    mapped = X @ mapping.T + shift
    assert_array_equal(counts_of(mapped, mapped), counts_of(X, X))


@SEEDED
@given(
    X=lattice(3, most_rows=10),
    mapping=arrays(np.float64, (3, 3), elements=st.floats(-3, 3)),
)
def test_an_affine_map_does_not_matter_in_space(X, mapping):
    assume(np.linalg.svd(mapping)[1].min() > 0.1)
    mapped = X @ mapping.T
    assert_array_equal(counts_of(mapped, mapped), counts_of(X, X))


def deepest_of(X):
    """Return the deepest point and its depth."""
    point = deepest_point(X)
    return point, halfspace_depth(point[None], X)[0]


def read_reference(shared, name):
    """Return the data and the depth of every row, in as many columns as R was given."""
    X = np.loadtxt(shared / "data" / f"{name}.csv", delimiter=",", skiprows=1)
    with (shared / "data" / "reference" / "depth_values.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["dataset"] == name]
    n_columns = {"starsCYG": 2, "wood": 5, "aircraft": 4, "hbk": 3}[name]
    return X[:, :n_columns], np.array([float(row["halfspace_ddalpha"]) for row in rows])


@pytest.mark.parametrize("name", ["starsCYG", "hbk"])
def test_the_depths_of_classic_data_are_those_of_r(shared, name):
    X, expected = read_reference(shared, name)
    assert_allclose(halfspace_depth(X, X), expected, atol=1e-7)


@pytest.mark.parametrize("name", ["aircraft", "wood"])
def test_the_depths_of_classic_data_by_directions_are_hardly_above_those_of_r(shared, name):
    X, expected = read_reference(shared, name)
    excess = len(X) * (halfspace_depth(X, X, rng=0) - expected)
    assert excess.min() > -1e-6
    # Of all rows together; the flattest cone of directions that isolates a row may be missed.
    assert excess.sum() < 1.01


def test_the_deepest_point_of_the_star_cluster_is_that_of_r(shared):
    X, _ = read_reference(shared, "starsCYG")
    point, depth = deepest_of(X)
    assert depth == 19 / 47
    # The centre of gravity by R's package depth.
    assert_allclose(point, [4.40578632548954, 5.0145946011049], rtol=1e-9)


@pytest.mark.parametrize("p", [1, 2, 3])
def test_directions_are_never_below_the_exact_depth(p):
    rng = np.random.default_rng(6)
    X, points = rng.standard_t(2, size=(80, p)), rng.normal(size=(20, p))
    exact = halfspace_depth(points, X)
    approximate = halfspace_depth(points, X, exact=False, rng=0)
    assert (approximate >= exact).all()
    # At most a row too many.
    assert (approximate - exact).max() <= 1.01 / 80


@pytest.mark.parametrize("p", [4, 5, 6])
def test_directions_are_never_below_the_depth_of_a_centre_of_symmetry(p):
    half = np.random.default_rng(7).normal(size=(50, p))
    X = np.vstack([half, -half])
    assert_array_equal(counts_of(np.zeros((1, p)), X, rng=0), [50])


@pytest.mark.parametrize("p", [4, 5, 6])
def test_directions_find_the_depth_of_a_simplex(p):
    X = np.vstack([np.zeros(p), np.eye(p)])
    points = np.vstack([np.full(p, 1 / (p + 1)), X, np.ones(p)])
    expected = [1] * (p + 2) + [0]
    assert_array_equal(counts_of(points, X, rng=0), expected)


@pytest.mark.parametrize("p", [4, 5, 6])
def test_every_row_has_at_least_its_own_depth(p):
    X = np.random.default_rng(8).normal(size=(60, p)) + 1e6
    assert (counts_of(X, X, rng=0, n_directions=50) >= 1).all()


@pytest.mark.parametrize("p", [4, 5, 6])
def test_directions_find_what_is_outside_the_hull(p):
    X = np.random.default_rng(9).normal(size=(200, p)) @ np.diag(10.0 ** np.arange(p))
    assert_array_equal(counts_of(1.05 * X[np.abs(X).argmax(axis=0)], X, rng=0), 0)


@pytest.mark.parametrize("p", [4, 6])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_rows_in_a_flat_have_the_exact_depth_within_it(p, rank):
    rng = np.random.default_rng(10)
    within = rng.integers(-4, 5, size=(40, rank))
    basis = np.hstack([np.eye(rank, dtype=int), rng.integers(-3, 4, size=(rank, p - rank))])
    X = within @ basis
    assert_array_equal(counts_of(X, X, rng=0), counts_of(within, within))
    assert_array_equal(counts_of(X + np.eye(p, dtype=int)[-1], X, rng=0), 0)


@pytest.mark.parametrize("p", [1, 2, 3, 4, 7])
def test_fewer_rows_than_features_have_one_row_of_depth_each(p):
    X = np.random.default_rng(11).normal(size=(max(p - 1, 1), p))
    assert_array_equal(counts_of(X, X, rng=0), 1)
    assert_array_equal(counts_of(X + 10.0, X, rng=0), 0)


@pytest.mark.parametrize("p", [1, 2, 3, 5])
def test_rows_that_are_all_one_have_depth_one_there_and_none_elsewhere(p):
    X = np.full((9, p), 0.1)
    assert_array_equal(halfspace_depth([X[0], X[0] + 1.0], X, rng=0), [1.0, 0.0])


def test_blocks_do_not_matter(monkeypatch):
    rng = np.random.default_rng(12)
    X, points = rng.normal(size=(30, 4)), rng.normal(size=(20, 4))
    expected = halfspace_depth(points, X, rng=0)
    monkeypatch.setattr("robustgan.depth.directions._BLOCK", 10_000)
    found = halfspace_depth(points, X, rng=0)
    # Other blocks draw other directions.
    assert np.abs(found - expected).max() <= 1.01 / 30


def test_one_seed_gives_one_depth():
    rng = np.random.default_rng(13)
    X, points = rng.normal(size=(100, 6)), rng.normal(size=(5, 6))
    first, second = (halfspace_depth(points, X, rng=3, n_directions=20) for _ in range(2))
    assert_array_equal(first, second)
    generator = torch.Generator().manual_seed(0)
    assert halfspace_depth(points, X, rng=generator).shape == (5,)


@pytest.mark.parametrize("p", [2, 5])
def test_tensors_give_tensors_and_arrays_give_arrays(p):
    X = np.random.default_rng(14).normal(size=(30, p))
    array = halfspace_depth(X, X, rng=0)
    tensor = halfspace_depth(torch.from_numpy(X), torch.from_numpy(X), rng=0)
    assert isinstance(array, np.ndarray)
    assert tensor.dtype == torch.float64
    assert_array_equal(tensor.numpy(), array)


@pytest.mark.gpu
@pytest.mark.parametrize("p", [2, 3, 5])
def test_the_depth_on_a_gpu_is_that_on_the_cpu(p):
    X = torch.from_numpy(np.random.default_rng(15).normal(size=(40, p)))
    on_gpu = halfspace_depth(X.cuda(), X.cuda(), rng=0)
    assert on_gpu.is_cuda
    # The seed draws on the CPU; sums in another order may move the search by a row.
    assert_allclose(on_gpu.cpu(), halfspace_depth(X, X, rng=0), atol=1.01 / 40)


@pytest.mark.parametrize("p", [1, 2, 3, 4])
def test_no_points_have_no_depths(p):
    assert halfspace_depth(np.zeros((0, p)), np.eye(p), rng=0).shape == (0,)


@pytest.mark.parametrize(
    ("points", "X", "kwargs", "kind", "message"),
    [
        ([1.0, 2.0], [[1.0]], {}, ValueError, r"points must have two dim.*\(2,\).*reshape"),
        ([[1.0]], [1.0], {}, ValueError, r"X must have two dim.*\(1,\).*reshape"),
        ([[1.0]], [[1.0, 2.0]], {}, ValueError, "points must have the 2 columns of X, got 1"),
        ([[np.nan]], [[1.0]], {}, ValueError, "points must be finite, got nan in column 0, row 0"),
        ([[1.0]], [[1.0], [np.inf]], {}, ValueError, "X must be finite, got inf in .*, row 1"),
        ([[1.0]], np.zeros((0, 1)), {}, ValueError, "X must have at least 1 row, got 0"),
        (np.zeros((1, 0)), np.zeros((2, 0)), {}, ValueError, "points must have at least 1 column"),
        ([["a"]], [[1.0]], {}, TypeError, "points must hold real numbers.*Drop or encode"),
        ([[1.0]], [[1.0], [1.0, 2.0]], {}, TypeError, "X must hold real numbers"),
        ([[1j]], [[1.0]], {}, ValueError, "points must be real, got complex128"),
        ([[1.0] * 4], [[1.0] * 4], {"exact": True}, ValueError, "exact must not.*got 4.*'auto'"),
        ([[1.0]], [[1.0]], {"exact": "yes"}, ValueError, "exact must be True, False or 'auto'"),
        ([[1.0]], [[1.0]], {"exact": 1}, TypeError, "exact must be True, False or 'auto', got 1"),
        ([[1.0]], [[1.0]], {"n_directions": 0}, ValueError, "n_directions must be at least 1"),
        ([[1.0]], [[1.0]], {"n_directions": 1.5}, TypeError, "n_directions must be an integer"),
        ([[1.0]], [[1.0]], {"rng": -1}, ValueError, "rng must not be negative, got -1"),
        ([[1.0]], [[1.0]], {"rng": "0"}, TypeError, "rng must be None, an integer or a torch"),
    ],
)
def test_bad_input_is_an_error_that_says_what_to_do(points, X, kwargs, kind, message):
    with pytest.raises(kind, match=message):
        halfspace_depth(points, X, **kwargs)


def test_the_deepest_point_of_one_column_is_the_median():
    X = np.random.default_rng(16).normal(size=(30, 1))
    point, depth = deepest_of(X)
    assert_array_equal(point, np.median(X, axis=0))
    assert depth == 0.5


def test_the_deepest_point_is_the_centre_of_gravity_of_its_region():
    # Depth 2 of 5 is reached in the pentagon between the diagonals only.
    angles = 2 * np.pi * np.arange(5) / 5
    X = np.column_stack([np.cos(angles), np.sin(angles)]) * [3.0, 1.0] + [5.0, -2.0]
    point, depth = deepest_of(X)
    assert depth == 2 / 5
    assert_allclose(point, [5.0, -2.0], rtol=1e-8)


def brute_force_deepest(X):
    """Return the largest count at a row or where two lines through pairs of rows cross."""
    distinct = np.unique(X, axis=0).astype(float)
    pairs = combinations(distinct, 2)
    lines = [(first, second - first) for first, second in pairs]
    candidates = list(distinct)
    for (first, u), (second, v) in combinations(lines, 2):
        cross = u[0] * v[1] - u[1] * v[0]
        if cross:
            gap = second - first
            candidates.append(first + (gap[0] * v[1] - gap[1] * v[0]) / cross * u)
    return counts_of(np.array(candidates), X).max()


@SEEDED
@given(X=lattice(2, most_rows=9))
def test_no_point_is_deeper_than_the_deepest(X):
    distinct = np.unique(X, axis=0)
    # Between rows on a line the middle may be deep without being a candidate of brute force.
    assume(np.linalg.matrix_rank(distinct - distinct[0]) == 2)
    assert round(deepest_of(X)[1] * len(X)) == brute_force_deepest(X)


@pytest.mark.parametrize("n_samples", [499, 1001])
def test_the_deepest_point_is_deeper_than_all_others(n_samples):
    rng = np.random.default_rng(17)
    X = rng.standard_t(3, size=(n_samples, 2)) @ np.array([[1.0, 0.0], [5.0, 2.0]])
    point, depth = deepest_of(X)
    rivals = np.vstack([X, point + 0.3 * rng.normal(size=(300, 2)), np.median(X, axis=0)])
    assert depth >= halfspace_depth(rivals, X).max()


def test_the_two_ways_to_the_deepest_point_agree(monkeypatch):
    X = np.random.default_rng(18).normal(size=(101, 2))
    exact, depth = deepest_of(X)
    monkeypatch.setattr("robustgan.depth.deepest._MOST_EDGES", 0)
    approximate, found = deepest_of(X)
    assert found == depth
    # The region is about as wide as this.
    assert_allclose(approximate, exact, atol=1e-2)


@pytest.mark.parametrize("p", [1, 2])
def test_the_deepest_point_of_equal_rows_is_that_row(p):
    point, depth = deepest_of(np.full((4, p), 0.3))
    assert_array_equal(point, 0.3)
    assert depth == 1.0


def test_the_deepest_point_of_rows_on_a_line_is_the_median_along_it():
    along = np.array([5, -3, 0, 1, 2, 20])
    point, depth = deepest_of(along[:, None] * [1, 3])
    assert_array_equal(point, [1.5, 4.5])
    assert depth == 0.5


def test_a_third_of_the_rows_cannot_carry_the_deepest_point_away():
    X = np.random.default_rng(19).normal(size=(200, 2))
    X[:60] = 1e9 + X[:60]
    assert np.abs(deepest_point(X)).max() < 3.0


def test_the_deepest_point_of_a_tensor_is_a_tensor():
    X = torch.eye(2, dtype=torch.float64)
    assert isinstance(deepest_point(X), torch.Tensor)


def test_the_deepest_point_is_for_two_columns_at_most():
    with pytest.raises(ValueError, match="X must have 1 or 2 columns, got 3"):
        deepest_point(np.eye(3))


@pytest.mark.parametrize("unit", [1e-200, 1e-5, 1e200])
def test_the_unit_does_not_matter_to_the_deepest_point(unit):
    X = np.random.default_rng(20).normal(size=(60, 2))
    # The linear programs are solved to 1e-10 in units of the bulk.
    assert_allclose(deepest_point(unit * X) / unit, deepest_point(X), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("distance", [1e30, 1e300, 1.7e308])
@pytest.mark.parametrize("n_samples", [100, 600])
def test_rows_at_the_end_of_the_numbers_leave_a_deepest_point(n_samples, distance):
    X = np.random.default_rng(21).normal(size=(n_samples, 2))
    X[: n_samples // 4] = [distance, -distance]
    point = deepest_point(X)
    assert np.abs(point).max() < 3.0
    assert halfspace_depth(point[None], X)[0] > 0.33


@pytest.mark.parametrize("distance", [1e30, 1e300, 1.7e308])
def test_rows_at_the_end_of_the_numbers_count_by_their_direction(distance):
    X = np.random.default_rng(22).normal(size=(100, 5))
    X[:20] = distance
    X[0] = -distance
    depth = halfspace_depth(np.vstack([np.zeros(5), X[:2]]), X, rng=0)
    assert 0.2 < depth[0] < 0.4
    assert_allclose(depth[1:], [0.01, 0.19])
