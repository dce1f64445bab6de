import json

import numpy as np
import pandas as pd
import pytest
import tpcp
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal

from gaitmap.base import BaseAlgorithm, BaseZuptDetector
from gaitmap.utils.consts import BF_COLS, SF_ACC, SF_COLS, SF_GYR
from gaitmap.utils.exceptions import ValidationError
from gaitmap.utils.static_moment_detection import find_static_samples
from gaitmap.zupt_detection import (
    AredZuptDetector,
    ComboZuptDetector,
    NormZuptDetector,
    PerSampleZuptDetectorMixin,
    RegionZuptDetectorMixin,
    ShoeZuptDetector,
    StrideEventZuptDetector,
)

RATE = 100.0
windowed = pytest.mark.parametrize("detector", [NormZuptDetector, AredZuptDetector, ShoeZuptDetector])


def recording(columns=SF_COLS, n=300, seed=0):
    """Rest with z up, movement from sample 100 to 200."""
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(rng.normal(size=(n, len(columns))) * 0.1, columns=columns)
    if "acc_z" in columns:
        data["acc_z"] += 9.81
    data.iloc[100:200] += rng.normal(size=(len(data.iloc[100:200]), len(columns))) * 100
    return data


def stride_list(*strides):
    starts, ends = zip(*strides, strict=True) if strides else ((), ())
    return pd.DataFrame({"s_id": range(len(strides)), "start": starts, "end": ends, "min_vel": starts})


def intervals(detector):
    return detector.zupts_.to_numpy(dtype=int).tolist()


class FromSamples(BaseZuptDetector, PerSampleZuptDetectorMixin):
    def __init__(self, samples=()):
        self.samples = samples

    def detect(self, data, *, sampling_rate_hz, **_):
        self.data, self.sampling_rate_hz = data, sampling_rate_hz
        self.per_sample_zupts_ = np.isin(np.arange(len(data)), self.samples)
        return self


class FromRegions(BaseZuptDetector, RegionZuptDetectorMixin):
    def __init__(self, regions=()):
        self.regions = regions

    def detect(self, data, *, sampling_rate_hz, **_):
        self.data, self.sampling_rate_hz = data, sampling_rate_hz
        self.zupts_ = pd.DataFrame(self.regions, columns=["start", "end"])
        return self


class TestMixins:
    def test_samples_become_regions(self):
        detector = FromSamples((0, 1, 5)).detect(pd.DataFrame({"a": np.zeros(6)}), sampling_rate_hz=1)
        expected = pd.DataFrame({"start": [0, 5], "end": [2, 6]}, dtype="Int64")
        assert_frame_equal(detector.zupts_, expected)

    def test_no_samples_become_an_empty_table_of_the_same_kind(self):
        detector = FromSamples().detect(pd.DataFrame({"a": np.zeros(6)}), sampling_rate_hz=1)
        assert_frame_equal(detector.zupts_, pd.DataFrame({"start": [], "end": []}, dtype="Int64"))

    @pytest.mark.parametrize(
        ("n", "regions", "expected"),
        [(6, [(1, 3), (5, 9)], [0, 1, 1, 0, 0, 1]), (3, [], [0, 0, 0]), (0, [(1, 3)], []), (0, [], [])],
    )
    def test_regions_become_samples(self, n, regions, expected):
        detector = FromRegions(regions).detect(pd.DataFrame({"a": np.zeros(n)}), sampling_rate_hz=1)
        assert_array_equal(detector.per_sample_zupts_, np.array(expected, dtype=bool))

    @pytest.mark.parametrize("detector", [FromSamples(), FromRegions()])
    def test_both_forms_are_results(self, detector):
        detector.detect(pd.DataFrame({"a": np.zeros(6)}), sampling_rate_hz=1)
        assert {"zupts_", "per_sample_zupts_"} <= set(tpcp.get_results(detector))


