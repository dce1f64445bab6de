"""Measures of signal quality: what is missing, clipped, stuck, or not as a foot at rest should be."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gaitmap.utils._checks import check_sampling_rate
from gaitmap.utils.consts import GRAV, SF_ACC, SF_COLS, SF_GYR

# Rest: the mean angular rate norm over a block stays below this. A standing foot with a gyroscope offset shows 1 to 5.
_REST_BLOCK_S = 0.5
_REST_GYR_DPS = 10.0
# A value repeated so often at the edge of the range is a clipped one; smaller amplitudes repeat by quantisation.
_CLIP_MIN_RUN = 3
_CLIP_MIN_COUNT = 4
_CLIP_MIN_AMPLITUDE = {"acc": 1.5 * GRAV, "gyr": 100.0}
# A channel that repeats one value for this long has stopped measuring.
_STUCK_S = 1.0
# Deviation of the acceleration norm at rest from gravity that is worth a remark, in m/s^2.
_REST_ACC_TOLERANCE = 0.5


def assess_quality(data: Mapping[Any, pd.DataFrame], sampling_rate_hz: float) -> dict[Any, dict[str, Any]]:
    """Measure the quality of the signals of a recording.

    Nothing here is an error: the figures go to the results, beside the strides they belong to.

    Parameters
    ----------
    data
        ``{sensor name: DataFrame}`` or a frame with two column levels; sensor frame, m/s^2 and deg/s, as recorded
        (before any rotation: clipping cannot be seen afterwards).
    sampling_rate_hz
        Sampling rate in Hz.

    Returns
    -------
    dict
        Per sensor, in plain numbers and lists (ready for JSON; None where a value does not exist):

        ``n_samples``, ``duration_s``
            Length of the signal.
        ``missing_samples``, ``missing_share``
            Samples in which at least one of the six channels is missing: number, and share (0 to 1).
        ``n_gaps``, ``longest_gap_s``
            Runs of such samples: number, and the longest in s.
        ``clipped_samples``, ``clipping_limits``
            ``{channel: number}`` of samples at the edge of the measuring range and ``{channel: [low, high]}`` with the
            values there (None for an edge that is not reached). Only channels with clipping are named. A value
            counts as an edge if it is the largest or smallest of the channel, is repeated three times in a row or
            four times in all, and is beyond 1.5 g or 100 deg/s.
        ``stuck_channels``
            ``{channel: seconds}``: longest time a channel repeats one value exactly, where it is 1 s or more and the
            value is not a clipped one.
        ``rest_share``
            Share of the recording at rest (blocks of 0.5 s with a mean angular rate below 10 deg/s).
        ``acc_norm_at_rest``
            Median acceleration norm at rest in m/s^2 (a calibrated sensor shows 9.81).
        ``gyr_offset_at_rest``
            Median angular rate at rest per axis in deg/s, ``[x, y, z]``.
        ``acc_max``, ``gyr_max``
            Largest magnitude of a channel, in m/s^2 and deg/s.
        ``findings``
            Sentences about everything above that deserves attention; empty for a sound signal.

    Examples
    --------
    >>> import pandas as pd
    >>> still = pd.DataFrame({c: [0.1, 0.2] * 50 for c in ["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"]})
    >>> assess_quality({"left_sensor": still}, 100)["left_sensor"]["rest_share"]
    1.0
    """
    check_sampling_rate("assess_quality", sampling_rate_hz)
    if isinstance(data, pd.DataFrame):
        data = {name: data[name] for name in data.columns.get_level_values(0).unique()}
    return {sensor: _assess_sensor(frame, float(sampling_rate_hz)) for sensor, frame in data.items()}


def _assess_sensor(frame: pd.DataFrame, rate: float) -> dict[str, Any]:
    n_samples = len(frame)
    missing = np.zeros(n_samples, dtype=bool)
    clipped: dict[str, int] = {}
    limits: dict[str, list[float | None]] = {}
    stuck: dict[str, float] = {}
    largest = {"acc": np.nan, "gyr": np.nan}
    for channel in (column for column in SF_COLS if column in frame.columns):
        values = frame[channel].to_numpy(dtype=float)
        missing |= np.isnan(values)
        kind = channel[:3]
        if not np.isnan(values).all():
            largest[kind] = np.fmax(largest[kind], np.nanmax(np.abs(values)))
        starts, lengths = _runs_of_equal_values(values)
        edges, at_edge = _find_clipping(values, starts, lengths, _CLIP_MIN_AMPLITUDE[kind])
        if any(edge is not None for edge in edges):
            limits[channel] = edges
            clipped[channel] = int(lengths[at_edge].sum())
        usable = ~at_edge & ~np.isnan(values[starts]) if n_samples else np.zeros(0, dtype=bool)
        longest = int(lengths[usable].max(initial=0)) / rate
        if longest >= _STUCK_S:
            stuck[channel] = longest
    gap_starts, gap_lengths = _runs_of_equal_values(missing.astype(float))
    gap_lengths = gap_lengths[missing[gap_starts]] if n_samples else gap_lengths
    result: dict[str, Any] = {
        "n_samples": n_samples,
        "duration_s": n_samples / rate,
        "missing_samples": int(missing.sum()),
        "missing_share": float(missing.mean()) if n_samples else None,
        "n_gaps": len(gap_lengths),
        "longest_gap_s": int(gap_lengths.max(initial=0)) / rate,
        "clipped_samples": clipped,
        "clipping_limits": limits,
        "stuck_channels": stuck,
        **_assess_rest(frame, rate),
        "acc_max": _plain(largest["acc"]),
        "gyr_max": _plain(largest["gyr"]),
    }
    result["findings"] = _findings(result)
    return result


def _runs_of_equal_values(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Start and length of each run of equal values; every NaN is a run of its own."""
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]])) if len(values) else np.zeros(0, int)
    return starts, np.diff(starts, append=len(values))


