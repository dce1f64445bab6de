"""The one clock: from counters, times, block times and arrival times to the even grid of samples."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from gaitmap._kernels.grid import bridge_short_gaps, interpolate_uneven
from gaitmap.recordings._device import ArrivalTimes, BlockTimes, Clock, Counter

#: Gaps up to this are closed by straight lines: a foot moves little in it.
BRIDGED_S = 0.1
#: A time that is off the even grid by more than this share of a step is resampled.
_OFF_GRID = 0.25
#: Steps up to this many usual ones are interpolated; longer ones are gaps.
_LONGEST_STEP = 1.5
#: Samples that arrive by radio may be late by this much; what comes later hides when it was measured.
_LATEST_ARRIVAL_S = 0.25
#: A pause of arrivals longer than this is a dropout, and the samples in it are lost.
_DROPOUT_S = 0.5
#: The grid may be so many times longer than the rows: a longer one comes from a broken counter or clock.
_LONGEST_GRID = 50
#: Such a file may be short; an hour of missing samples is still a gap.
_LONGEST_GAP_SAMPLES = 20_000_000


class ClockError(Exception):
    """A clock of which no grid can be made: what is wrong, what was found, and what to do."""

    def __init__(self, wrong: str, found: str, expected: str, advice: str) -> None:
        super().__init__(wrong)
        self.parts = wrong, found, expected, advice


@dataclass(frozen=True, eq=False)
class Grid:
    """The signals of one sensor on an even grid.

    Attributes
    ----------
    values
        Shape (n channels, n samples), NaN where nothing was measured.
    rate_hz
        Samples per second, measured where the clock allows it.
    start
        Time of the first sample, in s of the clock (or the number of the first sample, in samples).
    n_lost
        Samples that should be there and are not.
    gaps
        Shape (n, 2): start and length of the gaps in samples.
    n_bridged
        Lost samples that were closed.
    is_bridged
        Of each sample, whether it was closed.
    is_resampled
        Whether samples were interpolated onto the grid.
    remarks
        What was done, in sentences without full stop.
    """

    values: np.ndarray
    rate_hz: float
    start: float
    n_lost: int
    gaps: np.ndarray
    n_bridged: int
    is_bridged: np.ndarray
    is_resampled: bool = False
    remarks: tuple[str, ...] = ()

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return self.values.shape[1]


def to_grid(clock: Clock, values: np.ndarray, told_rate_hz: float | None = None) -> Grid:
    """Put rows on an even grid.

    Parameters
    ----------
    clock
        When the rows were measured.
    values
        Shape (n channels, n rows).
    told_rate_hz
        The rate that the user gave; replaces what the clock does not know.

    Raises
    ------
    ClockError
        If the clock tells no rate, runs backwards, or comes in bursts that hide when samples were measured.
    """
    values = np.ascontiguousarray(values, dtype=float)
    if isinstance(clock, Counter):
        return _from_counter(clock, values, told_rate_hz)
    if isinstance(clock, ArrivalTimes):
        return _from_arrivals(clock, values, told_rate_hz)
    if isinstance(clock, BlockTimes):
        seconds = _block_samples(clock)
        return _from_times(seconds, values, "the times of the blocks")
    seconds = np.asarray(clock.seconds, dtype=float)
    wrapped = None
    if clock.wraps_after_s is not None:
        seconds = _unwrapped(seconds, clock.wraps_after_s)
    elif (wrapped := _guess_wrap(seconds)) is not None:
        seconds = _unwrapped(seconds, wrapped)
    grid = _from_times(seconds, values, "the times")
    if wrapped is None:
        return grid
    return replace(
        grid, remarks=(*grid.remarks, f"the clock begins anew after {wrapped:g} s; this was taken into account")
    )


def _guess_wrap(seconds: np.ndarray) -> float | None:
    """Tell after how many s a clock of whole microseconds or milliseconds begins anew, where it does."""
    known = seconds[np.isfinite(seconds)]
    if len(known) < 3 or not np.any(np.diff(known) < 0):
        return None
    for unit in (1e-6, 1e-3):
        for bits in (16, 24, 32):
            period = 2**bits * unit
            if known.min() >= 0 and known.max() < period * (1 + 1e-9) and known.max() > 0.98 * period:
                rising = np.diff(_unwrapped(known, period))
                if rising.min() >= 0 and rising.max() < period / 2:
                    return period
    return None


def _unwrapped(values: np.ndarray, period: float) -> np.ndarray:
    """Let a counter or clock that begins anew go on rising."""
    back = np.diff(values) < -period / 2
    return values + period * np.concatenate([[0], np.cumsum(back)])


def counter_period(numbers: np.ndarray) -> float | None:
    """Tell after how many samples a counter begins anew (8, 16 or 32 bits); None if it never goes back."""
    back = np.flatnonzero(np.diff(numbers) < 0)
    if not len(back):
        return None
    highest = numbers.max()
    for bits in (8, 16, 32):
        if highest < 2**bits:
            period = float(2**bits)
            rising = np.diff(_unwrapped(numbers, period))
            return period if rising.min() >= 0 else None
    return None


def _from_counter(clock: Counter, values: np.ndarray, told_rate_hz: float | None) -> Grid:
    rate = told_rate_hz if told_rate_hz is not None and not clock.measured else clock.rate_hz
    rate = rate if rate is not None else told_rate_hz
    if rate is None:
        raise ClockError(
            "the sampling rate is not known",
            "a counter without a rate" if clock.numbers is not None else "no time column",
            "a time column, or the rate",
            "Give the rate (sampling_rate_hz=..., on the command line --sampling-rate)",
        )
    n_rows = values.shape[1]
    if clock.numbers is None:
        return _finished(values, rate, 0.0, remarks=())
    numbers = np.asarray(clock.numbers, dtype=float)
    is_known = np.isfinite(numbers)
    numbers, rows = numbers[is_known], values[:, is_known]
    remarks: list[str] = []
    if not is_known.all():
        remarks.append(f"{int((~is_known).sum())} rows without a number were left out")
    period = float(2**clock.bits) if clock.bits is not None else counter_period(numbers)
    if period is not None:
        n_wraps = int((np.diff(numbers) < -period / 2).sum())
        numbers = _unwrapped(numbers, period)
        if n_wraps:
            remarks.append(f"the counter begins anew {n_wraps} times (after {period:.0f} samples); it was unwrapped")
    if len(numbers) and np.any(np.diff(numbers) < 0):
        at = int(np.flatnonzero(np.diff(numbers) < 0)[0])
        raise ClockError(
            "the sample counter runs backwards",
            f"{numbers[at]:.0f} followed by {numbers[at + 1]:.0f} in row {at + 2}",
            "numbers that rise, or begin anew after 8, 16 or 32 bits",
            "Check whether the file holds several recordings; give each of them as a file of its own",
        )
    is_new = np.concatenate([[True], np.diff(numbers) > 0]) if len(numbers) else np.empty(0, bool)
    if not is_new.all():
        remarks.append(f"{int((~is_new).sum())} rows repeat the number of the row before and were left out")
        numbers, rows = numbers[is_new], rows[:, is_new]
    step = _usual_step(numbers)
    if step > 1:
        numbers = numbers / step
        remarks.append(f"the counter rises by {step} from sample to sample")
    first = numbers[0] if len(numbers) else 0.0
    places = np.round(numbers - first).astype(np.int64)
    _check_length(places[-1] + 1 if len(places) else 0, n_rows, "the counter")
    grid = np.full((len(rows), int(places[-1]) + 1 if len(places) else 0), np.nan)
    grid[:, places] = rows
    return _finished(grid, rate, float(first), places=places, remarks=remarks)


def _usual_step(numbers: np.ndarray) -> int:
    """Give the step that nearly all samples have, where a counter never rises by one."""
    steps = np.diff(numbers)
    if not len(steps) or steps.min() <= 1:
        return 1
    return int(np.gcd.reduce(np.round(steps).astype(np.int64)))


def _block_samples(clock: BlockTimes) -> np.ndarray:
    """Time of each sample: even within its block, up to the next one if that follows at once."""
    starts, lengths = np.asarray(clock.seconds, dtype=float), np.asarray(clock.lengths, dtype=np.int64)
    steps = np.diff(starts) / lengths[:-1]
    usual = float(np.median(steps)) if len(steps) else 1.0 / (clock.rate_hz or 1.0)
    follows = np.abs(steps - usual) < 0.1 * usual
    step = np.append(np.where(follows, steps, usual), usual)
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.repeat(starts, lengths) + within * np.repeat(step, lengths)


def _from_times(seconds: np.ndarray, values: np.ndarray, what: str) -> Grid:
    seconds, rows, remarks = _rising(seconds, values, what)
    if len(seconds) < 2:
        raise ClockError("there are too few times", f"{len(seconds)} rows with a time", "two and more", "Record longer")
    steps = np.diff(seconds)
    usual = _even_step(steps)
    if usual is None:
        usual = float(np.median(steps))
    # Steps are counted one by one: a rate that is slightly off adds up over hours.
    counted = np.concatenate([[0], np.cumsum(np.maximum(np.round(steps / usual), 1))])
    if len(counted) > 2:
        slope, offset = np.polyfit(counted, seconds - seconds[0], 1)
    else:
        slope, offset = usual, 0.0
    off = np.abs(seconds - seconds[0] - offset - slope * counted) / slope
    _check_length(counted[-1] + 1, len(seconds), what)
    if off.max() <= _OFF_GRID and slope > 0:
        places = counted.astype(np.int64)
        grid = np.full((len(rows), int(places[-1]) + 1), np.nan)
        grid[:, places] = rows
        return _finished(grid, 1.0 / slope, float(seconds[0] + offset), places=places, remarks=remarks)
    total = seconds[-1] - seconds[0]
    gap_steps = steps > _LONGEST_STEP * usual
    n_between = (len(steps) - gap_steps.sum()) or 1
    step = float((total - steps[gap_steps].sum()) / n_between)
    n_out = int(np.floor(total / step + 1e-9)) + 1
    grid = interpolate_uneven(seconds, rows, seconds[0], step, n_out, _LONGEST_STEP * usual)
    places = np.flatnonzero(~np.isnan(grid).all(axis=0))
    spread = float(np.percentile(np.abs(steps[~gap_steps] - step), 95)) if (~gap_steps).any() else 0.0
    remarks.append(
        f"the samples are uneven (steps of {step * 1000:.2f} ms, off by up to {spread * 1000:.2f} ms); resampled"
    )
    return _finished(grid, 1.0 / step, float(seconds[0]), places=places, remarks=remarks, is_resampled=True)


def _even_step(steps: np.ndarray) -> float | None:
    """Give the mean of the usual steps: finer than their median where times are rounded."""
    middle = float(np.median(steps))
    usual = steps[(steps > 0.5 * middle) & (steps < 1.5 * middle)]
    return float(usual.mean()) if len(usual) else None


def _rising(seconds: np.ndarray, values: np.ndarray, what: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Leave out rows without a time of their own, and refuse times that run backwards."""
    remarks = []
    is_known = np.isfinite(seconds)
    if not is_known.all():
        remarks.append(f"{int((~is_known).sum())} rows without a time were left out")
        seconds, values = seconds[is_known], values[:, is_known]
    steps = np.diff(seconds)
    if np.any(steps < 0):
        at = int(np.flatnonzero(steps < 0)[0])
        raise ClockError(
            f"{what} run backwards",
            f"{seconds[at]:.6g} s followed by {seconds[at + 1]:.6g} s in row {at + 2} ({int((steps < 0).sum())} times)",
            "times that rise",
            "Check whether the file holds several recordings, or whether its clock was set on the way; give each part "
            "as a file of its own",
        )
    is_new = np.concatenate([[True], steps > 0]) if len(seconds) else np.empty(0, bool)
    if not is_new.all():
        remarks.append(f"{int((~is_new).sum())} rows repeat the time of the row before and were left out")
        seconds, values = seconds[is_new], values[:, is_new]
    return seconds, values, remarks


