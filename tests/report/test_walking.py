"""The sections on both feet and on walking bouts."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("jinja2", reason="the extra 'app' is not installed")
pytest.importorskip("plotly", reason="the extra 'app' is not installed")

from gaitmap.parameters import BilateralParameterCalculation, WalkingBoutAnalysis
from gaitmap.pipelines.outcome._both_feet import bout_tables, describe_walking
from gaitmap.report import _write_report as module
from gaitmap.results import Results, build_summary
from tests.report.test_report_in_browser import browser, open_report  # noqa: F401
from tests.report.test_write_report import page_of
from tests.report.walks import RATE, made_up_walk


def _results(late=55, days=1, height=0.0):
    """Results of a walk whose right foot is late by so many samples, once per day."""
    plain, data = made_up_walk(n_strides=12)
    table = plain.strides
    strides, parameters = {}, {}
    for foot, shift in (("left", 0), ("right", late - 55)):
        own = table[table["foot"] == foot].set_index("s_id")[["start", "end", "pre_ic", "ic", "min_vel", "tc"]]
        copies = [own.astype("int64") + shift + day * 86_400 * int(RATE) for day in range(days)]
        strides[f"{foot}_sensor"] = pd.concat(copies, ignore_index=True).rename_axis("s_id")
        index = strides[f"{foot}_sensor"].index
        angle = np.where(index % 12 > 9, 60.0, 1.0)
        parameters[f"{foot}_sensor"] = pd.DataFrame(
            {
                "stride_length": 1.3 + 0.01 * (index % 3),
                "stride_time": 1.1,
                "turning_angle": angle,
                "height_change": height,
            },
            index=index,
        )
    bilateral = BilateralParameterCalculation().calculate(strides, RATE)
    joined = {s: parameters[s].join(bilateral.parameters_[s].drop(columns="stride_time")) for s in strides}
    analysis = WalkingBoutAnalysis().analyze(strides, joined, RATE)
    rows = pd.concat([joined[s].assign(foot=s.split("_")[0]).reset_index() for s in strides], ignore_index=True)
    strides_table = plain.strides.drop(columns=["step_time", "double_support_percent"]).merge(
        rows[["foot", "s_id", "step_time", "double_support_percent"]], on=["foot", "s_id"]
    )
    summary = build_summary(
        strides_table,
        recording="walk",
        sampling_rate_hz=RATE,
        duration_s=30.0,
        walking=describe_walking(analysis, bilateral),
    )
    return Results(strides_table, summary, plain.provenance, None, bout_tables(analysis, "walk", None)), data


@pytest.fixture
def _small_plotly(monkeypatch):
    monkeypatch.setattr(module, "_plotly_source", lambda: "/* plotly */")


@pytest.mark.usefixtures("_small_plotly")
def test_feet_bouts_and_turns_are_shown(tmp_path):
    page = page_of(tmp_path, _results()[0])
    assert {"feet-plot", "variability-plot"} <= page.places()
    for text in [
        "Left and right",
        "Phase coordination index",
        "Symmetry index",
        "Walking bouts",
        "Turns",
        "Double support %",
    ]:
        assert text in page.words
    assert "the integration takes level ground for granted" in page.words
    assert "Days" not in page.words
    assert "Strides outside of bouts" not in page.words
    assert "Height change" not in page.words


@pytest.mark.usefixtures("_small_plotly")
def test_days_are_shown_from_the_second_on(tmp_path):
    page = page_of(tmp_path, _results(days=3, height=0.01)[0])
    assert "Days" in page.words
    assert "Level strides" in page.words
    assert "bouts-plot" in page.places()


@pytest.mark.usefixtures("_small_plotly")
def test_the_reason_is_told_when_the_clocks_disagree(tmp_path):
    page = page_of(tmp_path, _results(late=0)[0])
    assert "Not computed: the clocks of the two sensors do not agree" in page.words
    assert "Symmetry index" not in page.words


@pytest.mark.usefixtures("_small_plotly")
def test_strides_outside_of_bouts_are_counted(tmp_path):
    results, _ = _results()
    counts = results.summary["strides"]["both"]
    counts["n_in_bouts"] = counts["n_analysed"] - 3
    words = page_of(tmp_path, results).words
    assert "Analysed strides outside of bouts: 3;" in words


@pytest.mark.slow
def test_the_plots_are_drawn_without_complaint(browser, tmp_path):  # noqa: F811
    opened = open_report(browser, tmp_path, *_results(days=2))
    assert {"feet-plot", "variability-plot", "bouts-plot"} <= set(opened.plots())
    assert opened.n_drawn("feet-plot", ".box") > 0
    assert opened.n_drawn("variability-plot", ".point") > 0
    opened.check_quiet()
