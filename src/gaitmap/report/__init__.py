"""The report of a recording as one HTML file."""

from gaitmap.report._signal import SignalOverview
from gaitmap.report._write_report import write_report

__all__ = ["SignalOverview", "write_report"]
