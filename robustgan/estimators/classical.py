"""Classical scatters of a sample: Kendall's tau, spatial signs, Tyler's, orthogonalised pairs.

All of it is deterministic, in float64, and passes over the rows in blocks: a million of them need
little more memory than they take themselves. Knows samples; it does not know games.
"""

import importlib
import warnings
from collections.abc import Iterator
from itertools import combinations

import numpy as np
import torch
from scipy.stats import kendalltau
from torch import Tensor
from torch.nn import functional as F

from robustgan._bridge import to_array, to_tensor_like
from robustgan._bridge.parameters import check_integer, check_real
from robustgan.depth import check_columns_vary

# Numbers in a block of rows: 32 MiB each.
_N_NUMBERS = 2**22
# A column of which the others leave less, in units of its deviation, is a combination of them.
_LEAST_REMAINDER = 1e-7


def kendall_tau(X: Tensor) -> Tensor:
    """Compute Kendall's rank correlation of each pair of columns exactly.

    Tau-b, by sorting: ``n log n`` steps for each pair [1]_, on the CPU. Prefer
    `robustgan.estimators.scatter.kendall_correlation` for many columns, for a sample on a GPU, or
    where Pearson's correlation is wanted, away from singular: it compares each row with eight
    others only, by matrix products, which adds a few hundredths of tau's own error.

    Parameters
    ----------
    X : Tensor of shape (n_samples, n_features)
        Two rows at least.

    Returns
    -------
    tau : Tensor of shape (n_features, n_features)
        Symmetric, in [-1, 1], with ones on the diagonal. On the device of ``X``.

    Raises
    ------
    ValueError
        If a column is constant.

    References
    ----------
    .. [1] Knight, W. R. (1966). A computer method for calculating Kendall's tau with ungrouped
       data. JASA 61, 436-439. doi:10.1080/01621459.1966.10480879
    """
    check_columns_vary(X, None)
    columns = to_array(X.mT)
    tau = np.eye(len(columns))
    for i, j in combinations(range(len(columns)), 2):
        # The method concerns the p-value only, which an exact law would make slow.
        pair = kendalltau(columns[i], columns[j], variant="b", method="asymptotic")
        tau[i, j] = tau[j, i] = pair.statistic
    return to_tensor_like(tau, X)


def spatial_sign_covariance(X: Tensor, center: Tensor) -> Tensor:
    """Average the outer products of the unit vectors from a centre to the rows.

    Its eigenvectors are those of the scatter of every elliptical law, its eigenvalues are closer
    to each other [1]_. No row has more influence than another, however far it is.

    Parameters
    ----------
    X : Tensor of shape (n_samples, n_features)
        The sample. A row at the centre counts as a zero vector.
    center : Tensor of shape (n_features,)
        Usually the geometric median, see `robustgan.depth.geometric_median`.

    Returns
    -------
    covariance : Tensor of shape (n_features, n_features)
        Positive semidefinite; its trace is the share of the rows that are not at the centre.

    References
    ----------
    .. [1] Visuri, S., Koivunen, V. and Oja, H. (2000). Sign and rank covariance matrices.
       J. Statist. Plann. Inference 91, 557-575. doi:10.1016/S0378-3758(00)00199-3

    Examples
    --------
    >>> X = torch.tensor([[3.0, 0.0], [0.0, -0.1], [0.0, 7.0], [0.0, 0.0]]).double()
    >>> spatial_sign_covariance(X, torch.zeros(2).double()).tolist()
    [[0.25, 0.0], [0.0, 0.5]]
    """
    total = X.new_zeros(X.shape[1], X.shape[1])
    for (rows,) in blocks(X):
        signs = _signs(rows, center)
        total += signs.mT @ signs
    return total / len(X)


