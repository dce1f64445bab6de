"""Gait sequences of data that arrive in blocks: those of the whole recording, whatever the blocks."""

import pickle
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.example_data import get_healthy_example_imu_data
from gaitmap.gait_detection import UllrichGaitSequenceDetection
from gaitmap.gait_detection._harmonic_windows import WindowAnalysis
from gaitmap.utils.consts import BF_COLS
from gaitmap.utils.coordinate_conversion import convert_to_fbf
from gaitmap.utils.exceptions import DataQualityError, ValidationError

RATE = 50.0


def _recording(seed: int, n_gaps: int) -> pd.DataFrame:
    """Rest and pulses of gait for a minute or two, with gaps."""
    random = np.random.default_rng(seed)
    signal = []
    for _ in range(random.integers(1, 8)):
        n = int(random.integers(1, 25) * RATE)
        t = np.arange(n) / RATE
        pulses = 400.0 * (t % random.uniform(0.8, 1.4) < 0.3)
        signal.append(pulses if random.random() < 0.6 else np.zeros(n))
    values = np.concatenate(signal)
    data = pd.DataFrame(random.normal(scale=5.0, size=(len(values), 6)), columns=BF_COLS)
    data["gyr_ml"] += values
    data["acc_pa"] += values / 10
    for _ in range(n_gaps):
        first = random.integers(0, len(data))
        data.iloc[first : first + random.integers(1, 30), random.integers(0, 6)] = np.nan
    return data


def _run(stream, data, cuts, *, pickle_between=False):
    """Push the data cut into blocks; what was reported when."""
    length = len(data) if isinstance(data, pd.DataFrame) else len(next(iter(data.values())))
    calls = []
    for first, end in pairwise([0, *sorted(cut for cut in cuts if cut < length), length]):
        stream = pickle.loads(pickle.dumps(stream)) if pickle_between else stream
        is_frame = isinstance(data, pd.DataFrame)
        part = data.iloc[first:end] if is_frame else {name: frame.iloc[first:end] for name, frame in data.items()}
        calls.append((stream.open_from, end, stream.push(part)))
    calls.append((stream.open_from, length, stream.finish()))
    return calls


PARAMETERS = st.fixed_dictionaries(
    {
        "sensor_channel_config": st.sampled_from(["gyr_ml", "gyr_ml", "acc"]),
        "window_size_s": st.sampled_from([10, 6.5, 4.02]),
        "overlap": st.sampled_from([0.5, 0.75, 0]),
        "harmonic_tolerance_hz": st.just(0.5),
        "peak_prominence": st.sampled_from([1.0, 17.0]),
        "include_end": st.booleans(),
        "additional_margin_s": st.sampled_from([None, 1, 7.3, -0.5, -4]),
        "max_break_s": st.sampled_from([None, 3, 20]),
        "min_duration_s": st.sampled_from([None, 12]),
        "locomotion_band": st.just((0.5, 2)),
    }
)
RECORDINGS = st.builds(_recording, st.integers(0, 2**32 - 1), st.integers(0, 2))
CUTS = st.one_of(
    st.lists(st.integers(0, 8000), max_size=10),
    st.sampled_from([1, 37, 250, 1009]).map(lambda step: list(range(step, 200 * step, step))),
)


@settings(max_examples=60, deadline=None)
@given(parameters=PARAMETERS, data=RECORDINGS, cuts=CUTS, pickle_between=st.booleans())
def test_blocks_give_the_sequences_of_the_whole_recording(parameters, data, cuts, pickle_between):
    algorithm = UllrichGaitSequenceDetection(**parameters)
    try:
        expected = algorithm.clone().detect(data, RATE).gait_sequences_
    except DataQualityError:
        with pytest.raises(DataQualityError, match="window size"):
            _run(algorithm.stream(RATE), data, cuts)
        return
    stream = algorithm.stream(RATE)
    calls = _run(stream, data, cuts, pickle_between=pickle_between and len(cuts) < 20)
    pd.testing.assert_frame_equal(pd.concat([found for _, _, found in calls]), expected, check_index_type=False)
    before = 0
    for open_from, n_samples, found in calls:
        assert (found["start"] >= open_from).all()
        assert (found["end"] <= n_samples).all()
        if n_samples == before + 1:
            assert ((n_samples - found["end"]) / RATE <= stream.max_delay_s).all()
        before = n_samples


