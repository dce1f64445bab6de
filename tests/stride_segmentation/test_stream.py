"""Segmentation of a signal that arrives in blocks: the strides of the whole signal, whatever the blocks."""

import itertools
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.data_transform import (
    AbsMaxScaler,
    ButterworthFilter,
    ChainedTransformer,
    FixedScaler,
    GroupedTransformer,
    IdentityTransformer,
    StandardScaler,
    TrainableAbsMaxScaler,
    TrainableStandardScaler,
)
from gaitmap.stride_segmentation import (
    BarthDtw,
    BaseDtw,
    BaseDtwTemplate,
    ConstrainedBarthDtw,
    DtwTemplate,
    OpenStrideTemplate,
)
from gaitmap.utils.exceptions import ValidationError
from tests.stride_segmentation._data import walk

RATE = 20.0
PATTERN = pd.DataFrame({"gyr_ml": [0.0, 2, 3, 1, -1, -3, -1, 0], "gyr_si": [0.0, 1, 0, 1, 0, -1, 0, 0]})


def _signal(seed: int, n_gaps: int, *, whole_numbers: bool) -> pd.DataFrame:
    """Strides of different lengths and heights, rest, noise, and gaps."""
    random = np.random.default_rng(seed)
    parts = [np.zeros((random.integers(0, 15), 2))]
    for _ in range(random.integers(0, 9)):
        length = random.integers(4, 25)
        at = np.linspace(0, len(PATTERN) - 1, length)
        stride = [np.interp(at, np.arange(len(PATTERN)), column) for column in PATTERN.to_numpy().T]
        parts.append(np.transpose(stride) * random.choice([0.5, 1, 1.2]))
        parts.append(np.zeros((random.choice([0, 0, 3, 20]), 2)))
    values = np.concatenate(parts)
    values += random.normal(scale=random.choice([0.1, 0.4]), size=values.shape)
    values = np.round(values) if whole_numbers else values
    for _ in range(n_gaps * (len(values) > 0)):
        first = random.integers(0, len(values))
        values[first : first + random.integers(1, 4), random.integers(0, 2)] = np.nan
    return pd.DataFrame(values, columns=["gyr_ml", "gyr_si"])


def _run(stream, data, cuts, *, pickle_between=False):
    """Push the data cut into blocks; matches, costs and original borders of all calls, and what was known when."""
    borders = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    calls = []
    for first, end in itertools.pairwise(borders):
        if pickle_between:
            stream = pickle.loads(pickle.dumps(stream))
        open_from = stream.open_from
        calls.append((open_from, end, stream.push_matches(data[first:end])))
    calls.append((stream.open_from, len(data), stream.finish_matches()))
    return calls


def _assert_equal_to_segment(algorithm, data, calls):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = algorithm.clone().segment(data, RATE)
    found = [found for _, _, found in calls]
    np.testing.assert_array_equal(np.concatenate([f.start_end for f in found]), whole.matches_start_end_.reshape(-1, 2))
    np.testing.assert_array_equal(np.concatenate([f.cost for f in found]), whole.costs_)
    original = whole.matches_start_end_original_.reshape(-1, 2)
    np.testing.assert_array_equal(np.concatenate([f.original for f in found]), original)


ALGORITHMS = st.fixed_dictionaries(
    {
        "find_matches_method": st.sampled_from(["find_peaks", "find_peaks", "min_under_thres"]),
        "max_cost": st.sampled_from([1.5, 2.5, 4.0, 8.0, np.inf]),
        "min_match_length_s": st.sampled_from([None, 0.1, 0.3, 0.6]),
        "max_match_length_s": st.sampled_from([None, 0.5, 1.0, 3.0]),
        "snap_to_min_win_ms": st.sampled_from([None, 10, 150, 600]),
        "conflict_resolution": st.booleans(),
        "max_template_stretch_ms": st.sampled_from([None, None, 100]),
        "max_signal_stretch_ms": st.sampled_from([None, None, 100]),
    }
)
SIGNALS = st.builds(_signal, st.integers(0, 2**32 - 1), st.integers(0, 3), whole_numbers=st.booleans())
CUTS = st.one_of(
    st.lists(st.integers(0, 250), max_size=12), st.integers(1, 40).map(lambda step: list(range(step, 400, step)))
)


@pytest.mark.filterwarnings("ignore:There are still overlapping strides")
@settings(max_examples=250, deadline=None)
@given(
    parameters=ALGORITHMS,
    data=SIGNALS,
    cuts=CUTS,
    template_rate=st.sampled_from([20.0, 20.0, 10.0, 50.0]),
    pickle_between=st.booleans(),
)
def test_blocks_give_the_strides_of_the_whole_signal(parameters, data, cuts, template_rate, pickle_between):
    template = DtwTemplate(data=PATTERN, sampling_rate_hz=template_rate, scaling=FixedScaler(1.5))
    algorithm = BarthDtw(template, **parameters)
    calls = _run(algorithm.stream(RATE), data, cuts, pickle_between=pickle_between)
    _assert_equal_to_segment(algorithm, data, calls)
    for open_from, n_samples, found in calls:
        assert (found.start_end[:, 0] >= open_from).all()
        assert open_from <= n_samples


