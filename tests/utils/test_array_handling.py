import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal

from gaitmap.utils import array_handling, signal_processing
from gaitmap.utils.array_handling import (
    bool_array_to_start_end_array,
    find_extrema_in_radius,
    find_local_minima_below_threshold,
    find_local_minima_with_distance,
    iterate_region_data,
    merge_intervals,
    multi_array_interpolation,
    sliding_window_view,
    split_array_at_nan,
    start_end_array_to_bool_array,
)
from gaitmap.utils.exceptions import ValidationError
from tests.twins.windows import extremum_in_window

few_examples = settings(max_examples=60, deadline=None)
seeds = st.integers(0, 2**32 - 1)


class TestSlidingWindow:
    def test_windows_share_the_memory_of_the_data(self):
        data = np.zeros(10)
        sliding_window_view(data, 4, 2)[1, 0] = 7
        assert data[2] == 7

    def test_padded_windows_do_not(self):
        data = np.zeros(10)
        sliding_window_view(data, 4, 2, nan_padding=True)[1, 0] = 7
        assert_array_equal(data, np.zeros(10))

    @pytest.mark.parametrize(
        ("shape", "window", "overlap", "padding", "expected"),
        [
            ((10,), 4, 2, False, (4, 4)),
            ((11, 3), 4, 2, False, (4, 4, 3)),
            ((11, 3), 4, 2, True, (5, 4, 3)),
            ((4, 3), 4, 2, False, (4, 3)),
            ((10, 1), 4, 2, False, (4, 4)),
            ((3,), 10, 8, True, (10,)),
            ((0,), 3, 1, True, (3,)),
        ],
    )
    def test_shapes(self, shape, window, overlap, padding, expected):
        assert sliding_window_view(np.zeros(shape), window, overlap, padding).shape == expected

    @pytest.mark.parametrize(
        ("window", "overlap", "message"),
        [(3, 3, " overlap "), (1, 0, " window_length "), (11, 0, "negative dimensions")],
    )
    def test_impossible_windows_are_refused(self, window, overlap, message):
        with pytest.raises(ValueError, match=message):
            sliding_window_view(np.zeros(10), window, overlap)

    def test_read_only_data(self):
        data = np.arange(6)
        data.flags.writeable = False
        assert_array_equal(sliding_window_view(data, 3, 0), [[0, 1, 2], [3, 4, 5]])


class TestIntervals:
    @few_examples
    @given(st.lists(st.booleans(), max_size=40))
    def test_runs_describe_the_bool_array_completely(self, values):
        array = np.array(values, dtype=bool)
        assert_array_equal(start_end_array_to_bool_array(bool_array_to_start_end_array(array), len(array)), array)

    @pytest.mark.parametrize("array", [np.zeros(0, dtype=bool), np.zeros(5)])
    def test_no_runs(self, array):
        assert bool_array_to_start_end_array(array).shape == (0, 2)

    @pytest.mark.parametrize(
        ("array", "error"), [([True], TypeError), (np.array([2]), ValueError), (np.array([np.nan]), ValueError)]
    )
    def test_only_bool_arrays(self, array, error):
        with pytest.raises(error):
            bool_array_to_start_end_array(array)

    def test_intervals_may_overlap_and_have_any_order(self):
        assert_array_equal(
            start_end_array_to_bool_array([[5, 6], [1, 3], [2, 4]], 8),
            [False, True, True, True, False, True, False, False],
        )

    def test_single_interval_and_cut_length(self):
        assert_array_equal(start_end_array_to_bool_array([1, 5], 3), [False, True, True])
        assert start_end_array_to_bool_array([1, 5], 0).size == 0

    @pytest.mark.parametrize(("intervals", "length"), [([[1, 2]], -1), ([], None), (np.empty((0, 2)), None)])
    def test_length_must_be_known(self, intervals, length):
        with pytest.raises(ValueError, match="pad_to_length"):
            start_end_array_to_bool_array(intervals, length)

    @few_examples
    @given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), min_size=1, max_size=12))
    def test_merged_intervals_cover_the_same_samples_with_gaps_between_them(self, intervals):
        array = np.array([(start, start + length) for start, length in intervals])
        merged = merge_intervals(array)
        assert_array_equal(start_end_array_to_bool_array(merged, 60), start_end_array_to_bool_array(array, 60))
        assert (merged[1:, 0] > merged[:-1, 1]).all()

    def test_merging_does_not_change_its_input(self):
        array = np.array([[5, 7], [1, 3], [2, 4]])
        merge_intervals(array)
        assert_array_equal(array, [[5, 7], [1, 3], [2, 4]])

    def test_small_gaps_are_closed(self):
        assert_array_equal(merge_intervals([[1, 3], [5, 7], [10, 11]], gap_size=2), [[1, 7], [10, 11]])

    def test_parts_without_nan(self):
        parts = split_array_at_nan(np.array([np.nan, 1, 2, np.inf, 3]))
        assert [(start, part.tolist()) for start, part in parts] == [(1, [1, 2]), (4, [3])]


