"""The report of a recording, and of a cohort, as one HTML file."""

from gaitmap.report._plotly import plotly_file
from gaitmap.report._signal import SignalOverview
from gaitmap.report._write_cohort_report import write_cohort_report
from gaitmap.report._write_report import write_report

__all__ = ["SignalOverview", "plotly_file", "write_cohort_report", "write_report"]
