"""Numbers and durations as text."""

DASH = "\u2013"


def number(value: float | None, decimals: int) -> str:
    """Print a number; a dash where there is none."""
    # "z": no minus before a zero.
    return DASH if value is None else f"{value:z.{decimals}f}".replace("-", "\u2212")


def duration(seconds: float | None) -> str:
    """Print a duration in the units that fit its size."""
    if seconds is None:
        return DASH
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
