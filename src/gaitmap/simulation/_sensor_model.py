"""What a real sensor makes of the true motion."""

from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
from scipy.spatial.transform import Rotation

from gaitmap.utils._checks import check_number, check_option, parameter_error
from gaitmap.utils.consts import GRAV

#: Given either as standard deviation from which the values of the three axes are drawn, or as these values.
SpreadOrValues = float | tuple[float, float, float]

#: Distance of the nodes between which the drift of the biases is linear, in s.
_DRIFT_STEP_S = 10.0
_KINDS = ("acc", "gyr", "mag")
_TUPLES = {"acc_bias", "gyr_bias", "mag_bias", "misalignment_deg", "scale_error", "magnetic_field"}
_SIGNED = {"clock_offset_s", "clock_drift_ppm"}


@dataclass(frozen=True)
class SensorModel:
    """Errors of a sensor: noise, bias, scale, mounting, range, resolution, clock, lost samples.

    Where a parameter takes one number or three, one number is the standard deviation from which the values of the three
    axes are drawn (by the seed, for each sensor anew), three numbers are these values.

    Parameters
    ----------
    acc_noise, gyr_noise, mag_noise
        Standard deviation of white noise in m/s^2, deg/s, uT.
    acc_bias, gyr_bias, mag_bias
        Constant bias in m/s^2, deg/s, uT; one number or three.
    acc_bias_drift, gyr_bias_drift
        Standard deviation of the change of the bias within an hour (random walk), in m/s^2 and deg/s.
    scale_error
        Relative error of scale, the same for all kinds of sensors on an axis; one number or three.
    misalignment_deg
        Rotation vector from the frame of the foot to the axes of the sensor, in deg; one number or three.
    acc_range, gyr_range
        Largest value that is measured, in m/s^2 and deg/s; larger ones are clipped.
    resolution_bits
        Number of bits with which the range is quantised; None: not at all.
    clock_offset_s
        Time of the first sample, in s from the start.
    clock_drift_ppm
        How much longer than nominal the intervals between the samples are, in parts per million.
    lost_share
        Share of samples that are lost, below 0.5.
    lost_samples_at_once
        Mean number of samples that are lost at once.
    lost_as
        What stands in their place: ``"nan"``, or the last sample again (``"hold"``).
    magnetic_field
        Field of the earth in the world frame (x: direction of the first steps, z: up), in uT. Only used where a
        magnetometer is asked for.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Notes
    -----
    The defaults are those of usual inertial sensors of consumer grade (ranges 16 g and 2000 deg/s, 16 bits).

    Examples
    --------
    >>> SensorModel.ideal().gyr_noise
    0.0
    """

    acc_noise: float = 0.03
    gyr_noise: float = 0.1
    mag_noise: float = 0.3
    acc_bias: SpreadOrValues = 0.02
    gyr_bias: SpreadOrValues = 0.1
    mag_bias: SpreadOrValues = 0.0
    acc_bias_drift: float = 0.005
    gyr_bias_drift: float = 0.05
    scale_error: SpreadOrValues = 0.002
    misalignment_deg: SpreadOrValues = 0.0
    acc_range: float = 16 * GRAV
    gyr_range: float = 2000.0
    resolution_bits: int | None = 16
    clock_offset_s: float = 0.0
    clock_drift_ppm: float = 0.0
    lost_share: float = 0.0
    lost_samples_at_once: float = 5.0
    lost_as: Literal["nan", "hold"] = "nan"
    magnetic_field: tuple[float, float, float] = (20.0, 0.0, -44.0)

    def __post_init__(self) -> None:
        for field in fields(self):
            name, value = field.name, getattr(self, field.name)
            if name == "lost_as" or value is None:
                continue
            values = value if name in _TUPLES and isinstance(value, tuple) else (value,)
            if isinstance(value, tuple) and len(values) != 3:
                raise parameter_error(self, name, "one number or three", value)
            for number in values:
                signed = isinstance(value, tuple) or name in _SIGNED
                check_number(self, name, number, at_least=None if signed else 0)
        check_option(self, "lost_as", self.lost_as, ("nan", "hold"))
        check_number(self, "acc_range", self.acc_range, above=0)
        check_number(self, "gyr_range", self.gyr_range, above=0)
        if self.lost_share >= 0.5:
            raise parameter_error(self, "lost_share", "below 0.5", self.lost_share)
        if self.lost_samples_at_once < 1:
            raise parameter_error(self, "lost_samples_at_once", "at least 1", self.lost_samples_at_once)
        if self.resolution_bits is not None and not 4 <= self.resolution_bits <= 32:
            raise parameter_error(self, "resolution_bits", "None or between 4 and 32", self.resolution_bits)
        if abs(self.clock_drift_ppm) > 1e5:
            raise parameter_error(self, "clock_drift_ppm", "between -100000 and 100000", self.clock_drift_ppm)

    @classmethod
    def ideal(cls) -> "SensorModel":
        """Build a sensor without any error.

        Returns
        -------
        SensorModel
            All errors 0, no range, no quantisation.
        """
        names = (*_names("noise"), *_names("bias"), "acc_bias_drift", "gyr_bias_drift", "scale_error")
        none: dict[str, Any] = dict.fromkeys(names, 0.0)
        return cls(**none, acc_range=1e9, gyr_range=1e9, resolution_bits=None)

    def time_of(self, sample: np.ndarray, sampling_rate_hz: float) -> np.ndarray:
        """Calculate the true times at which samples are taken.

        Parameters
        ----------
        sample
            Numbers of samples.
        sampling_rate_hz
            Nominal sampling rate in Hz.

        Returns
        -------
        numpy.ndarray
            Times in s.
        """
        return self.clock_offset_s + np.asarray(sample) * ((1 + self.clock_drift_ppm * 1e-6) / sampling_rate_hz)

    def sample_at(self, time: np.ndarray, sampling_rate_hz: float) -> np.ndarray:
        """Find where on the axis of samples true times lie.

        Parameters
        ----------
        time
            Times in s.
        sampling_rate_hz
            Nominal sampling rate in Hz.

        Returns
        -------
        numpy.ndarray
            Numbers of samples with fractions.
        """
        return (np.asarray(time) - self.clock_offset_s) * (sampling_rate_hz / (1 + self.clock_drift_ppm * 1e-6))


