import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.example_data import get_healthy_example_stride_events
from gaitmap.parameters import BilateralParameterCalculation, estimate_time_offset
from gaitmap.utils.exceptions import ValidationError

RATE = 100.0


def _foot(ic, swing_share=0.4):
    """Strides between initial contacts (s) at the given instants."""
    tc = ic[1:] - swing_share * np.diff(ic)
    events = {"start": ic[:-1], "end": ic[1:], "ic": ic[:-1], "min_vel": ic[:-1] + 0.1, "tc": tc}
    return (pd.DataFrame(events) * RATE).rename_axis("s_id")


def _walk(n=40, variation=0.0, seed=0):
    """Symmetric walk: the right foot swings in the middle of the stance of the left one."""
    rng = np.random.default_rng(seed)
    left = 5 + np.cumsum(1.1 + variation * rng.standard_normal(n))
    right = (left[1:] + left[:-1]) / 2
    return _foot(left), _foot(right)


def _delayed(strides, offset=0.0, ppm=0.0):
    """Strides as a clock shows them that is late by ``-offset`` and slow by ``ppm``: ``true = shown + offset + ..``."""
    return (strides - offset * RATE) / (1 + 1e-6 * ppm)


def _estimate(left, right, **kwargs):
    return estimate_time_offset(left, right, RATE, expected_stride_type="ic", **kwargs)


@pytest.mark.parametrize("offset", [0.0, 0.013, -0.2, 0.4])
def test_a_known_offset_comes_back(offset):
    left, right = _walk()
    found = _estimate(left, _delayed(right, offset))
    assert found.offset_s == pytest.approx(offset, abs=1e-9)
    assert found.drift_ppm == 0
    assert found.residual_s == pytest.approx(0, abs=1e-9)
    assert found.confidence == pytest.approx(1)
    assert found.agreement == pytest.approx(np.cos(2 * np.pi * offset / 1.1))


@pytest.mark.parametrize(("offset", "ppm"), [(0.0, 50.0), (-0.1, -120.0), (0.3, 180.0)])
def test_a_known_drift_over_hours_comes_back(offset, ppm):
    left, right = _walk(n=12_000)  # 3.7 h: up to two strides of drift
    found = _estimate(left, _delayed(right, offset, ppm))
    assert found.offset_s == pytest.approx(offset, abs=1e-8)
    assert found.drift_ppm == pytest.approx(ppm, abs=1e-4)
    assert found.confidence == pytest.approx(1)
    corrected = found.correct(_delayed(right, offset, ppm)["ic"].to_numpy() / RATE)
    np.testing.assert_allclose(corrected, right["ic"] / RATE, atol=1e-7)


def test_jitter_of_the_events_ends_up_in_residual_and_standard_error():
    rng = np.random.default_rng(1)
    left, right = _walk(n=400)
    noisy = right + 0.02 * RATE * rng.standard_normal((len(right), 1))  # every stride by 20 ms
    found = _estimate(left, _delayed(noisy, 0.1))
    assert 0.015 < found.residual_s < 0.025
    assert abs(found.offset_s - 0.1) < 4 * found.offset_sd_s
    assert found.offset_sd_s < 0.003
    assert found.drift_ppm == 0
    assert found.confidence > 0.95


def test_equal_strides_cannot_tell_a_whole_stride_but_varying_ones_can():
    even, varied = _walk(), _walk(variation=0.06)
    shift = 1.1
    assert _estimate(even[0], _delayed(even[1], shift), max_offset_s=2.0).confidence < 0.2
    found = _estimate(varied[0], _delayed(varied[1], shift), max_offset_s=2.0)
    assert found.offset_s == pytest.approx(shift, abs=5e-3)
    assert found.confidence > 0.5


def test_feet_without_relation_have_no_confidence():
    rng = np.random.default_rng(0)
    left = np.cumsum(rng.uniform(0.8, 1.5, 300))
    right = np.cumsum(rng.uniform(0.8, 1.5, 300))
    found = _estimate(_foot(left), _foot(right))
    assert found.confidence < 0.25
    assert abs(found.agreement) < 0.25