@settings(max_examples=60, deadline=None)
@given(data=SIGNALS, cuts=CUTS, method=st.sampled_from(["find_peaks", "min_under_thres"]))
def test_base_dtw_gives_the_matches_of_the_whole_signal(data, cuts, method):
    algorithm = BaseDtw(DtwTemplate(data=PATTERN, sampling_rate_hz=RATE), True, method, 4.0, 0.2)
    _assert_equal_to_segment(algorithm, data, _run(algorithm.stream(RATE), data, cuts))


@settings(max_examples=40, deadline=None)
@given(data=SIGNALS, cuts=CUTS, n_channels=st.integers(0, 2))
def test_arrays_give_the_matches_of_the_whole_array(data, cuts, n_channels):
    pattern, signal = PATTERN.to_numpy(), data.to_numpy()
    if n_channels == 0:
        pattern, signal = pattern[:, 0], signal[:, 0]
    algorithm = BaseDtw(DtwTemplate(data=pattern, sampling_rate_hz=10.0), True, "find_peaks", 4.0, 0.2)
    _assert_equal_to_segment(algorithm, signal, _run(algorithm.stream(RATE), signal, cuts))


@pytest.mark.filterwarnings("ignore:There are still overlapping strides")
@settings(max_examples=25, deadline=None)
@given(data=SIGNALS, cuts=CUTS)
def test_without_a_limit_of_the_cost_all_strides_come_in_the_end(data, cuts):
    algorithm = BarthDtw(DtwTemplate(data=PATTERN, sampling_rate_hz=RATE), max_cost=None, min_match_length_s=0.2)
    calls = _run(algorithm.stream(RATE), data, cuts)
    _assert_equal_to_segment(algorithm, data, calls)


@pytest.mark.parametrize(
    "scaling",
    [
        None,
        TrainableAbsMaxScaler(data_max=3.0),
        TrainableStandardScaler(mean=0.2, std=2.0),
        ChainedTransformer([("a", FixedScaler(3.0)), ("b", IdentityTransformer())]),
        GroupedTransformer([("gyr_ml", FixedScaler(3.0)), ("gyr_si", FixedScaler(2.0, 0.1))]),
    ],
    ids=lambda scaling: type(scaling).__name__,
)
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
def test_scalings_with_fixed_parameters_are_those_of_the_whole_signal(scaling, dtype):
    template = DtwTemplate(data=PATTERN, sampling_rate_hz=RATE, scaling=scaling)
    data = _signal(4, 0, whole_numbers=True).astype(dtype)
    algorithm = BarthDtw(template, max_cost=6.0, min_match_length_s=0.2)
    calls = _run(algorithm.stream(RATE), data, [1, 5, 60])
    assert sum(len(found.cost) for _, _, found in calls) > 2
    _assert_equal_to_segment(algorithm, data, calls)


@pytest.mark.parametrize(
    ("template", "named"),
    [
        (DtwTemplate(data=PATTERN, sampling_rate_hz=RATE, scaling=StandardScaler()), "StandardScaler"),
        (DtwTemplate(data=PATTERN, sampling_rate_hz=RATE, scaling=AbsMaxScaler()), "AbsMaxScaler"),
        (
            DtwTemplate(
                data=PATTERN,
                sampling_rate_hz=RATE,
                scaling=ChainedTransformer([("a", FixedScaler()), ("b", ButterworthFilter(2, 5))]),
            ),
            "ButterworthFilter",
        ),
        (OpenStrideTemplate(), "smoothing of OpenStrideTemplate|MovementScaler"),
        (OpenStrideTemplate(smoothing=None), "MovementScaler"),
    ],
)
def test_a_scaling_that_looks_at_the_whole_signal_is_refused_before_any_data(template, named):
    with pytest.raises(ValueError, match=named):
        BarthDtw(template).stream(RATE)


def test_a_template_class_with_its_own_transformation_is_refused():
    class OwnTemplate(BaseDtwTemplate):
        sampling_rate_hz = RATE

        def get_data(self):
            return PATTERN

        def transform_data(self, data, sampling_rate_hz):
            return data - data.mean()

    with pytest.raises(ValueError, match="OwnTemplate"):
        BarthDtw(OwnTemplate()).stream(RATE)


TEMPLATE = DtwTemplate(data=PATTERN, sampling_rate_hz=RATE)


def test_of_templates_for_several_sensors_the_one_that_is_named_is_used():
    other = DtwTemplate(data=-PATTERN, sampling_rate_hz=RATE)
    algorithm = BarthDtw({"left": other, "right": TEMPLATE})
    with pytest.raises(ValueError, match="one sensor"):
        algorithm.stream(RATE)
    data = _signal(4, 0, whole_numbers=False)
    calls = _run(algorithm.stream(RATE, "right"), data, [50])
    _assert_equal_to_segment(BarthDtw(TEMPLATE), data, calls)
    assert sum(len(found.cost) for _, _, found in calls) > 0