def tyler_shape(
    X: Tensor,
    center: Tensor,
    *,
    regularization: float = 0.0,
    max_iter: int = 100,
    tol: float = 1e-6,
) -> tuple[Tensor, int, bool]:
    """Compute Tyler's M-estimator of shape, if wanted shrunk towards the identity.

    The most robust M-estimator for elliptical laws [1]_: it only sees the directions of the rows.
    The regularised one mixes the identity into every step of the fixed point [2]_ and exists for
    any number of rows; it is not affine equivariant: give it columns in comparable units.

    Parameters
    ----------
    X : Tensor of shape (n_samples, n_features)
        The sample. Rows at the centre have no direction and are left out.
    center : Tensor of shape (n_features,)
        Usually the geometric median.
    regularization : float, default=0.0
        Weight of the identity, in [0, 1].
    max_iter : int, default=100
        The most steps to take.
    tol : float, default=1e-6
        Converged when no entry changes by more than this, in units of the standard deviations.

    Returns
    -------
    shape : Tensor of shape (n_features, n_features)
        Symmetric and positive definite, with determinant one.
    n_iter : int
        Steps taken, in [1, max_iter].
    converged : bool
        Whether ``tol`` was reached.

    Raises
    ------
    ValueError
        If a parameter is out of range; or, where nothing is regularised, if there are no more
        rows than columns or the shape becomes singular.
    TypeError
        If a parameter is of a wrong kind.

    References
    ----------
    .. [1] Tyler, D. E. (1987). A distribution-free M-estimator of multivariate scatter.
       Ann. Statist. 15, 234-251. doi:10.1214/aos/1176350263
    .. [2] Chen, Y., Wiesel, A. and Hero, A. O. (2011). Robust shrinkage estimation of
       high-dimensional covariance matrices. IEEE Trans. Signal Process. 59, 4097-4107,
       equation 9. doi:10.1109/TSP.2011.2138698
    """
    check_iteration(max_iter, tol)
    n_features = X.shape[1]
    n_rows = _count_directions(X, center, regularization)
    identity = torch.eye(n_features).to(X)
    shape = identity
    for n_iter in range(1, max_iter + 1):
        mean = n_features / n_rows * _sum_of_directions(X, center, shape)
        step = (1 - regularization) * mean + regularization * identity
        step *= n_features / step.trace()
        deviations = shape.diagonal().sqrt()
        change = (step - shape).abs() / deviations.outer(deviations)
        shape = step
        if float(change.max()) <= tol:
            return _normalize(shape), n_iter, True
    return _normalize(shape), max_iter, False


def ogk(X: Tensor) -> tuple[Tensor, Tensor]:
    """Compute the orthogonalised Gnanadesikan-Kettenring location and covariance.

    Robust variances of sums and differences of columns give a matrix, robust variances along its
    eigenvectors another that is positive definite; twice, then reweighted [1]_. By
    ``statsmodels.robust.covariance.cov_ogk``, on the CPU, with its defaults.

    Parameters
    ----------
    X : Tensor of shape (n_samples, n_features)
        The sample.

    Returns
    -------
    location : Tensor of shape (n_features,)
        Mean of the rows kept, in the units of ``X`` and on its device.
    covariance : Tensor of shape (n_features, n_features)
        Covariance of the rows kept, scaled to be consistent at the normal.

    Raises
    ------
    ValueError
        If a column is a combination of others, or half of its values tie.
    ImportError
        If statsmodels is older than 0.15.

    References
    ----------
    .. [1] Maronna, R. A. and Zamar, R. H. (2002). Robust estimates of location and dispersion
       for high-dimensional datasets. Technometrics 44, 307-317. doi:10.1198/004017002188618509
    """
    try:
        cov_ogk = importlib.import_module("statsmodels.robust.covariance").cov_ogk
    except (ImportError, AttributeError) as error:
        raise ImportError("ogk needs statsmodels: pip install 'statsmodels>=0.15'.") from error
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            result = cov_ogk(to_array(X))
            covariance = to_tensor_like(np.atleast_2d(result.cov), X)
            factorize(covariance)
        except (np.linalg.LinAlgError, ValueError):
            raise ValueError(
                "X must have no column that is a combination of others or in which half of the "
                "values tie, got a singular covariance. Drop such columns, or use tyler_shape "
                "with regularization above 0."
            ) from None
    return to_tensor_like(result.mean, X), covariance


