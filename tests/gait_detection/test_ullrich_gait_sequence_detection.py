import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.gait_detection import UllrichGaitSequenceDetection, _harmonic_windows
from gaitmap.utils.consts import BF_COLS, SF_COLS
from gaitmap.utils.datatype_helper import is_regions_of_interest_list
from gaitmap.utils.exceptions import ValidationError

RATE = 100.0


def _recording(n_s=60, gait=(), amplitude=400.0):
    """Rest with pulses of 0.3 s once per second (a fundamental with strong harmonics) in the stretches of gait."""
    t = np.arange(0, n_s, 1 / RATE)
    in_gait = (
        np.any([(t >= start) & (t < end) for start, end in gait], axis=0) if gait else np.zeros(len(t), dtype=bool)
    )
    pulses = np.where(in_gait & (t % 1 < 0.3), 1.0, 0.0)
    data = pd.DataFrame(0.0, index=t, columns=BF_COLS)
    data["gyr_ml"] = amplitude * pulses
    data["acc_pa"] = 40 * pulses
    return data


def _detect(data, **params):
    return UllrichGaitSequenceDetection(**params).detect(data, RATE)


def _borders(sequences):
    return sequences[["start", "end"]].to_numpy().tolist()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("config", ["gyr_ml", "gyr", "acc_pa", "acc"])
def test_gait_is_found_on_the_grid_of_the_windows(config):
    detected = _detect(_recording(gait=[(20, 45)]), sensor_channel_config=config)
    assert _borders(detected.gait_sequences_) == [[2000, 4500]]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("signal", [np.zeros(6000), 200 * np.sin(2 * np.pi * np.arange(6000) / RATE)])
def test_rest_and_a_pure_sine_are_no_gait(signal):
    detected = _detect(_recording().assign(gyr_ml=signal))
    assert len(detected.gait_sequences_) == 0


def test_dominant_frequency_is_that_of_the_pulses():
    windows = _detect(_recording(gait=[(0, 60)])).window_results_
    np.testing.assert_allclose(windows["dominant_frequency_hz"], 1.0)
    assert windows["is_gait"].all()


def test_result_is_a_list_of_gait_sequences_with_integer_columns():
    for data in (_recording(gait=[(20, 45)]), _recording()):
        detected = _detect(data)
        assert list(detected.gait_sequences_.columns) == ["gs_id", "start", "end"]
        assert (detected.gait_sequences_.dtypes == np.int64).all()
        assert is_regions_of_interest_list(detected.gait_sequences_, region_type="gs") == "single"
        np.testing.assert_array_equal(detected.start_, detected.gait_sequences_["start"])
        np.testing.assert_array_equal(detected.end_, detected.gait_sequences_["end"])


def test_window_as_long_as_the_recording_is_looked_at():
    data = _recording(10, gait=[(0, 10)])
    assert _borders(_detect(data).gait_sequences_) == [[0, 1000]]
    with pytest.raises(ValueError, match=" window size "):
        _detect(data.iloc[:-1])


def test_the_end_is_looked_at_on_request():
    data = _recording(64, gait=[(49.5, 64)])
    assert _borders(_detect(data).gait_sequences_) == [[5000, 6000]]
    assert _borders(_detect(data, include_end=True).gait_sequences_) == [[5000, 6400]]


def test_one_window_of_rest_between_windows_of_gait_is_bridged():
    windows = _detect(_recording(gait=[(20, 45)])).window_results_
    assert list(windows["start"]) == list(range(0, 5001, 500))
    assert (windows["end"] - windows["start"] == 1000).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 7), st.integers(20, 40), st.integers(0, 10))
def test_blocks_do_not_change_the_result(block, n_s, seed):
    rng = np.random.default_rng(seed)
    data = _recording(n_s, gait=[(3, 17)]) + rng.normal(0, 20, (n_s * 100, 6))
    data.iloc[rng.integers(0, len(data), 3)] = np.nan
    whole = _detect(data, overlap=0.7).window_results_
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_harmonic_windows, "_BLOCK", block)
        pd.testing.assert_frame_equal(_detect(data, overlap=0.7).window_results_, whole, check_exact=True)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 3000))
