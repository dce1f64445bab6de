"""Compared with the outputs of gaitmap 2.6."""

import json

import numpy as np
import pandas as pd
import pytest

from gaitmap import example_data
from gaitmap.gait_detection import UllrichGaitSequenceDetection
from gaitmap.gait_detection._harmonic_windows import harmonic_windows, window_starts
from gaitmap.utils.coordinate_conversion import convert_to_fbf

pytestmark = [pytest.mark.reference, pytest.mark.recordings]


@pytest.fixture(scope="module")
def folder(reference_dir):
    return reference_dir / "gait_detection"


@pytest.fixture(scope="module")
def cases(folder):
    return json.loads((folder / "cases.json").read_text())


@pytest.fixture(scope="module")
def recordings(folder):
    mixture = np.load(folder / "mixture_51_2Hz.npz")
    walk = _body_frame(example_data.get_healthy_example_imu_data())
    rest = pd.DataFrame(0.0, index=range(2048), columns=walk.columns)
    sine = rest.add(200 * np.sin(2 * np.pi * np.arange(2048) / 204.8), axis=0)
    composite = pd.concat([rest, walk, sine, walk, rest], ignore_index=True)
    return {
        "imu_sample": walk,
        "stair_up": _body_frame(example_data.get_healthy_example_imu_data_stair_up()),
        "stair_down": _body_frame(example_data.get_healthy_example_imu_data_stair_down()),
        "composite": composite,
        "composite_left": composite["left_sensor"],
        "mixture": pd.DataFrame(mixture["data"].astype(float), columns=[str(c) for c in mixture["columns"]]),
    }


def _body_frame(data):
    return convert_to_fbf(data, left_like="left_", right_like="right_")


def test_composite_recording_is_the_one_of_the_reference(recordings):
    assert recordings["composite"].to_numpy().sum() == pytest.approx(-549498.32091204, abs=1e-6)


def test_gait_sequences_are_equal_to_the_sample(cases, recordings):
    assert len(cases) > 50
    for case in cases:
        params = {k: tuple(v) if isinstance(v, list) else v for k, v in case["params"].items()}
        detected = UllrichGaitSequenceDetection(**params).detect(
            recordings[case["recording"]], case["sampling_rate_hz"]
        )
        expected = case["gait_sequences"]
        if isinstance(expected, list):
            expected, found = {None: expected}, {None: detected.gait_sequences_}
        else:
            found = detected.gait_sequences_
        assert list(found) == list(expected)
        for sensor, rows in expected.items():
            assert found[sensor].to_numpy().tolist() == rows, case["id"]


def test_intermediate_results_of_all_windows(folder, recordings):
    expected = np.load(folder / "mixture_default_intermediates.npz")
    data = recordings["mixture"]
    axes = [data[name].to_numpy() for name in ("gyr_pa", "gyr_ml", "gyr_si")]
    windows = harmonic_windows(
        axes,
        1,
        window_starts(len(data), 512, 256, include_end=False),
        512,
        active_threshold=50.0,
        amplitude_scale=1.0,
        band=(0.5, 3.0),
        harmonics=(2, 3, 4, 5),
        tolerance_hz=0.3,
        cutoff_hz=6.0,
        sampling_rate_hz=51.2,
    )
    active = expected["active"]
    np.testing.assert_allclose(windows.activity, expected["mean_norm"], rtol=1e-9)
    np.testing.assert_array_equal(np.isfinite(windows.dominant_frequency_hz), active)
    np.testing.assert_allclose(windows.dominant_frequency_hz[active], expected["dominant_frequency_hz"], rtol=1e-12)
    np.testing.assert_array_equal(windows.peak_bin[active], expected["peak_bin"])
    np.testing.assert_allclose(windows.peak_height[active], expected["peak_height"], rtol=1e-9)
    np.testing.assert_allclose(windows.mean_spectrum[active], expected["mean_spectrum_up_to_6hz"], rtol=1e-9)
    np.testing.assert_allclose(windows.peak_prominence[active], expected["peak_prominence"], rtol=1e-9, atol=1e-12)
