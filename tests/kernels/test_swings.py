"""The kernels that find swings, against their plain twins, in any parts, and against closed forms."""

import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap._kernels import swings as kernels
from tests.twins import swings as twins

RANDOM = np.random.default_rng(5)


def _signal(n, n_missing=6):
    values = np.convolve(RANDOM.normal(size=n), np.ones(5) / 5, "same") * 100
    values[RANDOM.integers(0, n, n_missing)] = np.nan
    return values


@pytest.fixture(autouse=True)
def _quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # means of nothing
        yield


@pytest.mark.parametrize("half", [0, 1, 7, 200])
def test_means_and_quantiles_equal_their_twins_and_know_no_parts(half):
    values = _signal(120)
    values[40:60] = np.nan
    for kernel, twin, options in (
        (kernels.centered_mean, twins.centered_mean, ()),
        (kernels.running_quantile, twins.running_quantile, (0.9,)),
    ):
        whole = kernel(values, 0, 120, 0, 120, half, *options)
        np.testing.assert_allclose(whole, twin(values, 0, 120, half, *options), rtol=1e-12)
        first = max(0, 70 - half)
        part = kernel(values[first:], first, 120, 70, 90, half, *options)
        np.testing.assert_array_equal(part, whole[70:90])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 9) | st.just(None), min_size=1, max_size=40), st.lists(st.integers(0, 40), max_size=4))
def test_peaks_and_valleys_equal_their_twin_in_any_parts(values, cuts):
    values = np.array([np.nan if v is None else v for v in values], dtype=float)
    step = np.full(len(values), 2.5)
    state, position = np.array([0.0, np.inf, -np.inf]), np.zeros(2, np.int64)
    borders = sorted({0, len(values), *(cut for cut in cuts if cut < len(values))})
    peaks, valleys = [], []
    for start, end in itertools.pairwise(borders):
        found = kernels.peaks_and_valleys(values[start:end], start, step[start:end], state, position)
        peaks += found[0].tolist()
        valleys += found[1].tolist()
    assert (peaks, valleys) == twins.peaks_and_valleys(values, step)


def test_the_quietest_samples_equal_their_twin():
    gyr = np.column_stack([_signal(80, 3) for _ in range(3)])
    starts, ends = np.array([0, 10, 50, 70, 30]), np.array([20, 40, 55, 90, 30])
    samples, movements = kernels.quietest_samples(gyr, 0, 80, starts, ends, 3)
    for sample, movement, start, end in zip(samples, movements, starts, ends, strict=True):
        expected_sample, expected = twins.quietest_sample(gyr, start, end, 3)
        assert sample == expected_sample
        np.testing.assert_allclose(movement, expected, rtol=1e-9)


def test_closures_of_strides_equal_their_twin():
    acc = np.array([1.0, -2.0, 9.0]) + RANDOM.normal(size=(100, 3))
    gyr = RANDOM.normal(size=(100, 3)) * 200
    starts, ends = np.array([5, 40]), np.array([38, 95])
    path, turned, residual, lever, pull = kernels.stride_closures(acc, gyr, 0, 100, starts, ends, 3, 100.0)
    for j in range(2):
        expected = twins.stride_closure(acc, gyr, starts[j], ends[j], 3, 100.0)
        ends_of = [acc[at - 3 : at + 4].mean(axis=0) for at in (starts[j], ends[j])]
        np.testing.assert_allclose(pull[j], np.linalg.norm(ends_of, axis=1))
        for found, wanted in zip((path[j], turned[j], residual[j], lever[j]), expected, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-7, atol=1e-9)


def test_strides_with_missing_samples_and_without_borders_have_no_closure():
    acc, gyr = np.tile([0.0, 0.0, 9.81], (60, 1)), np.zeros((60, 3))
    gyr[30] = np.nan
    path, turned, *_ = kernels.stride_closures(acc, gyr, 0, 60, np.array([5, 40, -1]), np.array([35, 55, 20]), 2, 100.0)
    assert np.isnan(path[[0, 2]]).all()
    assert np.isnan(turned[[0, 2]]).all()
    np.testing.assert_allclose(path[1], 0, atol=1e-12)


def test_a_movement_ahead_has_its_length_in_any_axes():
    rate, n = 200.0, 200
    phase = np.arange(n + 1) / n
    ahead = 1.3 * 2 * np.pi * np.sin(2 * np.pi * phase)  # second derivative of 1.3 (s - sin(2 pi s) / 2 pi) over 1 s
    acc = np.vstack([np.zeros((20, 3)), np.column_stack([ahead, 0 * ahead, 0 * ahead]), np.zeros((20, 3))])
    acc += [0, 0, 9.81]
    turn = np.linalg.qr(RANDOM.normal(size=(3, 3)))[0]
    path, turned, *_ = kernels.stride_closures(
        acc @ turn.T, np.zeros_like(acc), 0, len(acc), np.array([15]), np.array([225]), 4, rate
    )
    np.testing.assert_allclose(path[0], [1.3, 0.0], atol=2e-3)
    np.testing.assert_allclose(turned[0], 0, atol=1e-6)


def test_medians_in_time_equal_their_twin():
    times = np.sort(RANDOM.uniform(0, 50, 40))
    values = RANDOM.normal(size=40)
    values[::5] = np.nan
    values[10:16] = np.nan
    found = kernels.median_in_time(times, values, 1.5, 7.0)
    np.testing.assert_array_equal(found, twins.median_in_time(times, values, 1.5, 7.0))
    assert (found == 7.0).any()