class TestWindows:
    @windowed
    @pytest.mark.parametrize(
        ("rate", "seconds", "samples"), [(204.8, 0.15, 31), (102.4, 0.15, 15), (204.8, 0.05, 10), (100, 0.125, 12)]
    )
    def test_window_is_rounded_to_samples(self, detector, rate, seconds, samples):
        result = detector(window_length_s=seconds).detect(recording(), sampling_rate_hz=rate)
        assert result.window_length_samples_ == samples

    @windowed
    @pytest.mark.parametrize(
        ("fraction", "samples", "expected"),
        [
            (0.5, None, 8),
            (0.0, None, 0),
            (None, 3, 3),
            (None, 0, 0),
            (None, -1, 14),
            (None, -15, 0),
            (None, np.int64(4), 4),
        ],
    )
    def test_overlap_is_a_share_or_a_number(self, detector, fraction, samples, expected):
        result = detector(window_overlap=fraction, window_overlap_samples=samples)
        result.detect(recording(), sampling_rate_hz=RATE)
        assert result.window_overlap_samples_ == expected
        assert type(result.window_overlap_samples_) is int

    @windowed
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"window_length_s": 0.02}, "effective window size is smaller than 3 samples"),
            ({"window_overlap": None, "window_overlap_samples": None}, "Specify either"),
            ({"window_overlap": 0.5, "window_overlap_samples": 3}, "Specify either"),
            ({"window_overlap": 1, "window_overlap_samples": None}, "window_overlap"),
            ({"window_overlap": -0.1, "window_overlap_samples": None}, "window_overlap"),
            ({"window_overlap": 0.99, "window_overlap_samples": None}, "overlap after rounding is 1"),
            ({"window_overlap": None, "window_overlap_samples": 0.5}, "must be an integer"),
            ({"window_overlap": None, "window_overlap_samples": True}, "must be an integer"),
            ({"window_overlap": None, "window_overlap_samples": 15}, "window_overlap_samples"),
            ({"window_overlap": None, "window_overlap_samples": -16}, "window_overlap_samples"),
        ],
    )
    def test_windows_that_do_not_fit_are_refused(self, detector, options, message):
        with pytest.raises(ValidationError, match=message):
            detector(**options).detect(recording(), sampling_rate_hz=RATE)

    @windowed
    def test_recordings_shorter_than_a_window_are_refused(self, detector):
        with pytest.raises(ValueError, match="Invalid window length"):
            detector().detect(recording().iloc[:14], sampling_rate_hz=RATE)

    @windowed
    def test_further_arguments_are_ignored(self, detector):
        expected = intervals(detector().detect(recording(), sampling_rate_hz=RATE))
        given = detector().detect(recording(), sampling_rate_hz=RATE, stride_event_list=1, anything=2)
        assert intervals(given) == expected

    @windowed
    def test_one_sensor_only(self, detector):
        with pytest.raises(ValidationError):
            detector().detect({"left": recording()}, sampling_rate_hz=RATE)


class TestNorm:
    @pytest.mark.parametrize("metric", ["mean", "squared_mean", "maximum", "median", "variance"])
    @pytest.mark.parametrize("sensor", ["acc", "gyr"])
    def test_is_the_search_for_static_samples_of_one_sensor(self, metric, sensor):
        data = recording()
        detector = NormZuptDetector(sensor=sensor, metric=metric, inactive_signal_threshold=10, window_overlap=0.2)
        detector.detect(data, sampling_rate_hz=RATE)
        signal = data[SF_ACC if sensor == "acc" else SF_GYR]
        expected = find_static_samples(signal, 15, 10, metric, 3)
        assert_array_equal(detector.per_sample_zupts_, expected[0])
        assert detector.min_vel_index_ == expected[1]
        assert_allclose(detector.min_vel_value_, expected[2] if expected[2] <= 10 else np.nan)

    def test_body_frame_and_further_columns(self):
        data = recording()
        body = data.set_axis(BF_COLS, axis=1).assign(gyr_norm=1.0, acc_x=np.nan)
        found = NormZuptDetector().detect(body, sampling_rate_hz=RATE)
        assert intervals(found) == intervals(NormZuptDetector().detect(data, sampling_rate_hz=RATE))

    def test_other_sensor_is_not_needed(self):
        data = recording()
        for sensor, columns in (("acc", SF_ACC), ("gyr", SF_GYR)):
            detector = NormZuptDetector(sensor=sensor, inactive_signal_threshold=11)
            alone = detector.clone().detect(data[columns], sampling_rate_hz=RATE)
            assert intervals(alone) == intervals(detector.detect(data, sampling_rate_hz=RATE))
        with pytest.raises(ValidationError, match="gyr_x"):
            NormZuptDetector().detect(data[SF_ACC], sampling_rate_hz=RATE)

    def test_smallest_window_is_told_even_if_it_is_not_static(self):
        detector = NormZuptDetector(inactive_signal_threshold=0).detect(recording(), sampling_rate_hz=RATE)
        assert isinstance(detector.min_vel_index_, int)
        assert np.isnan(detector.min_vel_value_)
        assert len(detector.zupts_) == 0

    @pytest.mark.parametrize(
        ("options", "message"), [({"sensor": "mag"}, "'sensor'"), ({"metric": "range"}, "Invalid metric passed!")]
    )
    def test_unknown_names_are_refused(self, options, message):
        with pytest.raises(ValueError, match=message):
            NormZuptDetector(**options).detect(recording(), sampling_rate_hz=RATE)