def test_an_asymmetric_walk_looks_like_an_offset():
    left, right = _walk()
    later = right + 0.03 * RATE  # step times of 0.58 s and 0.52 s, clocks in order
    assert _estimate(left, later).offset_s == pytest.approx(-0.03)


def test_feet_that_do_not_overlap_and_empty_lists_give_nothing():
    left, right = _walk()
    for other in (right + 1e6, right.iloc[:0], right.assign(tc=np.nan)):
        found = _estimate(left, other)
        assert found.n_cycles == 0
        assert np.isnan([found.offset_s, found.drift_ppm, found.confidence]).all()


@settings(max_examples=10, deadline=None)
@given(offset=st.floats(-0.4, 0.4), seed=st.integers(0, 20))
def test_swapping_the_feet_changes_the_sign(offset, seed):
    left, right = _walk(variation=0.05, seed=seed)
    right = _delayed(right, offset)
    found, swapped = _estimate(left, right), _estimate(right, left)
    assert swapped.offset_s == pytest.approx(-found.offset_s, abs=1e-6)
    assert swapped.confidence == pytest.approx(found.confidence, abs=1e-6)


def test_wrong_input_is_named():
    left, right = _walk()
    with pytest.raises(ValueError, match="max_offset_s"):
        _estimate(left, right, max_offset_s=-1)
    with pytest.raises(ValueError, match="expected_stride_type"):
        estimate_time_offset(left, right, RATE, expected_stride_type="start")
    with pytest.raises(ValidationError):
        estimate_time_offset(left, right, RATE)


def _bilateral(left, right, **kwargs):
    calculation = BilateralParameterCalculation(expected_stride_type="ic", **kwargs)
    return calculation.calculate({"left_sensor": left, "right_sensor": right}, RATE)


def test_bilateral_parameters_are_refused_when_the_clocks_do_not_agree():
    left, right = _walk()
    calculation = _bilateral(left, _delayed(right, 0.4))
    assert "do not agree" in calculation.refusal_reason_
    assert "+0.400 s" in calculation.refusal_reason_
    assert set(calculation.invalid_cycles_["reason"]) == {"clocks_not_aligned"}
    for table in calculation.parameters_.values():
        assert table["step_time"].isna().all()
        assert table["stride_time"].notna().all()
    assert np.isnan(calculation.cadence_)
    assert calculation.symmetry_.isna().all(axis=None)


def test_small_offsets_are_told_but_not_taken_out():
    left, right = _walk()
    calculation = _bilateral(left, _delayed(right, 0.05))
    assert calculation.refusal_reason_ == ""
    assert calculation.time_offset_.offset_s == pytest.approx(0.05)
    np.testing.assert_allclose(calculation.parameters_["left_sensor"]["step_time"].iloc[1:], 0.6)


def test_the_clocks_can_be_corrected():
    left, right = _walk(n=12_000)
    expected = _bilateral(left, right).parameters_["left_sensor"]
    drifting = _delayed(right, ppm=40)  # half a second after 3.7 h
    assert _bilateral(left, drifting).refusal_reason_ != ""
    corrected = _bilateral(left, drifting, clock_correction="drift")
    assert corrected.refusal_reason_ == ""
    pd.testing.assert_frame_equal(corrected.parameters_["left_sensor"], expected, rtol=0, atol=1e-5)
    both = _bilateral(left, _delayed(right, 0.3, 40), clock_correction="offset_and_drift")
    pd.testing.assert_frame_equal(both.parameters_["left_sensor"], expected, rtol=0, atol=1e-5)


@pytest.mark.recordings
def test_an_offset_of_the_public_walk_comes_back():
    events = get_healthy_example_stride_events()
    left, right = events["left_sensor"], events["right_sensor"]
    found = estimate_time_offset(left, right, 204.8)
    assert found.confidence > 0.95
    assert abs(found.offset_s) < 0.01
    columns = ["start", "end", "ic", "tc", "min_vel", "pre_ic"]
    late = right.assign(**{name: right[name] + 0.2 * 204.8 for name in columns})
    moved = estimate_time_offset(left, late, 204.8)
    assert moved.offset_s == pytest.approx(found.offset_s - 0.2, abs=1e-3)
