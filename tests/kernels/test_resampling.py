"""Resampling with a windowed sinc."""

import numpy as np
import pytest

from gaitmap.stride_segmentation.hmm._resample_in_blocks import filter_and_resample_in_blocks

RATE = 204.8


@pytest.mark.parametrize("n_out", [500, 1187, 1024])
def test_a_slow_sine_is_sampled_at_the_new_positions(n_out):
    n = 4096
    t_out = np.arange(n_out) * n / n_out / RATE
    signal = np.sin(2 * np.pi * 4 * np.arange(n) / RATE)
    found = filter_and_resample_in_blocks(signal, None, RATE, n_out, 5.0)
    inner = slice(30, -30)
    np.testing.assert_allclose(found[inner], np.sin(2 * np.pi * 4 * t_out)[inner], atol=2e-6)


def test_a_constant_stays_what_it_is_up_to_the_ends():
    np.testing.assert_allclose(filter_and_resample_in_blocks(np.full(1000, 3.0), None, RATE, 250, 1.0), 3.0, rtol=1e-12)


def test_what_the_new_rate_cannot_hold_is_removed():
    signal = np.sin(2 * np.pi * 60 * np.arange(4096) / RATE)
    found = filter_and_resample_in_blocks(signal, None, RATE, 1024, 5.0)
    assert np.abs(found[30:-30]).max() < 1e-5


@pytest.mark.parametrize("block_length_s", [0.01, 1, 7.3, 1000])
def test_the_length_of_the_blocks_changes_nothing(block_length_s):
    signal = np.random.default_rng(0).normal(size=3000)
    expected = filter_and_resample_in_blocks(signal, None, RATE, 750, 1000)
    np.testing.assert_allclose(
        filter_and_resample_in_blocks(signal, None, RATE, 750, block_length_s), expected, atol=1e-9
    )


def test_at_equal_rates_only_the_filter_is_applied():
    signal = np.random.default_rng(0).normal(size=3000)
    found = filter_and_resample_in_blocks(signal, lambda block: 2 * block, RATE, 3000, 3.0)
    np.testing.assert_array_equal(found, 2 * signal)
