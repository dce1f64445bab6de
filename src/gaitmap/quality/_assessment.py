"""Measures of signal quality: what is missing, clipped, stuck, or not as a foot at rest should be."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gaitmap.quality._findings import STUCK_S, describe_quality
from gaitmap.quality._measures import Channel, Gaps, Rest
from gaitmap.utils._checks import check_sampling_rate
from gaitmap.utils.consts import SF_COLS
from gaitmap.utils.exceptions import ValidationError


def assess_quality(data: Mapping[Any, pd.DataFrame], sampling_rate_hz: float) -> dict[Any, dict[str, Any]]:
    """Measure the quality of the signals of a recording.

    Nothing here is an error: the figures go to the results, beside the strides they belong to.

    Parameters
    ----------
    data
        ``{sensor name: DataFrame}`` or a frame with two column levels; sensor frame, m/s^2 and deg/s, as recorded
        (before any rotation: clipping cannot be seen afterwards).
    sampling_rate_hz
        Sampling rate in Hz.

    Returns
    -------
    dict
        Per sensor, in plain numbers and lists (ready for JSON; None where a value does not exist):

        ``n_samples``, ``duration_s``
            Length of the signal.
        ``missing_samples``, ``missing_share``
            Samples in which at least one of the six channels is missing: number, and share (0 to 1).
        ``n_gaps``, ``longest_gap_s``, ``longest_gap_start_s``
            Runs of such samples: number, the longest in s, and where that begins, in s (None without a gap).
        ``missing_at_end_s``
            Length of the gap that the recording ends with, in s; 0 if it ends with a sample.
        ``empty_channels``
            Channels without any value.
        ``clipped_samples``, ``clipping_limits``
            ``{channel: number}`` of samples at the edge of the measuring range and ``{channel: [low, high]}`` with the
            values there (None for an edge that is not reached). Only channels with clipping are named. A value
            counts as an edge if it is the largest or smallest of the channel, is repeated three times in a row or
            four times in all, and is beyond 1.5 g or 100 deg/s.
        ``stuck_channels``
            ``{channel: seconds}``: longest time a channel repeats one value exactly, where it is 1 s or more and the
            value is not a clipped one.
        ``stuck_at_end_s``
            Time in s for which all channels repeat one value until the end; 0 if that is less than 1 s.
        ``rest_share``
            Share of the recording at rest: of the blocks of 0.5 s, counted from the start, those with a mean angular
            rate below 10 deg/s. Of more than 65536 of them (9 h of rest) every second, fourth, eighth ... is used for
            the next two measures.
        ``acc_norm_at_rest``
            Acceleration norm at rest in m/s^2 (a calibrated sensor shows 9.81): median of the means of the blocks.
        ``gyr_offset_at_rest``
            Angular rate at rest per axis in deg/s, ``[x, y, z]``: medians of the means of the blocks.
        ``acc_max``, ``gyr_max``
            Largest magnitude of a channel, in m/s^2 and deg/s.
        ``findings``
            Sentences about everything above that deserves attention; empty for a sound signal.

    See Also
    --------
    QualityAssessment : The same for recordings that are read block by block.

    Examples
    --------
    >>> import pandas as pd
    >>> still = pd.DataFrame({c: [0.1, 0.2] * 50 for c in ["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"]})
    >>> assess_quality({"left_sensor": still}, 100)["left_sensor"]["rest_share"]
    1.0
    """
    check_sampling_rate("assess_quality", sampling_rate_hz)
    return QualityAssessment(sampling_rate_hz).update(data).result()


class QualityAssessment:
    """Measure the quality of the signals of a recording block by block.

    However the recording is cut into blocks, the result is that of :func:`assess_quality`. Memory does not grow with
    the recording; objects can be pickled between two blocks.

    Parameters
    ----------
    sampling_rate_hz
        Sampling rate in Hz.

    Examples
    --------
    >>> import pandas as pd
    >>> still = pd.DataFrame({c: [0.1, 0.2] * 50 for c in ["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"]})
    >>> assessment = QualityAssessment(100)
    >>> for block in (still[:30], still[30:]):
    ...     assessment = assessment.update({"left_sensor": block})
    >>> assessment.result()["left_sensor"]["duration_s"]
    1.0
    """

    def __init__(self, sampling_rate_hz: float) -> None:
        check_sampling_rate("QualityAssessment", sampling_rate_hz)
        self.sampling_rate_hz = sampling_rate_hz
        self._sensors: dict[Any, _Sensor] = {}

    def update(self, block: Mapping[Any, pd.DataFrame]) -> "QualityAssessment":
        """Take in the next samples.

        Parameters
        ----------
        block
            ``{sensor name: DataFrame}`` or a frame with two column levels, as recorded; every block with the same
            columns. Sensors need not be in every block: each counts its own samples.

        Returns
        -------
        QualityAssessment
            The object itself.

        Raises
        ------
        ValidationError
            If a sensor has other columns than before.
        """
        if isinstance(block, pd.DataFrame):
            block = {name: block[name] for name in block.columns.get_level_values(0).unique()}
        for name, frame in block.items():
            columns = [column for column in SF_COLS if column in frame.columns]
            sensor = self._sensors.setdefault(name, _Sensor(columns, float(self.sampling_rate_hz)))
            if columns != sensor.columns:
                raise ValidationError(
                    f"Signal quality: the columns of '{name}' change. Found {', '.join(columns) or 'none'} in a block. "
                    f"Expected {', '.join(sensor.columns) or 'none'}, as in the first one. Read all blocks alike."
                )
            values = np.empty((len(columns), len(frame)))
            for i, column in enumerate(columns):
                values[i] = frame[column].to_numpy(dtype=float)
            # Values of a damaged file may be beyond all bounds.
            with np.errstate(over="ignore", invalid="ignore"):
                sensor.update(values)
        return self

    def result(self) -> dict[Any, dict[str, Any]]:
        """Measure all samples so far; see :func:`assess_quality` for what is in it."""
        return {name: sensor.result() for name, sensor in self._sensors.items()}


class _Sensor:
    """All measures of one sensor."""

    def __init__(self, columns: list[str], rate: float) -> None:
        self.columns = columns
        self._rate = rate
        self._gaps = Gaps()
        self._channels = {column: Channel() for column in columns}
        self._rest = Rest(rate) if columns == SF_COLS else None

    def update(self, values: np.ndarray) -> None:
        """Take in samples, one row per column."""
        # The sum tells at once that nothing is missing.
        is_whole = not np.isnan(values.sum())
        self._gaps.update(np.zeros(values.shape[1], dtype=bool) if is_whole else np.isnan(values).any(axis=0))
        for channel, row in zip(self._channels.values(), values, strict=True):
            channel.update(row)
        if self._rest is not None:
            self._rest.update(values)

    def result(self) -> dict[str, Any]:
        rate, gaps = self._rate, self._gaps
        clipped: dict[str, int] = {}
        limits: dict[str, list[float | None]] = {}
        stuck: dict[str, float] = {}
        for name, channel in self._channels.items():
            edges, n_clipped = channel.clipping(name[:3])
            if n_clipped:
                limits[name], clipped[name] = edges, n_clipped
            longest = channel.longest_run(edges) / rate
            if longest >= STUCK_S:
                stuck[name] = longest
        stuck_at_end = min((channel.run_at_end for channel in self._channels.values()), default=0) / rate
        result: dict[str, Any] = {
            "n_samples": gaps.n_samples,
            "duration_s": gaps.n_samples / rate,
            "missing_samples": gaps.n_missing,
            "missing_share": gaps.n_missing / gaps.n_samples if gaps.n_samples else None,
            "n_gaps": gaps.n_gaps,
            "longest_gap_s": gaps.longest / rate,
            "longest_gap_start_s": gaps.longest_start / rate if gaps.n_gaps else None,
            "missing_at_end_s": gaps.at_end / rate,
            "empty_channels": [name for name, channel in self._channels.items() if channel.largest is None],
            "clipped_samples": clipped,
            "clipping_limits": limits,
            "stuck_channels": stuck,
            "stuck_at_end_s": stuck_at_end if stuck_at_end >= STUCK_S else 0.0,
            **Rest.result_of(self._rest),
            "acc_max": self._largest("acc"),
            "gyr_max": self._largest("gyr"),
        }
        result["findings"] = describe_quality(result)
        return result

    def _largest(self, kind: str) -> float | None:
        found = [c.largest for name, c in self._channels.items() if name.startswith(kind) and c.largest is not None]
        return max(found, default=None)
