"""Events equal to those of gaitmap 2.6, to the sample."""

import json
from functools import cache

import numpy as np
import pandas as pd
import pytest

import gaitmap.event_detection
from gaitmap import example_data
from gaitmap.data_transform import ButterworthFilter
from gaitmap.utils.coordinate_conversion import convert_to_fbf
from tests.event_detection._cases import CLASSES

pytestmark = pytest.mark.filterwarnings("ignore:(IC|Event) detection failed:UserWarning")


@cache
def _recording(name):
    if name.startswith("imu_sample"):
        data = example_data.get_healthy_example_imu_data()
        step = {"imu_sample": 1, "imu_sample_every2nd": 2, "imu_sample_every4th": 4}[name]
        data = data.iloc[::step]
    else:
        data = getattr(example_data, f"get_healthy_example_imu_data_{name}")()
    return convert_to_fbf(data, left_like="left_", right_like="right_")


def _per_sensor(path):
    table = pd.read_csv(path)
    return {sensor: part.drop(columns="sensor").set_index("s_id") for sensor, part in table.groupby("sensor")}


def _algorithm(case):
    parameters = {name: tuple(v) if isinstance(v, list) else v for name, v in case["params"].items()}
    if case.get("ic_lowpass_filter", "default") != "default":
        lowpass = {name: v for name, v in case["ic_lowpass_filter"].items() if name != "cls"}
        parameters["ic_lowpass_filter"] = ButterworthFilter(**lowpass)
    return getattr(gaitmap.event_detection, case["cls"])(**parameters)


@pytest.mark.reference
@pytest.mark.recordings
@pytest.mark.parametrize("cls", [cls.__name__ for cls in CLASSES])
def test_events_of_the_public_recordings(reference_dir, cls):
    folder = reference_dir / "event_detection"
    cases = [case for case in json.loads((folder / "cases.json").read_text()) if case["cls"] == cls]
    assert cases
    for case in cases:
        algorithm = _algorithm(case).detect(
            _recording(case["recording"]),
            _per_sensor(folder / case["stride_list"]),
            sampling_rate_hz=case["sampling_rate_hz"],
        )
        assert hasattr(algorithm, "min_vel_event_list_") == ("min_vel_event_list_" in case["outputs"]), case["id"]
        for result, path in case["outputs"].items():
            expected = _per_sensor(folder / path)
            found = getattr(algorithm, result)
            assert list(found) == ["left_sensor", "right_sensor"]
            for sensor, events in found.items():
                if sensor not in expected:
                    assert events.empty, case["id"]
                    continue
                pd.testing.assert_frame_equal(events, expected[sensor], check_dtype=False, obj=case["id"])


@pytest.mark.reference
def test_single_events_of_synthetic_signals(reference_dir):
    folder = reference_dir / "event_detection"
    vectors = json.loads((folder / "synthetic_cases.json").read_text())
    recordings = np.load(folder / "inputs" / "synthetic_signals.npz")
    signals = {name: pd.DataFrame(recordings[name], columns=vectors["columns"]) for name in recordings}
    different = []
    for case in vectors["cases"]:
        stride = pd.DataFrame({"s_id": [0], "start": [case["start"]], "end": [case["end"]]})
        try:
            algorithm = _algorithm(case).detect(
                signals[case["signal"]], stride, sampling_rate_hz=vectors["sampling_rate_hz"]
            )
        except ValueError:
            found = "raises ValueError"
        else:
            value = algorithm.annotated_original_event_list_[case["event"]].item()
            found = None if np.isnan(value) else value
        if found != case["expected"]:
            different.append((case, found))
    assert not different


@pytest.mark.recordings
def test_a_very_wide_filter_changes_little():
    data = _recording("imu_sample")
    borders = example_data.get_healthy_example_stride_borders()
    wide = gaitmap.event_detection.FilteredRamppEventDetection(ic_lowpass_filter=ButterworthFilter(1, 100))
    filtered = wide.detect(data, borders, sampling_rate_hz=204.8).annotated_original_event_list_
    plain = gaitmap.event_detection.RamppEventDetection().detect(data, borders, sampling_rate_hz=204.8)
    for sensor, events in plain.annotated_original_event_list_.items():
        pd.testing.assert_frame_equal(filtered[sensor][["ic", "min_vel"]], events[["ic", "min_vel"]])
        assert (filtered[sensor]["tc"] - events["tc"]).abs().max() <= 1


@pytest.mark.recordings
def test_published_numbers_of_the_healthy_walk():
    data = _recording("imu_sample")
    borders = example_data.get_healthy_example_stride_borders()
    events = gaitmap.event_detection.RamppEventDetection().detect(data, borders, sampling_rate_hz=204.8)
    first = events.annotated_original_event_list_["left_sensor"].iloc[0]
    assert first.to_dict() == {"start": 364, "end": 584, "ic": 447, "tc": 369, "min_vel": 519}
    first = events.min_vel_event_list_["left_sensor"].iloc[0]
    assert first.to_dict() == {"start": 519, "end": 710, "ic": 665, "tc": 589, "min_vel": 519, "pre_ic": 447}
    assert {sensor: len(strides) for sensor, strides in events.min_vel_event_list_.items()} == {
        "left_sensor": 26,
        "right_sensor": 29,
    }
