"""Scores of strides, and the figures of the guide about the open template (with a margin)."""

import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tools():
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import evaluate_open_template
    finally:
        sys.path.pop(0)
    return evaluate_open_template


@pytest.fixture(scope="module")
def feet(tools):
    return tools.load_feet()


@pytest.fixture(scope="module")
def open_template(tools, feet):
    return tools.Templates(feet)


def test_each_stride_counts_once(tools):
    expected = np.array([[0.0, 1.0], [1.0, 2.0]])
    found = np.array([[0.02, 1.0], [0.01, 1.0], [1.0, 2.04]])
    assert tools.match(found, expected, 0.03).tolist() == [0, -1, -1]
    assert tools.match(found, expected, 0.05).tolist() == [0, -1, 1]
    assert tools.match(found[:0], expected, 0.05).tolist() == []
    assert tools.scores(np.array([[0, 100], [100, 203]]), np.array([[0, 100], [100, 200]]), 0.03, 100.0) == (1, 1, 1)
    assert tools.scores(np.array([[0, 100], [100, 204]]), np.array([[0, 100], [100, 200]]), 0.03, 100.0) == (
        0.5,
        0.5,
        0.5,
    )


@pytest.mark.recordings
@pytest.mark.slow
def test_templates_that_never_saw_a_recording_find_its_strides(tools, feet, open_template):
    for foot in feet:
        rate = foot.sampling_rate_hz
        for method in (tools.BarthDtw, tools.CalibratedBarthDtw):
            found = tools.segment(method(open_template(foot)), foot)
            assert tools.scores(found, foot.strides, 0.1, rate)[2] >= 0.95, (foot.name, method.__name__)
            if foot.label_source == "hand":
                assert tools.scores(found, foot.labelled, 0.03, rate)[2] >= 0.98, (foot.name, method.__name__)


@pytest.mark.recordings
@pytest.mark.mad_data
@pytest.mark.slow
def test_the_labelled_strides_that_the_original_finds_are_found(tools, feet, open_template):
    for method in (tools.BarthDtw, tools.ConstrainedBarthDtw):
        for foot in feet:
            reference = tools.segment(method(tools.original(use_cols=("gyr_ml",))), foot)
            labelled = tools.confirmed(reference, foot.strides, foot.sampling_rate_hz)
            found = tools.segment(tools.BarthDtw(open_template(foot)), foot)
            assert len(tools.confirmed(labelled, found, foot.sampling_rate_hz)) >= 0.99 * len(labelled), foot.name


@pytest.mark.recordings
@pytest.mark.mad_data
@pytest.mark.slow
@pytest.mark.parametrize("method", ["BarthDtw", "ConstrainedBarthDtw", "CalibratedBarthDtw"])
def test_it_agrees_with_the_original_that_is_used_in_the_same_way(tools, feet, open_template, method):
    method = getattr(tools, method)
    of_original = tools.original(use_cols=("gyr_ml",), scaling=None)
    template = tools.used_like_the_open_one(of_original.get_data(), of_original.sampling_rate_hz)
    for foot in feet:
        reference = tools.segment(method(template), foot)
        found = tools.segment(method(open_template(foot)), foot)
        assert tools.scores(found, reference, 0.1, foot.sampling_rate_hz)[2] >= 0.95, foot.name
