"""The kernel that finds the late middle of troughs, against its plain twin and closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap._kernels.troughs import late_middles_of_troughs
from tests.twins.troughs import late_middle_of_trough

SETTINGS = {"radius": 6, "n_steps": 3, "depth": 0.1, "lateness": 0.5}


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(-10, 10).map(lambda value: round(value, 3)), min_size=1, max_size=30),
    st.integers(0, 29),
    st.lists(st.integers(0, 29), max_size=2),
    st.integers(1, 5),
    st.integers(0, 8),
)
def test_it_equals_the_twin(values, position, gaps, n_steps, radius):
    values = np.array(values)
    position = min(position, len(values) - 1)
    values[[gap for gap in gaps if gap < len(values) and gap != position]] = np.nan
    found = late_middles_of_troughs(values, np.array([position]), radius, n_steps, 0.1, 0.75)
    expected = late_middle_of_trough(values, position, radius, n_steps, 0.1, 0.75)
    np.testing.assert_allclose(found, [expected], atol=1e-6)


@pytest.mark.parametrize("shift", [-0.4, 0.0, 0.3])
def test_the_middle_of_a_symmetric_trough_is_its_minimum_to_a_fraction_of_a_sample(shift):
    signal = -np.exp(-(((np.arange(41) - 20 - shift) / 4) ** 2))
    found = late_middles_of_troughs(signal, np.array([20]), 15, 8, 0.1, 0.0)
    np.testing.assert_allclose(found, [shift], atol=0.02)


def test_the_amplitude_does_not_matter():
    signal = np.random.default_rng(0).normal(size=50)
    minima = np.flatnonzero(signal < 0)
    once, twice = (late_middles_of_troughs(factor * signal, minima, *SETTINGS.values()) for factor in (1.0, 2.0))
    np.testing.assert_allclose(once, twice, atol=1e-12)


def test_lateness_counts_in_standard_deviations():
    signal = np.array([0.0, 0, -1, 0, 0, 0, 0, -1, 0, 0])
    found = [late_middles_of_troughs(signal, np.array([2]), 7, 1, 0.01, late)[0] for late in (0.0, 0.6, 2.0)]
    # Two equal minima, five samples apart: mean and standard deviation are 2.5. Never behind the last sample.
    np.testing.assert_allclose(found, [2.5, 4.0, 7.0])


def test_gaps_and_minima_that_are_not_negative():
    signal = np.array([-1.0, np.nan, -1, -1, np.nan, -1, 2, 1, 2])
    np.testing.assert_allclose(late_middles_of_troughs(signal, np.array([0, 2, 7]), 4, 2, 0.1, 0.0), [0, 0.5, 0])
