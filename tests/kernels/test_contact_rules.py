import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap._kernels.contact_rules import contact_rules
from gaitmap._kernels.events import BAD_BORDERS, FOUND, MISSING_SAMPLES, NO_ZERO_CROSSING, OUTSIDE
from tests.twins import contact_rules as twin

WINDOWS = np.array([24, 8, 8, 24])
WEIGHTS = np.array([0.1, 0.5, 1.0, 0.5, 0.1]), np.array([0.3, 1.0, 0.3])


def _walk(seed, n=300):
    """A swing about a random axis with noise."""
    random = np.random.default_rng(seed)
    time = np.arange(n) / n
    swing = 400 * (np.exp(-(((time - 0.6) / 0.1) ** 2)) - 0.8 * np.exp(-(((time - 0.35) / 0.1) ** 2)))
    axis = random.normal(size=3) * 0.3 + [0, random.choice([-1, 1]), 0]
    gyr = np.outer(axis, swing) + random.normal(scale=5, size=(3, n))
    return np.ascontiguousarray(gyr), random.normal(scale=3, size=(3, n)) + np.array([[0], [0], [9.81]])


def _find(gyr, acc, *borders):
    starts, ends = np.array(borders, dtype=np.int64).T
    return contact_rules(gyr, acc, starts.copy(), ends.copy(), *WEIGHTS, 1.5, WINDOWS)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), start=st.integers(0, 40), end=st.integers(220, 300))
def test_candidates_equal_those_of_the_twin(seed, start, end):
    gyr, acc = _walk(seed)
    found, _ = _find(gyr, acc, (start, end))
    expected = twin.contact_rules(gyr, acc, start, end, *WEIGHTS, 1.5, WINDOWS)
    np.testing.assert_allclose(found[0], expected, atol=1e-6)  # the main axis comes from an iteration


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 12))
def test_noise_and_short_strides_are_searched_without_a_fault(seed, n):
    random = np.random.default_rng(seed)
    gyr, acc = random.normal(size=(3, n)), random.normal(size=(3, n))
    found, reasons = _find(gyr, acc, (0, n))
    there = np.isfinite(found[0])
    assert ((found[0, there] >= 0) & (found[0, there] <= n - 1)).all()
    np.testing.assert_array_equal(reasons[0] == NO_ZERO_CROSSING, np.isnan(found[0, [0, 2]]))


def test_reasons_of_strides_that_cannot_be_searched():
    gyr, acc = _walk(0)
    gyr[1, 150] = np.nan
    found, reasons = _find(gyr, acc, (-1, 50), (60, 60), (300, 400), (100, 200), (200, 290))
    assert reasons[:4].tolist() == [[code] * 2 for code in (BAD_BORDERS, BAD_BORDERS, OUTSIDE, MISSING_SAMPLES)]
    assert np.isnan(found[:4]).all()


def test_a_signal_without_movement_has_no_candidates():
    found, reasons = _find(np.zeros((3, 50)), np.zeros((3, 50)), (0, 50))
    assert np.isnan(found).all()
    assert (reasons == NO_ZERO_CROSSING).all()


@pytest.mark.parametrize("turn_deg", [30, 120, 180])
def test_candidates_do_not_depend_on_the_frame(turn_deg):
    gyr, acc = _walk(3)
    turn = np.deg2rad(turn_deg)
    about_z = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    original, reasons = _find(gyr, acc, (0, 300))
    turned, _ = _find(about_z @ gyr, about_z @ acc, (0, 300))
    assert (reasons == FOUND).all()
    np.testing.assert_allclose(turned, original, atol=1e-6)
