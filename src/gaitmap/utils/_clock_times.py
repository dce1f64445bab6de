"""Clock times of moments in a recording."""

import numpy as np
import pandas as pd


def clock_times(start_time: pd.Timestamp | None, seconds: pd.Series) -> pd.Series:
    """Clock times of moments in s from the first sample, in microseconds with zone; empty where it is not known.

    Other tools lose the zone of nanoseconds.
    """
    if start_time is None:
        return pd.Series(pd.NaT, index=seconds.index, dtype="datetime64[us, UTC]")
    offset = pd.to_timedelta(np.round(seconds.to_numpy(dtype=float) * 1e6).astype("int64"), unit="us")
    return pd.Series(pd.Timestamp(start_time).as_unit("us") + offset, index=seconds.index).dt.as_unit("us")
