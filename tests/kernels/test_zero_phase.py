"""Filtering forwards and backwards: the same bits as SciPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, sosfilt_zi, sosfiltfilt

from gaitmap._kernels.zero_phase import filter_zero_phase


def _filtered(sos, signals, edge):
    rows = np.array(signals, dtype=float, order="C")
    filter_zero_phase(sos, sosfilt_zi(sos), rows, edge)
    return rows


@settings(max_examples=30, deadline=None)
@given(
    order=st.integers(1, 7),
    kind=st.sampled_from(["lowpass", "highpass"]),
    n=st.integers(0, 300),
    edge=st.integers(1, 40),
    seed=st.integers(0, 2**16),
)
def test_result_has_the_bits_of_scipy(order, kind, n, edge, seed):
    sos = butter(order, 0.2, kind, output="sos")
    signals = np.random.default_rng(seed).normal(size=(2, n + edge + 2))
    expected = sosfiltfilt(sos, signals, axis=1, padlen=edge)
    np.testing.assert_array_equal(_filtered(sos, signals, edge), expected)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_value_that_is_no_number_spoils_its_own_row_only(bad):
    sos = butter(3, 0.1, output="sos")
    signals = np.random.default_rng(0).normal(size=(2, 100))
    signals[0, 50] = bad
    found = _filtered(sos, signals, 20)
    assert not np.isfinite(found[0]).any()
    np.testing.assert_array_equal(found[1], sosfiltfilt(sos, signals[1], padlen=20))


def test_signal_turned_around_gives_the_result_turned_around():
    sos = butter(2, 0.2, output="sos")
    signals = np.random.default_rng(0).normal(size=(1, 500))
    np.testing.assert_allclose(
        _filtered(sos, signals[:, ::-1], 100)[:, ::-1], _filtered(sos, signals, 100), rtol=0, atol=1e-12
    )
