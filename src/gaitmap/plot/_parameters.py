"""Parameters over the strides, and left against right."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from gaitmap.base import parameter_term
from gaitmap.plot._sources import Result, analysed_strides
from gaitmap.plot._style import FEET, FOOT_COLOURS, GREY, axes_or_new, tell, tidy
from gaitmap.utils._checks import check_option

#: So many strides on both sides make the running median of a stride.
_HALF_WINDOW = 5
_USUAL = ("stride_time", "stance_time", "swing_time", "stride_length", "gait_velocity", "max_sensor_lift")


def plot_parameter(result: Result | pd.DataFrame, parameter: str = "stride_length", *, ax: Any = None) -> Any:
    """Plot a parameter of each stride over time, with its running median.

    Parameters
    ----------
    result
        A :class:`~gaitmap.pipelines.GaitPipeline` after its run, what :func:`~gaitmap.results.read_results` returns, or
        a table of strides.
    parameter
        Column of the strides, for example ``"stride_length"`` or ``"gait_velocity"``.
    ax
        Axes to draw on; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.

    Raises
    ------
    ValueError
        If there is no such column.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from gaitmap.plot import plot_parameter
    >>> ax = plot_parameter(result, "gait_velocity")  # doctest: +SKIP
    """
    strides = analysed_strides(result)
    check_option("plot_parameter", "parameter", parameter, _numeric(strides))
    ax = axes_or_new(ax, figsize=(8, 3))
    if not strides[parameter].notna().any():
        return tell(ax, f"No stride has a {parameter}")
    for foot in FEET:
        own = strides[strides["foot"] == foot].dropna(subset=[parameter])
        if len(own):
            middle = (own["start_s"] + own["end_s"]) / 2
            ax.plot(middle, own[parameter], "o", color=FOOT_COLOURS[foot], markersize=3.5, alpha=0.6, label=foot)
            smooth = own[parameter].astype(float).rolling(2 * _HALF_WINDOW + 1, center=True, min_periods=1).median()
            ax.plot(middle, smooth, color=FOOT_COLOURS[foot], linewidth=1.2)
    ax.set(xlabel="Time (s)", ylabel=_axis_label(parameter))
    ax.legend(frameon=False, fontsize="small")
    return tidy(ax)


def plot_left_right(result: Result | pd.DataFrame, parameters: Sequence[str] | None = None, *, ax: Any = None) -> Any:
    """Compare the feet: mean and standard deviation of each parameter as a share of the mean of both feet.

    Parameters
    ----------
    result
        A :class:`~gaitmap.pipelines.GaitPipeline` after its run, what :func:`~gaitmap.results.read_results` returns, or
        a table of strides.
    parameters
        Columns of the strides; None takes the usual ones that are there.
    ax
        Axes to draw on; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes: one row per parameter, 100 % is the mean of both feet.

    Raises
    ------
    ValueError
        If there is no such column.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from gaitmap.plot import plot_left_right
    >>> ax = plot_left_right(result, ["stride_time", "stance_time"])  # doctest: +SKIP
    """
    strides = analysed_strides(result)
    known = _numeric(strides)
    for name in parameters or ():
        check_option("plot_left_right", "parameters", name, known)
    names = list(parameters) if parameters is not None else [name for name in _USUAL if name in known]
    ax = axes_or_new(ax, figsize=(7, 0.6 + 0.45 * max(1, len(names))))
    means = strides.groupby("foot")[names].mean()
    both = means.mean()
    sd = strides.groupby("foot")[names].std()
    for k, name in enumerate(names):
        for offset, foot in zip((-0.12, 0.12), FEET, strict=True):
            if foot in means.index and np.isfinite(both[name]) and both[name] != 0:
                centre, spread = means.loc[foot, name] / both[name], sd.loc[foot, name] / abs(both[name])
                ax.errorbar(
                    100 * centre,
                    k + offset,
                    xerr=None if np.isnan(spread) else 100 * spread,
                    fmt="o",
                    color=FOOT_COLOURS[foot],
                    markersize=5,
                    linewidth=1.2,
                    label=foot if k == 0 else None,
                )
    ax.axvline(100, color=GREY, linewidth=0.8)
    ax.set_yticks(range(len(names)), [_short_label(name) for name in names])
    ax.set(xlabel="Share of the mean of both feet (%), with SD", ylim=(len(names) - 0.5, -0.5))
    ax.legend(frameon=False, fontsize="small")
    return tidy(ax)


def _numeric(strides: pd.DataFrame) -> tuple[str, ...]:
    return tuple(str(name) for name in strides.select_dtypes("number"))


def _axis_label(parameter: str) -> str:
    term = parameter_term(parameter)
    return f"{term.label} ({term.unit})" if term.unit else term.label


def _short_label(parameter: str) -> str:
    return parameter_term(parameter).label
