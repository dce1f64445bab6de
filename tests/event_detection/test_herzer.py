import numpy as np
import pandas as pd
import pytest

from gaitmap.data_transform import BaseFilter, ButterworthFilter
from gaitmap.event_detection import HerzerEventDetection, RamppEventDetection
from tests.event_detection._cases import EVENTS, RATE, body_frame, one_foot, strides


class NoFilter(BaseFilter):
    def transform(self, data, *, sampling_rate_hz=None, **_):
        self.data, self.sampling_rate_hz = data, sampling_rate_hz
        self.transformed_data_ = data
        return self


def _events(algorithm, data, stride_list, rate=RATE):
    algorithm.enforce_consistency = False
    return algorithm.detect(data, stride_list, sampling_rate_hz=rate).annotated_original_event_list_


def _stair_stride():
    """Stride 50 to 150: gyr_ml lowest at 45, mid-swing 80, steepest rise from 110; acc_pa lowest at 90, rise at 100."""
    samples = np.arange(200)
    gyr_ml = np.interp(samples, [0, 45, 80, 110, 115, 150, 200], [0, -300, 400, -200, 0, 0, 0])
    acc_pa = np.interp(samples, [0, 80, 90, 100, 102, 200], [0, 0, -10, -5, 5, 5])
    return body_frame(gyr_ml=gyr_ml, acc_pa=acc_pa), strides((50, 150))


def test_each_event_is_where_the_method_says():
    found = _events(HerzerEventDetection(ic_lowpass_filter=NoFilter()), *_stair_stride())
    assert found[["ic", "tc"]].to_numpy().tolist() == [[100, 45]]


def test_terminal_contact_is_searched_a_quarter_of_a_stride_to_both_sides():
    gyr_ml = np.zeros(200)
    gyr_ml[[24, 25, 75]] = [-9, -1, -9]
    data = body_frame(gyr_ml=gyr_ml)
    assert _events(HerzerEventDetection(detect_only=("tc",)), data, strides((50, 150)))["tc"].item() == 25


def test_terminal_contact_region_is_cut_at_the_start_of_the_recording():
    gyr_ml = np.zeros(200)
    gyr_ml[3] = -1
    found = _events(HerzerEventDetection(detect_only=("tc",)), body_frame(gyr_ml=gyr_ml), strides((10, 110)))
    assert found["tc"].item() == 3


def test_min_vel_is_that_of_rampp():
    data, stride_list, rate = one_foot()
    pd.testing.assert_series_equal(
        _events(HerzerEventDetection(), data, stride_list, rate)["min_vel"],
        _events(RamppEventDetection(), data, stride_list, rate)["min_vel"],
    )


@pytest.mark.parametrize(
    ("parameters", "ic"),
    [
        ({"mid_swing_n_considered_peaks": 1}, 100),  # the highest, at 80
        ({"mid_swing_n_considered_peaks": 2}, 70),  # the small one at 60 comes first
        ({"mid_swing_n_considered_peaks": 0}, 70),
        ({"mid_swing_peak_prominence": 150}, 100),  # more than the small one has
        ({"mid_swing_peak_prominence": (None, 150)}, 70),  # less than the large one has
        ({"mid_swing_peak_prominence": (20, None)}, 70),
    ],
)
def test_mid_swing_is_the_earliest_of_the_most_prominent_peaks(parameters, ic):
    samples = np.arange(200)
    gyr_ml = np.interp(samples, [0, 45, 60, 64, 80, 110, 115, 200], [0, -300, 200, 100, 400, -200, 0, 0])
    # Lowest before 80 at 69, lowest after 80 at 90; the steep rises follow at 70 and 100.
    acc_pa = np.interp(samples, [0, 60, 69, 70, 72, 80, 90, 100, 102, 200], [0, 0, -20, -20, 10, 0, -10, -5, 5, 5])
    algorithm = HerzerEventDetection(ic_lowpass_filter=NoFilter(), **parameters)
    assert _events(algorithm, body_frame(gyr_ml=gyr_ml, acc_pa=acc_pa), strides((50, 150)))["ic"].item() == ic


