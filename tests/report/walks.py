"""A small made-up walk with everything a report shows."""

import numpy as np
import pandas as pd

from gaitmap.quality import assess_quality
from gaitmap.results import Results, build_provenance, build_strides, build_summary, build_trajectory
from gaitmap.utils.consts import GF_POS, SF_COLS

RATE = 100.0
STRIDE = 110  # samples

Data = dict[str, pd.DataFrame]


def left_out(strides: pd.DataFrame) -> pd.DataFrame:
    """Leave out the stride 1."""
    return strides.loc[strides.index == 1, ["start", "end"]].assign(status="implausible", reason="too long")


def made_up_walk(
    n_strides: int = 20, feet: tuple[str, ...] = ("left", "right"), name: str = "walk", seed: int = 0
) -> tuple[Results, Data]:
    """Results and signals of a walk of strides of 1.1 s and about 1.3 m."""
    rng = np.random.default_rng(seed)
    data, lists, paths, parameters = {}, {}, {}, {}
    for i, foot in enumerate(feet):
        sensor = f"{foot}_sensor"
        start = 200 + 55 * i + STRIDE * np.arange(n_strides)
        n_samples = 400 + 55 * i + STRIDE * n_strides
        frame = pd.DataFrame(rng.normal(scale=0.3, size=(n_samples, 6)), columns=SF_COLS)
        frame["acc_z"] += 9.81
        for first in start:
            frame.loc[first : first + STRIDE - 1, "gyr_y"] += 400 * np.sin(2 * np.pi * np.arange(STRIDE) / STRIDE)
        ids = pd.Index(range(n_strides), name="s_id")
        lists[sensor] = pd.DataFrame(
            {
                "start": start, "end": start + STRIDE, "pre_ic": start - 20, "ic": start + 90, "min_vel": start,
                "tc": start + 45,
            },
            index=ids,
        )  # fmt: skip
        lengths = rng.normal(1.3, 0.05, size=n_strides)
        parameters[sensor] = pd.DataFrame(
            {"stride_time": rng.normal(1.1, 0.02, n_strides), "stride_length": lengths, "ic_angle": 25.0}, index=ids
        )
        share = np.linspace(0, 1, STRIDE + 1)
        points = [np.column_stack([length * share, 0 * share, 0.2 * np.sin(np.pi * share)]) for length in lengths]
        index = pd.MultiIndex.from_product([ids, range(STRIDE + 1)], names=["s_id", "sample"])
        paths[sensor] = pd.DataFrame(np.concatenate([*points, np.zeros((0, 3))]), index=index, columns=GF_POS)
        data[sensor] = frame
    strides = build_strides(
        lists,
        RATE,
        recording=name,
        parameters=[parameters],
        not_analysed={f"{feet[0]}_sensor": left_out(lists[f"{feet[0]}_sensor"])},
    )
    summary = build_summary(
        strides,
        recording=name,
        sampling_rate_hz=RATE,
        duration_s=max(len(frame) for frame in data.values()) / RATE,
        quality=assess_quality(data, RATE),
    )
    provenance = build_provenance(parameters={"text": name}, alignment="gravity", wall_time_s={"events": 0.5})
    provenance["input"] = {"name": name, "file": f"{name}.csv", "sha256": "0" * 64, "notes": [f"read from {name}"]}
    return Results(strides, summary, provenance, build_trajectory(paths, recording=name)), data
