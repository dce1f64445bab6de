"""The report in a real browser: nothing fails, nothing is fetched, every plot is there."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gaitmap.report import write_report
from gaitmap.report._write_report import MAX_BYTES
from tests.report.walks import RATE, made_up_walk

pytestmark = pytest.mark.slow

CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium)")
    pytest.importorskip("plotly", reason="the extra 'app' is not installed")
    with playwright.sync_playwright() as run:
        browser = run.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Opened:
    """A report in the browser, with what it complained about and asked for."""

    def __init__(self, browser, path: Path) -> None:
        self.path = path
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page = browser.new_page(viewport={"width": 1280, "height": 900})
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.goto(path.as_uri())
        # Asked from outside: a wait inside of the page would be stopped by what the page forbids scripts.
        drawn = "document.querySelectorAll('.plot').length === document.querySelectorAll('.js-plotly-plot').length"
        for _ in range(100):
            if self.page.evaluate(drawn):
                break
            self.page.wait_for_timeout(200)
        assert self.page.evaluate(drawn)
        self.settle()

    def settle(self) -> None:
        self.page.wait_for_timeout(300)

    def plots(self) -> list[str]:
        return self.page.eval_on_selector_all(".plot", "plots => plots.map(p => p.id)")

    def n_drawn(self, plot: str, what: str) -> int:
        return self.page.locator(f"#{plot} .main-svg {what}").count()

    def range(self) -> list[float]:
        """Ends of the time axis in s."""
        ends = self.page.evaluate("document.getElementById('signal-plot').layout.xaxis.range")
        time = self.page.evaluate("JSON.parse(document.getElementById('payload').textContent).time")
        if isinstance(ends[0], str):
            ends = [pd.Timestamp(end).timestamp() * 1000 for end in ends]
        return [(end - time["origin"]) / time["per_second"] for end in ends]

    def check_lines(self) -> None:
        """Check that the signal runs from left to right, as plotly understood it."""
        places = self.page.evaluate("document.getElementById('signal-plot').calcdata[0].map(p => p.x)")
        assert (np.diff(places) >= 0).all()

    def check_quiet(self) -> None:
        assert self.complaints == []
        assert [url for url in self.requests if not url.startswith(("data:", "blob:"))] == [self.path.as_uri()]


def open_report(browser, tmp_path, results, data) -> Opened:
    return Opened(browser, write_report(tmp_path / "report.html", results, data=data))


def test_every_plot_is_drawn_without_complaint_and_without_network(browser, tmp_path):
    results, data = made_up_walk()
    report = open_report(browser, tmp_path, results, data)
    assert report.plots() == ["signal-plot", "path-plot", "strides-plot", "variability-plot"]
    for plot in report.plots():
        assert report.n_drawn(plot, ".trace") > 0
    # Both feet: 19 or 20 strides with three events each, and the contact before the first one.
    assert report.n_drawn("signal-plot", ".points path.point") == 2 * (3 * 20 + 1)
    assert report.n_drawn("strides-plot", ".points path.point") == 2 * 40
    report.check_quiet()


@pytest.mark.parametrize("n_strides", [200, 500])
def test_zooming_shows_what_the_overview_hides(browser, tmp_path, n_strides):
    results, data = made_up_walk(n_strides)
    report = open_report(browser, tmp_path, results, data)
    assert report.n_drawn("signal-plot", ".points path.point") == 0
    assert "zoom in to see the events" in report.page.inner_text("#signal-plot")
    report.page.click("button[data-view=walk]")
    report.settle()
    low, high = report.range()
    assert high - low == pytest.approx(8)
    assert report.n_drawn("signal-plot", ".points path.point") > 30
    report.check_lines()
    report.page.click("button[data-view=on]")
    report.settle()
    assert report.range()[0] == pytest.approx(low + 0.8 * 8)
    report.page.locator("#signal-plot").scroll_into_view_if_needed()
    box = report.page.locator("#signal-plot").bounding_box()
    report.page.mouse.move(box["x"] + 300, box["y"] + 200)
    report.page.mouse.down()
    report.page.mouse.move(box["x"] + 500, box["y"] + 200, steps=5)
    report.page.mouse.up()
    report.settle()
    assert report.range()[1] - report.range()[0] < 3
    report.page.select_option("#signal-channel", "acc")
    report.settle()
    assert report.page.evaluate("document.getElementById('signal-plot').data[0].y.length") > 100
    report.page.click("button[data-view=all]")
    report.settle()
    assert report.range()[0] == 0
    report.check_quiet()


def test_peaks_of_the_signal_survive_in_the_overview(browser, tmp_path):
    results, data = made_up_walk(n_strides=200)
    data["left_sensor"].loc[7777, "gyr_y"] = 1900.0
    report = open_report(browser, tmp_path, results, data)
    highest = report.page.evaluate("Math.max(...document.getElementById('signal-plot').data[0].y)")
    assert highest == pytest.approx(1900, abs=0.1)


@pytest.mark.parametrize("case", ["no strides", "one foot", "gaps", "evil text", "one sample"])
def test_odd_recordings(browser, tmp_path, case):
    n_strides = 0 if case in ("no strides", "one sample") else 5
    name = "<script>window.broken = 1</script><b>bold</b>" if case == "evil text" else "walk"
    results, data = made_up_walk(n_strides, feet=("left",) if case == "one foot" else ("left", "right"), name=name)
    if case == "gaps":
        data["left_sensor"].iloc[100:300] = np.nan
        data["right_sensor"].iloc[:] = np.nan
    if case == "one sample":
        data = {sensor: frame.iloc[:1] for sensor, frame in data.items()}
    report = open_report(browser, tmp_path, results, data)
    assert report.n_drawn("signal-plot", ".xaxislayer-above, .xy") > 0
    assert report.page.evaluate("window.broken") is None
    assert report.page.inner_text("h1") == name
    assert report.page.locator("h1 b").count() == 0
    report.check_quiet()


def test_half_an_hour_stays_below_ten_megabytes_and_is_quick_to_zoom(browser, tmp_path):
    results, data = made_up_walk(n_strides=1260)
    long = {sensor: pd.concat([frame] * 3, ignore_index=True).iloc[: 30 * 60 * 205] for sensor, frame in data.items()}
    report = Opened(browser, write_report(tmp_path / "report.html", results, data=long, sampling_rate_hz=RATE))
    assert report.path.stat().st_size <= MAX_BYTES
    assert report.page.evaluate("document.getElementById('signal-plot').data[0].x.length") < 5000
    report.check_quiet()


def test_the_plots_are_drawn_with_a_library_beside_the_reports(browser, tmp_path):
    from gaitmap.report import plotly_file, write_report

    results, data = made_up_walk()
    folder = tmp_path / "recordings" / "walk"
    folder.mkdir(parents=True)
    path = write_report(folder / "report.html", results, data=data, plotly_url=f"../../{plotly_file(tmp_path).name}")
    assert path.stat().st_size < 1e6
    opened = Opened(browser, path)
    assert "signal-plot" in opened.plots()
    assert opened.complaints == []
