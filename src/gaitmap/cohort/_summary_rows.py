"""The summary of a recording as rows of a table: one per foot, and one for both."""

from collections.abc import Iterator, Mapping
from typing import Any

from gaitmap.base import parameter_term

_FEET = ("left", "right", "both")
_STATISTICS = ("n", "mean", "sd", "cv", "median")
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
        For each foot that has a sensor or strides, and for "both": ``foot``, ``n_strides_found``,
        ``n_strides_analysed``, ``n_strides_in_bouts``, ``<parameter>_n|mean|sd|cv|median`` (no ``cv`` of parameters
        without a natural zero), and for "both" the numbers of bouts (``walking_...``), of the days (``daily_...``) and
        of the comparison of the feet (``both_feet_...``). Numbers that do not exist are missing. Where only one foot
        has analysed strides, the parameters of "both" are missing, too: they would be those of that foot.
    """
    sensors = [str(sensor).lower() for sensor in summary.get("quality", {})]
    strides = summary.get("strides", {})
    has_both = len(feet_with_strides(summary)) == 2
    rows = []
    for foot in _FEET:
        counts = strides.get(foot, {})
        n_found = counts.get("n_found", 0)
        if foot != "both" and not n_found and not any(foot in sensor for sensor in sensors):
            continue
        row: dict[str, Any] = {"foot": foot, "n_strides_found": n_found}
        row |= {f"n_strides_{name}": counts.get(f"n_{name}", 0) for name in ("analysed", "in_bouts")}
        for name, entry in summary.get("parameters", {}).items():
            values = entry.get(foot, {}) if foot != "both" or has_both else {}
            for statistic in _STATISTICS:
                if statistic == "cv" and not parameter_term(name).has_natural_zero:
                    continue
                is_count = statistic == "n"
                row[f"{name}_{statistic}"] = _number(values.get(statistic, 0 if is_count else None), whole=is_count)
        for part, prefix in _WALKING.items():
            content = (summary.get("walking") or {}).get(part) or {}
            for name in _leaves(content):
                row[prefix + "_".join(name)] = _number(_at(content, name)) if foot == "both" else None
        rows.append(row)
    return rows


def feet_with_strides(summary: Mapping[str, Any]) -> list[str]:
    """Feet that have analysed strides."""
    strides = summary.get("strides", {})
    return [foot for foot in ("left", "right") if strides.get(foot, {}).get("n_analysed")]


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