@pytest.mark.parametrize("merge", [True, False])
@settings(max_examples=20, deadline=None)
@given(parameters=PARAMETERS, seeds=st.tuples(st.integers(0, 99), st.integers(0, 99)), cuts=CUTS)
def test_sequences_of_both_feet_are_those_of_the_whole_recording(merge, parameters, seeds, cuts):
    feet = [_recording(seed, 1) for seed in seeds]
    length = min(map(len, feet))
    data = {name: foot.iloc[:length] for name, foot in zip(["left", "right"], feet, strict=True)}
    algorithm = UllrichGaitSequenceDetection(**parameters, merge_gait_sequences_from_sensors=merge)
    try:
        expected = algorithm.clone().detect(pd.concat(data, axis=1), RATE).gait_sequences_
    except DataQualityError:
        return
    calls = _run(algorithm.stream(RATE, ["left", "right"]), data, cuts)
    for foot in data:
        found = pd.concat([report[foot] for _, _, report in calls])
        pd.testing.assert_frame_equal(found, expected[foot], check_index_type=False)
        assert all((report[foot]["start"] >= open_from[foot]).all() for open_from, _, report in calls)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 12), channel=st.sampled_from([None, 1]))
def test_a_window_alone_gives_exactly_what_it_gives_among_others(seed, n, channel):
    random = np.random.default_rng(seed)
    values = random.normal(scale=100, size=(3, 1500))
    starts = np.sort(random.integers(0, 1000, size=n))

    def analysis():
        return WindowAnalysis(channel, 500, 0.0, 1.0, (0.5, 3.0), (2, 3, 4, 5), 0.3, 6.0, RATE)

    filtered = analysis().filter(values)
    together = analysis().analyse(values, filtered, starts)
    for k, start in enumerate(starts):
        cut = np.ascontiguousarray(values[:, start : start + 500])
        alone = analysis().analyse(cut, filtered[start : start + 500].copy(), np.array([0]))
        for name in together._fields[1:]:
            np.testing.assert_array_equal(getattr(alone, name)[0], getattr(together, name)[k], err_msg=name)


def test_a_walk_of_a_day_is_kept_as_one_window_of_signal():
    data = _recording(0, 0)
    stream = UllrichGaitSequenceDetection().stream(RATE)
    sizes = []
    for _ in range(20):
        stream.push(data)
        sizes.append(len(pickle.dumps(stream)))
    assert max(sizes) < 2 * 500 * 4 * 8 + 20_000


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (pd.DataFrame({"gyr_ml": [1.0]}), "dict"),
        ({"left": pd.DataFrame(0.0, index=[0], columns=BF_COLS)}, "right"),
        (
            {
                "left": pd.DataFrame(0.0, index=[0], columns=BF_COLS),
                "right": pd.DataFrame(0.0, index=[0, 1], columns=BF_COLS),
            },
            "same number of samples",
        ),
        (dict.fromkeys(["left", "right"], pd.DataFrame({"gyr_x": [1.0]})), "SingleSensorData"),
    ],
)
def test_wrong_blocks_are_refused(block, message):
    with pytest.raises(ValidationError, match=message):
        UllrichGaitSequenceDetection().stream(RATE, ["left", "right"]).push(block)


def test_wrong_parameters_are_found_before_any_data():
    with pytest.raises(ValueError, match="Nyquist"):
        UllrichGaitSequenceDetection().stream(20.0)


def test_a_finished_stream_takes_no_more():
    data = _recording(1, 0)
    stream = UllrichGaitSequenceDetection().stream(RATE)
    stream.push(data)
    stream.finish()
    with pytest.raises(ValueError, match="finished"):
        stream.push(data)


@pytest.mark.recordings
@pytest.mark.parametrize("length", [613, 100_000])
def test_sequences_of_a_real_walk_are_those_of_detect(length):
    data = convert_to_fbf(get_healthy_example_imu_data(), left_like="left_", right_like="right_")
    data = pd.concat([data, data * 0, data], ignore_index=True)
    expected = UllrichGaitSequenceDetection().detect(data, 204.8).gait_sequences_
    feet = {name: data[name] for name in ("left_sensor", "right_sensor")}
    calls = _run(UllrichGaitSequenceDetection().stream(204.8, list(feet)), feet, range(length, len(data), length))
    for name in feet:
        found = pd.concat([report[name] for _, _, report in calls])
        pd.testing.assert_frame_equal(found, expected[name], check_index_type=False)
        assert len(found) == 2