def _names(ending: str) -> list[str]:
    return [f"{kind}_{ending}" for kind in _KINDS]


class DrawnSensor:
    """A sensor whose random errors have been drawn.

    Parameters
    ----------
    model
        The errors.
    seed
        Numbers that make the sensor.
    sampling_rate_hz
        Nominal sampling rate in Hz.
    n_samples
        Largest number of samples that are asked for.
    """

    def __init__(self, model: SensorModel, seed: tuple[int, ...], sampling_rate_hz: float, n_samples: int) -> None:
        self.model = model
        self.sampling_rate_hz = sampling_rate_hz
        self._seed = seed
        rng = np.random.default_rng([*seed, 0])
        draw = {name: rng.standard_normal(3) for name in (*_names("bias"), "scale_error", "misalignment_deg")}
        #: Bias of each kind at the start, scale error and rotation vector of the mounting (deg): (3,) each.
        self.errors = {
            name: np.array(given, dtype=float)
            if isinstance(given := getattr(model, name), tuple)
            else float(given) * unit
            for name, unit in draw.items()
        }
        n_nodes = int(n_samples / (sampling_rate_hz * _DRIFT_STEP_S)) + 2
        self._drift = {
            kind: np.cumsum(rng.standard_normal((n_nodes, 3)), axis=0) * getattr(model, f"{kind}_bias_drift") * step
            for kind, step in (("acc", np.sqrt(_DRIFT_STEP_S / 3600)), ("gyr", np.sqrt(_DRIFT_STEP_S / 3600)))
        }
        self._drift["mag"] = np.zeros((n_nodes, 3))

    def measure(self, true: dict[str, np.ndarray], first_sample: int, chunk: int) -> np.ndarray:
        """Turn the true values of one chunk into what the sensor gives.

        Parameters
        ----------
        true
            ``acc`` (m/s^2), ``gyr`` (deg/s) and perhaps ``mag`` (uT) in the frame of the foot, (n, 3) each.
        first_sample
            Number of the first sample.
        chunk
            Number of the chunk: each has random numbers of its own.

        Returns
        -------
        numpy.ndarray
            The columns of all kinds beside each other, (n, 6) or (n, 9).
        """
        model = self.model
        rng = np.random.default_rng([*self._seed, 1, chunk])
        n = len(true["acc"])
        node = (first_sample + np.arange(n)) / (self.sampling_rate_hz * _DRIFT_STEP_S)
        low = node.astype(int)
        part = (node - low)[:, None]
        turned = Rotation.from_rotvec(self.errors["misalignment_deg"], degrees=True).inv()
        columns = []
        for kind, exact in true.items():
            drift = self._drift[kind]
            # Noise is drawn whether or not it is used, so that one error can be changed alone.
            noise = rng.standard_normal((n, 3)) * getattr(model, f"{kind}_noise")
            value = turned.apply(exact) * (1 + self.errors["scale_error"])
            value += self.errors[f"{kind}_bias"] + (1 - part) * drift[low] + part * drift[low + 1] + noise
            limit = {"acc": model.acc_range, "gyr": model.gyr_range}.get(kind)
            if limit is not None:
                value = np.clip(value, -limit, limit)
                if model.resolution_bits is not None:
                    step = 2 * limit / 2**model.resolution_bits
                    value = np.clip(np.round(value / step), -(2 ** (model.resolution_bits - 1)), None) * step
            columns.append(value)
        measured = np.hstack(columns)
        if model.lost_share > 0:
            self._lose(measured, rng)
        return measured

    def _lose(self, measured: np.ndarray, rng: np.random.Generator) -> None:
        model = self.model
        n = len(measured)
        lengths = rng.geometric(1 / model.lost_samples_at_once, size=n)
        gaps = rng.geometric(min(1.0, model.lost_share / ((1 - model.lost_share) * model.lost_samples_at_once)), size=n)
        # The first sample of a chunk is never lost, so that there is one to repeat.
        ends = np.cumsum(lengths + gaps)
        lost = np.zeros(n, dtype=bool)
        for end, length in zip(ends[: np.searchsorted(ends, n) + 1], lengths, strict=False):
            lost[max(1, end - length) : max(1, end)] = True
        if model.lost_as == "nan":
            measured[lost] = np.nan
        else:
            kept = np.where(lost, 0, np.arange(n))
            measured[:] = measured[np.maximum.accumulate(kept)]
