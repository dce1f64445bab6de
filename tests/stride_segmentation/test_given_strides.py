"""Strides that are known already."""

import numpy as np
import pandas as pd
import pytest

from gaitmap.stride_segmentation import GivenStrides
from gaitmap.utils.consts import SF_COLS
from gaitmap.utils.exceptions import ValidationError

STRIDES = pd.DataFrame({"s_id": [7, 3], "start": [120, 10], "end": [230, 120], "ic": [200, 90]})


def _data(n=300):
    return pd.DataFrame(np.zeros((n, 6)), columns=SF_COLS)


def test_they_are_ordered_and_keep_their_columns():
    found = GivenStrides(STRIDES).segment(_data(), sampling_rate_hz=100.0).stride_list_
    assert found.index.tolist() == [3, 7]
    assert found["ic"].tolist() == [90, 200]


@pytest.mark.parametrize("key", ["left", "left_sensor"])
def test_lists_are_found_by_sensor_or_foot(key):
    data = {"left_sensor": _data(), "right_sensor": _data()}
    found = GivenStrides({key: STRIDES}).segment(data, sampling_rate_hz=100.0).stride_list_
    assert len(found["left_sensor"]) == 2
    assert found["right_sensor"].empty
    assert found["right_sensor"].index.name == "s_id"


@pytest.mark.parametrize(
    ("strides", "data", "match"),
    [
        (None, _data(), "no strides were given"),
        (STRIDES, _data(200), "1 of 2 strides of 'the sensor' are not in the data"),
        (STRIDES.assign(start=-1), _data(), "are not in the data"),
        (STRIDES, {"left": _data(), "right": _data()}, "not known whose strides"),
        ({"left": STRIDES, "right": STRIDES}, _data(), "those of one sensor"),
    ],
)
def test_what_does_not_fit_is_told(strides, data, match):
    with pytest.raises(ValidationError, match=match):
        GivenStrides(strides).segment(data, sampling_rate_hz=100.0)
