"""Recordings of two feet, sampled whole or block by block."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
import pandas as pd

from gaitmap.simulation._activities import Activity, Rest, Walk
from gaitmap.simulation._foot_motion import FootGeometry, FootMotion, FootState
from gaitmap.simulation._footsteps import plan_footsteps
from gaitmap.simulation._gait_parameters import SIDE, Foot, GaitParameters, check_seed
from gaitmap.simulation._sensor_model import DrawnSensor, SensorModel
from gaitmap.simulation._truth import Truth
from gaitmap.utils._checks import check_number, check_sampling_rate, parameter_error
from gaitmap.utils.consts import SF_COLS, SF_COLS_WITH_MAG

#: The signals are made in pieces of this many samples, whatever blocks are asked for: a block never changes a sample.
CHUNK_SAMPLES = 16384
#: The motion has nothing to show above; a slip of the keys would write for days.
_MAX_RATE_HZ = 1e5
_FEET: tuple[Foot, Foot] = ("left", "right")


class SimulatedWalk:
    """A simulated recording of two feet with everything that is known about it.

    Made by :func:`simulate` and :func:`simulate_walk`.

    Parameters
    ----------
    activities
        What is done, one after the other.
    sampling_rate_hz
        Nominal sampling rate in Hz.
    sensors
        ``{sensor: model}`` of ``left_sensor`` and ``right_sensor``.
    geometry
        Where the sensors are on the feet.
    magnetometer
        Whether there are columns ``mag_x..z``.
    seed
        Number that makes everything random.

    Attributes
    ----------
    data
        ``{sensor: frame}`` in the foot sensor frame: ``acc_x..z`` (m/s^2), ``gyr_x..z`` (deg/s), perhaps ``mag_x..z``
        (uT); index in s by the clock of the sensor. Made when it is first read; use :meth:`blocks` where the recording
        is too long for the memory.
    truth
        Strides, events, parameters and paths.
    n_samples
        Number of samples of each sensor.
    duration_s
        Nominal duration in s.
    drawn_errors
        ``{sensor: {error: values of the three axes}}``: bias, scale error and misalignment as drawn by the seed.
    """

    def __init__(
        self,
        activities: Sequence[Activity],
        *,
        sampling_rate_hz: float,
        sensors: Mapping[str, SensorModel],
        geometry: FootGeometry,
        magnetometer: bool,
        seed: int,
    ) -> None:
        self.sampling_rate_hz = sampling_rate_hz
        self.magnetometer = magnetometer
        self.seed = seed
        self.sensors = dict(sensors)
        plan = plan_footsteps(activities, np.random.default_rng([seed, 0]))
        self.n_samples = int(np.ceil(plan.duration_s * sampling_rate_hz))
        self.duration_s = self.n_samples / sampling_rate_hz
        for model in self.sensors.values():
            if model.clock_offset_s != 0 and abs(model.clock_offset_s) >= self.duration_s:
                raise parameter_error(
                    model,
                    "clock_offset_s",
                    f"shorter than the recording ({self.duration_s:.1f} s)",
                    model.clock_offset_s,
                )
        models: dict[Foot, SensorModel] = {foot: sensors[f"{foot}_sensor"] for foot in _FEET}
        self._motion = {foot: FootMotion(plan.swings(foot), geometry, SIDE[foot]) for foot in _FEET}
        self._sensors = {
            foot: DrawnSensor(models[foot], (seed, 1 + number), sampling_rate_hz, self.n_samples + CHUNK_SAMPLES)
            for number, foot in enumerate(_FEET)
        }
        self.truth = Truth(plan, self._motion, models, sampling_rate_hz)

    @cached_property
    def data(self) -> dict[str, pd.DataFrame]:
        """The whole recording."""
        return next(self.blocks(self.n_samples))

    def blocks(self, n_samples: int) -> Iterator[dict[str, pd.DataFrame]]:
        """Give the recording piece by piece.

        Parameters
        ----------
        n_samples
            Number of samples of each block; the last one may be shorter.

        Yields
        ------
        dict of pandas.DataFrame
            The next samples of both feet, with the index that they have in ``data``. The blocks put together are
            ``data``, bit by bit.
        """
        check_number("blocks", "n_samples", n_samples, at_least=1)
        waiting: dict[Foot, list[np.ndarray]] = {foot: [] for foot in _FEET}
        n_waiting = begin = 0
        for chunk in range(-(-self.n_samples // CHUNK_SAMPLES)):
            for foot in _FEET:
                waiting[foot].append(self._chunk(foot, chunk))
            n_waiting += len(waiting["left"][-1])
            if n_waiting < n_samples and begin + n_waiting < self.n_samples:
                continue
            ready = {foot: np.concatenate(waiting[foot]) for foot in _FEET}
            at = 0
            while n_waiting - at >= n_samples or (begin + n_waiting == self.n_samples and at < n_waiting):
                block = {foot: ready[foot][at : at + n_samples] for foot in _FEET}
                yield self._frames(block, begin + at)
                at += n_samples
            at = min(at, n_waiting)
            waiting = {foot: [ready[foot][at:]] for foot in _FEET}
            begin, n_waiting = begin + at, n_waiting - at

    @property
    def drawn_errors(self) -> dict[str, dict[str, list[float]]]:
        """Bias, scale error and misalignment of each sensor."""
        return {
            f"{foot}_sensor": {name: values.tolist() for name, values in sensor.errors.items()}
            for foot, sensor in self._sensors.items()
        }

    def state(self, sensor: str, time_s: np.ndarray) -> FootState:
        """Calculate the exact state of a sensor at any time.

        Parameters
        ----------
        sensor
            ``"left_sensor"`` or ``"right_sensor"``.
        time_s
            True times in s, ascending.

        Returns
        -------
        FootState
            Position, velocity, acceleration, orientation, and what an ideal sensor measures.
        """
        return self._motion["left" if sensor == "left_sensor" else "right"].state(time_s)

    def _chunk(self, foot: Foot, chunk: int) -> np.ndarray:
        sensor = self._sensors[foot]
        first = chunk * CHUNK_SAMPLES
        time = sensor.model.time_of(np.arange(first, first + CHUNK_SAMPLES), self.sampling_rate_hz)
        state = self._motion[foot].state(time)
        true = {"acc": state.specific_force, "gyr": np.rad2deg(state.angular_rate)}
        if self.magnetometer:
            true["mag"] = state.to_sensor_frame(np.array(sensor.model.magnetic_field))
        return sensor.measure(true, first, chunk)[: self.n_samples - first]

    def _frames(self, block: Mapping[Foot, np.ndarray], first: int) -> dict[str, pd.DataFrame]:
        columns = SF_COLS_WITH_MAG if self.magnetometer else SF_COLS
        frames = {}
        for foot, values in block.items():
            index = pd.Index((first + np.arange(len(values))) / self.sampling_rate_hz, name="time")
            frames[f"{foot}_sensor"] = pd.DataFrame(values, index=index, columns=columns)
        return frames


def simulate(
    activities: Sequence[Activity],
    sampling_rate_hz: float = 204.8,
    *,
    sensor: SensorModel | Mapping[str, SensorModel] | None = None,
    geometry: FootGeometry | None = None,
    magnetometer: bool = False,
    seed: int = 0,
) -> SimulatedWalk:
    """Simulate the recording of two foot sensors during a list of activities.

    Parameters
    ----------
    activities
        What is done, one after the other: :class:`Walk`, :class:`Shuffle`, :class:`Turn`, :class:`Stairs`,
        :class:`Rest`, :class:`Fidget`. Gait activities without anything in between make up one bout.
    sampling_rate_hz
        Sampling rate in Hz.
    sensor
        Errors of the sensors: one model for both, or ``{"left_sensor": ..., "right_sensor": ...}``. None: those of
        usual sensors.
    geometry
        Where the sensors are on the feet; None: on the instep.
    magnetometer
        Whether the magnetic field is measured, too.
    seed
        Same seed and same parameters: same recording.

    Returns
    -------
    SimulatedWalk
        The recording and its truth.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Examples
    --------
    >>> walk = simulate([Rest(2), Walk(n_steps=10), Rest(1)])
    >>> list(walk.data)
    ['left_sensor', 'right_sensor']
    >>> walk.truth.strides["left_sensor"]["kind"].unique().tolist()
    ['walk']
    """
    check_sampling_rate("simulate", sampling_rate_hz)
    if sampling_rate_hz > _MAX_RATE_HZ:
        raise parameter_error("simulate", "sampling_rate_hz", f"at most {_MAX_RATE_HZ:g}", sampling_rate_hz)
    check_seed("simulate", seed)
    names = [f"{foot}_sensor" for foot in _FEET]
    sensors = sensor if isinstance(sensor, Mapping) else dict.fromkeys(names, sensor or SensorModel())
    if set(sensors) != set(names):
        raise parameter_error(
            "simulate", "sensor", "a SensorModel, or a dict with the keys " + ", ".join(names), sensor
        )
    return SimulatedWalk(
        activities,
        sampling_rate_hz=sampling_rate_hz,
        sensors=sensors,
        geometry=geometry or FootGeometry(),
        magnetometer=magnetometer,
        seed=int(seed),
    )


def simulate_walk(
    gait: GaitParameters | None = None,
    sampling_rate_hz: float = 204.8,
    *,
    duration_s: float = 60.0,
    rest_s: float = 2.0,
    sensor: SensorModel | Mapping[str, SensorModel] | None = None,
    magnetometer: bool = False,
    seed: int = 0,
) -> SimulatedWalk:
    """Simulate level walking straight ahead, with rest before and after.

    Parameters
    ----------
    gait
        How; None: as a healthy person.
    sampling_rate_hz
        Sampling rate in Hz.
    duration_s
        About how long the walk lasts, in s.
    rest_s
        Rest before and after, in s.
    sensor
        Errors of the sensors: one model for both, or ``{"left_sensor": ..., "right_sensor": ...}``. None: those of
        usual sensors.
    magnetometer
        Whether the magnetic field is measured, too.
    seed
        Same seed and same parameters: same recording.

    Returns
    -------
    SimulatedWalk
        The recording and its truth.

    Examples
    --------
    >>> walk = simulate_walk(GaitParameters(stride_length_m=1.2, stride_length_cv=0), duration_s=20)
    >>> float(walk.truth.parameters["left_sensor"]["stride_length"].iloc[5].round(6))
    1.2
    """
    activities = [Rest(rest_s), Walk(duration_s=duration_s, gait=gait or GaitParameters()), Rest(rest_s)]
    return simulate(activities, sampling_rate_hz, sensor=sensor, magnetometer=magnetometer, seed=seed)
