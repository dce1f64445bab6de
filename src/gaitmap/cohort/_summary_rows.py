"""The summary of a recording as rows of a table: one per foot, and one for both."""

from collections.abc import Iterator, Mapping
from typing import Any

_FEET = ("left", "right", "both")
_STATISTICS = ("count", "mean", "sd", "median", "cv_percent")
#: Part of ``walking`` in summary.json -> start of the names of its columns.
_WALKING = {"bouts": "walking_", "daily_outcomes": "daily_", "both_feet": "both_feet_"}


def summary_rows(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Lay out summary.json in rows.

    Parameters
    ----------
    summary
        Content of summary.json.

    Returns
    -------
    list of dict
        For each foot that has a sensor or strides, and for "both": ``foot``, ``n_strides`` (used),
        ``n_strides_found``, ``<parameter>_count|mean|sd|median|cv_percent``, and for "both" the numbers of bouts
        (``walking_...``), of the days (``daily_...``) and of the comparison of the feet (``both_feet_...``). Numbers
        that do not exist are missing.
    """
    sensors = [str(sensor).lower() for sensor in summary.get("quality", {})]
    rows = []
    for foot in _FEET:
        counts = summary.get("strides", {}).get(foot, {"used": 0, "found": 0})
        if foot != "both" and not counts["found"] and not any(foot in sensor for sensor in sensors):
            continue
        row: dict[str, Any] = {"foot": foot, "n_strides": counts["used"], "n_strides_found": counts["found"]}
        for name, entry in summary.get("parameters", {}).items():
            for statistic in _STATISTICS:
                row[f"{name}_{statistic}"] = _number(entry.get(foot, {}).get(statistic), whole=statistic == "count")
        for part, prefix in _WALKING.items():
            content = (summary.get("walking") or {}).get(part) or {}
            for name in _leaves(content):
                row[prefix + "_".join(name)] = _number(_at(content, name)) if foot == "both" else None
        rows.append(row)
    return rows


def _leaves(content: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Places of all numbers, and of those that do not exist."""
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*above, name))
        elif value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            yield (*above, name)


def _at(content: Any, place: tuple[str, ...]) -> Any:
    for name in place:
        content = content[name]
    return content


def _number(value: Any, *, whole: bool = False) -> float | int | None:
    return value if value is None or whole else float(value)
