"""Offset of the gyroscopes: from rest, from strides, or none; never from the quietest moment of walking."""

import itertools

import numpy as np
import pandas as pd
import pytest

from gaitmap._kernels.still_windows import still_windows
from gaitmap.preprocessing import GyroscopeOffsetEstimation
from gaitmap.preprocessing._gyroscope_offset import solve_offset
from gaitmap.simulation import Rest, SensorModel, Walk, simulate
from gaitmap.utils.consts import SF_GYR
from gaitmap.utils.exceptions import ValidationError
from tests.twins.still_windows import still_windows as twin

RATE = 100.0
OFFSET = np.array([2.0, -4.0, 3.0])
SENSORS = ("left_sensor", "right_sensor")


def _walk(*activities):
    exact = SensorModel(gyr_bias=0.0)
    walk = simulate(activities, RATE, sensor=dict.fromkeys(SENSORS, exact), seed=3)
    return {sensor: walk.data[sensor].reset_index(drop=True) for sensor in SENSORS}


@pytest.fixture(scope="module")
def standing_and_walking():
    return _walk(Rest(6), Walk(n_steps=40), Rest(4))


@pytest.fixture(scope="module")
def walking_only():
    data = _walk(Rest(4), Walk(n_steps=60), Rest(4))
    return {sensor: frame.iloc[600:-700].reset_index(drop=True) for sensor, frame in data.items()}


def _with(data, offset):
    return {
        s: frame.assign(**{a: frame[a] + o for a, o in zip(SF_GYR, offset, strict=True)}) for s, frame in data.items()
    }


def _estimate(data, lengths=None, **parameters):
    n = max(map(len, data.values()))
    cuts = np.cumsum([0, *(lengths or [n])])
    parts = [{s: frame.iloc[a:b] for s, frame in data.items()} for a, b in itertools.pairwise(cuts)]
    return GyroscopeOffsetEstimation(**parameters).estimate(lambda columns: iter(parts), sampling_rate_hz=RATE)


def test_the_offset_of_a_foot_that_stands_is_found_on_all_axes(standing_and_walking):
    without = _estimate(standing_and_walking)
    found = _estimate(_with(standing_and_walking, OFFSET))
    for sensor in SENSORS:
        assert found.source_[sensor].startswith("rest (")
        np.testing.assert_allclose(found.offset_[sensor] - without.offset_[sensor], OFFSET, atol=1e-9)
        assert np.abs(without.offset_[sensor]).max() < 0.2
        assert without.findings_[sensor] == []
        assert "offset of 2." in found.findings_[sensor][0]


def test_without_standing_strides_tell_what_tilts(walking_only):
    found = _estimate(_with(walking_only, OFFSET))
    for sensor in SENSORS:
        assert found.source_[sensor].startswith("strides (")
        # About the vertical nothing tilts.
        np.testing.assert_allclose(found.offset_[sensor][:2], OFFSET[:2], atol=1.0)


def test_walking_alone_is_no_offset(walking_only):
    found = _estimate(walking_only)
    assert set(found.source_.values()) == {"none"}
    assert all((offset == 0).all() for offset in found.offset_.values())


def test_strides_are_asked_on_request_only(walking_only):
    found = _estimate(_with(walking_only, OFFSET), use_strides=False)
    assert set(found.source_.values()) == {"none"}


def test_a_sensor_that_turns_evenly_does_not_rest():
    tilt = np.deg2rad(5 * np.arange(1000) / RATE)
    acc = 9.81 * np.column_stack([-np.sin(tilt), 0 * tilt, np.cos(tilt)])
    gyr = np.tile([0.0, 5.0, 0.0], (1000, 1))
    assert len(still_windows(acc, gyr, 100, 2.0, 0.2)) == 0
    assert len(still_windows(np.tile([0, 0, 9.81], (1000, 1)), gyr, 100, 2.0, 0.2)) == 10


def test_still_windows_equal_their_twin():
    random = np.random.default_rng(0)
    size = np.repeat(random.uniform(0, 2, 20), 10)[:, None]
    gyr, acc = 3 + size * random.normal(size=(200, 3)), 9 + 0.1 * size * random.normal(size=(200, 3))
    gyr[55] = np.nan
    found = still_windows(acc, gyr, 10, 1.5, 0.2)
    np.testing.assert_allclose(found, twin(acc, gyr, 10, 1.5, 0.2))
    assert 0 < len(found) < 20


@pytest.mark.parametrize("name", ["standing_and_walking", "walking_only"])
def test_blocks_do_not_matter(request, name):
    data = _with(request.getfixturevalue(name), OFFSET)
    whole = _estimate(data)
    n = len(data["left_sensor"])
    for lengths in ([1, 7, 130, n], [n // 3] * 4):
        blocks = _estimate(data, lengths)
        for sensor in SENSORS:
            np.testing.assert_allclose(blocks.offset_[sensor], whole.offset_[sensor], rtol=0, atol=1e-9)
            assert blocks.source_[sensor] == whole.source_[sensor]


def test_a_clipped_gyroscope_is_not_asked_for_strides(walking_only):
    clipped = {
        s: frame.assign(gyr_y=frame["gyr_y"].clip(-150, 150)) for s, frame in _with(walking_only, OFFSET).items()
    }
    assert set(_estimate(clipped).source_.values()) == {"none"}


def test_solving_finds_what_made_the_residuals_despite_outliers():
    random = np.random.default_rng(1)
    lever = random.normal(size=(50, 3, 3)) * [[1.0], [1.0], [0.0]]
    residual = -lever @ np.array([0.05, -0.02, 0.0])
    residual[:5] += 1.0
    found = solve_offset(residual, lever)
    left = np.linalg.norm(residual + lever @ found, axis=1)
    assert np.median(left) < np.median(np.linalg.norm(residual, axis=1))


def test_wrong_input_is_refused(standing_and_walking):
    with pytest.raises(ValueError, match="window_s"):
        _estimate(standing_and_walking, window_s=0)
    with pytest.raises(ValidationError):
        _estimate({"left_sensor": pd.DataFrame({"a": [1.0]})})
