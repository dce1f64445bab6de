"""Filters without phase shift for signals in parts."""

import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.data_transform import ButterworthFilter
from gaitmap.data_transform._filter import filter_between_gaps
from gaitmap.data_transform._zero_phase import ZeroPhaseStream, zero_phase_between_gaps

RATE = 50.0
FILTERS = st.builds(ButterworthFilter, st.sampled_from([1, 2, 4]), st.sampled_from([3.0, 12.0]))


def _signal(seed, n, n_gaps):
    random = np.random.default_rng(seed)
    signal = 100 * random.normal(size=n).cumsum() / max(1, n) ** 0.5
    for _ in range(n_gaps if n else 0):
        first = random.integers(0, n)
        signal[first : first + random.integers(1, 5)] = random.choice([np.nan, np.inf])
    return signal


SIGNALS = st.builds(_signal, st.integers(0, 2**32 - 1), st.integers(0, 700), st.integers(0, 5))


@settings(max_examples=100, deadline=None)
@given(signal=SIGNALS, signal_filter=FILTERS, cuts=st.lists(st.integers(0, 700), max_size=10), step=st.integers(0, 3))
def test_parts_give_exactly_the_filtered_signal(signal, signal_filter, cuts, step):
    cuts = range(step, len(signal), step) if step else sorted(cut for cut in cuts if cut < len(signal))
    stream = ZeroPhaseStream(signal_filter, RATE, 15)
    parts, n_known = [], 0
    for first, end in pairwise([0, *cuts, len(signal)]):
        stream = pickle.loads(pickle.dumps(stream)) if not step else stream
        parts.append(stream.push(signal[first:end]))
        n_known += len(parts[-1])
        assert end - n_known <= stream.delay
    expected = zero_phase_between_gaps(signal, signal_filter, RATE, 15)
    np.testing.assert_array_equal(np.concatenate([*parts, stream.finish()]), expected)
    assert len(expected) == len(signal)


@settings(max_examples=50, deadline=None)
@given(signal=SIGNALS, signal_filter=FILTERS)
def test_the_filtered_signal_is_that_of_scipy(signal, signal_filter):
    try:
        expected = filter_between_gaps(signal, signal_filter, RATE, 15)
    except ValueError:  # no part is long enough
        expected = np.full(len(signal), np.nan)
    np.testing.assert_allclose(zero_phase_between_gaps(signal, signal_filter, RATE, 15), expected, rtol=0, atol=1e-5)
    if np.isfinite(signal).all() and len(signal) > 50:
        scale = np.abs(signal).max()
        difference = zero_phase_between_gaps(signal, signal_filter, RATE, 15) - expected
        assert np.abs(difference).max() <= 1e-7 * scale


def test_a_cutoff_above_half_the_sampling_rate_is_refused_at_once():
    with pytest.raises(ValueError, match="critical frequenc"):
        ZeroPhaseStream(ButterworthFilter(2, 30.0), RATE)
