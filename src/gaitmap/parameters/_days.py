"""Days of a recording, and the outcomes of daily life per day."""

import numpy as np
import pandas as pd

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


def daily_outcomes(bouts: pd.DataFrame) -> dict[str, float]:
    """Summarise the bouts of one day (spec of the names: Mobilise-D)."""
    duration = bouts["duration_s"]
    longer = {0: bouts, **{limit: bouts[duration > limit] for limit in (10, 30, 60)}}
    medium = bouts[(duration > 10) & (duration <= 30)]
    speed, cadence, time, length = "gait_speed", "cadence", "mean_stride_time", "mean_stride_length"
    return {
        **{f"wb_{limit or 'all'}_sum": float(len(part)) for limit, part in longer.items()},
        "walkdur_all_sum": float(duration.sum() / 3600),
        "steps_all_sum": float(bouts["n_steps"].sum()),
        "turns_all_sum": float(bouts["n_turns"].sum()),
        "wbdur_all_avg": duration.median(),
        "wbdur_all_max": _p90(duration),
        "wbdur_all_var": _variation(duration),
        "cadence_all_avg": bouts[cadence].mean(),
        "cadence_30_avg": longer[30][cadence].mean(),
        "cadence_30_max": _p90(longer[30][cadence]),
        "cadence_all_var": _variation(bouts[cadence]),
        "strdur_all_avg": bouts[time].mean(),
        "strdur_30_avg": longer[30][time].mean(),
        "strdur_all_var": _variation(bouts[time]),
        "ws_1030_avg": medium[speed].mean(),
        "ws_30_avg": longer[30][speed].mean(),
        "ws_10_max": _p90(longer[10][speed]),
        "ws_30_max": _p90(longer[30][speed]),
        "ws_30_var": _variation(longer[30][speed]),
        "strlen_1030_avg": 100 * medium[length].mean(),
        "strlen_30_avg": 100 * longer[30][length].mean(),
        "strlen_30_var": _variation(longer[30][length]),
        **{
            f"{name}_wb_p{share}": bouts[column].quantile(share / 100)
            for name, column in {
                "duration": "duration_s",
                "cadence": cadence,
                "stride_time": time,
                "stride_length": length,
                "gait_speed": speed,
            }.items()
            for share in (10, 50, 90)
        },
    }


def _p90(values: pd.Series) -> float:
    return float(values.quantile(0.9))


def _variation(values: pd.Series) -> float:
    return float(values.std() / values.mean()) if values.notna().any() else np.nan
