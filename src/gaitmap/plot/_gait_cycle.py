"""All strides of a foot as one gait cycle: mean and band."""

from typing import Any

import numpy as np

from gaitmap.plot._sources import Result, analysed_strides, signals_of, trajectory_of
from gaitmap.plot._style import FEET, FOOT_COLOURS, axes_or_new, tell, tidy
from gaitmap.utils._checks import check_option

_PATH_CHANNELS = ("pos_x", "pos_y", "pos_z", "vel_x", "vel_y", "vel_z")
_POINTS = 101
#: Fewer strides have no spread worth a band.
_FEWEST = 3


def plot_gait_cycle(
    result: Result,
    channel: str = "gyr_y",
    data: Any = None,
    *,
    sampling_rate_hz: float | None = None,
    ax: Any = None,
) -> Any:
    """Plot mean and standard deviation of a signal over the gait cycle, from mid-stance to mid-stance.

    Parameters
    ----------
    result
        A :class:`~gaitmap.pipelines.GaitPipeline` after its run, or what :func:`~gaitmap.results.read_results` returns.
    channel
        Column of the recording as the sensor was mounted (``"gyr_y"``, ``"acc_x"`` ...), or of the foot paths:
        ``"pos_x" ... "pos_z"`` (m), ``"vel_x" ... "vel_z"`` (m/s).
    data
        The recording; only for its channels, and only where the result is that of a folder.
    sampling_rate_hz
        Sampling rate of ``data`` in Hz; None takes the one of the result.
    ax
        Axes to draw on; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes: 0 to 100 % of the stride, a line (mean) and a band (one standard deviation) per foot.

    Raises
    ------
    ValueError
        If there is no such channel, or the data are not given.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from gaitmap.plot import plot_gait_cycle
    >>> ax = plot_gait_cycle(result, "pos_z")  # doctest: +SKIP
    """
    ax = axes_or_new(ax, figsize=(6, 3.5))
    if channel in _PATH_CHANNELS:
        cycles = _cycles_of_paths(result, channel)
    else:
        cycles = _cycles_of_signals(result, channel, data, sampling_rate_hz)
    share = np.linspace(0, 100, _POINTS)
    for foot, values in cycles.items():
        colour = FOOT_COLOURS[foot]
        mean = np.nanmean(values, axis=0)
        ax.plot(share, mean, color=colour, label=f"{foot} ({len(values)} strides)")
        if len(values) >= _FEWEST:
            sd = np.nanstd(values, axis=0, ddof=1)
            ax.fill_between(share, mean - sd, mean + sd, color=colour, alpha=0.18, linewidth=0)
    if not cycles:
        return tell(ax, "No stride to show")
    ax.set(xlabel="Stride (%), mid-stance to mid-stance", ylabel=channel)
    ax.margins(x=0)
    ax.legend(frameon=False, fontsize="small")
    return tidy(ax)


def _cycle(values: np.ndarray) -> np.ndarray:
    return np.interp(np.linspace(0, len(values) - 1, _POINTS), np.arange(len(values)), values)


def _cycles_of_paths(result: Result, channel: str) -> dict[str, np.ndarray]:
    trajectory = trajectory_of(result)
    if trajectory is None:
        return {}
    cycles = {}
    strides = analysed_strides(result)
    for foot in FEET:
        known = set(strides.loc[strides["foot"] == foot, "s_id"])
        own = trajectory[trajectory["foot"] == foot].groupby("s_id", sort=False)[channel]
        values = [_cycle(path.to_numpy(dtype=float)) for s_id, path in own if s_id in known]
        if values:
            cycles[foot] = np.array(values)
    return cycles


def _cycles_of_signals(
    result: Result, channel: str, data: Any, sampling_rate_hz: float | None
) -> dict[str, np.ndarray]:
    signals, _ = signals_of(result, data, sampling_rate_hz)
    strides = analysed_strides(result)
    cycles = {}
    for foot, frame in signals.items():
        check_option("plot_gait_cycle", "channel", channel, (*map(str, frame.columns), *_PATH_CHANNELS))
        signal = frame[channel].to_numpy(dtype=float)
        own = strides.loc[strides["foot"] == foot, ["start", "end"]].to_numpy(dtype=int)
        values = [_cycle(signal[start:end]) for start, end in own if end - start > 1]
        if values:
            cycles[foot] = np.array(values)
    return cycles