class TestExtrema:
    @few_examples
    @given(seed=seeds, before=st.integers(0, 6), after=st.integers(0, 6), kind=st.sampled_from(["min", "max"]))
    def test_window_by_window(self, seed, before, after, kind):
        rng = np.random.default_rng(seed)
        data = rng.integers(0, 5, 30).astype(float)
        data[rng.integers(0, 30, 3)] = np.nan
        data[::7] = 1
        indices = rng.integers(0, 30, 8)
        windows = [(max(0, i - before), min(30, i + after + 1)) for i in indices]
        expected = [extremum_in_window(data, start, end, kind) for start, end in windows]
        if before == after == 0:
            assert find_extrema_in_radius(data, indices, 0, kind) is indices
        elif -1 in expected:
            with pytest.raises(ValueError, match="NaN"):
                find_extrema_in_radius(data, indices, (before, after), kind)
        else:
            assert_array_equal(find_extrema_in_radius(data, indices, (before, after), kind), expected)

    def test_numpy_radius_float_indices_and_exact_fit(self):
        result = find_extrema_in_radius(np.array([3, 1, 2]), np.array([1.9]), np.int64(1))
        assert_array_equal(result, [1])
        assert result.dtype == np.int64

    def test_no_indices_no_extrema(self):
        assert find_extrema_in_radius(np.zeros(3), [], 1).size == 0

    @pytest.mark.parametrize("radius", [1.5, "1", [1, 1], (1, 1.5), (1, 1, 1)])
    def test_radius_type(self, radius):
        with pytest.raises(TypeError, match="radius"):
            find_extrema_in_radius(np.zeros(9), [4], radius)

    def test_type_of_extremum(self):
        with pytest.raises(ValueError, match="extrema_type"):
            find_extrema_in_radius(np.zeros(9), [4], 1, "median")

    def test_input_is_not_locked(self):
        data = np.zeros(9)
        find_extrema_in_radius(data, [4], 1)
        data[0] = 1
        assert data.flags.writeable

    @pytest.mark.parametrize("dtype", [int, float])
    def test_sections_below_threshold(self, dtype):
        assert_array_equal(find_local_minima_below_threshold(np.array([1, 9, 3, 2, 2, 9, 3, 4], dtype), 3), [0, 3, 6])

    def test_sections_end_at_nan(self):
        assert_array_equal(find_local_minima_below_threshold([5.0, 1, np.nan, 0, 7, np.inf, 2, 2], 3), [1, 3, 6])

    def test_peak_search_has_a_threshold_of_its_own(self):
        assert_array_equal(find_local_minima_with_distance([5, 1, 5, 0, 5], threshold=0), [3])
        with pytest.raises(TypeError, match="height"):
            find_local_minima_with_distance([5, 1, 5, 0, 5], height=1)


