"""Alignment of foot sensors whose mounting is not known at all."""

import warnings
from collections.abc import Hashable, Mapping
from typing import Any, ClassVar, Literal, Self

from scipy.spatial.transform import Rotation
from tpcp import cf

from gaitmap.base import BaseSensorAlignment, BlockSource, EstimatesFromBlocks
from gaitmap.base._sensors import set_results
from gaitmap.preprocessing.sensor_alignment._auto_evidence import (
    MIN_CONFIDENCE,
    Evidence,
    compare_feet,
    confidence_of,
)
from gaitmap.preprocessing.sensor_alignment._auto_rotation import RotationFinder
from gaitmap.preprocessing.sensor_alignment._blocks import (
    keep_usable,
    one_block,
    raise_first_problem,
    read_blocks,
    read_sensor_frame_blocks,
    rotate_each,
)
from gaitmap.preprocessing.sensor_alignment._excerpt import Excerpt, WalkingMinutes
from gaitmap.preprocessing.sensor_alignment._forward_direction import ForwardDirectionSignAlignment
from gaitmap.preprocessing.sensor_alignment._gravity import GravityAlignment
from gaitmap.preprocessing.sensor_alignment._pca import PcaAlignment
from gaitmap.utils._checks import check_number, check_option, check_sampling_rate, parameter_error
from gaitmap.utils._feet import Foot, foot_in_name
from gaitmap.utils.consts import SF_COLS
from gaitmap.utils.datatype_helper import SensorData, is_sensor_data
from gaitmap.utils.exceptions import DataQualityError, UncertainAlignmentWarning

_STAGE = "automatic alignment"