class TestShoe:
    @staticmethod
    def swinging():
        """Movement that does not change the mean direction of the acceleration much."""
        data = recording()
        data.loc[100:199, SF_ACC] /= 100
        return data

    def test_rest_is_told_from_movement(self):
        detector = ShoeZuptDetector().detect(self.swinging(), sampling_rate_hz=RATE)
        assert detector.per_sample_zupts_[:90].all()
        assert not detector.per_sample_zupts_[110:190].any()

    def test_gap_does_not_hide_the_rest(self):
        data = self.swinging()
        data.iloc[50] = np.nan
        detector = ShoeZuptDetector().detect(data, sampling_rate_hz=RATE)
        assert detector.per_sample_zupts_[:90].all()

    def test_acceleration_and_rotation_are_needed(self):
        with pytest.raises(ValidationError):
            ShoeZuptDetector().detect(recording()[SF_GYR], sampling_rate_hz=RATE)

    @pytest.mark.parametrize("name", ["acc_noise_variance", "gyr_noise_variance"])
    def test_variances_are_positive(self, name):
        with pytest.raises(ValueError, match=name):
            ShoeZuptDetector(**{name: 0}).detect(recording(), sampling_rate_hz=RATE)


class TestStrideEvents:
    @pytest.mark.parametrize(
        ("half", "n", "strides", "expected"),
        [
            (0, 11, [(0, 7), (5, 10)], [[0, 1], [5, 6], [7, 8], [10, 11]]),
            (2, 11, [(0, 7), (5, 10)], [[0, 11]]),
            (0, 10, [(0, 10), (10, 15)], [[0, 1]]),
            (1, 20, [(0, 5), (10, 15)], [[0, 2], [4, 7], [9, 12], [14, 17]]),
            (1, 20, [(2.7, 10.2)], [[1, 4], [9, 12]]),
            (2, 20, [(5, 20)], [[3, 8], [18, 20]]),
            (2, 20, [(5, np.nan)], [[3, 8]]),
            (2, 20, [(-5, 40)], []),
            (2, 20, [(3, 8)], [[1, 11]]),
            (2, 0, [(3, 8)], []),
            (2, 20, [], []),
        ],
    )
    def test_regions_around_events(self, half, n, strides, expected):
        data = pd.DataFrame({"a": np.zeros(n)})
        detector = StrideEventZuptDetector(half / RATE)
        detector.detect(data, stride_event_list=stride_list(*strides), sampling_rate_hz=RATE)
        assert intervals(detector) == expected
        assert detector.half_region_size_samples_ == half
        assert (detector.min_vel_index_, detector.min_vel_value_) == (None, None)
        assert_array_equal(detector.zupts_.dtypes, ["Int64", "Int64"])
        assert detector.zupts_.index.equals(pd.RangeIndex(len(expected)))

    @pytest.mark.parametrize(("size_s", "rate", "samples"), [(0.5, 1, 0), (1.5, 1, 2), (2.5, 1, 2), (0.05, 204.8, 10)])
    def test_half_size_is_rounded(self, size_s, rate, samples):
        detector = StrideEventZuptDetector(size_s)
        detector.detect(recording(), stride_event_list=stride_list((3, 8)), sampling_rate_hz=rate)
        assert detector.half_region_size_samples_ == samples

    def test_negative_size_is_refused_before_the_data_are_looked_at(self):
        with pytest.raises(ValueError, match="half region size must be >= 0"):
            StrideEventZuptDetector(-0.1).detect("no data", sampling_rate_hz=RATE)

    @pytest.mark.parametrize("strides", [None, stride_list((1, 2))[["start", "end"]], {"left": stride_list((1, 2))}])
    def test_stride_list_is_required(self, strides):
        with pytest.raises(ValidationError, match="a proper stride_event_list of the `min_vel` type is required"):
            StrideEventZuptDetector().detect(recording(), stride_event_list=strides, sampling_rate_hz=RATE)


