"""From the data's units to those a network is trained in, and back."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from robustgan._bridge import to_array, to_tensor_like

SCALES = ("standard", "range", "none")


@dataclass(frozen=True)
class Units:
    """An affine map from the data's units.

    Attributes
    ----------
    centre, spread : ndarray of shape row_shape, or ()
        Rows are trained as ``(x - centre) / spread``.
    """

    centre: NDArray[np.float64]
    spread: NDArray[np.float64]

    @classmethod
    def of_sample(cls, X: Tensor, scale: str) -> "Units":
        """Choose the units for a sample.

        Parameters
        ----------
        X : Tensor of shape (n_samples, ...)
            Float64.
        scale : {'standard', 'range', 'none'}
            Mean zero and standard deviation one of every column; [-1, 1] for all of them together,
            as images want it; or as they are.
        """
        if scale == "standard":
            spread = X.std(dim=0, correction=0)
            centre = X.mean(dim=0)
            # Columns that are constant up to rounding stay as they are.
            is_flat = spread <= 1e-12 * centre.abs().clamp(min=1e-300)
            return cls(to_array(centre), to_array(torch.where(is_flat, 1.0, spread)))
        if scale == "range":
            lowest, highest = float(X.min()), float(X.max())
            half = (highest - lowest) / 2 or 1.0
            return cls(np.array((lowest + highest) / 2), np.array(half))
        return cls(np.array(0.0), np.array(1.0))

    @classmethod
    def of_majority(cls, X: Tensor) -> "Units":
        """Choose units that outliers do not move.

        Parameters
        ----------
        X : Tensor of shape (n_samples, ...)
            Float64.

        Returns
        -------
        units : Units
            Median zero and normalised median absolute deviation one of every column; columns of
            which most values tie take their mean absolute deviation.
        """
        centre = X.median(dim=0).values
        deviations = (X - centre).abs()
        spread = 1.4826 * deviations.median(dim=0).values
        mean = deviations.mean(dim=0)
        spread = torch.where(spread > 0, spread, torch.where(mean > 0, mean, 1.0))
        return cls(to_array(centre), to_array(spread))

    def enter(self, X: Tensor) -> Tensor:
        """Map rows from the data's units, float64, to float32 rows to train on."""
        scaled = (X - to_tensor_like(self.centre, X)) / to_tensor_like(self.spread, X)
        return scaled.float()

    def leave(self, rows: Tensor) -> NDArray[np.float64]:
        """Map rows of a network back to the data's units, on the host."""
        restored: NDArray[np.float64] = to_array(rows) * self.spread + self.centre
        return restored

    def values(self) -> dict[str, Any]:
        """Return the map as plain values."""
        return {"centre": self.centre, "spread": self.spread}
