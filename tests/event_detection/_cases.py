"""Signals and stride lists for the tests of the event detections."""

import numpy as np
import pandas as pd

from gaitmap.event_detection import FilteredRamppEventDetection, HerzerEventDetection, RamppEventDetection
from gaitmap.utils.consts import BF_COLS
from tests.contract._walk import make_walk

CLASSES = [RamppEventDetection, FilteredRamppEventDetection, HerzerEventDetection]
EVENTS = ["ic", "tc", "min_vel"]
RATE = 100.0


def one_foot():
    """Body-frame data, stride list and rate of one foot of the synthetic walk."""
    walk = make_walk().single()
    return walk.body_frame, walk.segmented, walk.rate


def strides(*borders, ids=None):
    """Stride list from pairs of start and end."""
    index = pd.Index(range(len(borders)) if ids is None else ids, name="s_id")
    return pd.DataFrame(list(borders), columns=["start", "end"], index=index)


def body_frame(n_samples=200, **columns):
    """Body-frame data that are zero but for the columns given."""
    return pd.DataFrame(0.0, index=range(n_samples), columns=BF_COLS).assign(**columns)


def textbook_stride(n_samples=200):
    """One stride of 100 samples at 50 with known events.

    gyr_ml: negative until 59 (tc), swing peak at 70, steepest fall around 85, minimum at 90, steepest rise after it;
    acc_pa: a single peak at 92 (ic); all gyroscope axes rest from 115 to 135 (min_vel 125).
    """
    time = np.array([0, 50, 59.5, 70, 85, 90, 95, 110, 150, n_samples])
    rate = np.array([-200, -200, 0, 400, 100, -300, -50, 0, 0, 0])
    gyr_ml = np.interp(np.arange(n_samples), time, rate)
    acc_pa = np.zeros(n_samples)
    acc_pa[92] = 20
    other = np.full(n_samples, 30.0)
    other[115:136] = 0
    return body_frame(n_samples, gyr_ml=gyr_ml, acc_pa=acc_pa, gyr_pa=other, gyr_si=other), strides((50, 150))