class AutoAlignment(BaseSensorAlignment, EstimatesFromBlocks):
    """Rotate the data of foot sensors into the foot sensor frame, however they are mounted.

    Finds the vertical (gravity) and the direction of the toes (direction of travel) from the walking in the recording,
    and tells how sure it is of the result.

    Data requirements: one or several foot sensors in any orientation, acc in m/s^2 and gyr in deg/s, 50 Hz or more. The
    sensor must not move on the foot. The recording must hold walking, mainly forwards: three strides in a row at least,
    10 or more recommended. Other things (standing, a sensor that lies on a table before it is put on) may be in it.

    Parameters
    ----------
    gravity
        Finds the moments of rest and the direction of gravity in them. If the sensor rests in several orientations, the
        one closest to mid-stance is taken; if it never rests, mid-stance itself.
    pca
        Finds the main axis of rotation of the strides, with ``target_axis="y"``. The direction of travel should be at
        right angles to it; by how much they differ is part of the confidence.
    sign
        Decides which direction is forward. None: the direction in which most strides go.
    toe_out_deg
        Angle in deg by which the toes point outwards of the direction of travel. Applied to sensors of which the foot
        is known. 0 puts the direction of travel itself on x.

    Attributes
    ----------
    aligned_data_
        The rotated data, with the same index and columns; a dict with the data of each sensor for several sensors.
    aligned_data_as_frame_
        The same as one frame, with two column levels for several sensors; made when it is read.
    rotation_
        The rotation from the original to the aligned data (a dict for several sensors, like all further results). It
        can be applied to other recordings with the same mounting by :func:`gaitmap.utils.rotations.rotate_dataset`.
    confidence_
        From 0 to 1. Below 0.5, an ``UncertainAlignmentWarning`` is given: look at ``findings_``.
    findings_
        List of sentences about everything that makes the result doubtful or deserves a look; usually empty.
    evidence_
        What the decisions rest on, a dict of plain values:

        ``foot``, ``n_strides``, ``n_straight_strides``
            The foot, the number of strides used, and that of those used for the heading.
        ``rest_threshold_dps``
            Angular rate below which the foot was taken to rest, in deg/s.
        ``gravity_from``, ``n_rest_directions``
            "rest" or "mid-stance", and the number of orientations in which the sensor rests.
        ``gravity_spread_deg``, ``tilted_share``
            Median deviation of gravity in single mid-stances, and the share of those with more than 20 deg.
        ``gravity_to_mid_stance_deg``
            Angle between the gravity used and the one of the mid-stances.
        ``main_axis_ratio``
            Variance of the angular rate along the main axis, divided by the one across it.
        ``travel_angle_deg``
            Direction of travel, seen from the direction at right angles to the main axis; positive is outwards.
        ``heading_spread_deg``
            Median deviation of single strides from the direction of travel.
        ``forward_share``, ``turned_share``
            Share of the straight strides that go forwards, and of those that go more than 45 deg away from that.
        ``heel_lift_share``
            Share of the straight strides in which the heel is lifted more than the toes.
        ``stride_length_m``
            Median length from rest to rest.
        ``lateral_turn_deg``
            Median turn about the axis at right angles to the main axis while the heel is lifted.
        ``confidence``
            Grades of the single decisions; ``confidence_`` is the smallest.
    consistency_
        Comparison of the two feet, which walk the same way: ``stride_length_ratio``, ``travel_angle_difference_deg``,
        ``feet_may_be_swapped``, ``is_consistent``. None if there is not one sensor of each foot.
    problems_
        Why sensors were left out by ``estimate``, as a dict with the reason for each of them; empty after ``align``.

    Other Parameters
    ----------------
    data
        The data passed to the ``align`` method.
    sampling_rate_hz
        The sampling rate of the data in Hz.
    foot
        The foot passed to the ``align`` method.

    Notes
    -----
    1. Recordings of more than 30 minutes: 30 minutes are looked at, evenly spread over those that are full of walking
       (or those with the most, if there are fewer).
    2. Strides from rest to rest are looked for in the norms of the signals, which do not depend on the mounting.
    3. Gravity: median acceleration of all moments of rest, as in :class:`GravityAlignment`; but moments with another
       orientation than mid-stance are left out.
    4. Heading: each stride is integrated on its own, with zero velocity at both ends. Its direction is the one from
       start to end, seen from the mean of the headings of the foot at both. The median over the straight strides (turn
       below 20 deg) is the direction of travel; the majority is forward. That it is the heel that is lifted, and not
       the toes, is an independent proof.
    5. Feet point outwards. By how much cannot be told from the sensor: the default of ``toe_out_deg`` is the mean of
       ten feet in the public recordings whose sensors were aligned with the shoe by hand (-1 to 17 deg). The heading of
       a single foot is as uncertain as that. The main axis of rotation [1]_ is no better: from the direction at right
       angles to the axis of the shoe, it differs by -4 to 20 deg in the same recordings.
    6. One foot by itself cannot tell whether it is a left or a right one: ``lateral_turn_deg`` is just a hint. Names of
       sensors (or ``foot``) are believed, and the angle of the toes is left out without them.

    Two passes: the first one chooses the minutes, the second one gathers them. ``estimate`` does so for recordings of
    any length; ``align`` is its case of one block.

    What it cannot do: a recording of walking backwards is told from one with the sensor turned around only by the
    lifting of the heel; the two proofs then contradict each other, and the confidence is 0.

    References
    ----------
    .. [1] Kong, W., Sessa, S., Zecca, M. & Takanishi, A. (2016). Anatomical calibration through post-processing of
       standard motion tests data. Sensors, 16(12), 2011. https://doi.org/10.3390/s16122011

    See Also
    --------
    GravityAlignment, PcaAlignment, ForwardDirectionSignAlignment : The single steps.

    Examples
    --------
    >>> from gaitmap.example_data import get_healthy_example_imu_data_not_rotated
    >>> data = get_healthy_example_imu_data_not_rotated()  # doctest: +SKIP
    >>> alignment = AutoAlignment().align(data, sampling_rate_hz=204.8)  # doctest: +SKIP
    >>> alignment.confidence_  # doctest: +SKIP
    {'left_sensor': 1.0, 'right_sensor': 1.0}
    """

    #: Below this, an alignment is uncertain.
    MIN_CONFIDENCE: ClassVar[float] = MIN_CONFIDENCE

    rotation_: Rotation | dict[Hashable, Rotation]
    confidence_: float | dict[Hashable, float]
    findings_: list[str] | dict[Hashable, list[str]]
    evidence_: Evidence | dict[Hashable, Evidence]
    consistency_: dict[str, Any] | None
    problems_: dict[Hashable, str]

    data: SensorData
    sampling_rate_hz: float
    foot: Foot | None

    def __init__(
        self,
        gravity: GravityAlignment = cf(GravityAlignment()),
        pca: PcaAlignment = cf(PcaAlignment()),
        sign: ForwardDirectionSignAlignment | None = None,
        toe_out_deg: float = 7.0,
    ) -> None:
        self.gravity = gravity
        self.pca = pca
        self.sign = sign
        self.toe_out_deg = toe_out_deg

    def align(  # type: ignore[override]
        self, data: SensorData, *, sampling_rate_hz: float, foot: Literal["left", "right"] | None = None, **_: Any
    ) -> Self:
        """Align the data with the feet.

        Parameters
        ----------
        data
            Single- or multi-sensor data in the frame of the sensor, in any orientation.
        sampling_rate_hz
            Sampling rate in Hz.
        foot
            The foot of single-sensor data. The names of several sensors tell theirs (``left_sensor``).

        Returns
        -------
        self
            The instance with results.

        Raises
        ------
        ValidationError
            If the data is not sensor-frame data with all acc and gyr columns.
        ValueError
            If a parameter is not valid.
        DataQualityError
            If there are no three strides in a row (also a ValueError).

        Warns
        -----
        UncertainAlignmentWarning
            If the confidence is below 0.5.
        """
        self.data = data
        self.sampling_rate_hz = sampling_rate_hz
        self.foot = foot
        is_sensor_data(data, frame="sensor")
        outcomes = self._outcomes(one_block(data), sampling_rate_hz, foot)
        raise_first_problem(outcomes, _STAGE)
        self._lay_out(outcomes)
        self.aligned_data_ = rotate_each(data, self.rotation_)
        return self

    def estimate(
        self, blocks: BlockSource, *, sampling_rate_hz: float, foot: Literal["left", "right"] | None = None, **_: Any
    ) -> Self:
        """Find the rotation of a recording that comes in blocks, in two passes and without holding it in memory.

        All results but ``aligned_data_`` are those of ``align``, whatever the lengths of the blocks. A sensor whose
        data do not allow it is left out and named in ``problems_``.

        Parameters
        ----------
        blocks
            Called twice with the columns needed, gives a fresh iterator over the consecutive blocks of the recording,
            each of them single- or multi-sensor data in the frame of the sensor.
        sampling_rate_hz
            Sampling rate in Hz.
        foot
            The foot of single-sensor data.

        Returns
        -------
        self
            The instance with results.

        Raises
        ------
        ValidationError
            If a block is not sensor-frame data with all acc and gyr columns, or the sensors change.
        ValueError
            If a parameter is not valid.
        DataQualityError
            If there is no sensor that can be aligned (also a ValueError).

        Warns
        -----
        UncertainAlignmentWarning
            If the confidence is below 0.5.
        """
        self.sampling_rate_hz = sampling_rate_hz
        self.foot = foot
        self._lay_out(self._outcomes(blocks, sampling_rate_hz, foot))
        return self

    def _check_parameters(self, sampling_rate_hz: float, foot: Foot | None) -> None:
        for name, base in (("gravity", GravityAlignment), ("pca", PcaAlignment), ("sign", BaseSensorAlignment)):
            value = getattr(self, name)
            if not isinstance(value, base) and not (name == "sign" and value is None):
                raise parameter_error(self, name, f"an instance of {base.__name__}", value)
        if str(self.pca.target_axis).lower() != "y":
            raise parameter_error(self, "pca", "one with target_axis='y'", self.pca)
        check_number(self, "toe_out_deg", self.toe_out_deg)
        check_sampling_rate(self, sampling_rate_hz)
        check_option(self, "foot", foot, ("left", "right", None))

    def _outcomes(
        self, blocks: BlockSource, sampling_rate_hz: float, foot: Foot | None
    ) -> dict[Hashable | None, dict[str, Any] | DataQualityError]:
        """Go through the recording twice; results of each sensor, or why there are none."""
        self._check_parameters(sampling_rate_hz, foot)
        walking: dict[Hashable | None, WalkingMinutes] = {}
        for block in read_sensor_frame_blocks(blocks, SF_COLS, _STAGE):
            for sensor, data in block.items():
                walking.setdefault(sensor, WalkingMinutes(sampling_rate_hz)).push(data)
        excerpts = {sensor: Excerpt(each.choose(), sampling_rate_hz) for sensor, each in walking.items()}
        for block in read_blocks(blocks, SF_COLS, _STAGE):
            for sensor, data in block.items():
                excerpts[sensor].push(data)
        outcomes: dict[Hashable | None, dict[str, Any] | DataQualityError] = {}
        finder = RotationFinder(self.gravity, self.pca, self.sign, self.toe_out_deg, sampling_rate_hz)
        for sensor in list(excerpts):
            try:
                outcomes[sensor] = finder.find(
                    excerpts.pop(sensor).to_frame(), foot if sensor is None else foot_in_name(sensor)
                )
            except DataQualityError as error:
                outcomes[sensor] = error
        return outcomes

    def _lay_out(self, outcomes: Mapping[Hashable | None, dict[str, Any] | DataQualityError]) -> None:
        """Compare the feet, warn of what is uncertain, and store the results."""
        usable = {sensor: outcome for sensor, outcome in outcomes.items() if not isinstance(outcome, DataQualityError)}
        consistency = compare_feet(
            {sensor: outcome["evidence"] for sensor, outcome in usable.items()},
            {sensor: outcome["findings"] for sensor, outcome in usable.items()},
        )
        for sensor, outcome in usable.items():
            outcome["confidence"] = confidence_of(outcome["evidence"])
            if outcome["confidence"] < MIN_CONFIDENCE:
                _warn(sensor, outcome["confidence"], outcome["findings"])
        results, self.problems_ = keep_usable(outcomes, _STAGE)
        set_results(self, results)
        self.consistency_ = consistency


def _warn(sensor: Hashable | None, confidence: float, findings: list[str]) -> None:
    where = "" if sensor is None else f", sensor {sensor!r}"
    warnings.warn(
        f"automatic alignment{where}: the mounting is uncertain (confidence {confidence:.2f} of 1). "
        + " ".join(findings),
        UncertainAlignmentWarning,
        stacklevel=4,
    )
