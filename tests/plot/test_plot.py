"""What the plots show, read back from their axes."""

import numpy as np
import pandas as pd
import pytest

from gaitmap.pipelines import GaitPipeline
from gaitmap.simulation import simulate_walk
from gaitmap.stride_segmentation import BarthDtw, OpenStrideTemplate
from gaitmap.utils.coordinate_conversion import convert_to_fbf
from gaitmap.utils.exceptions import ValidationError

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")

from gaitmap.plot import (  # noqa: E402
    plot_bland_altman,
    plot_bouts,
    plot_cost,
    plot_gait_cycle,
    plot_left_right,
    plot_parameter,
    plot_path,
    plot_signal,
)
from gaitmap.plot._bouts import _parts_of_days  # noqa: E402
from gaitmap.plot._path import _turned  # noqa: E402

MIDNIGHT = pd.Timestamp("2026-03-01 00:00", tz="Europe/Berlin")


@pytest.fixture(scope="module")
def walk():
    return simulate_walk(duration_s=25, seed=3)


@pytest.fixture(scope="module")
def result(walk):
    return GaitPipeline.like_2_6(segmentation=BarthDtw(OpenStrideTemplate())).analyze(walk.data, walk.sampling_rate_hz)


@pytest.fixture(autouse=True)
def _close():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def _points(ax, label):
    return next(line.get_xydata() for line in ax.lines if line.get_label() == label)


def test_events_lie_on_the_signal(result):
    ax = plot_signal(result, foot="right")
    signal = ax.lines[0].get_xydata()
    strides = result.strides_[(result.strides_["foot"] == "right")]
    for event, label in (("ic", "initial contact"), ("tc", "toe-off")):
        points = _points(ax, label)
        assert len(points) == strides[event].notna().sum()
        np.testing.assert_allclose(points[:, 1], np.interp(points[:, 0], *signal.T))
    assert ax.get_ylabel() == "Angular rate (deg/s)"


def test_a_part_of_the_signal_has_its_own_strides_only(result):
    ax = plot_signal(result, channels=("gyr_y",), start_s=8, end_s=12)
    x = ax.lines[0].get_xdata()
    assert (x.min(), x.max()) == pytest.approx((8, 12), abs=0.02)
    assert np.all((_points(ax, "mid-stance")[:, 0] > 7.9) & (_points(ax, "mid-stance")[:, 0] < 12.1))


def test_long_signals_keep_their_extrema(result, walk):
    data = {foot: pd.concat([frame] * 12, ignore_index=True) for foot, frame in walk.data.items()}
    ax = plot_signal(result, data)
    norm = np.linalg.norm(next(iter(data.values()))[["gyr_x", "gyr_y", "gyr_z"]], axis=1)
    y = ax.lines[0].get_ydata()
    assert len(y) < 22_000
    assert y.max() == pytest.approx(norm.max())


def test_paths_lead_forward(result):
    strides = result.strides_[result.strides_["status"] == "analysed"]
    ax = plot_path(result, foot="left")
    ends = np.array([line.get_xdata()[-1] for line in ax.lines])
    assert ends.mean() == pytest.approx(strides.loc[strides["foot"] == "left", "stride_length"].mean(), abs=0.05)
    for line in plot_path(result, view="above").lines:
        assert line.get_xydata()[0] == pytest.approx(0)
        assert abs(line.get_ydata()[-1]) < 1e-9


def test_a_path_without_way_is_not_turned():
    path = pd.DataFrame({"pos_x": [1.0, 1, 1], "pos_y": [2.0, 2, 2], "pos_z": [0.0, 1, 0]})
    forward, left, up = _turned(path)
    np.testing.assert_array_equal([forward, left, up], [[0, 0, 0], [0, 0, 0], [0, 1, 0]])


def test_parameters_are_those_of_the_table(result):
    ax = plot_parameter(result, "stride_length")
    for foot in ("left", "right"):
        own = result.strides_[(result.strides_["foot"] == foot) & result.strides_["stride_length"].notna()]
        np.testing.assert_allclose(_points(ax, foot)[:, 1], own["stride_length"])
    assert ax.get_ylabel() == "Stride length (m)"


def test_left_and_right_are_shares_of_both(result):
    ax = plot_left_right(result, ["stride_time", "stride_length"])
    centres = np.array([container.lines[0].get_xdata()[0] for container in ax.containers]).reshape(2, 2)
    np.testing.assert_allclose(centres.mean(axis=1), 100)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Stride time", "Stride length"]


@pytest.mark.parametrize("channel", ["gyr_y", "acc_z", "pos_z", "vel_x"])
def test_gait_cycles_are_means_of_all_strides(result, channel):
    ax = plot_gait_cycle(result, channel)
    assert len(ax.lines) == len(ax.collections) == 2
    for line in ax.lines:
        assert len(line.get_ydata()) == 101
        assert np.isfinite(line.get_ydata()).all()


def test_the_cost_function_and_its_matches(walk):
    body = convert_to_fbf(walk.data, left_like="left", right_like="right")
    segmentation = BarthDtw(OpenStrideTemplate()).segment(body, sampling_rate_hz=walk.sampling_rate_hz)
    sensor = next(iter(body))
    ax = plot_cost(segmentation, sensor)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), segmentation.cost_function_[sensor])
    assert ax.get_title() == f"{len(segmentation.matches_start_end_[sensor])} matches"
    with pytest.raises(ValueError, match="'sensor' parameter"):
        plot_cost(segmentation, "nose")


def test_bouts_without_and_with_a_clock():
    bouts = pd.DataFrame({"start_s": [0.0, 86_000.0], "end_s": [50.0, 87_000.0]})
    assert len(plot_bouts(bouts).collections) == 1
    bouts["start_time"] = MIDNIGHT + pd.to_timedelta(bouts["start_s"], unit="s")
    ax = plot_bouts(bouts)
    assert len(ax.collections) == 3  # the second one crosses midnight
    assert len(ax.get_yticklabels()) == 2


def test_ranges_are_cut_at_midnight():
    assert _parts_of_days(86_000, 87_000) == [(86_000, 86_400), (0, 600)]
    assert _parts_of_days(10, 20) == [(10, 20)]


def test_bland_altman_shows_bias_and_limits():
    difference = np.array([0.1, -0.1, 0.3, 0.1, np.nan])
    reference = np.array([1.0, 1.1, 1.2, 1.3, 1.4])
    ax = plot_bland_altman(reference + difference, reference, unit="m")
    lines = sorted(line.get_ydata()[0] for line in ax.lines)
    sd = np.nanstd(difference, ddof=1)
    np.testing.assert_allclose(lines, [0.1 - 1.96 * sd, 0.1, 0.1 + 1.96 * sd])
    assert "n 4" in ax.get_title()
    with pytest.raises(ValidationError, match="not paired"):
        plot_bland_altman([1.0], [1.0, 2.0])


def test_what_is_missing_is_said(result):
    with pytest.raises(ValueError, match="no results yet"):
        plot_signal(GaitPipeline.like_2_6())
    with pytest.raises(ValueError, match="'parameter' parameter"):
        plot_parameter(result, "no_such_parameter")
    with pytest.raises(ValueError, match="'foot' parameter"):
        plot_signal(result, foot="nose")
    empty = result.strides_.iloc[:0]
    assert "No stride" in plot_parameter(empty, "stride_length").texts[0].get_text()
    assert "No walking bout" in plot_bouts(pd.DataFrame({"start_s": [], "end_s": []})).texts[0].get_text()


def test_axes_of_the_user_are_drawn_on(result):
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    assert plot_parameter(result, ax=ax) is ax
