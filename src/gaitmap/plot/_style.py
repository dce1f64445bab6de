"""Colours and shapes that all plots share with the report."""

from typing import Any

from gaitmap.utils._imports import require

#: Blue and vermillion of Okabe and Ito: told apart with every kind of colour vision.
FOOT_COLOURS = {"left": "#0072B2", "right": "#D55E00"}
FEET = ("left", "right")
#: Event -> (marker, name).
EVENTS = {
    "ic": ("v", "initial contact"),
    "tc": ("^", "toe-off"),
    "min_vel": ("o", "mid-stance"),
}
GREY = "#9aa3ad"
INK = "#1f2933"


def axes_or_new(ax: Any, **size: Any) -> Any:
    """Give the axes that were handed over, or those of a new figure."""
    if ax is not None:
        return ax
    pyplot = require("matplotlib.pyplot", "Plots", extra="plot")
    _, ax = pyplot.subplots(layout="constrained", **size)
    return ax


def tidy(ax: Any) -> Any:
    """Take away the lines that carry no information."""
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def tell(ax: Any, text: str) -> Any:
    """Say in the middle of the axes why there is nothing to see."""
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color=GREY, wrap=True)
    return ax