def test_strides_of_equal_length_are_filtered_as_if_alone():
    data, stride_list, rate = one_foot()
    data = data + np.random.default_rng(0).normal(scale=3, size=data.shape)
    longer = stride_list.assign(end=stride_list["end"] + 3).set_axis(stride_list.index + 100)
    stride_list = pd.concat([stride_list, longer])
    together = _events(HerzerEventDetection(), data, stride_list, rate)
    for s_id in stride_list.index:
        alone = _events(HerzerEventDetection(), data, stride_list.loc[[s_id]], rate)
        pd.testing.assert_frame_equal(alone, together.loc[[s_id]])


def test_the_filter_sees_nothing_but_the_stride():
    data, stride_list, rate = one_foot()
    changed = data.copy()
    changed.iloc[: stride_list["start"].iloc[2], 0] = 1e6
    changed.iloc[stride_list["end"].iloc[2] :, 0] = -1e6
    found, expected = (_events(HerzerEventDetection(), d, stride_list.iloc[[2]], rate) for d in (changed, data))
    pd.testing.assert_frame_equal(found, expected)


def test_a_stride_needs_no_samples_but_a_quarter_of_a_stride_before():
    data, stride_list, rate = one_foot()
    expected = _events(HerzerEventDetection(), data, stride_list, rate)
    for s_id, (start, end) in stride_list.iterrows():
        first = start - (end - start) // 4
        found = _events(HerzerEventDetection(), data.iloc[first:end], stride_list.loc[[s_id]] - first, rate)
        pd.testing.assert_frame_equal(found + first, expected.loc[[s_id]])


def test_a_stride_too_short_for_the_filter_costs_only_itself():
    data, stride_list, rate = one_foot()
    data = data.copy()
    data.loc[data.index[4], "gyr_ml"] = 100  # a mid-swing peak in the short stride
    algorithm = HerzerEventDetection(min_vel_search_win_size_ms=30)
    with pytest.warns(UserWarning, match=r"\(s_id 9\) without ic: the gap-free signal is too short for the filter"):
        found = _events(algorithm, data, pd.concat([strides((2, 8), ids=[9]), stride_list]), rate)
    assert found["ic"].isna().tolist() == [True] + [False] * len(stride_list)
    assert found[["tc", "min_vel"]].notna().all(axis=None)


def test_a_filter_that_cannot_work_at_this_rate_is_refused():
    data, stride_list, rate = one_foot()
    algorithm = HerzerEventDetection(ic_lowpass_filter=ButterworthFilter(1, 100))
    with pytest.raises(ValueError, match=r"critical frequenc|0 < Wn"):
        algorithm.detect(data, stride_list, sampling_rate_hz=rate)


def test_a_stride_without_mid_swing_has_no_initial_contact_and_no_warning(recwarn):
    algorithm = HerzerEventDetection(enforce_consistency=False)
    algorithm.detect(body_frame(gyr_ml=-1.0), strides((50, 150)), sampling_rate_hz=RATE)
    assert np.isnan(algorithm.annotated_original_event_list_["ic"].item())
    assert algorithm.annotated_original_event_list_["tc"].item() == 25
    assert algorithm.left_out_.to_numpy().tolist() == [
        ["ic", "gyr_ml has no mid-swing peak of the required prominence"]
    ]
    assert not recwarn.list


@pytest.mark.parametrize("stride_list", [strides((50, 150)), strides()])
def test_only_segmented_strides_are_supported(stride_list):
    with pytest.raises(NotImplementedError, match="only segmented stride type"):
        HerzerEventDetection(input_stride_type="ic").detect(body_frame(), stride_list, sampling_rate_hz=RATE)


@pytest.mark.parametrize(
    "parameters",
    [
        {"mid_swing_peak_prominence": "20"},
        {"mid_swing_peak_prominence": (1, 2, 3)},
        {"mid_swing_peak_prominence": np.nan},
        {"mid_swing_n_considered_peaks": -1},
        {"mid_swing_n_considered_peaks": 1.5},
        {"ic_lowpass_filter": None},
    ],
)
def test_parameters_out_of_range_are_refused_by_name(parameters):
    with pytest.raises(ValueError, match=next(iter(parameters))):
        HerzerEventDetection(**parameters).detect(*_stair_stride(), sampling_rate_hz=RATE)


def test_all_events_are_found_in_the_synthetic_walk():
    data, stride_list, rate = one_foot()
    assert _events(HerzerEventDetection(), data, stride_list, rate)[EVENTS].notna().all(axis=None)
