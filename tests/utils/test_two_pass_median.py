import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.utils import _two_pass_median
from gaitmap.utils._two_pass_median import TwoPassMedian


def two_passes(blocks):
    median = TwoPassMedian()
    for block in blocks:
        median.add(block)
    for block in blocks:
        median.select(block)
    return median


@pytest.fixture
def small_chunks(monkeypatch):
    """So that many levels are in use for few values."""
    monkeypatch.setattr(_two_pass_median, "_CHUNK_LENGTH", 8)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 700),
    kind=st.sampled_from(["normal", "quantised", "two values", "sorted", "infinite"]),
    nan_share=st.sampled_from([0, 0.2]),
    n_cuts=st.integers(0, 12),
)
def test_median_is_exact_for_blocks_of_any_length(seed, n, kind, nan_share, n_cuts):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n)
    if kind == "quantised":
        values = values.round(1)
    elif kind == "two values":
        values = np.sign(values)
    elif kind == "sorted":
        values = np.sort(values)
    elif kind == "infinite":
        values[rng.random(n) < 0.1] = np.inf
    values[rng.random(n) < nan_share] = np.nan
    values = np.append(values, 0.5)
    length = _two_pass_median._CHUNK_LENGTH
    try:
        _two_pass_median._CHUNK_LENGTH = 8
        median = two_passes(np.split(values, np.sort(rng.integers(0, len(values), n_cuts))))
    finally:
        _two_pass_median._CHUNK_LENGTH = length
    lower, upper = median.limits()
    assert median.median() == np.nanmedian(values)
    assert lower <= median.median() <= upper


def test_limits_do_not_depend_on_the_blocks(small_chunks):
    values = np.random.default_rng(0).normal(size=5000)
    limits = {two_passes(np.array_split(values, n)).limits() for n in (1, 7, 100)}
    assert len(limits) == 1


def test_few_values_are_left_to_the_second_pass():
    values = np.random.default_rng(0).normal(size=2_000_000)
    median = two_passes(np.array_split(values, 40))
    assert sum(len(part) for part in median._between) < 2e-3 * len(values)
    assert median.median() == np.median(values)


def test_repeated_value_in_the_middle_is_counted_not_held(small_chunks):
    values = np.random.default_rng(0).permutation(np.repeat([-1.0, 0.0, 1.0], [200, 800, 300]))
    median = two_passes([values])
    assert sum(len(part) for part in median._between) == 0
    assert median.median() == 0


def test_no_values_have_no_median():
    assert np.isnan(two_passes([np.full(3, np.nan)]).median())
