"""The report: one file, safe, small, and honest about what is missing."""

import base64
import json
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from scipy.stats import trim_mean

pytest.importorskip("jinja2", reason="the extra 'app' is not installed")
pytest.importorskip("plotly", reason="the extra 'app' is not installed")

from gaitmap.report import _write_report as module
from gaitmap.report import plotly_file, write_report
from gaitmap.report._render import _environment
from gaitmap.report._signal import build_signal
from gaitmap.report._text import duration, number
from gaitmap.results import write_results
from tests.report.walks import RATE, STRIDE, made_up_walk


class Page(HTMLParser):
    """Texts by tag, and everything that could load something."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag):
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self._open[-1] if self._open else "", data.strip()))

    @property
    def words(self) -> str:
        return " ".join(" ".join(text.split()) for tag, text in self.texts if tag not in ("script", "style"))

    @property
    def payload(self) -> dict:
        return json.loads(max((text for tag, text in self.texts if text.startswith("{")), key=len))

    def places(self) -> set[str]:
        return {attrs["id"] for _, attrs in self.tags if attrs.get("class") == "plot"}


@pytest.fixture(autouse=True)
def _small_plotly(monkeypatch):
    """The drawing library is 5 MB of text that no test here looks into."""
    monkeypatch.setattr(module, "_plotly_source", lambda: "/* plotly */")


def page_of(tmp_path, results, **kwargs) -> Page:
    return Page(write_report(tmp_path / "report.html", results, **kwargs).read_text(encoding="utf-8"))


def test_shows_strides_parameters_quality_and_what_was_left_out(tmp_path):
    results, data = made_up_walk()
    page = page_of(tmp_path, results, data=data)
    mean = results.summary["parameters"]["stride_length"]["left"]["mean"]
    for text in [
        "Gait report walk",
        "Left foot",
        "Right foot",
        "Stride length m",
        f"{mean:.3f}",
        "too long",
        "gravity",
        "Missing samples",
    ]:
        assert text in page.words
    assert page.places() == {"signal-plot", "path-plot", "strides-plot", "variability-plot"}


def test_nothing_can_be_loaded_from_outside(tmp_path):
    results, data = made_up_walk()
    page = page_of(tmp_path, results, data=data)
    policy = next(attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    sources = [attrs.get("src") or attrs.get("href") for _, attrs in page.tags]
    assert all(source.startswith(("#", "data:")) for source in sources if source)


def test_text_from_files_is_escaped(tmp_path):
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&\"'"
    results, data = made_up_walk(name=evil)
    results.summary["warnings"] = [evil]
    results.strides.loc[0, "reason"] = evil
    html = write_report(tmp_path / "report.html", results, data=data).read_text(encoding="utf-8")
    page = Page(html)
    assert evil not in html
    assert evil in page.words
    assert not [tag for tag, _ in page.tags if tag == "img"]
    assert len([tag for tag, _ in page.tags if tag == "script"]) == 3


def test_from_a_folder_without_the_signal(tmp_path):
    results, _ = made_up_walk()
    folder = write_results(tmp_path / "out", results, file_format="csv")
    page = page_of(tmp_path, folder)
    assert page.places() == {"path-plot", "strides-plot", "variability-plot"}
    assert "The signal was not given" in page.words


def test_without_strides(tmp_path):
    results, data = made_up_walk(n_strides=0)
    page = page_of(tmp_path, results, data=data)
    assert "No strides were found" in page.words
    assert page.places() == {"signal-plot"}


def test_one_foot(tmp_path):
    results, data = made_up_walk(feet=("right",))
    page = page_of(tmp_path, results, data=data)
    assert "Right foot" in page.words
    assert "Left foot" not in page.words
    assert "Both feet" not in page.words
    assert [foot["foot"] for foot in page.payload["signal"]["feet"]] == ["right"]


def test_without_foot_paths(tmp_path):
    results, _ = made_up_walk()
    object.__setattr__(results, "trajectory", None)
    assert "There are no foot paths" in page_of(tmp_path, results).words


def test_findings_come_first(tmp_path):
    results, data = made_up_walk()
    results.summary["quality"]["left_sensor"]["findings"] = ["gyr_y is clipped."]
    words = page_of(tmp_path, results, data=data).words
    assert words.index("Please note") < words.index("Left foot: gyr_y is clipped.") < words.index("Median")


@pytest.mark.parametrize("findings", [[], ["gyr_y is clipped."]])
def test_the_section_about_quality_tells_what_was_found(tmp_path, findings):
    results, data = made_up_walk()
    results.summary["quality"]["left_sensor"]["findings"] = findings
    words = page_of(tmp_path, results, data=data).words
    section = words[words.rindex("Data quality") : words.rindex("What became of the strides, and why")]
    assert "What was found" in section
    assert ("Left foot: gyr_y is clipped." in section) == bool(findings)
    assert ("Nothing in the signals deserves attention." in section) == (not findings)


def test_figures_hold_no_text_from_files(tmp_path):
    results, data = made_up_walk(name="name-from-file")
    assert "name-from-file" not in json.dumps(page_of(tmp_path, results, data=data).payload)


def test_figures_are_standard_json(tmp_path):
    results, data = made_up_walk()
    data["left_sensor"].iloc[50:80] = np.nan
    results.strides.loc[3, "stride_length"] = np.nan
    payload = page_of(tmp_path, results, data=data).payload
    assert "NaN" not in json.dumps(payload)


@pytest.mark.parametrize("key", ["left", "right"])
def test_every_used_stride_has_its_mark(tmp_path, key):
    results, _ = made_up_walk()
    traces = page_of(tmp_path, results).payload["figures"]["strides-plot"]["data"]
    marks = next(t for t in traces if t.get("name") == f"{key.capitalize()} foot" and t["yaxis"] == "y")
    expected = results.strides[(results.strides["foot"] == key) & (results.strides["status"] == "analysed")]
    np.testing.assert_allclose(marks["x"], expected["start_s"], atol=1e-4)
    np.testing.assert_allclose(marks["y"], expected["stride_length"], atol=1e-4)


def test_the_typical_path_goes_from_zero_to_the_trimmed_mean_of_the_stride_lengths(tmp_path):
    results, _ = made_up_walk()
    figure = page_of(tmp_path, results).payload["figures"]["path-plot"]
    typical = next(trace for trace in figure["data"] if trace["name"] == "Typical, left foot")
    used = results.strides[(results.strides["foot"] == "left") & (results.strides["status"] == "analysed")]
    assert typical["x"][0] == typical["y"][0] == 0
    assert typical["x"][-1] == pytest.approx(trim_mean(used["stride_length"], 0.2), abs=1e-4)


@pytest.mark.parametrize(("found", "expected"), [(True, {"Toe-off", "Initial contact"}), (False, set())])
def test_events_are_marked_on_the_typical_path_where_they_were_found(tmp_path, found, expected):
    results, _ = made_up_walk()
    if not found:
        results.strides["tc"] = pd.array([pd.NA] * len(results.strides), dtype="Int64")
    figure = page_of(tmp_path, results).payload["figures"]["path-plot"]
    marks = [trace for trace in figure["data"] if trace["mode"] == "markers+text"]
    assert {trace["name"] for trace in marks} == expected
    # Toe-off at 45 of 110 samples of a path that runs forward evenly.
    lengths = results.strides.query("foot == 'left' and status == 'analysed'")["stride_length"]
    assert not found or marks[0]["x"][0] == pytest.approx(45 / 110 * trim_mean(lengths, 0.2), abs=1e-3)


def test_a_stride_without_a_place_to_go_does_no_harm(tmp_path):
    results, _ = made_up_walk(n_strides=3)
    results.trajectory.loc[:, ["pos_x", "pos_y"]] = 0.0
    results.trajectory.loc[5, "pos_z"] = np.nan
    assert "path-plot" in page_of(tmp_path, results).payload["figures"]


class TestSignal:
    def test_long_signals_are_reduced_and_say_so(self):
        results, data = made_up_walk(n_strides=50)
        full = build_signal(data, RATE, results.strides, max_points=10**6)
        small = build_signal(data, RATE, results.strides, max_points=6000)
        assert not full["reduced"]
        assert small["reduced"]
        assert len(json.dumps(small)) < 0.3 * len(json.dumps(full))

    def test_very_many_strides_become_walks(self):
        results, data = made_up_walk(n_strides=2)
        many = pd.concat([results.strides.iloc[:1]] * 12_000, ignore_index=True)
        many["start"] = STRIDE * np.arange(12_000) + 50 * (np.arange(12_000) >= 6000)
        many["end"] = many["start"] + STRIDE
        left = build_signal(data, RATE, many, max_points=1000)["feet"][0]
        assert left["merged"]
        spans = np.frombuffer(base64.b64decode(left["strides"]), dtype="<i4").reshape(-1, 2)
        np.testing.assert_array_equal(spans, [[0, 660_000], [660_050, 1_320_050]])
        assert left["ic"] == ""

    def test_sensors_of_no_foot_are_not_drawn(self):
        results, data = made_up_walk()
        assert build_signal({"chest": data["left_sensor"]}, RATE, results.strides, 1000)["feet"] == []


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "\u2013"), (38.71, "38.7 s"), (125, "2 min 5 s"), (7260, "2 h 1 min")]
)
def test_durations(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(None, 2, "\u2013"), (-0.04, 1, "0.0"), (-1.25, 2, "\u22121.25"), (3.14159, 3, "3.142")],
)
def test_numbers(value, decimals, text):
    assert number(value, decimals) == text


def test_without_the_extra_the_error_says_what_to_install(tmp_path, monkeypatch):
    def missing(package, purpose, extra):
        raise ImportError(f"{purpose} needs {package}: pip install 'gaitmap[{extra}]'")

    monkeypatch.setattr("gaitmap.report._render.require", missing)
    _environment.cache_clear()
    with pytest.raises(ImportError, match=r"Writing a report needs jinja2.*gaitmap\[app\]"):
        write_report(tmp_path / "report.html", made_up_walk()[0])


def test_template_leaves_nothing_unfilled(tmp_path):
    results, data = made_up_walk()
    html = write_report(tmp_path / "report.html", results, data=data).read_text(encoding="utf-8")
    assert not re.search(r"\{\{|\{%", html)


@pytest.mark.parametrize("feet", [("left",), ("left", "right")])
def test_every_figure_has_its_place(tmp_path, feet):
    results, data = made_up_walk(n_strides=12, feet=feet)
    page = page_of(tmp_path, results, data=data)
    assert "variability-plot" in page.payload["figures"]
    assert set(page.payload["figures"]) | {"signal-plot"} == page.places()


def test_many_reports_may_share_the_drawing_library(tmp_path):
    results, data = made_up_walk()
    shared = plotly_file(tmp_path)
    alone = write_report(tmp_path / "alone.html", results, data=data)
    together = write_report(tmp_path / "together.html", results, data=data, plotly_url=shared.name)
    text = together.read_text(encoding="utf-8")
    assert f'<script src="{shared.name}">' in text
    assert "/* plotly */" not in text
    assert "/* plotly */" in alone.read_text(encoding="utf-8")
    assert Page(text).payload == Page(alone.read_text(encoding="utf-8")).payload
    before = shared.stat().st_mtime_ns
    assert plotly_file(tmp_path) == shared
    assert shared.stat().st_mtime_ns == before
    assert shared.stat().st_size > 1e6
