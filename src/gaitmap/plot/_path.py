"""The path of the foot, from the side and from above."""

from typing import Any, Literal

import numpy as np
import pandas as pd

from gaitmap.plot._sources import Result, analysed_strides, trajectory_of
from gaitmap.plot._style import FEET, FOOT_COLOURS, axes_or_new, tell, tidy
from gaitmap.utils._checks import check_option

#: So many paths show how much they vary; more hide each other.
_MOST_PATHS = 40


def plot_path(
    result: Result, *, view: Literal["side", "above"] = "side", foot: str | None = None, ax: Any = None
) -> Any:
    """Plot the path of the foot in each stride, all strides laid over each other.

    Each path begins at the origin and is turned so that the stride leads along the horizontal axis.

    Parameters
    ----------
    result
        A :class:`~gaitmap.pipelines.GaitPipeline` after its run, or what :func:`~gaitmap.results.read_results` returns.
    view
        ``"side"``: height over the way forward. ``"above"``: way to the left over the way forward.
    foot
        ``"left"`` or ``"right"``; None draws both.
    ax
        Axes to draw on; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, in m.

    Raises
    ------
    ValueError
        If view or foot is none of those named.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from gaitmap.plot import plot_path
    >>> ax = plot_path(result, view="above")  # doctest: +SKIP
    """
    check_option("plot_path", "view", view, ("side", "above"))
    check_option("plot_path", "foot", foot, (None, *FEET))
    ax = axes_or_new(ax, figsize=(7, 3))
    trajectory = trajectory_of(result)
    if trajectory is None or not len(trajectory):
        return tell(ax, "No foot paths were kept")
    known = pd.MultiIndex.from_frame(analysed_strides(result)[["foot", "s_id"]])
    for name in FEET if foot is None else (foot,):
        paths = [
            path
            for key, path in trajectory[trajectory["foot"] == name].groupby("s_id", sort=False)
            if (name, key) in known
        ]
        every = max(1, len(paths) // _MOST_PATHS)
        for k, path in enumerate(paths[::every]):
            forward, left, up = _turned(path)
            label = f"{name} ({len(paths)} strides)" if k == 0 else None
            height = up if view == "side" else left
            ax.plot(forward, height, color=FOOT_COLOURS[name], alpha=0.35, linewidth=0.9, label=label)
    ax.set(xlabel="Forward (m)", ylabel="Height (m)" if view == "side" else "To the left (m)")
    if view == "above":
        ax.set_aspect("equal", adjustable="datalim")
    ax.legend(frameon=False, fontsize="small")
    return tidy(ax)


def _turned(path: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions from the origin on, the line from start to end along the first axis."""
    position = path[["pos_x", "pos_y", "pos_z"]].to_numpy(dtype=float)
    position = position - position[0]
    way = position[-1, :2]
    length = np.hypot(*way)
    cosine, sine = (way / length) if length > 0 else (1.0, 0.0)
    x, y = position[:, 0], position[:, 1]
    return cosine * x + sine * y, cosine * y - sine * x, position[:, 2]