@pytest.mark.parametrize(
    ("parameters", "rate", "named"),
    [
        ({"find_matches_method": "other"}, RATE, "find_matches_method"),
        ({}, -1, "sampling_rate_hz"),
        ({"min_match_length_s": 0}, RATE, "distance"),
        ({"max_cost": None, "find_matches_method": "min_under_thres"}, RATE, "max_cost"),
    ],
)
def test_wrong_parameters_are_found_before_any_data(parameters, rate, named):
    with pytest.raises(ValueError, match=named):
        BarthDtw(TEMPLATE, **parameters).stream(rate)


def test_wrong_blocks_are_refused_and_change_nothing():
    stream = BarthDtw(TEMPLATE).stream(RATE)
    with pytest.raises(ValidationError, match="DataFrame"):
        stream.push(PATTERN.to_numpy())
    with pytest.raises(KeyError, match="gyr_si"):
        stream.push(PATTERN[["gyr_ml"]])
    with pytest.raises(KeyError, match="snap_to_min_axis"):
        stream.push(PATTERN[["gyr_si"]])
    assert stream.n_samples == 0
    stream.push(PATTERN)
    assert stream.n_samples == len(PATTERN)


def test_a_finished_stream_takes_no_more():
    stream = BarthDtw(TEMPLATE).stream(RATE)
    stream.finish()
    with pytest.raises(ValueError, match="finished"):
        stream.push(PATTERN)
    with pytest.raises(ValueError, match="finished"):
        stream.finish()


def test_a_stream_without_samples_gives_an_empty_stride_list():
    stride_list = BarthDtw(TEMPLATE).stream(RATE).finish()
    pd.testing.assert_frame_equal(stride_list, BarthDtw(TEMPLATE).segment(PATTERN.iloc[:0], RATE).stride_list_)


def test_the_algorithm_is_not_changed_by_its_stream():
    algorithm = BarthDtw(TEMPLATE)
    stream = algorithm.stream(RATE)
    algorithm.set_params(max_cost=0.0)
    blocks = [stream.push(_signal(0, 0, whole_numbers=False)), stream.finish()]
    assert sum(map(len, blocks)) > 0
    assert not hasattr(algorithm, "sampling_rate_hz")


def test_overlapping_strides_warn_once():
    # Without limits, one stride after the other starts at the same sample.
    data = pd.concat([PATTERN] * 6, ignore_index=True)
    algorithm = BarthDtw(TEMPLATE, max_cost=20.0, min_match_length_s=None, conflict_resolution=False)
    algorithm.set_params(snap_to_min_win_ms=400)
    with warnings.catch_warnings(record=True) as of_segment:
        warnings.simplefilter("always")
        algorithm.segment(data, RATE)
    with warnings.catch_warnings(record=True) as of_stream:
        warnings.simplefilter("always")
        _run(algorithm.stream(RATE), data, range(1, 60))
    assert [str(w.message) for w in of_stream] == [str(w.message) for w in of_segment]
    assert len(of_stream) == 1


def test_there_is_no_limit_of_the_delay_where_all_may_be_held_back():
    assert BarthDtw(TEMPLATE, max_cost=None).stream(RATE).max_delay_s == np.inf
    assert BarthDtw(TEMPLATE, find_matches_method="min_under_thres").stream(RATE).max_delay_s == np.inf
    assert BarthDtw(TEMPLATE, max_match_length_s=None).stream(RATE).max_delay_s == np.inf
    without = BarthDtw(TEMPLATE, max_match_length_s=None, conflict_resolution=False).stream(RATE)
    assert without.max_delay_s < np.inf


@pytest.mark.mad_data
@pytest.mark.recordings
@pytest.mark.parametrize("algorithm", [BarthDtw, ConstrainedBarthDtw])
@pytest.mark.parametrize("length", [1, 997, 5000])
def test_strides_of_a_walk_are_those_of_segment_and_keep_the_delay(algorithm, length):
    for data in (walk()[foot].iloc[: 3000 if length == 1 else None] for foot in ("left_sensor", "right_sensor")):
        stream = algorithm().stream(204.8)
        parts = []
        for first in range(0, len(data), length):
            parts.append(stream.push(data.iloc[first : first + length]))
            delay = (stream.n_samples - parts[-1]["end"].to_numpy()) / 204.8
            assert (delay <= stream.max_delay_s + (length - 1) / 204.8).all()
        expected = algorithm().segment(data, 204.8).stride_list_
        pd.testing.assert_frame_equal(pd.concat([*parts, stream.finish()]), expected, check_index_type=False)
        assert len(pickle.dumps(stream)) < 200_000
