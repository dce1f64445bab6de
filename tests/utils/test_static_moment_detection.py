import json
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from gaitmap.utils.array_handling import bool_array_to_start_end_array, merge_intervals
from gaitmap.utils.static_moment_detection import (
    StaticSequenceSearch,
    find_first_static_window_multi_sensor,
    find_static_samples,
    find_static_samples_shoe,
    find_static_sequences,
)
from tests.twins.windows import METRICS, metric_of_windows, samples_in_windows

metrics = pytest.mark.parametrize("metric", list(METRICS))
few_examples = settings(max_examples=60, deadline=None)


def random_signal(n=60, seed=0, nan_share=0.0):
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=(n, 3)) * np.repeat(rng.integers(0, 4, n // 5 + 1), 5)[:n, None]
    signal[rng.random(n) < nan_share] = np.nan
    return signal


class TestStaticSamples:
    @few_examples
    @given(
        seed=st.integers(0, 2**32 - 1),
        n=st.integers(2, 60),
        metric=st.sampled_from(list(METRICS)),
        nan_share=st.sampled_from([0, 0.2]),
        data=st.data(),
    )
    def test_window_by_window(self, seed, n, metric, nan_share, data):
        signal = random_signal(n, seed, nan_share)
        window = data.draw(st.integers(2, n))
        overlap = data.draw(st.integers(0, window - 1))
        step = window - overlap
        values = metric_of_windows(np.linalg.norm(signal, axis=1), window, step, metric)
        finite = values[~np.isnan(values)]
        threshold = np.median(finite) if len(finite) else 1.0

        is_static, min_index, min_value = find_static_samples(signal, window, threshold, metric, overlap)

        expected = samples_in_windows(values <= threshold, window, step, n)
        assert_array_equal(is_static, expected)
        assert_array_equal(
            find_static_sequences(signal, window, threshold, metric, overlap), bool_array_to_start_end_array(expected)
        )
        if len(finite):
            assert (min_index, min_value) == (int(np.nanargmin(values)) * step + window // 2, np.nanmin(values))
        else:
            assert np.isnan(min_value)

    @metrics
    def test_threshold_belongs_to_the_static_range(self, metric):
        signal = random_signal()
        value = find_static_samples(signal, 5, 0, metric)[2]
        assert find_static_samples(signal, 5, value, metric)[0].sum() >= 5
        assert find_static_samples(signal, 5, np.nextafter(value, -1), metric)[0].sum() == 0

    def test_windows_of_nan_are_neither_static_nor_the_minimum(self):
        signal = np.ones((12, 3))
        signal[:6] = np.nan
        is_static, min_index, min_value = find_static_samples(signal, 3, 10)
        assert_array_equal(is_static, [False] * 4 + [True] * 8)
        assert (min_index, min_value) == (5, pytest.approx(np.sqrt(3)))

    def test_samples_behind_the_last_window_are_not_static(self):
        assert_array_equal(find_static_samples(np.zeros((8, 3)), 3, 1, overlap=0)[0], [True] * 6 + [False] * 2)

    def test_results_are_plain_numbers(self):
        _, min_index, min_value = find_static_samples(np.zeros((8, 3)), 3, 1)
        assert (type(min_index), type(min_value)) == (int, float)

    def test_nothing_found(self):
        assert find_static_sequences(np.ones((8, 3)), 3, 0.1).shape == (0, 2)

    def test_integer_signals(self):
        assert find_static_samples(np.zeros((8, 3), dtype=np.int16), 3, 1)[0].all()

    @pytest.mark.parametrize("function", [find_static_samples, find_static_sequences])
    @pytest.mark.parametrize(
        ("shape", "window", "options", "message"),
        [
            ((20, 2), 5, {}, "dimensions"),
            ((20,), 5, {}, "dimensions"),
            ((20, 3), 25, {"metric": "range"}, "Invalid metric passed!"),
            ((20, 3), 25, {"overlap": 30}, "Invalid window length"),
            ((0, 3), 5, {}, "Invalid window length"),
            ((20, 3), 5, {"overlap": 5}, "overlap must be smaller than window length"),
            ((20, 3), 5, {"overlap": -1}, "not negative"),
            ((20, 3), 1, {}, "window_length must be larger than 1"),
        ],
    )
    def test_impossible_input_is_refused(self, function, shape, window, options, message):
        with pytest.raises(ValueError, match=message):
            function(np.zeros(shape), window, 1, **options)


class TestShoe:
    def test_resting_sensor_has_the_statistic_zero(self):
        acc = np.tile([3.0, 4.0, 5.0], (10, 1)) * 9.81 / np.linalg.norm([3, 4, 5])
        is_static, _, value = find_static_samples_shoe(acc, np.zeros((10, 3)), 1, 1, 4, 1e-20)
        assert is_static.all()
        assert value == pytest.approx(0, abs=1e-20)

    def test_missing_samples_do_not_hide_the_others(self):
        acc, gyr = np.tile([0, 0, 9.81], (10, 1)), np.zeros((10, 3))
        acc[4] = np.nan
        assert find_static_samples_shoe(acc, gyr, 1, 1, 3, 0.1)[0].all()

    @pytest.mark.parametrize("gravity_direction", ["recording", "window"])
    def test_turned_sensor_is_static_only_if_gravity_is_sought_in_windows(self, gravity_direction):
        acc = np.repeat([[0, 0, 9.81], [9.81, 0, 0]], 10, axis=0)
        is_static = find_static_samples_shoe(acc, np.zeros((20, 3)), 1, 1, 5, 0.1, gravity_direction=gravity_direction)[
            0
        ]
        assert is_static.all() == (gravity_direction == "window")

    def test_variances_weigh_acceleration_and_rotation(self):
        acc, gyr = np.tile([0, 0, 9.81], (10, 1)), np.full((10, 3), 2.0)
        assert find_static_samples_shoe(acc, gyr, 1, 4, 5, 1)[2] == pytest.approx(3)

    def test_shapes_must_agree(self):
        with pytest.raises(ValueError, match="same shape"):
            find_static_samples_shoe(np.zeros((10, 3)), np.zeros((9, 3)), 1, 1, 3, 1)

    def test_unknown_gravity_direction(self):
        with pytest.raises(ValueError, match="gravity_direction"):
            find_static_samples_shoe(np.zeros((9, 3)), np.zeros((9, 3)), 1, 1, 3, 1, gravity_direction="up")

    @pytest.mark.parametrize("dtype", [float, np.float32])
    def test_input_is_not_modified(self, dtype):
        acc = np.ones((10, 3), dtype=dtype)
        find_static_samples_shoe(acc, acc, 1, 1, 3, 1)
        assert_array_equal(acc, np.ones((10, 3)))


class TestFirstStaticWindow:
    @pytest.mark.parametrize("metric", ["maximum", "variance", "mean", "median"])
    @pytest.mark.parametrize("as_array", [True, False])
    def test_all_sensors_must_be_static(self, metric, as_array):
        signals = [random_signal(seed=seed) for seed in (1, 2)]
        values = [metric_of_windows(np.linalg.norm(s, axis=1), 4, 1, metric) for s in signals]
        threshold = np.median(values) * 0.8
        start = int(np.argmax((values[0] <= threshold) & (values[1] <= threshold)))
        signals = np.stack(signals, axis=1) if as_array else signals
        result = find_first_static_window_multi_sensor(signals, 4, threshold, metric)
        assert result == (start, start + 4)
        assert [type(v) for v in result] == [int, int]

    def test_norm_counts_also_for_a_list(self):
        signals = np.concatenate([np.full((10, 2, 3), 0.8), np.full((4, 2, 3), 0.1)])
        for form in (signals, list(signals.transpose(1, 0, 2))):
            assert find_first_static_window_multi_sensor(form, 4, 1.0, "maximum") == (10, 14)

    @pytest.mark.parametrize("n_moving", [65_536 - 5, 65_536, 70_000])
    def test_late_windows_are_found(self, n_moving):
        signal = np.ones((n_moving + 10, 3))
        signal[n_moving:] = 0
        assert find_first_static_window_multi_sensor([signal], 10, 0.0, "maximum") == (n_moving, n_moving + 10)

    @pytest.mark.parametrize(("length", "window"), [(20, 5), (4, 5)])
    def test_no_static_window(self, length, window):
        with pytest.raises(ValueError, match="No static window was found"):
            find_first_static_window_multi_sensor([np.ones((length, 3))], window, 0.1, "mean")

    @pytest.mark.parametrize(
        ("signals", "window", "metric", "message"),
        [
            ([np.zeros((9, 3)), np.zeros((8, 3))], 3, "mean", "same shape"),
            ([np.zeros(9)], 3, "mean", "2D"),
            ([], 3, "mean", "At least one"),
            (np.zeros((9, 3)), 3, "mean", "3D"),
            ([np.zeros((9, 3))], 3, "squared_mean", "metric"),
            ([np.zeros((9, 3))], 1, "mean", "window_length"),
        ],
    )
    def test_impossible_input_is_refused(self, signals, window, metric, message):
        with pytest.raises(ValueError, match=message):
            find_first_static_window_multi_sensor(signals, window, 1, metric)


@pytest.mark.reference
def test_reference_cases(reference_dir):
    folder = reference_dir / "zupt"
    data = pd.read_csv(folder / "synthetic_static.csv")
    acc, gyr = data.filter(like="acc").to_numpy(), data.filter(like="gyr").to_numpy()
    sensors = np.stack([gyr, np.roll(gyr, 7, axis=0)], axis=1)
    cases = json.loads((folder / "static_moment_detection.json").read_text())
    seen = set()
    for case in cases:
        name = case["function"]
        options = {"overlap": case.get("overlap")}
        window, threshold = case["window_length"], case["inactive_signal_th"]
        if name == "find_first_static_window_multi_sensor":
            if case["input"] == "list":
                continue  # gaitmap 2.6 compared each axis by itself there
            if case["result"] is None:
                with pytest.raises(ValueError, match="No static"):
                    find_first_static_window_multi_sensor(sensors, window, threshold, case["metric"])
            else:
                for form in (sensors, list(sensors.transpose(1, 0, 2))):
                    result = find_first_static_window_multi_sensor(form, window, threshold, case["metric"])
                    assert list(result) == case["result"], case
        else:
            if name == "find_static_samples":
                result = find_static_samples(gyr, window, threshold, case["metric"], **options)
                sequences = find_static_sequences(gyr, window, threshold, case["metric"], **options)
                assert sequences.tolist() == case["static_sequences"], case
            else:
                variances = case["acc_noise_var"], case["gyr_noise_var"]
                result = find_static_samples_shoe(acc, gyr, *variances, window, threshold, **options)
            assert bool_array_to_start_end_array(result[0]).tolist() == case["static_sequences"], case
            assert result[1] == case["min_index"], case
            assert_allclose(result[2], case["min_value"], rtol=1e-9, err_msg=str(case))
        seen.add(name)
    assert len(seen) == 3


class TestSearchInBlocks:
    @few_examples
    @given(
        seed=st.integers(0, 2**32 - 1),
        n=st.integers(2, 60),
        metric=st.sampled_from(list(METRICS)),
        nan_share=st.sampled_from([0, 0.2]),
        data=st.data(),
    )
    def test_blocks_of_any_length_give_the_sequences_of_the_whole_signal(self, seed, n, metric, nan_share, data):
        signal = random_signal(n, seed, nan_share)
        window = data.draw(st.integers(2, n))
        overlap = data.draw(st.integers(0, window - 1))
        cuts = sorted(data.draw(st.lists(st.integers(0, n), max_size=8)))
        search = StaticSequenceSearch(window, 1.0, metric, overlap)
        found = []
        for block in np.split(signal, cuts):
            before = search.n_decided
            found.append(search.push(block))
            assert np.all((found[-1] >= before) & (found[-1] <= search.n_decided))
        found.append(search.finish())
        assert search.n_decided == n
        expected = find_static_sequences(signal, window, 1.0, metric, overlap)
        assert_array_equal(merge_intervals(np.concatenate(found)), expected)

    def test_what_is_kept_does_not_grow_with_the_signal(self):
        search = StaticSequenceSearch(20, 1.0)
        sizes = set()
        for _ in range(50):
            search.push(np.zeros((1000, 3)))
            sizes.add(len(pickle.dumps(search)))
        assert max(sizes) - min(sizes) < 20

    def test_signal_shorter_than_a_window_has_no_sequence(self):
        search = StaticSequenceSearch(20, 1.0)
        assert len(search.push(np.zeros((19, 3)))) == 0
        assert len(search.finish()) == 0