def squared_distance(X: Tensor, location: Tensor, scatter: Tensor) -> Tensor:
    """Return each row's squared Mahalanobis distance, of shape (n,), from a point of shape (p,)."""
    factor = factorize(scatter)
    return torch.cat([_squared_norms(rows - location, factor) for (rows,) in blocks(X)])


def blocks(X: Tensor, *others: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Split rows (n, p), and whatever else has a value a row, into blocks of bounded size."""
    n_rows = max(1, _N_NUMBERS // X.shape[1])
    yield from zip(*(torch.split(values, n_rows) for values in (X, *others)), strict=True)


def _signs(rows: Tensor, center: Tensor) -> Tensor:
    """Return the unit vectors from the centre to the rows; zero for rows at the centre."""
    least, offsets = torch.finfo(rows.dtype).tiny, rows - center
    # Divided by the largest entry first, so that no square overflows.
    largest = offsets.abs().amax(dim=1, keepdim=True).clamp(min=least)
    return F.normalize(offsets / largest, dim=1, eps=least)


def _normalize(shape: Tensor) -> Tensor:
    """Scale to determinant one, by its logarithm: the determinant itself may overflow."""
    unit: Tensor = torch.exp(torch.linalg.slogdet(shape).logabsdet / len(shape))
    return shape / unit


def _sum_of_directions(X: Tensor, center: Tensor, shape: Tensor) -> Tensor:
    """Sum the outer products of the rows' directions as the shape sees them."""
    factor = factorize(shape)
    total = torch.zeros_like(shape)
    for (rows,) in blocks(X):
        signs = _signs(rows, center)
        squared = _squared_norms(signs, factor)
        weights = torch.where(squared > 0, 1.0 / squared, 0.0)
        total += (signs * weights.unsqueeze(1)).mT @ signs
    return total


def _squared_norms(offsets: Tensor, factor: Tensor) -> Tensor:
    """Return the squared lengths of rows (n, p) after division by a lower triangular factor."""
    whitened: Tensor = torch.linalg.solve_triangular(factor, offsets.mT, upper=False)
    return whitened.square().sum(dim=0)


def factorize(scatter: Tensor) -> Tensor:
    """Return the lower Cholesky factor, or say that too many rows lie in one subspace."""
    factor: Tensor
    factor, info = torch.linalg.cholesky_ex(scatter)
    remainder = factor.diagonal() / scatter.diagonal().sqrt()
    if int(info) or not bool((remainder > _LEAST_REMAINDER).all()):
        raise ValueError(
            "X must have few rows in any one point, line or plane, got a singular scatter. Drop "
            "columns that repeat others, or use tyler_shape with regularization above 0."
        )
    return factor


def check_iteration(max_iter: object, tol: object) -> None:
    """Raise an error if the number of steps or the tolerance is out of range."""
    check_integer("max_iter", max_iter, 1)
    check_real("tol", tol, above=0)


def check_more_rows(n_rows: int, n_features: int, way_out: str) -> None:
    """Raise ValueError unless there are more rows, those at the centre left out, than columns."""
    if n_rows <= n_features:
        got = f"got {n_rows} rows and {n_features} columns"
        raise ValueError(f"X must have more rows than columns, {got}. {way_out}")


def _count_directions(X: Tensor, center: Tensor, regularization: float) -> int:
    """Count the rows away from the centre, and check that a shape exists."""
    check_real("regularization", regularization, least=0)
    if regularization > 1:
        raise ValueError(f"regularization must lie in [0, 1], got {regularization}.")
    n_rows = sum(int((rows != center).any(dim=1).sum()) for (rows,) in blocks(X))
    if regularization == 0:
        check_more_rows(n_rows, X.shape[1], "Set regularization above 0, for instance to 0.1.")
    if n_rows == 0:
        raise ValueError("X must have rows away from the centre, got none.")
    return n_rows
