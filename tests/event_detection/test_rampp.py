from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from gaitmap.data_transform import ButterworthFilter
from gaitmap.event_detection import FilteredRamppEventDetection, RamppEventDetection
from tests.event_detection._cases import EVENTS, RATE, body_frame, one_foot, strides, textbook_stride


def _events(algorithm, data, stride_list, rate=RATE):
    algorithm.enforce_consistency = False
    return algorithm.detect(data, stride_list, sampling_rate_hz=rate).annotated_original_event_list_


def test_each_event_is_where_the_method_says():
    data, stride_list = textbook_stride()
    found = _events(RamppEventDetection(min_vel_search_win_size_ms=200), data, stride_list)
    # The window of 20 samples that starts at 115 is the first of two without any rotation.
    assert found[EVENTS].to_numpy().tolist() == [[92, 59, 125]]


@pytest.mark.parametrize(("before", "after", "ic"), [(10, 10, 89), (10, 20, 89), (10, 40, 92), (0, 30, 92)])
def test_the_acceleration_is_searched_around_the_gyroscope_minimum_only(before, after, ic):
    data, stride_list = textbook_stride()
    data.loc[80:89, "acc_pa"] = np.linspace(0, 10, 10)  # lower than the true peak at 92; candidate at 90
    data.loc[92, "acc_pa"] = 20
    found = _events(RamppEventDetection(ic_search_region_ms=(before, after)), data, stride_list)
    assert found["ic"].item() == ic


def test_terminal_contact_of_segmented_strides_is_the_first_change_of_sign_either_way():
    data = body_frame(gyr_ml=np.repeat([1.0, -1.0, 1.0, -1.0], 50))
    found = _events(RamppEventDetection(detect_only=("tc",)), data, strides((20, 180), (60, 180)))
    assert found["tc"].tolist() == [49, 99]


def test_terminal_contact_of_ic_strides_is_the_last_change_of_sign_before_the_swing_peak():
    gyr_ml = np.repeat([1.0, -1.0, 1.0, -1.0], 50)
    gyr_ml[130] = 5
    algorithm = RamppEventDetection(detect_only=("tc",), input_stride_type="ic")
    assert _events(algorithm, body_frame(gyr_ml=gyr_ml), strides((0, 200)))["tc"].item() == 99


def test_minus_zero_counts_as_negative():
    gyr_ml = np.ones(200)
    gyr_ml[70] = -0.0
    gyr_ml[40] = 0.0
    found = _events(RamppEventDetection(detect_only=("tc",)), body_frame(gyr_ml=gyr_ml), strides((0, 200)))
    assert found["tc"].item() == 69


def test_initial_contact_of_ic_strides_may_lie_before_the_stride():
    data, _ = textbook_stride()
    algorithm = RamppEventDetection(input_stride_type="ic", detect_only=("ic",))
    assert _events(algorithm, data, strides((94, 190)))["ic"].item() == 92


def test_events_at_a_border_use_the_neighbour_outside_of_the_stride():
    # Steepest fall from 29 to 31; a stride from 30 on sees it only with sample 29.
    gyr_ml = np.zeros(200)
    gyr_ml[:30] = 100
    gyr_ml[30] = 90
    gyr_ml[31:60] = np.linspace(-50, -60, 29)
    gyr_ml[60:] = 20
    acc_pa = np.zeros(200)
    acc_pa[58] = 5
    found = _events(
        RamppEventDetection(detect_only=("ic",)), body_frame(gyr_ml=gyr_ml, acc_pa=acc_pa), strides((30, 130))
    )
    assert found["ic"].item() == 58


def test_a_constant_signal_has_no_contact_and_its_first_window_is_the_calmest():
    data = body_frame(gyr_ml=0.1, gyr_pa=0.3, gyr_si=0.7)
    with pytest.warns(UserWarning, match="^IC detection failed"):
        found = _events(RamppEventDetection(), data, strides((50, 150)))
    assert np.isnan(found[["ic", "tc"]].to_numpy()).all()
    assert found["min_vel"].item() == 50 + 5


@pytest.mark.parametrize(("stride_type", "good"), [("segmented", (50, 150)), ("ic", (94, 190))])
def test_a_missing_initial_contact_is_announced_for_both_stride_types(stride_type, good):
    algorithm = RamppEventDetection(input_stride_type=stride_type, detect_only=("ic",))
    with pytest.warns(UserWarning, match=r"^IC detection failed[\s\S]*\n1 of 2 strides \(s_id 7\) without ic: "):
        found = _events(algorithm, textbook_stride()[0], strides(good, (150, 153), ids=[3, 7]))
    assert found["ic"].isna().tolist() == [False, True]


