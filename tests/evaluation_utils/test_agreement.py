"""Intraclass correlations against the worked example of Shrout & Fleiss (1979): four judges, six targets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.evaluation_utils._agreement import absolute_agreement_icc, one_way_icc

JUDGES = np.array([[9, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4], [8, 2, 8, 6, 9, 7]], dtype=float)[
    :, :, None
]


def test_one_way_icc_of_the_published_example():
    estimate = np.ravel(one_way_icc(JUDGES))
    np.testing.assert_allclose(estimate, [0.17, -0.13, 0.72], atol=0.005)


def test_absolute_agreement_icc_of_the_published_example():
    estimate = np.ravel(absolute_agreement_icc(JUDGES))
    np.testing.assert_allclose(estimate, [0.29, 0.02, 0.76], atol=0.005)


@pytest.mark.parametrize("icc", [one_way_icc, absolute_agreement_icc])
def test_targets_with_a_missing_measurement_are_left_out(icc):
    with_gap = np.concatenate([JUDGES, np.full((4, 1, 1), 3.0)], axis=1)
    with_gap[2, -1] = np.nan
    np.testing.assert_allclose(np.ravel(icc(with_gap)), np.ravel(icc(JUDGES)))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(3, 30), scale=st.floats(0.01, 100), shift=st.floats(-100, 100))
@pytest.mark.parametrize("icc", [one_way_icc, absolute_agreement_icc])
def test_icc_does_not_depend_on_the_unit_and_lies_in_its_interval(icc, seed, n, scale, shift):
    data = np.random.default_rng(seed).normal(size=(2, n, 3)).cumsum(axis=0)
    estimate = icc(data)
    np.testing.assert_allclose(icc(scale * data + shift), estimate, rtol=1e-6, atol=1e-6)
    # The interval of the two-way model is an approximation that breaks down for negative coefficients.
    positive = np.ones(3, dtype=bool) if icc is one_way_icc else estimate.value > 0
    assert (estimate.lower <= estimate.value)[positive].all()
    assert (estimate.value <= estimate.upper)[positive].all()
