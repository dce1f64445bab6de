"""Statistics that are gathered part by part and merged, so that no data set has to stay in memory."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Moments:
    """Number of values, their mean, and the sum of their squared deviations from it."""

    count: int
    mean: float
    squared_deviations: float

    @classmethod
    def of(cls, values: NDArray) -> "Moments":
        """Gather the moments of an array, with the very operations of ``values.mean()`` and ``values.std()``."""
        if values.size == 0:
            return cls(0, np.nan, 0.0)
        mean = values.mean(dtype=np.float64)
        deviations = values - mean
        np.multiply(deviations, deviations, out=deviations)
        return cls(values.size, float(mean), float(deviations.sum(dtype=np.float64)))

    def merge(self, other: "Moments") -> "Moments":
        """Combine the moments of two parts (Chan, Golub, LeVeque 1979)."""
        if self.count == 0 or other.count == 0:
            return self if other.count == 0 else other
        count = self.count + other.count
        delta = other.mean - self.mean
        mean = self.mean + delta * (other.count / count)
        between = delta * delta * (self.count * (other.count / count))
        return Moments(count, mean, self.squared_deviations + other.squared_deviations + between)

    def std(self, ddof: int) -> float:
        """Calculate the standard deviation; NaN where there are not more than ``ddof`` values."""
        return float(np.sqrt(self.squared_deviations / (self.count - ddof))) if self.count > ddof else np.nan


class Range(NamedTuple):
    """Smallest and largest value, NaN left out (both NaN where there is nothing else)."""

    minimum: float
    maximum: float

    @classmethod
    def of(cls, values: NDArray) -> "Range":
        """Find the range of a non-empty array."""
        return cls(float(np.fmin.reduce(values, axis=None)), float(np.fmax.reduce(values, axis=None)))

    def merge(self, other: "Range") -> "Range":
        """Combine the ranges of two parts."""
        return Range(float(np.fmin(self.minimum, other.minimum)), float(np.fmax(self.maximum, other.maximum)))

    @property
    def largest_magnitude(self) -> float:
        """Largest absolute value."""
        return max(abs(self.minimum), abs(self.maximum))