def _from_arrivals(clock: ArrivalTimes, values: np.ndarray, told_rate_hz: float | None) -> Grid:
    """Sort out late arrivals of even samples: one straight line through each part between dropouts."""
    arrived = np.asarray(clock.seconds, dtype=float)
    is_known = np.isfinite(arrived)
    arrived, rows = arrived[is_known], values[:, is_known]
    if len(arrived) < 2 or arrived[-1] <= arrived[0]:
        raise ClockError("there are too few times", f"{len(arrived)} rows with a time", "two and more", "Record longer")
    cuts = np.flatnonzero(np.diff(arrived) > _DROPOUT_S) + 1
    edges = np.concatenate([[0], cuts, [len(arrived)]])
    spans = [(a, b) for a, b in pairwise(edges) if b - a > 1]
    n_steps = sum(b - a - 1 for a, b in spans)
    moved = sum(arrived[b - 1] - arrived[a] for a, b in spans)
    rate = clock.rate_hz or told_rate_hz or n_steps / moved
    longest = max(spans, key=lambda span: span[1] - span[0])
    if arrived[longest[1] - 1] - arrived[longest[0]] > 20:  # long enough to measure the rate against late arrivals
        slope = np.polyfit(np.arange(longest[1] - longest[0]), arrived[slice(*longest)], 1)[0]
        rate = 1.0 / slope
    places = np.empty(len(arrived), dtype=np.int64)
    late = 0.0
    previous = -1
    for a, b in pairwise(edges):
        own = np.arange(b - a)
        delay = arrived[a:b] - own / rate
        late = max(late, float(np.ptp(delay)))
        # The least delayed arrival is nearest to the time of measurement.
        begin = round((delay.min() - arrived[0]) * rate) if a else 0
        places[a:b] = max(begin, previous + 1) + own
        previous = int(places[b - 1])
    if late > _LATEST_ARRIVAL_S:
        raise ClockError(
            "the times are those of arrival, in bursts that hide when the samples were measured",
            f"samples that arrive up to {late:.2f} s late at {rate:.1f} Hz",
            f"arrivals that are late by up to {_LATEST_ARRIVAL_S:g} s, or a counter of samples in the file",
            "Record the counter or the clock of the sensor with the signals",
        )
    _check_length(places[-1] + 1, len(arrived), "the times of arrival")
    grid = np.full((len(rows), int(places[-1]) + 1), np.nan)
    grid[:, places] = rows
    remarks = [f"times of arrival (up to {late * 1000:.0f} ms late) were replaced by even ones"]
    if len(cuts):
        remarks.append(f"{len(cuts)} dropouts of the radio link; how many samples are lost in them is estimated")
    return _finished(grid, rate, float(arrived[0]), places=places, remarks=remarks, is_resampled=True)