class TestInterpolation:
    def test_first_and_last_sample_stay(self):
        arrays = [np.random.default_rng(n).normal(size=(n, 2)) for n in (3, 11, 30)]
        for kind in ("linear", "quadratic"):
            result = multi_array_interpolation(arrays, 7, kind)
            assert result.shape == (3, 2, 7)
            assert_allclose(result[:, :, [0, -1]], [np.stack([a[0], a[-1]], axis=1) for a in arrays], atol=1e-12)

    def test_mixed_dtypes_and_memory_layouts(self):
        ramp = np.arange(10).reshape(5, 2)
        result = multi_array_interpolation([ramp, np.asfortranarray(ramp, dtype=np.float32)], 9)
        assert_allclose(result, np.tile([np.linspace(0, 8, 9), np.linspace(1, 9, 9)], (2, 1, 1)))

    def test_one_sample_is_constant(self):
        assert_array_equal(multi_array_interpolation([[[1.0, 2.0]]], 3), [[[1, 1, 1], [2, 2, 2]]])


class TestIterateRegions:
    signals = (
        pd.DataFrame({"a": np.arange(10), "b": -np.arange(10)}),
        pd.DataFrame({"b": -np.arange(10, 20), "a": np.arange(10, 20)}, index=np.arange(10) / 3),
    )
    strides = pd.DataFrame({"s_id": [0, 1], "start": [4, 0], "end": [6, 3]})
    regions = pd.DataFrame({"start": [2], "end": [10]}, index=pd.Index([5], name="roi_id"))

    def test_regions_come_in_order_with_the_columns_of_the_first_signal(self):
        parts = list(iterate_region_data(self.signals, [self.strides, self.regions]))
        expected = [self.signals[0][4:6], self.signals[0][:3], self.signals[1][["a", "b"]].iloc[2:]]
        for part, want in zip(parts, expected, strict=True):
            assert_frame_equal(part, want)

    def test_column_order_can_be_chosen(self):
        parts = iterate_region_data(self.signals[:1], [self.regions], expected_col_order=["b"])
        assert list(next(parts).columns) == ["b"]

    def test_signals_are_taken_one_at_a_time(self):
        def signals():
            yield self.signals[0]
            raise AssertionError("the second signal is not needed yet")

        parts = iterate_region_data(signals(), [self.strides, self.regions])
        assert [len(next(parts)) for _ in range(2)] == [2, 3]

    @pytest.mark.parametrize(("n_signals", "n_labels", "missing"), [(2, 1, "label list"), (1, 2, "signal")])
    def test_lengths_must_be_equal(self, n_signals, n_labels, missing):
        with pytest.raises(ValidationError, match=f"{missing} is missing"):
            list(iterate_region_data(self.signals[:n_signals], [self.strides] * n_labels))

    def test_labels_without_ids_are_refused_with_both_reasons(self):
        with pytest.raises(ValidationError, match=r"(?s)SingleSensorStrideList.*SingleSensorRegionsOfInterestList"):
            list(iterate_region_data(self.signals[:1], [self.strides[["start", "end"]]]))


def _decode(value):
    if isinstance(value, dict) and "nd" in value:
        flat = [float(v) if isinstance(v, str) else v for v in value["nd"]]
        return np.array(flat, dtype=value["dtype"]).reshape(value["shape"])
    if isinstance(value, dict) and "tuple" in value:
        return tuple(value["tuple"])
    return [_decode(v) for v in value] if isinstance(value, list) else value


@pytest.mark.reference
def test_reference_cases(reference_dir):
    cases = json.loads((reference_dir / "foundation" / "array_and_signal_cases.json").read_text())
    assert len(cases) == 90
    for case in cases:
        module = array_handling if hasattr(array_handling, case["function"]) else signal_processing
        function = getattr(module, case["function"])
        arguments = [_decode(a) for a in case["args"]]
        options = {key: _decode(value) for key, value in case["kwargs"].items()}
        if "raises" in case:
            with pytest.raises(Exception) as error:
                function(*arguments, **options)
            assert error.typename == case["raises"], case
            continue
        result, expected = function(*arguments, **options), _decode(case["result"])
        if case["function"] == "split_array_at_nan":
            assert [start for start, _ in result] == [start for start, _ in expected]
            result = [part for _, part in result]
            expected = [part for _, part in expected]
            for part, want in zip(result, expected, strict=True):
                assert_array_equal(part, want)
            continue
        if expected.size == 0:
            assert result.size == 0
            continue
        assert result.dtype == expected.dtype, case
        assert_allclose(result, expected, rtol=1e-12, atol=1e-12, err_msg=str(case)[:300])