def test_appended_rest_changes_no_sequence(n_rest):
    data = _recording(40, gait=[(5, 30)])
    rest = pd.DataFrame(0.0, index=range(n_rest), columns=BF_COLS)
    assert _borders(_detect(pd.concat([data, rest])).gait_sequences_) == _borders(_detect(data).gait_sequences_)


def test_gap_affects_only_the_windows_that_contain_it():
    data = _recording(120, gait=[(0, 120)])
    with_gap = data.copy()
    with_gap.iloc[5210:5230] = np.nan
    detected = _detect(with_gap)
    assert _borders(detected.gait_sequences_) == [[0, 5000], [5500, 12000]]
    windows = detected.window_results_
    has_gap = (windows["start"] < 5230) & (windows["end"] > 5210)
    np.testing.assert_array_equal(windows["activity"].isna(), has_gap)
    # The filter starts anew: soon after the gap all is as if there had been none.
    whole = _detect(data).window_results_
    pd.testing.assert_frame_equal(windows.iloc[13:], whole.iloc[13:], rtol=1e-9)


def test_gap_in_an_unused_sensor_does_not_matter():
    data = _recording(gait=[(20, 45)])
    data.loc[:, "acc_si"] = np.nan
    assert _borders(_detect(data).gait_sequences_) == [[2000, 4500]]


@pytest.mark.parametrize("dtype", [np.float32, "Float64", np.int64])
def test_other_number_types_are_accepted(dtype):
    data = _recording(gait=[(20, 45)])
    assert _borders(_detect(data.astype(dtype)).gait_sequences_) == [[2000, 4500]]


@pytest.mark.parametrize(
    ("margin", "expected"),
    [
        (None, [[100, 500], [600, 800], [1000, 1400], [1900, 2000]]),
        (0, [[100, 500], [600, 800], [1000, 1400], [1900, 2000]]),
        (10, [[90, 510], [590, 810], [990, 1410], [1890, 2000]]),
        (200, [[0, 1600], [1700, 2000]]),
        (800, [[0, 2000]]),
        (-60, [[160, 440], [660, 740], [1060, 1340]]),
    ],
)
def test_margin_is_added_clipped_and_merged(margin, expected):
    detection = UllrichGaitSequenceDetection(additional_margin_s=margin)
    detection.sampling_rate_hz = 1
    sequences = np.array([[100, 500], [600, 800], [1000, 1400], [1900, 2000]])
    assert _borders(detection._finish(detection._add_margin(sequences, 2000))) == expected


def test_margin_around_nothing_is_nothing():
    assert len(_detect(_recording(), additional_margin_s=5).gait_sequences_) == 0


def test_short_breaks_are_bridged_and_short_sequences_dropped():
    data = _recording(200, gait=[(10, 50), (70, 110), (150, 160)])
    separate = _borders(_detect(data).gait_sequences_)
    assert len(separate) == 3
    break_s = (separate[1][0] - separate[0][1]) / RATE
    joined = _borders(_detect(data, max_break_s=break_s).gait_sequences_)
    assert joined == [[separate[0][0], separate[1][1]], separate[2]]
    assert _borders(_detect(data, max_break_s=break_s, min_duration_s=20).gait_sequences_) == joined[:1]


def _two_feet(gait_left, gait_right):
    return pd.concat({"left": _recording(gait=gait_left), "right": _recording(gait=gait_right)}, axis=1)


def test_every_sensor_has_its_own_sequences():
    detected = _detect(_two_feet([(20, 45)], []))
    assert list(detected.gait_sequences_) == ["left", "right"]
    assert _borders(detected.gait_sequences_["left"]) == [[2000, 4500]]
    assert _borders(detected.gait_sequences_["right"]) == []
    assert detected.start_["left"].tolist() == [2000]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ([(0, 20)], [(35, 60)], [[0, 2000], [3500, 6000]]),
        ([(0, 30)], [(20, 60)], [[0, 6000]]),
        ([(20, 45)], [], [[2000, 4500]]),
        ([], [], []),
    ],
)
def test_merging_gives_all_sensors_independent_copies_of_the_union(left, right, expected):
    detected = _detect(_two_feet(left, right), merge_gait_sequences_from_sensors=True)
    assert _borders(detected.gait_sequences_["left"]) == _borders(detected.gait_sequences_["right"]) == expected
    assert detected.gait_sequences_["left"]["gs_id"].tolist() == list(range(len(expected)))
    detected.gait_sequences_["left"].loc[0] = -1
    assert _borders(detected.gait_sequences_["right"]) == expected