def _check_length(n_samples: float, n_rows: int, what: str) -> None:
    if n_samples > max(_LONGEST_GRID * n_rows, n_rows + _LONGEST_GAP_SAMPLES):
        raise ClockError(
            f"{what} jump so far that nearly all samples would be missing",
            f"{n_rows} rows over {n_samples:.0f} samples",
            "gaps within one recording",
            "Check whether several recordings are in this file; give each of them as a file of its own",
        )


def _finished(
    grid: np.ndarray,
    rate_hz: float,
    start: float,
    *,
    places: np.ndarray | None = None,
    remarks: tuple[str, ...] | list[str] = (),
    is_resampled: bool = False,
) -> Grid:
    """Count and close what is lost between the first and the last row."""
    n = grid.shape[1]
    is_there = np.ones(n, dtype=bool)
    if places is not None:
        is_there[:] = False
        is_there[places] = True
    gaps = find_runs(~is_there)
    is_bridged = bridge_short_gaps(grid, round(BRIDGED_S * rate_hz))
    return Grid(
        grid,
        float(rate_hz),
        start,
        n_lost=int((~is_there).sum()),
        gaps=gaps,
        n_bridged=int(is_bridged.sum()),
        is_bridged=is_bridged,
        is_resampled=is_resampled,
        remarks=tuple(remarks),
    )


def find_runs(flags: np.ndarray) -> np.ndarray:
    """Start and length of each run of True, shape (n, 2)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return np.column_stack([edges[::2], edges[1::2] - edges[::2]]) if len(edges) else np.empty((0, 2), dtype=np.int64)
