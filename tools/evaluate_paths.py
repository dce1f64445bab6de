"""Lengths, heights and rests on walks with truth, as tables for the page "Lengths, heights and loops".

    GAITMAP_WALKS_DIR=... python tools/evaluate_paths.py

The folder holds `vicon/` (position of the sensor by motion capture) and `ruler/` (measured footprints): a Parquet file
per walk with acceleration and angular rate, and a JSON file of the same name with `sampling_rate_hz`, `foot_frame`,
`rests` (samples) and, for `ruler/`, `footprints_m`. Strides go from one true rest to the next; the borders are the
samples of least movement (mean squared angular rate over 0.1 s) within 0.15 s of them.
"""

import json
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gaitmap.trajectory_reconstruction import (
    ForwardBackwardIntegration,
    RegionLevelTrajectory,
    RtsKalman,
    SimpleGyroIntegration,
    StrideLevelTrajectory,
)
from gaitmap.utils.consts import GF_POS, SF_COLS, SF_GYR
from gaitmap.zupt_detection import AdaptiveZuptDetector, AredZuptDetector, ShoeZuptDetector

HEIGHT_M = 0.08
TRAPEZOID = SimpleGyroIntegration(rule="trapezoid")
LENGTHS = {
    "defaults (gaitmap 2.6)": (SimpleGyroIntegration(), ForwardBackwardIntegration()),
    '`rule="trapezoid"`': (TRAPEZOID, ForwardBackwardIntegration()),
    "and `sensor_height_m=0.08`": (TRAPEZOID, ForwardBackwardIntegration(sensor_height_m=HEIGHT_M)),
}
FREE = {"level_assumption": False, "sensor_height_m": HEIGHT_M}
HEIGHTS = {
    "stride by stride": (TRAPEZOID, ForwardBackwardIntegration(**FREE)),
    "stride by stride, `correct_tilt=True`": (TRAPEZOID, ForwardBackwardIntegration(**FREE, correct_tilt=True)),
}
RESTS = {
    "`AredZuptDetector()`": AredZuptDetector(),
    "`ShoeZuptDetector()`": ShoeZuptDetector(),
    "`AdaptiveZuptDetector()`": AdaptiveZuptDetector(),
}


class Walk(NamedTuple):
    """One walk; ``way`` is the true displacement from rest to rest, (n, 2) or (n, 3), NaN where it is not known."""

    data: pd.DataFrame
    rate: float
    rests: np.ndarray
    strides: pd.DataFrame
    way: np.ndarray


