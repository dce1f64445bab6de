"""The walking bouts of a recording or of its days."""

from typing import Any

import numpy as np
import pandas as pd

from gaitmap.plot._sources import Result, table_of
from gaitmap.plot._style import INK, axes_or_new, tell, tidy

_DAY_S = 86_400.0


def plot_bouts(result: Result | pd.DataFrame, *, ax: Any = None) -> Any:
    """Plot when somebody walked: one row per day where the clock time is known, else one row for the recording.

    Parameters
    ----------
    result
        A :class:`~gaitmap.pipelines.GaitPipeline` after its run, what :func:`~gaitmap.results.read_results` returns, or
        a table of bouts.
    ax
        Axes to draw on; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes: a bar per walking bout, hours of the day (or s of the recording) along the horizontal axis. Bouts
        that cross midnight are drawn on both days.

    Raises
    ------
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from gaitmap.plot import plot_bouts
    >>> ax = plot_bouts(result)  # doctest: +SKIP
    """
    bouts = table_of(result, "bouts")
    ax = axes_or_new(ax, figsize=(9, 2.5))
    if bouts is None or not len(bouts):
        return tell(ax, "No walking bout")
    if "start_time" in bouts and bouts["start_time"].notna().all():
        return _by_day(ax, bouts)
    ax.broken_barh([(row.start_s, row.end_s - row.start_s) for row in bouts.itertuples()], (-0.4, 0.8), color=INK)
    number = "1 walking bout" if len(bouts) == 1 else f"{len(bouts)} walking bouts"
    ax.set(xlabel="Time (s)", yticks=[], ylim=(-1, 1), title=number)
    return tidy(ax)


def _parts_of_days(start: float, end: float) -> list[tuple[float, float]]:
    """Cut a time range (s from midnight of its first day) at the midnights."""
    midnights = np.arange(0, end, _DAY_S)
    return [(max(start - midnight, 0.0), min(end - midnight, _DAY_S)) for midnight in midnights]


def _by_day(ax: Any, bouts: pd.DataFrame) -> Any:
    starts = pd.to_datetime(bouts["start_time"])
    duration = (bouts["end_s"] - bouts["start_s"]).to_numpy(dtype=float)
    days = starts.dt.normalize().dt.tz_localize(None) if starts.dt.tz is not None else starts.dt.normalize()
    wall = starts.dt.tz_localize(None) if starts.dt.tz is not None else starts
    begin = (wall - days).dt.total_seconds().to_numpy()
    first = days.min()
    number = ((days - first) / pd.Timedelta(days=1)).round().to_numpy(dtype=int)
    last = 0
    for row, start, length in zip(number, begin, duration, strict=True):
        for day, (since, until) in enumerate(_parts_of_days(start, start + length)):
            ax.broken_barh([(since / 3600, max((until - since) / 3600, 0.01))], (row + day - 0.4, 0.8), color=INK)
            last = max(last, row + day)
    rows = np.arange(last + 1)
    ax.set_yticks(rows, [(first + pd.Timedelta(days=int(k))).strftime("%a %d %b") for k in rows])
    ax.set(xlabel="Hour of the day", xlim=(0, 24), xticks=range(0, 25, 3), ylim=(last + 0.6, -0.6))
    return tidy(ax)