def _find_clipping(
    values: np.ndarray, starts: np.ndarray, lengths: np.ndarray, min_amplitude: float
) -> tuple[list[float | None], np.ndarray]:
    """Values of the lower and upper edge (None: not reached), and which runs lie there."""
    edges: list[float | None] = [None, None]
    at_edge = np.zeros(len(starts), dtype=bool)
    run_values = values[starts]
    if len(run_values) == 0 or np.isnan(run_values).all():
        return edges, at_edge
    low, high = float(np.nanmin(run_values)), float(np.nanmax(run_values))
    # A channel that shows one value only is stuck, not clipped.
    if low == high:
        return edges, at_edge
    for i, edge in enumerate((low, high)):
        there = run_values == edge
        repeated = lengths[there].max() >= _CLIP_MIN_RUN or lengths[there].sum() >= _CLIP_MIN_COUNT
        if abs(edge) > min_amplitude and repeated:
            edges[i] = edge
            at_edge |= there
    return edges, at_edge


def _assess_rest(frame: pd.DataFrame, rate: float) -> dict[str, Any]:
    block = max(1, round(_REST_BLOCK_S * rate))
    n_blocks = len(frame) // block
    nothing = {"rest_share": None, "acc_norm_at_rest": None, "gyr_offset_at_rest": None}
    if n_blocks == 0 or any(column not in frame.columns for column in SF_COLS):
        return nothing
    gyr_norm = _block_norm(frame, SF_GYR, n_blocks * block).reshape(n_blocks, block).mean(axis=1)
    measured = np.isfinite(gyr_norm)
    at_rest = gyr_norm < _REST_GYR_DPS
    if not at_rest.any():
        return {**nothing, "rest_share": 0.0 if measured.any() else None}
    acc_norm = _block_norm(frame, SF_ACC, n_blocks * block).reshape(n_blocks, block)[at_rest]
    offsets = []
    for axis in SF_GYR:
        values = frame[axis].iloc[: n_blocks * block].to_numpy(dtype=float).reshape(n_blocks, block)[at_rest]
        offsets.append(_plain(np.nanmedian(values)))
    return {
        "rest_share": float(at_rest.sum() / measured.sum()),
        "acc_norm_at_rest": None if np.isnan(acc_norm).all() else _plain(np.nanmedian(acc_norm)),
        "gyr_offset_at_rest": offsets,
    }


def _block_norm(frame: pd.DataFrame, axes: list[str], n_samples: int) -> np.ndarray:
    total = np.zeros(n_samples)
    for axis in axes:
        total += frame[axis].iloc[:n_samples].to_numpy(dtype=float) ** 2
    return np.sqrt(total)


def _findings(result: Mapping[str, Any]) -> list[str]:
    findings = []
    if result["n_samples"] == 0:
        return ["The signal is empty."]
    if result["missing_samples"]:
        gaps = "1 gap" if result["n_gaps"] == 1 else f"{result['n_gaps']} gaps"
        findings.append(
            f"{result['missing_samples']} samples ({result['missing_share']:.2%}) are missing, in {gaps}; the longest "
            f"lasts {result['longest_gap_s']:.3g} s."
        )
    for channel, number in result["clipped_samples"].items():
        unit = "m/s^2" if channel.startswith("acc") else "deg/s"
        reached = " and ".join(f"{edge:.6g}" for edge in result["clipping_limits"][channel] if edge is not None)
        findings.append(
            f"{channel} is clipped in {number} samples (at {reached} {unit}): the measuring range of the sensor was "
            "too small, and foot paths through these samples are off."
        )
    for channel, seconds in result["stuck_channels"].items():
        findings.append(f"{channel} repeats one value for up to {seconds:.3g} s: it has stopped measuring.")
    norm = result["acc_norm_at_rest"]
    if norm is not None and abs(norm - GRAV) > _REST_ACC_TOLERANCE:
        findings.append(
            f"The acceleration at rest is {norm:.2f} m/s^2 instead of {GRAV}: the sensor needs a calibration."
        )
    offset = result["gyr_offset_at_rest"]
    if offset is not None and any(value is not None and abs(value) > 3 for value in offset):
        worst = max((value for value in offset if value is not None), key=abs)
        findings.append(f"The angular rate at rest is off by {worst:.1f} deg/s: the sensor needs a calibration.")
    return findings


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
