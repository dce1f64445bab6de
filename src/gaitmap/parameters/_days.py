"""Days of a recording, and the outcomes of daily life per day."""

import numpy as np
import pandas as pd

from gaitmap.base._table_terms import DAILY_OUTCOMES

_DAY_S = 86_400.0


def day_borders(start_time: pd.Timestamp | None, duration_s: float) -> tuple[np.ndarray, list[str]]:
    """Return the borders of the days in s from the first sample (one more than days), and the names of the days.

    Calendar days in the time zone of the start time, which have 23 or 25 hours where the clock changes; without a start
    time blocks of 24 h, which have no name. The first border may be before the first sample.
    """
    if start_time is None:
        n_days = max(int(np.ceil(duration_s / _DAY_S)), 1)
        return _DAY_S * np.arange(n_days + 1), [""] * n_days
    start = pd.Timestamp(start_time)
    last = start + pd.Timedelta(duration_s, unit="s")
    # Midnight by the clock on the wall; where the clock change skips it, the first moment of the day.
    first_date, last_date = (time.tz_localize(None).normalize() for time in (start, last))
    midnights = pd.date_range(first_date, last_date + pd.Timedelta(days=1), freq="D")
    dates = [f"{midnight:%Y-%m-%d}" for midnight in midnights[:-1]]
    if start.tz is not None:
        ambiguous = np.ones(len(midnights), dtype=bool)
        midnights = midnights.tz_localize(start.tz, nonexistent="shift_forward", ambiguous=ambiguous)
    borders = np.asarray((midnights - start) / pd.Timedelta(1, unit="s"), dtype=float)
    if len(borders) > 2 and borders[-2] >= duration_s > 0:  # a recording that ends at midnight
        borders, dates = borders[:-1], dates[:-1]
    return borders, dates


def recorded_hours(borders: np.ndarray, duration_s: float) -> np.ndarray:
    """Hours of the recording in each day."""
    return np.diff(np.clip(borders, 0, duration_s)) / 3600


#: The release of mobgap whose names, units and definitions the daily outcomes have.
MOBGAP_RELEASE = "1.2.0"
# Value of a bout, as mobgap calls it -> column of the table of bouts.
_VALUES = {
    "duration_s": "duration_s",
    "cadence_spm": "cadence",
    "stride_duration_s": "mean_stride_time",
    "stride_length_m": "mean_stride_length",
    "walking_speed_mps": "gait_speed",
}


def daily_outcomes(bouts: pd.DataFrame) -> dict[str, float]:
    """Summarise the bouts of one day, with the names of mobgap 1.2.0 (Mobilise-D).

    Parameters
    ----------
    bouts
        Bouts with ``duration_s``, ``n_steps``, ``n_turns``, ``cadence``, ``gait_speed``, ``mean_stride_time`` and
        ``mean_stride_length``.

    Returns
    -------
    dict
        ``wb_all__count`` and so on: number of bouts, of those longer than 10, 30, 60 s, of 10 to 30 s;
        ``total_walking_duration_min``, ``wb_all__n_raw_initial_contacts__sum`` (steps), ``wb_all__n_turns__sum``; then
        ``{bouts}__{value}__{statistic}``: ``avg`` is the mean (of ``duration_s`` the median), ``p90`` the 90th
        percentile, ``var`` SD divided by mean, without unit. The 10th, 50th and 90th percentile over all bouts are
        there for each value, which mobgap has of the duration alone.
    """
    duration = bouts["duration_s"]
    some = {
        "wb_all": bouts,
        **{f"wb_{limit}": bouts[duration > limit] for limit in (10, 30, 60)},
        "wb_10_30": bouts[(duration > 10) & (duration <= 30)],
    }
    sums = {
        "total_walking_duration_min": float(duration.sum() / 60),
        "wb_all__n_raw_initial_contacts__sum": float(bouts["n_steps"].sum()),
        "wb_all__n_turns__sum": float(bouts["n_turns"].sum()),
        **{f"{name}__count": float(len(part)) for name, part in some.items()},
    }
    outcomes = {}
    for outcome in DAILY_OUTCOMES:
        if outcome in sums:
            outcomes[outcome] = sums[outcome]
        else:
            name, value, statistic = outcome.split("__")
            outcomes[outcome] = _statistic(some[name][_VALUES[value]], statistic)
    return outcomes


def _statistic(values: pd.Series, name: str) -> float:
    if not values.notna().any():
        return np.nan
    if name == "avg":
        return float(values.median() if values.name == "duration_s" else values.mean())
    if name == "var":
        return float(values.std() / values.mean())
    return float(values.quantile(int(name[1:]) / 100))