@pytest.mark.parametrize(("stride_type", "before"), [("segmented", 1), ("ic", 12 + 8 + 1)])
def test_a_stride_needs_no_samples_but_the_documented_ones(stride_type, before):
    data, stride_list, rate = one_foot()
    if stride_type == "ic":
        contacts = _events(RamppEventDetection(), data, stride_list, rate)["ic"].astype(int).tolist()
        stride_list = strides(*pairwise(contacts))
    algorithm = RamppEventDetection(input_stride_type=stride_type)
    expected = _events(algorithm, data, stride_list, rate)
    assert expected.notna().all(axis=None)
    for s_id, (start, end) in stride_list.iterrows():
        cut = data.iloc[start - before : end + 1]
        found = _events(algorithm, cut, stride_list.loc[[s_id]] - (start - before), rate)
        pd.testing.assert_frame_equal(found + (start - before), expected.loc[[s_id]])


@pytest.mark.parametrize("region", [(-1, 50), (80, np.nan), (80,), 80, "80", (80, 50, 10), ("a", 50)])
def test_a_search_region_that_is_none_is_refused(region):
    with pytest.raises(ValueError, match="ic_search_region_ms"):
        RamppEventDetection(ic_search_region_ms=region).detect(*textbook_stride(), sampling_rate_hz=RATE)


@pytest.mark.parametrize("detect_only", [None, ("tc",)])
def test_a_search_region_shorter_than_a_sample_is_refused_whatever_is_detected(detect_only):
    algorithm = RamppEventDetection(ic_search_region_ms=(9, 9), detect_only=detect_only)
    with pytest.raises(ValueError, match="The chosen values are smaller than the sample time"):
        algorithm.detect(*textbook_stride(), sampling_rate_hz=RATE)


def test_an_unknown_stride_type_is_refused():
    with pytest.raises(ValueError, match="input_stride_type must be either 'segmented' or 'ic'"):
        RamppEventDetection(input_stride_type="min_vel").detect(*textbook_stride(), sampling_rate_hz=RATE)


class TestFiltered:
    def test_only_the_mediolateral_gyroscope_is_filtered(self):
        data, stride_list, rate = one_foot()
        data["gyr_ml"] += np.random.default_rng(0).normal(scale=30, size=len(data))
        plain = _events(RamppEventDetection(), data, stride_list, rate)
        filtered = ButterworthFilter(2, 15).filter(data["gyr_ml"], sampling_rate_hz=rate).filtered_data_
        by_hand = _events(RamppEventDetection(), data.assign(gyr_ml=filtered), stride_list, rate)
        found = _events(FilteredRamppEventDetection(), data, stride_list, rate)
        pd.testing.assert_frame_equal(found[["ic", "tc"]], by_hand[["ic", "tc"]])
        pd.testing.assert_series_equal(found["min_vel"], plain["min_vel"])
        assert not found["tc"].equals(plain["tc"])

    def test_without_filter_it_is_the_plain_method(self):
        data, stride_list, rate = one_foot()
        pd.testing.assert_frame_equal(
            _events(FilteredRamppEventDetection(ic_lowpass_filter=None), data, stride_list, rate),
            _events(RamppEventDetection(), data, stride_list, rate),
        )

    def test_gap_free_parts_are_filtered_by_themselves(self):
        data, stride_list, rate = one_foot()
        gap = slice(300, 310)  # in the second stride
        with_gap = data.copy()
        with_gap.iloc[gap] = np.nan
        with pytest.warns(UserWarning, match=r"s_id 1\) without ic, tc, min_vel: samples are missing"):
            found = _events(FilteredRamppEventDetection(), with_gap, stride_list, rate)
        before = _events(FilteredRamppEventDetection(), data.iloc[: gap.start], stride_list.iloc[:1], rate)
        after = _events(FilteredRamppEventDetection(), data.iloc[gap.stop :], stride_list.iloc[2:] - gap.stop, rate)
        pd.testing.assert_frame_equal(found.iloc[:1], before)
        pd.testing.assert_frame_equal(found.iloc[2:], after + gap.stop)
        assert found[EVENTS].iloc[1].isna().all()

    def test_a_part_too_short_for_the_filter_costs_only_its_own_strides(self):
        data, stride_list, rate = one_foot()
        data = data.copy()
        data.iloc[[20, 28]] = np.nan
        algorithm = FilteredRamppEventDetection(min_vel_search_win_size_ms=30)
        with pytest.warns(UserWarning, match=r"\(s_id 9\) without ic, tc: the gap-free signal is too short"):
            found = _events(algorithm, data, pd.concat([strides((21, 28), ids=[9]), stride_list]), rate)
        assert found[EVENTS].isna().to_numpy().tolist() == [[True, True, False]] + [[False] * 3] * len(stride_list)

    def test_a_recording_too_short_for_the_filter_is_refused(self):
        algorithm = FilteredRamppEventDetection(detect_only=("ic",))
        with pytest.raises(ValueError, match="length of the input"):
            algorithm.detect(body_frame(9), strides((0, 9)), sampling_rate_hz=RATE)

    def test_the_filter_is_not_needed_for_min_vel(self):
        algorithm = FilteredRamppEventDetection(detect_only=("min_vel",), min_vel_search_win_size_ms=30)
        assert _events(algorithm, body_frame(9), strides((0, 9)))["min_vel"].item() == 1