class TestCombination:
    detectors = (("a", FromSamples((1, 2))), ("b", FromSamples((2, 4))))

    @pytest.mark.parametrize(("operation", "expected"), [("or", [[1, 3], [4, 5]]), ("and", [[2, 3]])])
    def test_samples_are_combined(self, operation, expected):
        combined = ComboZuptDetector(list(self.detectors), operation).detect(recording(n=6), sampling_rate_hz=RATE)
        assert intervals(combined) == expected
        assert combined.per_sample_zupts_.dtype == bool
        assert (combined.min_vel_index_, combined.min_vel_value_) == (None, None)

    def test_stride_list_is_handed_on_and_the_parts_stay_untouched(self):
        parts = [("norm", NormZuptDetector()), ("events", StrideEventZuptDetector())]
        strides = stride_list((120, 150))
        combined = ComboZuptDetector(parts).detect(recording(), stride_event_list=strides, sampling_rate_hz=RATE)
        events = StrideEventZuptDetector().detect(recording(), stride_event_list=strides, sampling_rate_hz=RATE)
        norm = NormZuptDetector().detect(recording(), sampling_rate_hz=RATE)
        assert_array_equal(combined.per_sample_zupts_, norm.per_sample_zupts_ | events.per_sample_zupts_)
        assert not any(hasattr(part, "data") for _, part in parts)

    def test_parameters_of_the_parts_are_reached(self):
        combined = ComboZuptDetector([("norm", NormZuptDetector())]).set_params(detectors__norm__window_length_s=0.3)
        assert combined.get_params()["detectors__norm__window_length_s"] == 0.3
        again = BaseAlgorithm.from_json(combined.clone().to_json())
        assert again.detectors[0][1].window_length_s == 0.3

    @pytest.mark.parametrize("detectors", [None, []])
    def test_there_must_be_detectors(self, detectors):
        with pytest.raises(ValueError, match="No detectors have been set"):
            ComboZuptDetector(detectors).detect(recording(), sampling_rate_hz=RATE)

    def test_unknown_operation(self):
        with pytest.raises(ValueError, match="Unknown operation"):
            ComboZuptDetector(list(self.detectors), "xor").detect(recording(), sampling_rate_hz=RATE)


@pytest.mark.reference
@pytest.mark.recordings
def test_reference(reference_dir):
    from gaitmap.example_data import get_healthy_example_imu_data, get_healthy_example_stride_events

    data, strides = get_healthy_example_imu_data(), get_healthy_example_stride_events()
    cases = json.loads((reference_dir / "zupt" / "zupt_detectors_imu_sample.json").read_text())
    assert len(cases) > 5
    for name, case in cases.items():
        for sensor in ("left_sensor", "right_sensor"):
            detector = BaseAlgorithm.from_json(json.dumps(case["params"]))
            detector.detect(data[sensor], stride_event_list=strides[sensor], sampling_rate_hz=204.8)
            expected = case[sensor]
            where = f"{name}, {sensor}"
            assert intervals(detector) == expected["zupts"], where
            assert detector.per_sample_zupts_.sum() == expected["n_true"], where
            assert detector.min_vel_index_ == expected["min_vel_index"], where
            if expected["min_vel_value_is_nan"]:
                assert np.isnan(detector.min_vel_value_), where
            elif expected["min_vel_value"] is None:
                assert detector.min_vel_value_ is None, where
            else:
                assert_allclose(detector.min_vel_value_, expected["min_vel_value"], rtol=1e-9, err_msg=where)
            for attribute in ("window_length_samples", "window_overlap_samples", "half_region_size_samples"):
                assert getattr(detector, f"{attribute}_", None) == expected[attribute], where
