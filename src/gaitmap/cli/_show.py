"""What is printed at the end of an analysis."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from gaitmap.cli._console import out, plain, say, warn

if TYPE_CHECKING:
    from gaitmap.results import Results

_PARAMETERS = ("stride_time", "stride_length", "gait_velocity")


def show_results(results: "Results", folder: Path, *, more: Sequence[str] = ()) -> None:
    """Print strides and main parameters per foot (mean ± SD), ``more``, what deserves attention, and the report."""
    from gaitmap.base import parameter_term
    from gaitmap.results import describe_findings

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("foot")
    table.add_column("strides", justify="right")
    for name in _PARAMETERS:
        term = parameter_term(name)
        table.add_column(f"{term.label.lower()} [{term.unit}]".replace("[", r"\["), justify="right")
    summary = results.summary
    for foot in ("left", "right"):
        n_strides = summary["strides"][foot]["n_analysed"]
        if n_strides:
            values = [_mean_and_sd(summary["parameters"].get(name, {}).get(foot)) for name in _PARAMETERS]
            table.add_row(foot, str(n_strides), *values)
    if table.row_count:
        out.print(table)
    else:
        say("No strides were found. The report says what the recording holds.")
    for line in more:
        say(line)
    for text in (*describe_findings(summary["quality"]), *_left_out(summary["left_out"]), *summary["warnings"]):
        warn(text)
    say(f"Report: {folder / 'report.html'}")


def _left_out(reasons: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Tell how many strides were left out; all reasons are in the report."""
    from gaitmap.event_detection._reasons import NO_NEXT_STRIDE

    told = []
    for foot, counts in reasons.items():
        # The last stride of each walk is no loss.
        lost = {reason: count for reason, count in counts.items() if reason != NO_NEXT_STRIDE}
        if lost:
            n_strides, reason = sum(lost.values()), max(lost, key=lost.__getitem__)
            strides = "1 stride was" if n_strides == 1 else f"{n_strides} strides were"
            more = "; the report has all reasons" if len(lost) > 1 else ""
            told.append(f"{foot.capitalize()} foot: {strides} left out ({reason}{more}).")
    return told


def _mean_and_sd(entry: dict | None) -> str:
    if not entry or entry["mean"] is None:
        return "-"
    return plain(f"{entry['mean']:.3f} ± {entry['sd']:.3f}") if entry["sd"] is not None else f"{entry['mean']:.3f}"
