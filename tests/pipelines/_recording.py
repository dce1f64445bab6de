"""A synthetic recording with several walks, rest and gaps, in memory and as a file."""

import numpy as np
import pandas as pd

from gaitmap.stride_segmentation import BarthDtw, DtwTemplate
from gaitmap.utils.consts import BF_GYR, SF_COLS
from tests.contract._walk import RATE, STRIDE, make_walk


def template():
    """Cut from the walk itself, so that no file is needed."""
    from gaitmap.data_transform import FixedScaler

    walk = make_walk().single()
    start = walk.segmented["start"].iloc[1]
    stride = walk.body_frame[BF_GYR].iloc[start : start + STRIDE].reset_index(drop=True)
    return DtwTemplate(data=stride, sampling_rate_hz=RATE, scaling=FixedScaler(scale=500))


def segmentation():
    return BarthDtw(template())


def long_recording(n_walks=3, rest_s=14.0, seed=0):
    """Walks with noise, rest between them (the last one twice as long), and a gap in one foot."""
    walk = make_walk().sensor_frame
    noise = np.random.default_rng(seed)
    data = {}
    for sensor, frame in walk.items():
        rest = pd.DataFrame(np.repeat(frame.to_numpy()[-1:], int(rest_s * RATE), axis=0), columns=frame.columns)
        pieces = [rest.iloc[:200]]
        for _ in range(n_walks):
            pieces += [frame, frame.iloc[5:], rest]
        whole = pd.concat([*pieces, rest], ignore_index=True)[SF_COLS]
        data[sensor] = whole + noise.normal(scale=0.02, size=whole.shape)
    data["left_sensor"].iloc[700:706] = np.nan
    return data


def write_recording(folder, data, name="walks"):
    """Write a Parquet file that the reader of recordings understands."""
    table = pd.concat(data, axis=1)
    table.columns = [f"{sensor}_{column}" for sensor, column in table.columns]
    path = folder / f"{name}.parquet"
    table.to_parquet(path)
    return path
