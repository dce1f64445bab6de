"""The cost function of a segmentation by dynamic time warping."""

from collections.abc import Hashable
from typing import Any

import numpy as np

from gaitmap.plot._style import GREY, INK, axes_or_new, tell, tidy
from gaitmap.stride_segmentation import BaseDtw


def plot_cost(segmentation: BaseDtw, sensor: Hashable | None = None, *, ax: Any = None) -> Any:
    """Plot the cost function of a template segmentation, with its threshold and the matches.

    Parameters
    ----------
    segmentation
        A :class:`~gaitmap.stride_segmentation.BarthDtw` (or another of its family) after ``segment``.
    sensor
        The sensor, if several were segmented.
    ax
        Axes to draw on; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes: cost over the time at which a match would end (s). Matches are shaded.

    Raises
    ------
    ValueError
        If the sensor is not among the results, or nothing was segmented yet.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from gaitmap.plot import plot_cost
    >>> ax = plot_cost(BarthDtw().segment(data, sampling_rate_hz=204.8), "left_sensor")  # doctest: +SKIP
    """
    if not hasattr(segmentation, "matches_start_end_"):
        raise ValueError("The segmentation has no results yet. Call its `segment` first.")
    cost = _of_sensor(segmentation.cost_function_, sensor)
    matches = np.asarray(_of_sensor(segmentation.matches_start_end_, sensor)).reshape(-1, 2)
    rate = segmentation.sampling_rate_hz
    ax = axes_or_new(ax, figsize=(9, 3))
    if not len(cost):
        return tell(ax, "No sample to show")
    ax.plot(np.arange(len(cost)) / rate, cost, color=INK, linewidth=0.8)
    for start, end in matches / rate:
        ax.axvspan(start, end, color=GREY, alpha=0.2, linewidth=0)
    if segmentation.max_cost is not None:
        ax.axhline(segmentation.max_cost, color="#CC79A7", linestyle="--", linewidth=1, label="threshold")
        ax.legend(frameon=False, fontsize="small")
    ax.set(xlabel="Time (s)", ylabel="Cost", title=f"{len(matches)} matches")
    ax.margins(x=0)
    return tidy(ax)


def _of_sensor(values: Any, sensor: Hashable | None) -> Any:
    if not isinstance(values, dict):
        return values
    if sensor not in values:
        raise ValueError(f"The 'sensor' parameter of plot_cost must be one of {list(values)}. Got {sensor!r} instead.")
    return values[sensor]
