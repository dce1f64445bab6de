"""Plots of recordings and results: one line in a notebook, each returns the axes."""

from gaitmap.plot._bland_altman import plot_bland_altman
from gaitmap.plot._bouts import plot_bouts
from gaitmap.plot._cost import plot_cost
from gaitmap.plot._gait_cycle import plot_gait_cycle
from gaitmap.plot._parameters import plot_left_right, plot_parameter
from gaitmap.plot._path import plot_path
from gaitmap.plot._signal import plot_signal

__all__ = [
    "plot_bland_altman",
    "plot_bouts",
    "plot_cost",
    "plot_gait_cycle",
    "plot_left_right",
    "plot_parameter",
    "plot_path",
    "plot_signal",
]