def test_union_of_touching_and_contained_intervals():
    left, right = [(1, 3), (6, 8), (10, 12), (15, 17)], [(0, 2), (5, 9), (17, 20)]
    detection = UllrichGaitSequenceDetection()
    detection.sampling_rate_hz = 1
    assert _borders(detection._finish(np.array(left + right))) == [[0, 3], [5, 9], [10, 12], [15, 20]]


def test_only_synchronised_sensors_can_be_merged():
    data = {"left": _recording(), "right": _recording()}
    with pytest.raises(ValueError, match=r"synchronized data sets\.$"):
        _detect(data, merge_gait_sequences_from_sensors=True)
    one_sensor = {"left": _recording(gait=[(20, 45)])}
    assert _borders(_detect(one_sensor, merge_gait_sequences_from_sensors=True).gait_sequences_["left"])
    single = _recording(gait=[(20, 45)])
    assert _borders(_detect(single, merge_gait_sequences_from_sensors=True).gait_sequences_) == [[2000, 4500]]


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"sensor_channel_config": "gyr_x"}, ValueError, " you have passed is invalid. "),
        ({"sensor_channel_config": ["gyr_ml"]}, TypeError, " must be a str.$"),
        ({"locomotion_band": (0.5, 1, 3)}, ValueError, " exactly two values.$"),
        ({"locomotion_band": (3, 0.5)}, ValueError, " smaller than the second value.$"),
        ({"locomotion_band": (1, 1)}, ValueError, " smaller than the second value.$"),
        ({"locomotion_band": (0, 3)}, ValueError, "must be larger than 0"),
        ({"locomotion_band": (0.5, 9.1)}, ValueError, " Nyquist frequency "),
        ({"harmonic_tolerance_hz": 0.05}, ValueError, "^Value for harmonic_tolerance_hz too small."),
        ({"harmonic_tolerance_hz": 0}, ValueError, "^Value for harmonic_tolerance_hz too small."),
        ({"locomotion_band": (0.1, 3)}, ValueError, "longest period"),
        ({"window_size_s": 0}, ValueError, "'window_size_s'"),
        ({"overlap": 1}, ValueError, "'overlap'"),
        ({"overlap": -0.1}, ValueError, "'overlap'"),
        ({"max_break_s": -1}, ValueError, "'max_break_s'"),
    ],
)
def test_bad_parameters_are_named(params, error, message):
    with pytest.raises(error, match=message):
        _detect(_recording(), **params)


def test_data_must_be_in_the_body_frame():
    with pytest.raises(ValidationError):
        _detect(_recording().set_axis(SF_COLS, axis=1))
    with pytest.raises(ValidationError):
        _detect("no data")


def test_threshold_of_zero_is_a_threshold():
    weak = _recording(gait=[(0, 60)], amplitude=1.0)
    assert not _detect(weak).window_results_["is_active"].any()
    assert _detect(weak, active_signal_threshold=0).window_results_["is_active"].all()


def test_analysis_is_cached_once_per_sensor_and_reused_for_other_thresholds(tmp_path, capsys):
    memory = joblib.Memory(tmp_path, verbose=2)
    data = _two_feet([(20, 45)], [(0, 60)])

    def run(**params):
        detected = _detect(data, memory=memory, **params)
        printed = capsys.readouterr().out
        return detected, (printed.count("] Calling"), printed.count("Loading"))

    first, counts = run()
    assert counts == (2, 0)
    second, counts = run()
    assert counts == (0, 2)
    third, counts = run(peak_prominence=1000, additional_margin_s=3)
    assert counts == (0, 2)
    assert len(third.gait_sequences_["left"]) == 0
    for sensor in ("left", "right"):
        pd.testing.assert_frame_equal(second.gait_sequences_[sensor], first.gait_sequences_[sensor])
        pd.testing.assert_frame_equal(second.window_results_[sensor], _detect(data).window_results_[sensor])
    assert run(harmonic_tolerance_hz=0.5)[1] == (2, 0)


def test_json_without_memory_does_not_mention_it():
    assert "memory" not in UllrichGaitSequenceDetection().to_json()
