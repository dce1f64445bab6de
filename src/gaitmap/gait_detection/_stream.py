"""Detection of gait sequences in data that arrive in blocks."""

from collections.abc import Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gaitmap.gait_detection._harmonic_windows import HarmonicWindows, WindowAnalysis
from gaitmap.utils._column_blocks import as_numeric_array
from gaitmap.utils.array_handling import merge_intervals
from gaitmap.utils.datatype_helper import SingleSensorData, is_single_sensor_data
from gaitmap.utils.exceptions import ValidationError

if TYPE_CHECKING:
    from gaitmap.gait_detection._ullrich_gait_sequence_detection import UllrichGaitSequenceDetection

# Samples and windows that are processed at once: larger blocks are cut, so that memory does not grow with them.
_PART = 2**15
_WINDOWS = 64


class GaitSequenceStream:
    """Find gait sequences in blocks of data; made by ``UllrichGaitSequenceDetection.stream``.

    The sequences of all calls together are those that ``detect`` finds in the whole recording, with the same numbers,
    however it is cut into blocks. The object can be pickled between two blocks.

    Parameters
    ----------
    algorithm
        The detection.
    sampling_rate_hz
        Sampling rate in Hz.
    sensors
        Names of the synchronised sensors. None: the data of one sensor, without a name.

    Attributes
    ----------
    n_samples
        Number of samples so far.
    open_from
        First sample that sequences still to come may contain; a dict of one value per sensor, if there are names.
    max_delay_s
        Longest time (s) from the end of a sequence to the end of the block that reports it, for blocks of one sample.
        Longer blocks add up to their own length.

    Notes
    -----
    A sequence is reported when the windows that could make it longer (or join it with the next, across ``max_break_s``
    and twice the margin) are complete and hold no gait: one window length after its end, and the margin and the break.
    Kept are the signals of one window length, the state of the filter, and the sequences that are open.
    """

    def __init__(
        self,
        algorithm: "UllrichGaitSequenceDetection",
        sampling_rate_hz: float,
        sensors: Iterable[Hashable] | None = None,
    ) -> None:
        self._algorithm: Any = algorithm.clone()
        self._algorithm.memory = None
        self._algorithm.sampling_rate_hz = sampling_rate_hz
        self._algorithm.data = None  # one clock: merging is always possible
        self._algorithm._check_parameters()
        self._is_single = sensors is None
        names: list[Hashable] = [None] if sensors is None else list(sensors)
        self._of_sensor = {name: _SensorWindows(self._algorithm) for name in names}
        self._closed = {name: np.empty((0, 2), np.int64) for name in names}
        self._n_found = dict.fromkeys(names, 0)
        self._break = round((algorithm.max_break_s or 0) * sampling_rate_hz)
        self._merge = algorithm.merge_gait_sequences_from_sensors and not self._is_single
        self._nothing = self._algorithm._finish(np.empty((0, 2), np.int64))  # as most blocks return it
        self._is_finished = False
        self.n_samples = 0

    def push(self, block: Any) -> Any:
        """Take in the next samples.

        Parameters
        ----------
        block
            Body-frame data that follow those of the last call: a DataFrame, or ``{sensor: DataFrame}`` of equal lengths
            with all sensors. The index does not matter.

        Returns
        -------
        gait_sequences
            The sequences that have become final (columns ``gs_id``, counted on over all calls, ``start`` and ``end`` in
            samples since the first call), as a DataFrame or ``{sensor: DataFrame}``.

        Raises
        ------
        ValidationError
            If the block is not sensor data in the body frame.
        """
        blocks = self._check_block(block)
        n_new = len(next(iter(blocks.values()))) if blocks else 0
        for sensor, windows in self._of_sensor.items():
            columns = [as_numeric_array(blocks[sensor][column]) for column in windows.columns]
            for first in range(0, n_new, _PART):
                windows.push(np.array([column[first : first + _PART] for column in columns], dtype=float, order="C"))
        self.n_samples += n_new
        return self._report({sensor: windows.take_closed() for sensor, windows in self._of_sensor.items()})

    def finish(self) -> Any:
        """End the recording.

        Returns
        -------
        gait_sequences
            The remaining sequences.

        Raises
        ------
        DataQualityError
            If the recording was shorter than one window.
        """
        self._check_is_open()
        self._is_finished = True
        self._algorithm._check_is_long_enough(self.n_samples)
        return self._report({sensor: windows.finish() for sensor, windows in self._of_sensor.items()})

    @property
    def open_from(self) -> Any:
        """First sample that sequences still to come may contain."""
        first = {sensor: self._first_open(sensor) for sensor in self._of_sensor}
        return first[None] if self._is_single else first

    @property
    def open_sequence(self) -> Any:
        """The next sequence that will be reported, as far as it is certain; None if there is none yet.

        All samples from the first to the second number (exclusive) belong to it whatever follows, and it starts there.
        A dict of one per sensor, if there are names.
        """
        certain = {sensor: self._certain_part(sensor) for sensor in self._of_sensor}
        return certain[None] if self._is_single else certain

    @property
    def max_delay_s(self) -> float:
        """Longest time from the end of a sequence to its report in s."""
        windows = next(iter(self._of_sensor.values()), None)
        if windows is None:
            return 0.0
        further = max(-windows.margin, windows.margin + self._break)
        return (windows.length + further + bool(self._algorithm.include_end)) / self._algorithm.sampling_rate_hz

    # Steps --------------------------------------------------------------------------------------------------------
    def _report(self, closed: dict[Hashable, NDArray[np.int64]]) -> Any:
        """Join closed sequences; return those that no later one can be joined with."""
        reports = {}
        if self._merge:  # all have the union
            union = np.concatenate([*self._closed.values(), *closed.values()])
            closed = dict.fromkeys(closed, union)
        else:
            closed = {sensor: np.concatenate([self._closed[sensor], new]) for sensor, new in closed.items()}
        for sensor, sequences in closed.items():
            joined = merge_intervals(sequences, self._break)
            is_final = joined[:, 1] + self._break < self._first_to_come(sensor)
            self._closed[sensor] = joined[~is_final]
            if not is_final.any():
                reports[sensor] = self._nothing.copy(deep=False)
                continue
            reports[sensor] = self._algorithm._finish(joined[is_final], self._n_found[sensor])
            self._n_found[sensor] += len(reports[sensor])
        return reports[None] if self._is_single else reports

    def _certain_part(self, sensor: Hashable) -> tuple[int, int] | None:
        of_sensors = list(self._of_sensor.values()) if self._merge else [self._of_sensor[sensor]]
        certain = [self._closed[sensor], *(windows.certain() for windows in of_sensors)]
        joined = merge_intervals(np.concatenate(certain), self._break)
        if len(joined) == 0:
            return None
        start, end = joined[0].tolist()
        # Not certain to stay, or that none comes that begins before it.
        is_short = end - start < (self._algorithm.min_duration_s or 0) * self._algorithm.sampling_rate_hz
        unknown_from = min(windows.first_unknown() for windows in of_sensors)
        return None if is_short or start > unknown_from else (start, end)

    def _first_to_come(self, sensor: Hashable) -> int:
        """First sample at which a sequence may start that is not closed yet."""
        of_sensors = self._of_sensor.values() if self._merge else [self._of_sensor[sensor]]
        return min(windows.first_to_come() for windows in of_sensors)

    def _first_open(self, sensor: Hashable) -> int:
        first = min([self._first_to_come(sensor), *self._closed[sensor][:, 0].tolist()])
        return min(max(first, 0), self.n_samples)

    # Checks -------------------------------------------------------------------------------------------------------
    def _check_is_open(self) -> None:
        if self._is_finished:
            raise ValueError("This stream is finished: `push` and `finish` are not possible any more. Make a new one.")

    def _check_block(self, block: Any) -> dict[Hashable, SingleSensorData]:
        self._check_is_open()
        blocks = {None: block} if self._is_single else block
        if not isinstance(blocks, Mapping) or any(sensor not in blocks for sensor in self._of_sensor):
            raise ValidationError(
                "gait sequence detection: a block must be a dict with one DataFrame for each of the sensors "
                f"{list(self._of_sensor)}. Found {list(block) if isinstance(block, Mapping) else type(block)}."
            )
        lengths = {}
        for sensor in self._of_sensor:
            is_single_sensor_data(blocks[sensor], frame="body", raise_exception=True)
            lengths[sensor] = len(blocks[sensor])
        if len(set(lengths.values())) > 1:
            raise ValidationError(
                "gait sequence detection: the blocks of all sensors must have the same number of samples. "
                f"Found {lengths}."
            )
        return dict(blocks)