def read(path: Path, step: int) -> Walk:
    """Read a walk; every ``step`` samples are averaged."""
    truth = json.loads(path.with_suffix(".json").read_text())
    values = pd.read_parquet(path).to_numpy(dtype=float)
    values = values[: len(values) // step * step].reshape(-1, step, 6).mean(axis=1)
    turn = np.asarray(truth["foot_frame"], dtype=float)
    values = np.hstack([values[:, :3] @ turn.T, values[:, 3:] @ turn.T])
    data, rate = pd.DataFrame(values, columns=SF_COLS), truth["sampling_rate_hz"] / step
    rests = np.array(truth["rests"]) / step
    borders = np.array([least_movement(data[SF_GYR].to_numpy(), rest, rate) for rest in rests])
    strides = pd.DataFrame({"start": borders[:-1], "end": borders[1:], "min_vel": borders[:-1]})
    if "footprints_m" in truth:
        way = np.diff(np.array(truth["footprints_m"], dtype=float), axis=0)
    else:
        position = pd.read_parquet(path.with_name(f"{path.stem}_position.parquet")).to_numpy(dtype=float)
        way = np.diff(position[np.minimum(borders * step + (step - 1) // 2, len(position) - 1)], axis=0)
        way[np.hypot(way[:, 0], way[:, 1]) < 0.2] = np.nan  # steps on the spot
    return Walk(data, rate, rests, strides.rename_axis("s_id"), way)


def least_movement(gyr: np.ndarray, rest: float, rate: float) -> int:
    """Sample of least movement near a rest."""
    window = max(2, round(0.1 * rate))
    first = max(0, int(rest - 0.15 * rate) - window // 2)
    last = int(rest + 0.15 * rate) + 1 + window // 2
    energy = np.convolve((gyr[first:last] ** 2).sum(axis=1), np.ones(window), mode="valid")
    return first + int(np.argmin(energy)) + window // 2


def walks(name: str, step: int = 1) -> Iterator[Walk]:
    """All walks of a set."""
    folder = Path(os.environ["GAITMAP_WALKS_DIR"]) / name
    for path in sorted(folder.glob(f"{name}_??.parquet")):
        yield read(path, step)


def ways(walk: Walk, methods: tuple[Any, Any]) -> np.ndarray:
    """Displacement of each stride (n, 3)."""
    found = StrideLevelTrajectory(ori_method=methods[0], pos_method=methods[1]).estimate(
        walk.data, walk.strides, sampling_rate_hz=walk.rate
    )
    return found.position_.groupby("s_id").last()[GF_POS].to_numpy()


def print_lengths() -> None:
    """Error of stride length at three rates."""
    print("| walks | method | 200 Hz | 100 Hz | 50 Hz |\n|---|---|---|---|---|")
    for name in ("vicon", "ruler"):
        for label, methods in LENGTHS.items():
            cells = []
            for step in (1, 2, 4):
                errors = [
                    np.hypot(*ways(walk, methods)[:, :2].T) - np.hypot(*walk.way[:, :2].T) for walk in walks(name, step)
                ]
                error = 100 * np.concatenate(errors)
                error = error[np.isfinite(error)]
                cells.append(f"{np.median(error):+.1f} ({np.abs(error).mean():.1f})")
            print(f"| {name}, {len(error)} strides | {label} | {' | '.join(cells)} |")


def print_heights() -> None:
    """Change of height per stride, and at the end of a walk."""
    print("| walks | method | per stride: median, SD (cm) | end of the walk: median, largest (m) |\n|---|---|---|---|")
    for name in ("vicon", "ruler"):
        for label, methods in HEIGHTS.items():
            errors, ends = [], []
            for walk in walks(name):
                true = walk.way[:, 2] if walk.way.shape[1] == 3 else np.zeros(len(walk.way))
                error = ways(walk, methods)[:, 2] - true
                errors.append(error[np.isfinite(error)])
                ends.append(abs(errors[-1].sum()))
            error = 100 * np.concatenate(errors)
            print(f"| {name} | {label} | {np.median(error):+.1f}, {error.std():.1f} | {_median_and_largest(ends)} |")
        for label, detector in RESTS.items():
            ends = []
            for walk in walks(name):
                region = pd.DataFrame({"start": [walk.strides["start"].iloc[0]], "end": [walk.strides["end"].iloc[-1]]})
                path = RegionLevelTrajectory(
                    ori_method=None,
                    pos_method=None,
                    trajectory_method=RtsKalman(zupt_detector=detector, level_walking=False),
                ).estimate(walk.data, region.rename_axis("roi_id"), sampling_rate_hz=walk.rate)
                true = np.nansum(walk.way[:, 2]) if walk.way.shape[1] == 3 else 0.0
                ends.append(abs(path.position_["pos_z"].iloc[-1] - true))
            print(f"| {name} | whole walk, `RtsKalman` with {label} | | {_median_and_largest(ends)} |")


def print_rests() -> None:
    """Share of the true rests that lie within 0.1 s of a rest that was found."""
    print("| walks | detector | found | found with an offset of 5 deg/s |\n|---|---|---|---|")
    for name in ("vicon", "ruler"):
        for label, detector in RESTS.items():
            cells = []
            for offset in (0.0, 5.0):
                near = []
                for walk in walks(name):
                    data = walk.data.assign(**{axis: walk.data[axis] + offset for axis in SF_GYR})
                    zupts = detector.clone().detect(data, sampling_rate_hz=walk.rate).zupts_.to_numpy(dtype=float)
                    margin = 0.1 * walk.rate
                    near += [
                        ((zupts[:, 0] - margin <= rest) & (rest <= zupts[:, 1] + margin)).any() for rest in walk.rests
                    ]
                cells.append(f"{np.mean(near):.0%}")
            print(f"| {name}, {len(near)} rests | {label} | {' | '.join(cells)} |")


def _median_and_largest(values: list[float]) -> str:
    return f"{np.median(values):.2f}, {np.max(values):.2f}"


def main() -> None:
    """Print all tables."""
    warnings.simplefilter("ignore")
    print("## Stride length: median error (mean absolute error) in cm\n")
    print_lengths()
    print("\n## Heights without the assumption of level ground\n")
    print_heights()
    print("\n## Moments of rest\n")
    print_rests()


if __name__ == "__main__":
    main()
