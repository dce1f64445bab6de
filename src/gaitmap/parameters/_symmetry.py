"""Indices that compare the left with the right foot."""

import numpy as np
import pandas as pd


def symmetry_indices(left: pd.Series, right: pd.Series) -> pd.DataFrame:
    """Compare values of both feet; one row per parameter, NaN where an index is not defined."""
    x_left, x_right = left.to_numpy(dtype=float), right[left.index].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        smaller, larger = np.minimum(x_left, x_right), np.maximum(x_left, x_right)
        angle = 45 - np.rad2deg(np.arctan(x_left / x_right))
        indices = {
            "left": x_left,
            "right": x_right,
            "asymmetry_abs": np.abs(x_left - x_right),
            "symmetry_ratio": larger / smaller,
            "symmetry_index": 100 * (x_right - x_left) / (0.5 * (x_right + x_left)),
            "gait_asymmetry": 100 * np.abs(np.log(smaller / larger)),
            "symmetry_angle": 100 * np.where(angle > 90, angle - 180, angle) / 90,
        }
    table = pd.DataFrame(indices, index=left.index.rename("parameter"))
    # A foot with the value 0 has no ratio to the other one.
    table.loc[(x_left == 0) | (x_right == 0), ["symmetry_ratio", "gait_asymmetry", "symmetry_angle"]] = np.nan
    return table.replace([np.inf, -np.inf], np.nan)


def phase_coordination_index(phase_deg: np.ndarray) -> float:
    """Variability plus mean deviation from 180 deg of the phases between the feet, in %; NaN below two phases."""
    phase_deg = phase_deg[np.isfinite(phase_deg)]
    if len(phase_deg) < 2:
        return np.nan
    variation = 100 * np.std(phase_deg, ddof=1) / np.mean(phase_deg)
    return float(variation + 100 * np.mean(np.abs(phase_deg - 180)) / 180)
