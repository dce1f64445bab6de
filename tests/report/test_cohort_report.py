"""The report of a cohort: what the tables say, safe, and with links that work where it lies."""

import re

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("jinja2", reason="the extra 'app' is not installed")
pytest.importorskip("plotly", reason="the extra 'app' is not installed")
pytest.importorskip("pyarrow", reason="the extra 'app' is not installed")

from gaitmap.report import write_cohort_report
from gaitmap.report._cohort_content import _kind_of
from tests.report.cohorts import made_up_cohort
from tests.report.test_report_in_browser import browser  # noqa: F401 - a fixture
from tests.report.test_write_report import Page


@pytest.fixture
def _small_plotly(monkeypatch):
    monkeypatch.setattr("gaitmap.report._write_cohort_report._plotly_source", lambda: "/* plotly */")


def page_of(folder) -> Page:
    return Page(write_cohort_report(folder / "report.html", folder, title="Study").read_text(encoding="utf-8"))


@pytest.mark.usefixtures("_small_plotly")
class TestContent:
    def test_shows_what_was_analysed_what_failed_and_what_was_found(self, tmp_path):
        page = page_of(made_up_cohort(tmp_path / "study"))
        for text in [
            "Cohort report Study",
            "12 of 13 recordings",
            "6 012 analysed",
            "1 of 13 recordings could not be analysed",
            "there is no such file",
            "A channel is clipped in … samples 4",
            "The clock of the sensors drifts by … ppm 1",
            "Gait speed (m/s)",
            "GravityAlignment",
            "04 May 2026",
        ]:
            assert text in page.words.replace("\u202f", " ")

    def test_links_lead_to_the_reports_of_the_recordings(self, tmp_path):
        page = page_of(made_up_cohort(tmp_path / "study"))
        links = [attrs["href"] for tag, attrs in page.tags if tag == "a" and not attrs["href"].startswith("#")]
        assert {f"recordings/walk{i:02d}/report.html" for i in range(12)} <= set(links)
        assert "recordings/walk12/failure.log" in links

    def test_groups_are_compared_by_their_recordings(self, tmp_path):
        folder = made_up_cohort(tmp_path / "study")
        page = page_of(folder)
        assert [text for tag, text in page.texts if tag == "option"] == ["group", "participant", "All recordings"]
        both = pd.read_parquet(folder / "summary.parquet").set_index("recording")["gait_velocity_mean"]
        control = both.iloc[::2]
        assert f"control 6 {control.mean():.3f} ± {control.std():.3f}" in page.words
        first = page.payload["figures"][0]["data"]
        assert [trace["name"] for trace in first[:2]] == ["control", "patient"]
        np.testing.assert_allclose(first[0]["y"], control, atol=1e-5)
        assert first[0]["text"] == control.index.to_list()

    def test_recordings_without_a_group_are_a_group(self, tmp_path):
        groups = ["a", "b"] * 5 + [None] * 3
        page = page_of(made_up_cohort(tmp_path / "study", group=groups))
        assert [trace["name"] for trace in page.payload["figures"][0]["data"][:3]] == ["a", "b", "not given"]

    def test_text_is_never_taken_for_markup(self, tmp_path):
        evil = "<script>window.broken = 1</script><b>bold</b>"
        folder = made_up_cohort(
            tmp_path / "study", name=evil, group=[evil, "b"] * 6 + [evil], reason=evil, findings=[[evil]] * 13
        )
        page = page_of(folder)
        assert not any(tag == "b" for tag, _ in page.tags)
        assert len([tag for tag, _ in page.tags if tag == "script"]) == 3

    def test_nothing_is_loaded_from_outside(self, tmp_path):
        page = page_of(made_up_cohort(tmp_path / "study"))
        policy = next(a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
        assert policy.startswith("default-src 'none'")

    @pytest.mark.parametrize(
        ("case", "says"),
        [
            ({"n_recordings": 0, "n_failed": 2}, "No recording was analysed."),
            ({"n_recordings": 1, "n_failed": 0}, "1 of 1 recordings"),
            ({"n_strides_left": 0, "n_strides_right": 0}, "No strides were found in walk00"),
            ({"parameters_sha256": [str(i % 2) for i in range(13)]}, "with different parameters"),
            ({"status": ["finished"] * 12 + ["missing"]}, "1 of 13 recordings have no results yet"),
            ({"findings": [[] for _ in range(13)]}, "Nothing in the signals deserves attention."),
            ({"start_time": pd.NaT}, "Cohort report"),
        ],
    )
    def test_odd_cohorts(self, tmp_path, case, says):
        assert says in page_of(made_up_cohort(tmp_path / "study", **case)).words

    def test_template_leaves_nothing_unfilled(self, tmp_path):
        folder = made_up_cohort(tmp_path / "study")
        html = write_cohort_report(folder / "report.html", folder).read_text(encoding="utf-8")
        assert not re.search(r"\{\{|\{%", html)
        assert "<h1>study</h1>" in html


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (
            ["left_sensor: 512 samples (1.20%) are missing, in 3 gaps; the longest lasts 0.5 s.",
             "right_sensor: 1 samples (0.1%) are missing, in 1 gap; the longest lasts 0.01 s."],
            "… samples are missing",
        ),
        (["gyr_x repeats one value for up to 3.5 s: it has stopped measuring."],
         "A channel repeats one value for up to … s"),
        (["left_sensor: The acceleration at rest is 9.1 m/s^2 instead of 9.81: the sensor needs a calibration."],
         "The acceleration at rest is … m/s^2 instead of …"),
        (["No strides were found: the recording holds no gait."], "No strides were found"),
    ],
)  # fmt: skip
def test_sentences_that_differ_in_numbers_are_of_one_kind(texts, kind):
    assert {_kind_of(text) for text in texts} == {kind}


@pytest.mark.slow
def test_in_a_browser_groups_can_be_chosen_and_recordings_sorted_and_found(browser, tmp_path):  # noqa: F811
    folder = made_up_cohort(tmp_path / "study", name="<b>walk</b> ")
    path = write_cohort_report(folder / "report.html", folder)
    complaints, requests = [], []
    page = browser.new_page()
    page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: complaints.append(str(e)))
    page.on("request", lambda r: requests.append(r.url))
    page.goto(path.as_uri())
    page.wait_for_selector("#cohort-plot.js-plotly-plot .trace")
    assert page.locator("#cohort-plot .trace.boxes").count() == 4 * 2
    page.select_option("#grouping", "All recordings")
    page.wait_for_timeout(300)
    assert page.locator("#cohort-plot .trace.boxes").count() == 4
    assert page.locator(".grouping:visible").count() == 1

    def names():
        return page.eval_on_selector_all(
            "#recordings-table tbody tr:not([hidden])", "r => r.map(x => x.cells[0].textContent)"
        )

    written = names()
    page.click("#recordings-table th:nth-child(4) button")  # age
    assert names() == written
    page.click("#recordings-table th:nth-child(4) button")
    assert names() == written[::-1]
    page.fill("#find", "P01")
    assert names() == ["<b>walk</b> 03", "<b>walk</b> 02"]
    assert page.inner_text("#n-found") == "2 of 12"
    assert complaints == []
    assert [url for url in requests if not url.startswith(("data:", "blob:"))] == [path.as_uri()]
