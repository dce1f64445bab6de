"""The signal of a foot with its strides and events."""

from typing import Any

import numpy as np
import pandas as pd

from gaitmap.plot._sources import Result, in_range, signals_of, table_of
from gaitmap.plot._style import EVENTS, FOOT_COLOURS, GREY, INK, axes_or_new, tidy
from gaitmap.utils._checks import check_option

#: More points than a screen has do not show.
_MOST_POINTS = 20_000
_UNITS = {"acc": "m/s²", "gyr": "deg/s", "mag": "uT"}


def plot_signal(
    result: Result,
    data: Any = None,
    *,
    sampling_rate_hz: float | None = None,
    foot: str = "left",
    channels: tuple[str, ...] | None = None,
    start_s: float | None = None,
    end_s: float | None = None,
    ax: Any = None,
) -> Any:
    """Plot the signal of one foot with its strides and events.

    Needs nothing of the sensor's axes: by default, the norm of the angular rate is drawn.

    Parameters
    ----------
    result
        A :class:`~gaitmap.pipelines.GaitPipeline` after its run, or what :func:`~gaitmap.results.read_results` returns.
    data
        The recording (dict of sensor-frame DataFrames or two-level DataFrame, m/s^2 and deg/s). A pipeline knows its
        own; for results of a folder it must be given.
    sampling_rate_hz
        Sampling rate of ``data`` in Hz; None takes the one of the result.
    foot
        ``"left"`` or ``"right"``.
    channels
        Columns of the data to draw, for example ``("gyr_y",)``; None draws the norm of the angular rate.
    start_s, end_s
        Part of the recording to draw, in s; None: from its start, to its end.
    ax
        Axes to draw on; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes. Strides that were analysed are shaded in the colour of the foot, others in grey with their status.

    Raises
    ------
    ValueError
        If the foot or a channel is not in the data, or the data are not given.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from gaitmap.plot import plot_signal
    >>> ax = plot_signal(result, foot="right", start_s=5, end_s=15)  # doctest: +SKIP
    """
    signals, rate = signals_of(result, data, sampling_rate_hz)
    check_option("plot_signal", "foot", foot, tuple(signals))
    frame = signals[foot]
    for channel in channels or ():
        check_option("plot_signal", "channels", channel, tuple(map(str, frame.columns)))
    ax = axes_or_new(ax, figsize=(9, 3))
    first = max(0, int(np.floor((start_s or 0) * rate)))
    last = len(frame) if end_s is None else min(len(frame), int(np.ceil(end_s * rate)))
    part = frame.iloc[first:last]
    drawn = _drawn(part, channels)
    for k, (name, values) in enumerate(drawn.items()):
        seconds, heights = _reduced(values, first, rate)
        colour = INK if len(drawn) == 1 else f"C{k}"
        ax.plot(seconds, heights, color=colour, linewidth=0.8, label=name)
    main = next(iter(drawn.values()))
    strides = table_of(result, "strides")
    assert strides is not None
    _draw_strides(ax, in_range(strides[strides["foot"] == foot], start_s, end_s), main, first, rate)
    ax.set(xlabel="Time (s)", ylabel=_label(list(drawn)), title=f"{foot.capitalize()} foot")
    ax.margins(x=0)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False, fontsize="small")
    return tidy(ax)


def _drawn(frame: pd.DataFrame, channels: tuple[str, ...] | None) -> dict[str, np.ndarray]:
    if channels:
        return {channel: frame[channel].to_numpy(dtype=float) for channel in channels}
    gyr = frame[[column for column in frame if str(column).startswith("gyr")]].to_numpy(dtype=float)
    return {"angular rate": np.sqrt((gyr**2).sum(axis=1))}


def _label(names: list[str]) -> str:
    kinds = {name.partition("_")[0] for name in names}
    unit = "deg/s" if names == ["angular rate"] else _UNITS.get(kinds.pop(), "") if len(kinds) == 1 else ""
    name = names[0].capitalize() if len(names) == 1 else "Signal"
    return f"{name} ({unit})" if unit else name


def _reduced(values: np.ndarray, first: int, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Give times and values; of long signals, minimum and maximum of each short piece."""
    step = len(values) // (_MOST_POINTS // 2)
    if step < 2:
        return (first + np.arange(len(values))) / rate, values
    pieces = np.pad(values, (0, -len(values) % step), mode="edge").reshape(-1, step)
    with np.errstate(all="ignore"):
        heights = np.column_stack([np.fmin.reduce(pieces, axis=1), np.fmax.reduce(pieces, axis=1)]).ravel()
    return (first + np.repeat(np.arange(len(pieces)), 2) * step) / rate, heights


def _draw_strides(ax: Any, strides: pd.DataFrame, values: np.ndarray, first: int, rate: float) -> None:
    for _, stride in strides.iterrows():
        is_analysed = stride["status"] == "analysed"
        colour = FOOT_COLOURS[stride["foot"]] if is_analysed else GREY
        ax.axvspan(stride["start_s"], stride["end_s"], color=colour, alpha=0.08, linewidth=0)
        ax.axvline(stride["start_s"], color=colour, alpha=0.5, linewidth=0.6)
        if not is_analysed:
            ax.annotate(
                stride["status"],
                ((stride["start_s"] + stride["end_s"]) / 2, 0.98),
                xycoords=("data", "axes fraction"),
                ha="center",
                va="top",
                rotation=90,
                fontsize="x-small",
                color=GREY,
            )
    for event, (marker, name) in EVENTS.items():
        samples = strides[event].dropna().to_numpy(dtype=float) if event in strides else np.empty(0)
        at = samples.astype(int) - first
        at = at[(at >= 0) & (at < len(values))]
        if len(at):
            foot = strides["foot"].iloc[0]
            ax.plot((at + first) / rate, values[at], marker, color=FOOT_COLOURS[foot], markersize=5, label=name)
