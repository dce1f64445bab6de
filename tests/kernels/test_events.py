"""The compiled searches against one plain search per stride."""

import numpy as np
import pytest

from gaitmap._kernels import events as kernels
from tests.twins import events as twin

ALL = np.ones(3, dtype="int64")
N_SAMPLES = 900


def _signals(kind, seed):
    rng = np.random.default_rng(seed)
    signals = np.cumsum(rng.normal(size=(4, N_SAMPLES)), axis=1)
    signals -= np.linspace(signals[:, 0], signals[:, -1], N_SAMPLES).T  # so that zero is crossed often
    if kind == "quantised":
        signals = np.round(signals / 3) * 3
    elif kind == "negative zeros":
        signals = np.round(signals / 3) * rng.choice([-1.0, 1.0], size=signals.shape)
    elif kind == "constant":
        signals = np.full_like(signals, 0.1)
    gyr, acc_pa = np.ascontiguousarray(signals[:3]), signals[3].copy()
    starts = rng.integers(0, N_SAMPLES - 2, 150)
    ends = starts + rng.integers(2, 200, 150)  # some reach beyond the recording, some are very short
    return gyr, acc_pa, starts, ends


def _as_events(rows):
    return np.array([[np.nan if event is None else event for event in row] for row in rows], dtype=float)


each_kind = pytest.mark.parametrize("kind", ["noise", "quantised", "negative zeros", "constant"])


@each_kind
@pytest.mark.parametrize("starts_at_ic", [0, 1])
def test_rampp_kernel_equals_one_search_per_stride(kind, starts_at_ic):
    gyr, acc_pa, starts, ends = _signals(kind, seed=starts_at_ic)
    events, reasons = kernels.rampp_events(gyr, gyr[1], acc_pa, starts, ends, starts_at_ic, 6, 4, 11, ALL)
    expected = _as_events(
        [
            twin.rampp_ic(gyr[1], acc_pa, start, end, starts_at_ic, 6, 4),
            twin.rampp_tc(gyr[1], start, end, starts_at_ic),
            twin.min_vel(gyr, start, end, 11),
        ]
        for start, end in zip(starts, ends, strict=True)
    )
    np.testing.assert_array_equal(events, expected)
    np.testing.assert_array_equal(reasons != 0, np.isnan(expected))


@each_kind
@pytest.mark.parametrize(("prominence", "n_considered"), [((0.5, np.inf), 3), ((1.0, 9.0), 1), ((0.0, np.inf), 0)])
def test_herzer_kernel_equals_one_search_per_stride(kind, prominence, n_considered):
    gyr, acc_pa, starts, ends = _signals(kind, seed=n_considered)
    clipped = np.minimum(ends, N_SAMPLES)
    parts = [acc_pa[start:end] * 2 - 1 for start, end in zip(starts, clipped, strict=True)]  # stands for a filter
    offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts])[:-1]])
    events, reasons = kernels.herzer_events(
        gyr, acc_pa, np.concatenate(parts), offsets, starts, ends, *prominence, n_considered, 11, ALL
    )
    expected = _as_events(
        [
            twin.herzer_ic(gyr[1], part, start, end, prominence, n_considered),
            twin.herzer_tc(gyr[1], start, end),
            twin.min_vel(gyr, start, end, 11),
        ]
        for part, start, end in zip(parts, starts, ends, strict=True)
    )
    np.testing.assert_array_equal(events, expected)
    np.testing.assert_array_equal(reasons != 0, np.isnan(expected))


def test_events_not_wanted_are_neither_searched_nor_missed():
    gyr, acc_pa, starts, ends = _signals("noise", seed=3)
    everything, _ = kernels.rampp_events(gyr, gyr[1], acc_pa, starts, ends, 0, 6, 4, 11, ALL)
    for event in range(3):
        wanted = np.zeros(3, dtype="int64")
        wanted[event] = 1
        events, reasons = kernels.rampp_events(gyr, gyr[1], acc_pa, starts, ends, 0, 6, 4, 11, wanted)
        np.testing.assert_array_equal(events[:, event], everything[:, event])
        assert np.isnan(np.delete(events, event, axis=1)).all()
        assert not np.delete(reasons, event, axis=1).any()


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (-5, 100, kernels.BAD_BORDERS),
        (100, 100, kernels.BAD_BORDERS),
        (200, 100, kernels.BAD_BORDERS),
        (N_SAMPLES, N_SAMPLES + 50, kernels.OUTSIDE),
        (300, 500, kernels.MISSING_SAMPLES),
    ],
)
def test_a_stride_that_cannot_be_searched_says_why_and_leaves_the_next_one_alone(start, end, code):
    gyr, acc_pa, *_ = _signals("noise", seed=4)
    gyr[0, 400] = np.nan

    def search(method, starts, ends, offsets):
        starts, ends = np.array(starts), np.array(ends)
        if method == "rampp":
            return kernels.rampp_events(gyr, gyr[1], acc_pa, starts, ends, 0, 6, 4, 11, ALL)
        filtered = acc_pa[600:800]
        return kernels.herzer_events(gyr, acc_pa, filtered, np.array(offsets), starts, ends, 0.0, np.inf, 3, 11, ALL)

    for method in ("rampp", "herzer"):
        events, reasons = search(method, [start, 600], [end, 800], [-1, 0])
        alone, _ = search(method, [600], [800], [0])
        assert (reasons[0] == code).all()
        assert np.isnan(events[0]).all()
        np.testing.assert_array_equal(events[1], alone[0])
        assert np.isfinite(alone).any()


def test_no_stride_gives_empty_tables():
    gyr, acc_pa, *_ = _signals("noise", seed=5)
    none = np.empty(0, dtype="int64")
    events, reasons = kernels.rampp_events(gyr, gyr[1], acc_pa, none, none, 0, 6, 4, 11, ALL)
    assert events.shape == reasons.shape == (0, 3)