class _SensorWindows:
    """Windows of one sensor, and the sequences that they form."""

    def __init__(self, algorithm: Any) -> None:
        self._algorithm = algorithm
        self.length, self._step = algorithm._window_samples()
        self.columns, channel = algorithm._signals()
        self.margin = algorithm._margin_samples()
        self._analysis: WindowAnalysis = algorithm._new_analysis(channel, self.length)
        self._n_samples = 0
        self._is_finished = False
        self._next_window = 0
        self._values, self._filtered, self._kept_from = np.empty((3, 0)), np.empty(0), 0
        self._gait = np.empty((0, 2), np.int64)  # joined windows that can still be joined with later ones, or clipped

    def push(self, values: NDArray[np.float64]) -> None:
        """Take in three axes of the next samples."""
        self._values = np.concatenate([self._values, values], axis=1)
        self._filtered = np.concatenate([self._filtered, self._analysis.filter(values)])
        self._n_samples += values.shape[1]
        starts = np.arange(self._next_window, self._n_samples - self.length + 1, self._step, dtype=np.int64)
        for first in range(0, len(starts), _WINDOWS):
            self._add_windows(starts[first : first + _WINDOWS])
        self._next_window += len(starts) * self._step
        self._forget()

    def take_closed(self) -> NDArray[np.int64]:
        """Return, with their margins, the sequences that later windows leave as they are."""
        is_closed = self._gait[:, 1] < self._first_window_to_come()
        is_closed &= self._gait[:, 1] + self.margin <= self._n_samples
        closed, self._gait = self._gait[is_closed], self._gait[~is_closed]
        return self._algorithm._add_margin(closed, self._n_samples)

    def finish(self) -> NDArray[np.int64]:
        """Return the remaining sequences, with their margins."""
        last = self._n_samples - self.length
        if self._algorithm.include_end and last > self._next_window - self._step:
            self._add_windows(np.array([last], dtype=np.int64))
        rest, self._gait = self._gait, self._gait[:0]
        self._is_finished = True
        return self._algorithm._add_margin(rest, self._n_samples)

    def certain(self) -> NDArray[np.int64]:
        """Return, with their margins, the sequences that are not closed, as far as they are certain."""
        return self._algorithm._add_margin(self._gait, self._n_samples)

    def first_unknown(self) -> int:
        """Return the first sample at which a sequence may start of which no window is known yet."""
        return self._first_window_to_come() - self.margin

    def first_to_come(self) -> int:
        """Return the first sample at which a sequence may start that was not returned yet."""
        first = self._gait[0, 0] if len(self._gait) > 0 else self._first_window_to_come()
        return int(first) - self.margin

    def _first_window_to_come(self) -> int:
        if self._is_finished:
            return 2**62
        if not self._algorithm.include_end:
            return self._next_window
        last = self._next_window - self._step
        return min(self._next_window, max(self._n_samples - self.length, last + 1))

    def _add_windows(self, starts: NDArray[np.int64]) -> None:
        windows: HarmonicWindows = self._analysis.analyse(self._values, self._filtered, starts - self._kept_from)
        is_gait = self._algorithm._count_harmonics(windows) >= self._algorithm.min_harmonics
        new = np.column_stack([starts[is_gait], starts[is_gait] + self.length])
        self._gait = merge_intervals(np.concatenate([self._gait, new]))

    def _forget(self) -> None:
        keep_from = self._next_window
        if self._algorithm.include_end:
            keep_from = min(keep_from, max(self._n_samples - self.length, 0))
        done = min(keep_from - self._kept_from, self._values.shape[1])
        if done > self._step // 2:
            self._values, self._filtered = self._values[:, done:].copy(), self._filtered[done:].copy()
            self._kept_from += done
