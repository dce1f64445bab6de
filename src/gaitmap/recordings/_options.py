"""What a reader of recordings is told."""

import pandas as pd


def given_options(
    *,
    sampling_rate_hz: float | None = None,
    left: str | None = None,
    right: str | None = None,
    acc_unit: str = "m/s^2",
    gyr_unit: str = "deg/s",
    start_time: str | pd.Timestamp | None = None,
) -> dict[str, float | str]:
    """Collect the arguments of a reader that differ from their defaults, as plain numbers and texts for provenance."""
    options: dict[str, float | str | None] = {
        "sampling_rate_hz": None if sampling_rate_hz is None else float(sampling_rate_hz),
        "left": left,
        "right": right,
        "acc_unit": None if acc_unit == "m/s^2" else acc_unit,
        "gyr_unit": None if gyr_unit == "deg/s" else gyr_unit,
        "start_time": None if start_time is None else str(start_time),
    }
    return {name: value for name, value in options.items() if value is not None}
