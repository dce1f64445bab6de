"""The DTW kernels against whole-matrix twins."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap._kernels.dtw import NO_LIMIT, advance, cost_and_start, cost_matrix, new_state, warping_paths
from tests.twins.dtw import accumulated_cost, path_to

SIGNALS = ("ties", "normal", "constant", "nan", "inf", "all_nan")
LIMITS = (NO_LIMIT, 0, 1, 3)


def _case(kind, m, n, n_channels, seed=0):
    rng = np.random.default_rng(seed)
    if kind == "normal":
        return rng.normal(size=(m, n_channels)), rng.normal(size=(n, n_channels))
    template = rng.integers(0, 3, (m, n_channels)).astype(float)
    signal = rng.integers(0, 3, (n, n_channels)).astype(float)
    if kind == "constant":
        signal[:] = 1.0
    if kind == "nan":
        signal[[n // 3, n // 3 + 1, n - 2], [0, n_channels - 1, 0]] = np.nan
    if kind == "inf":
        signal[n // 2, 0] = -np.inf
    if kind == "all_nan":
        signal[:] = np.nan
    return template, signal


def _expected(template, signal, limits):
    """Last row, starts and the whole matrix, NaN where the signal is not finite."""
    cost = accumulated_cost(template, signal, *limits)
    starts = [path_to(cost, j)[0, 1] if np.isfinite(cost[-1, j]) else -1 for j in range(len(signal))]
    cost[:, ~np.isfinite(signal).all(axis=1)] = np.nan
    return cost[-1], np.array(starts), cost


@pytest.mark.parametrize("kind", SIGNALS)
@pytest.mark.parametrize("max_vertical_run", LIMITS)
@pytest.mark.parametrize("max_horizontal_run", LIMITS)
def test_costs_and_starts_are_bit_identical_to_the_whole_matrix(kind, max_vertical_run, max_horizontal_run):
    limits = (max_vertical_run, max_horizontal_run)
    for m, n, n_channels in ((2, 9, 1), (7, 40, 3), (12, 5, 2)):
        template, signal = _case(kind, m, n, n_channels)
        last_row, starts, matrix = _expected(template, signal, limits)
        found_row, found_starts = cost_and_start(template, signal, *limits)
        np.testing.assert_array_equal(found_row, last_row)
        np.testing.assert_array_equal(found_starts, starts)
        np.testing.assert_array_equal(cost_matrix(template, signal, *limits), matrix)


@pytest.mark.parametrize("kind", ["ties", "normal", "nan"])
@pytest.mark.parametrize("limits", [(NO_LIMIT, NO_LIMIT), (3, 3), (1, NO_LIMIT), (0, 2)])
def test_paths_are_those_of_back_tracking_in_the_whole_matrix(kind, limits):
    template, signal = _case(kind, 8, 60, 2, seed=1)
    cost = accumulated_cost(template, signal, *limits)
    _, starts = cost_and_start(template, signal, *limits)
    ends = np.flatnonzero(starts >= 0)
    assert len(ends) > 0
    cells, first = warping_paths(template, signal, *limits, starts[ends], ends)
    for k, end in enumerate(ends):
        np.testing.assert_array_equal(cells[first[k] : first[k + 1]], path_to(cost, end))


def test_no_sample_gives_no_cost():
    template, signal = np.zeros((3, 2)), np.zeros((0, 2))
    last_row, starts = cost_and_start(template, signal, NO_LIMIT, NO_LIMIT)
    assert last_row.shape == starts.shape == (0,)
    assert cost_matrix(template, signal, NO_LIMIT, NO_LIMIT).shape == (3, 0)


@pytest.mark.parametrize("limits", [(NO_LIMIT, NO_LIMIT), (2, 2)])
def test_behind_a_gap_the_costs_are_those_of_a_signal_that_starts_there(limits):
    template, signal = _case("normal", 9, 80, 3)
    signal[30:33, 1] = np.nan
    last_row, starts = cost_and_start(template, signal, *limits)
    row_behind, starts_behind = cost_and_start(template, signal[33:].copy(), *limits)
    np.testing.assert_array_equal(last_row[33:], row_behind)
    np.testing.assert_array_equal(starts[33:], np.where(starts_behind < 0, -1, starts_behind + 33))
    assert np.isnan(last_row[30:33]).all()
    assert (starts[30:33] == -1).all()


def test_signals_longer_than_a_block_are_joined_without_seam():
    template, signal = _case("ties", 6, 1300, 1)
    last_row, starts, _ = _expected(template, signal, (2, 3))
    found_row, found_starts = cost_and_start(template, signal, 2, 3)
    np.testing.assert_array_equal(found_row, last_row)
    np.testing.assert_array_equal(found_starts, starts)


@settings(max_examples=25, deadline=None)
@given(
    borders=st.lists(st.integers(0, 700), max_size=6).map(sorted),
    limits=st.sampled_from([(NO_LIMIT, NO_LIMIT), (4, 2)]),
    seed=st.integers(0, 5),
)
def test_chunks_give_what_the_whole_signal_gives(borders, limits, seed):
    template, signal = _case("nan", 10, 700, 2, seed)
    expected_row, expected_starts = cost_and_start(template, signal, *limits)
    state = new_state(template, *limits)
    rows, starts = [], []
    chunks = [*np.split(signal, borders), np.full((len(template) - 1, 2), np.inf)]
    for chunk in chunks:
        row, start = np.empty(len(chunk)), np.empty(len(chunk), dtype=np.int64)
        advance(state, np.ascontiguousarray(chunk), row, start)
        rows.append(row)
        starts.append(start)
    n_late = len(template) - 1
    np.testing.assert_array_equal(np.concatenate(rows)[n_late:], expected_row)
    np.testing.assert_array_equal(np.concatenate(starts)[n_late:], expected_starts)


@pytest.mark.reference
def test_random_cases_of_the_reference(reference_dir):
    vectors = np.load(reference_dir / "stride_segmentation_dtw" / "random_dtw_cases.npz")
    for case in sorted({name[:3] for name in vectors}):
        template, signal = (np.atleast_2d(vectors[f"{case}_{name}"].T).T.copy() for name in ("template", "data"))
        limits = [NO_LIMIT if np.isnan(ms) else round(ms) for ms in vectors[f"{case}_constraints_ms"]]
        last_row, starts = cost_and_start(template, signal, *limits)
        np.testing.assert_array_equal(cost_matrix(template, signal, *limits), vectors[f"{case}_acc_cost_mat"])
        np.testing.assert_array_equal(last_row, vectors[f"{case}_acc_cost_mat"][-1])
        np.testing.assert_array_equal(starts, vectors[f"{case}_start_per_end"])
