"""Measures of agreement between two or more measurements of the same things, for many parameters at once."""

from typing import NamedTuple

import numpy as np

_CONFIDENCE = 0.95


class Estimate(NamedTuple):
    """A coefficient per parameter with its 95 % confidence interval."""

    value: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


def complete_rows(measurements: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Set rows with a missing measurement to NaN in all of them; also return how many are complete, per parameter.

    ``measurements`` has the shape (k measurements, n targets, parameters).
    """
    complete = np.isfinite(measurements).all(axis=0)
    return np.where(complete, measurements, np.nan), complete.sum(axis=0)


def one_way_icc(measurements: np.ndarray) -> Estimate:
    """ICC(1,1): single measurement, one-way random effects [Shrout & Fleiss 1979, McGraw & Wong 1996]."""
    from scipy.special import fdtri

    measurements, n = complete_rows(measurements)
    k = len(measurements)
    with np.errstate(all="ignore"):
        between, within = _between_targets(measurements, n), _sum_within_targets(measurements) / (n * (k - 1))
        icc = (between - within) / (between + (k - 1) * within)
        f = between / within
        quantile = (1 + _CONFIDENCE) / 2
        f_lower = f / fdtri(n - 1, n * (k - 1), quantile)
        f_upper = f * fdtri(n * (k - 1), n - 1, quantile)
        lower, upper = ((bound - 1) / (bound + k - 1) for bound in (f_lower, f_upper))
    return _perfect_where_identical(Estimate(icc, lower, upper), between, within)


def absolute_agreement_icc(measurements: np.ndarray) -> Estimate:
    """ICC(A,1): single measurement, two-way model, absolute agreement [McGraw & Wong 1996, tables 4 and 7]."""
    from scipy.special import fdtri

    measurements, n = complete_rows(measurements)
    k = len(measurements)
    with np.errstate(all="ignore"):
        rows = _between_targets(measurements, n)
        means = np.nansum(measurements, axis=1) / n
        sum_columns = n * np.sum((means - means.mean(axis=0)) ** 2, axis=0)
        within = _sum_within_targets(measurements)
        columns, error = sum_columns / (k - 1), (within - sum_columns) / ((n - 1) * (k - 1))
        icc = (rows - error) / (rows + (k - 1) * error + k * (columns - error) / n)
        a = k * icc / (n * (1 - icc))
        b = 1 + k * icc * (n - 1) / (n * (1 - icc))
        df = (a * columns + b * error) ** 2 / ((a * columns) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1)))
        quantile = (1 + _CONFIDENCE) / 2
        f_lower, f_upper = fdtri(n - 1, df, quantile), fdtri(df, n - 1, quantile)
        spread = k * columns + (k * n - k - n) * error
        lower = n * (rows - f_lower * error) / (f_lower * spread + n * rows)
        upper = n * (f_upper * rows - error) / (spread + n * f_upper * rows)
    return _perfect_where_identical(Estimate(icc, lower, upper), rows, within)


def mean_with_interval(values: np.ndarray) -> Estimate:
    """Mean over the rows, with the confidence interval of Student's t distribution."""
    from scipy.special import stdtrit

    n = np.isfinite(values).sum(axis=0)
    with np.errstate(all="ignore"):
        mean = np.nansum(values, axis=0) / n
        deviation = np.sqrt(np.nansum((values - mean) ** 2, axis=0) / (n - 1))
        half_width = stdtrit(n - 1, (1 + _CONFIDENCE) / 2) * deviation / np.sqrt(n)
    return Estimate(mean, mean - half_width, mean + half_width)


def correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Pearson correlation of the complete rows, per parameter; NaN if one side is constant."""
    (first, second), n = complete_rows(np.stack([first, second]))
    with np.errstate(all="ignore"):
        first, second = first - np.nansum(first, axis=0) / n, second - np.nansum(second, axis=0) / n
        squares = np.nansum(first**2, axis=0) * np.nansum(second**2, axis=0)
        return np.nansum(first * second, axis=0) / np.sqrt(squares)


def _between_targets(measurements: np.ndarray, n: np.ndarray) -> np.ndarray:
    of_target = measurements.mean(axis=0)
    grand_mean = np.nansum(of_target, axis=0) / n
    return len(measurements) * np.nansum((of_target - grand_mean) ** 2, axis=0) / (n - 1)


def _sum_within_targets(measurements: np.ndarray) -> np.ndarray:
    return np.nansum((measurements - measurements.mean(axis=0)) ** 2, axis=(0, 1))


def _perfect_where_identical(icc: Estimate, between: np.ndarray, within: np.ndarray) -> Estimate:
    """Measurements that differ between, but not within targets agree perfectly; the formulas end in 0 / 0."""
    identical = (within == 0) & (between > 0)
    return Estimate(*(np.where(identical, 1.0, part) for part in icc))
