"""Main axis of signals in a plane, from moments that are gathered block by block."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sklearn.decomposition import PCA

# Values are summed up in chunks of this length, counted from the first one: the sums do not depend on the blocks.
_CHUNK_LENGTH = 4096


@dataclass(frozen=True)
class MainAxis:
    """Principal components of n points in a plane.

    Attributes
    ----------
    n_points
        Number of points.
    mean
        Their mean, shape (2,).
    components
        Directions of the largest and the smallest variance in its rows, shape (2, 2). The first one has a positive
        first value (or 0 and a positive second one), the second one is turned by -90 deg from it.
    variances
        Variances along them, shape (2,).
    """

    n_points: int
    mean: NDArray[np.float64]
    components: NDArray[np.float64]
    variances: NDArray[np.float64]

    @property
    def ratio(self) -> float:
        """Variance along the main axis, divided by the one across it; 1 without any variance."""
        along, across = self.variances
        if across > 0:
            return float(along / across)
        return np.inf if along > 0 else 1.0

    def as_sklearn(self) -> "PCA":
        """Make the object that scikit-learn's principal component analysis would have been fitted to."""
        # Slow to import, and needed here only.
        from sklearn.decomposition import PCA

        pca = PCA(n_components=2)
        # In scikit-learn, the largest value of each component is positive.
        largest = np.abs(self.components).argmax(axis=1)
        pca.components_ = self.components * np.sign(self.components[[0, 1], largest])[:, None]
        pca.explained_variance_ = self.variances
        total = self.variances.sum()
        with np.errstate(invalid="ignore"):
            pca.explained_variance_ratio_ = self.variances / total
        pca.singular_values_ = np.sqrt(self.variances * (self.n_points - 1))
        pca.mean_ = self.mean
        pca.n_components_, pca.n_features_in_, pca.n_samples_ = 2, 2, self.n_points
        pca.noise_variance_ = 0.0
        return pca


class PlaneMoments:
    """Mean and covariance of points in a plane that come in blocks; the same bits for blocks of any lengths."""

    def __init__(self) -> None:
        self.n_points = 0
        self.is_finite = True
        self._chunk = np.empty((2, _CHUNK_LENGTH))
        self._n_in_chunk = 0
        self._n = 0
        self._mean = np.zeros(2)
        # Sums of the squared deviations of x and y, and of their product.
        self._scatter = np.zeros(3)

    def push(self, points: NDArray[np.float64]) -> None:
        """Take in the next points, shape (2, n)."""
        self.n_points += points.shape[1]
        self.is_finite = self.is_finite and bool(np.isfinite(points).all())
        position = 0
        while position < points.shape[1]:
            part = points[:, position : position + _CHUNK_LENGTH - self._n_in_chunk]
            self._chunk[:, self._n_in_chunk : self._n_in_chunk + part.shape[1]] = part
            self._n_in_chunk += part.shape[1]
            position += part.shape[1]
            if self._n_in_chunk == _CHUNK_LENGTH:
                self._close_chunk()

    def _close_chunk(self) -> None:
        """Combine the sums so far with those of the chunk (Chan, Golub & LeVeque, 1983)."""
        x, y = self._chunk[:, : self._n_in_chunk]
        n = self._n_in_chunk
        mean = np.array([x.mean(), y.mean()])
        x, y = x - mean[0], y - mean[1]
        shift = mean - self._mean
        weight = self._n * n / (self._n + n)
        self._scatter += [np.sum(x * x), np.sum(y * y), np.sum(x * y)]
        self._scatter += weight * np.array([shift[0] * shift[0], shift[1] * shift[1], shift[0] * shift[1]])
        self._mean = self._mean + shift * (n / (self._n + n))
        self._n += n
        self._n_in_chunk = 0

    def main_axis(self) -> MainAxis:
        """Return the principal components of all (at least two) points; the last call."""
        if self._n_in_chunk:
            self._close_chunk()
        c_xx, c_yy, c_xy = self._scatter / (self._n - 1)
        # Eigenvectors of a symmetric 2 x 2 matrix; adding 0 takes the sign from a zero.
        angle = 0.5 * np.arctan2(2 * c_xy + 0.0, c_xx - c_yy)
        x, y = np.cos(angle), np.sin(angle)
        along = (c_xx + c_yy) / 2 + np.hypot((c_xx - c_yy) / 2, c_xy)
        across = max(0.0, (c_xx * c_yy - c_xy * c_xy) / along) if along > 0 else 0.0
        return MainAxis(self._n, self._mean, np.array([[x, y], [y, -x]]), np.array([along, across]))
