import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.evaluation_utils import calculate_event_timing_errors

RATE = 100.0


def _events(n=20):
    start = 100.0 * np.arange(n)
    return pd.DataFrame(
        {"start": start, "end": start + 100, "min_vel": start, "tc": start + 40, "ic": start + 80}
    ).rename_axis("s_id")


def _errors(found, true, **kwargs):
    return calculate_event_timing_errors(ground_truth=true, stride_event_list=found, sampling_rate_hz=RATE, **kwargs)


def test_known_shifts_come_back_in_milliseconds():
    true = _events()
    late = np.tile([1.0, 3.0], 10)
    found = true.assign(ic=true["ic"] + late, tc=true["tc"] - 2)
    errors = _errors(found, true)
    assert errors.index.tolist() == ["ic", "tc", "min_vel"]
    assert errors.loc["ic", "mean_ms"] == pytest.approx(20)
    assert errors.loc["ic", "sd_ms"] == pytest.approx(10 * np.std(late, ddof=1))
    assert errors.loc["ic", "rmse_ms"] == pytest.approx(np.sqrt(500))
    assert errors.loc["tc", ["mean_ms", "mae_ms", "sd_ms"]].tolist() == [-20, 20, 0]
    assert errors.loc["min_vel", "mae_ms"] == 0
    assert (errors["n_matched"] == 20).all()


def test_missed_additional_and_absent_events_are_counted():
    true = _events()
    found = true.drop([3, 4]).astype(float)
    found.loc[10, "ic"] += 30
    found.loc[11, "ic"] = np.nan
    errors = _errors(found, true, events=["ic"])
    assert errors.loc["ic", ["n_matched", "n_missed", "n_additional"]].tolist() == [16, 4, 1]


def test_dicts_have_one_row_per_sensor_and_event():
    true = _events()
    errors = _errors({"a": true + 1, "b": true}, {"a": true, "b": true}, events=["ic", "tc"])
    assert errors.index.tolist() == [("a", "ic"), ("a", "tc"), ("b", "ic"), ("b", "tc")]
    np.testing.assert_allclose(errors["mean_ms"], [10, 10, 0, 0])


def test_nothing_to_match_is_nan():
    true = _events()
    errors = _errors(true.iloc[:0], true, events=["ic"])
    assert errors.loc["ic", ["n_matched", "n_missed", "n_additional"]].tolist() == [0, 20, 0]
    assert np.isnan(errors.loc["ic", "mae_ms"])


@settings(max_examples=10, deadline=None)
@given(shift=st.integers(-19, 19))
def test_swapping_the_sides_changes_the_sign_of_the_mean(shift):
    true = _events()
    one, other = _errors(true + shift, true), _errors(true, true + shift)
    np.testing.assert_allclose(one["mean_ms"], -other["mean_ms"])
    np.testing.assert_allclose(one["mae_ms"], other["mae_ms"])
