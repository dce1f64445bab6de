"""Abstract classes: one per family of algorithms, each with its fixed action method."""

from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from tpcp import Algorithm

from gaitmap.base._blocks import BlockSource, EstimatesFromBlocks
from gaitmap.base._json import _BaseSerializable
from gaitmap.utils.consts import GF_ORI
from gaitmap.utils.datatype_helper import (
    PositionList,
    SensorData,
    SingleSensorData,
    SingleSensorOrientationList,
    SingleSensorPositionList,
    SingleSensorRegionsOfInterestList,
    SingleSensorStrideList,
    SingleSensorVelocityList,
    StrideList,
)


class BaseAlgorithm(Algorithm, _BaseSerializable):
    """Base class of all algorithms: parameters in ``__init__``, one action method, results ending in ``_``.

    Subclasses name their action method (or several, the first being the default) in the class attribute
    ``_action_methods``.
    """


class BaseSensorAlignment(BaseAlgorithm):
    """Base class of methods that rotate sensor data into another frame.

    Attributes
    ----------
    aligned_data_
        The rotated data.
    aligned_data_as_frame_
        The rotated data as one frame, with two column levels for several sensors; made when it is read.
    """

    _action_methods = ("align",)

    aligned_data_: SensorData

    @property
    def aligned_data_as_frame_(self) -> pd.DataFrame:
        """The rotated data as one frame."""
        data = self.aligned_data_
        return pd.concat(data, axis=1) if isinstance(data, dict) else data

    def align(self, data: SensorData, **kwargs: Any) -> "BaseSensorAlignment":
        """Align sensor data."""
        raise NotImplementedError


class BaseGyroscopeOffset(BaseAlgorithm, EstimatesFromBlocks):
    """Base class of methods that find the constant part of the angular rate that is no movement.

    Attributes
    ----------
    offset_
        ``{sensor: offset}`` in deg/s about x, y, z of the sensor as it is mounted, shape (3,); zeros where it cannot
        be known.
    source_
        ``{sensor: words}`` that tell where the offset was seen.
    findings_
        ``{sensor: sentences}`` about what deserves attention.
    problems_
        ``{sensor: reason}`` of sensors whose data do not allow the step; they have no other results.
    """

    _action_methods = ("estimate",)

    offset_: dict[Any, NDArray[np.float64]]
    source_: dict[Any, str]
    findings_: dict[Any, list[str]]
    problems_: dict[Any, str]

    def estimate(self, blocks: BlockSource, *, sampling_rate_hz: float) -> Self:
        """Find the offset in passes over the blocks of a recording."""
        raise NotImplementedError


class BaseStrideSegmentation(BaseAlgorithm):
    """Base class of methods that find strides in a recording.

    Attributes
    ----------
    stride_list_
        Stride list with ``s_id`` as index and the columns ``start`` and ``end`` (samples, end exclusive).
    """

    _action_methods = ("segment",)

    stride_list_: StrideList

    def segment(self, data: SensorData, sampling_rate_hz: float, **kwargs: Any) -> "BaseStrideSegmentation":
        """Find strides."""
        raise NotImplementedError


class BaseEventDetection(BaseAlgorithm):
    """Base class of methods that find gait events inside given strides.

    ``detect`` of a subclass has the signature below, or takes the strides in second place, as the event detections of
    this package do: ``detect(data, stride_list, *, sampling_rate_hz)``. A pipeline calls it with dicts of body-frame
    data and of stride lists, one per sensor.

    Attributes
    ----------
    min_vel_event_list_
        Strides from one min_vel to the next: ``s_id`` as index, the columns ``start``, ``end``, ``min_vel`` and the
        other events (samples); a dict of them for several sensors. A pipeline needs it.
    """

    _action_methods = ("detect",)

    def detect(
        self, data: SensorData, *, stride_event_list: StrideList | None = None, sampling_rate_hz: float
    ) -> "BaseEventDetection":
        """Find gait events."""
        raise NotImplementedError


class BaseOrientationMethod(BaseAlgorithm):
    """Base class of methods that estimate the orientation of a sensor over time.

    Subclasses set ``orientation_object_``; the other results follow from it.

    Attributes
    ----------
    orientation_object_
        n + 1 rotations (sensor to global frame) for n samples; the first is the initial orientation.
    orientation_
        The same as DataFrame with the columns ``q_x, q_y, q_z, q_w`` and the index ``sample``.
    rotated_data_
        The data rotated sample by sample into the global frame; sample i by the orientation before it.
    """

    _action_methods = ("estimate",)

    orientation_object_: Rotation

    @property
    def orientation_(self) -> SingleSensorOrientationList:
        """Orientations as quaternions, n + 1 rows."""
        quaternions = pd.DataFrame(self.orientation_object_.as_quat(), columns=GF_ORI)
        quaternions.index.name = "sample"
        return quaternions

    @property
    def rotated_data_(self) -> SingleSensorData:
        """Data in the global frame, n rows."""
        from gaitmap.utils.rotations import rotate_dataset_series

        return rotate_dataset_series(self.data, self.orientation_object_[:-1])  # type: ignore[attr-defined]

    def estimate(
        self,
        data: SingleSensorData,
        *,
        stride_event_list: SingleSensorStrideList | None = None,
        sampling_rate_hz: float,
    ) -> "BaseOrientationMethod":
        """Estimate the orientation of the sensor."""
        raise NotImplementedError


class BasePositionMethod(BaseAlgorithm):
    """Base class of methods that estimate velocity and position from data in the global frame.

    Attributes
    ----------
    velocity_
        n + 1 rows for n samples, columns ``vel_x, vel_y, vel_z`` (m/s), index ``sample``.
    position_
        n + 1 rows for n samples, columns ``pos_x, pos_y, pos_z`` (m), index ``sample``.
    """

    _action_methods = ("estimate",)

    velocity_: SingleSensorVelocityList
    position_: SingleSensorPositionList

    def estimate(
        self,
        data: SingleSensorData,
        *,
        stride_event_list: SingleSensorStrideList | None = None,
        sampling_rate_hz: float,
    ) -> "BasePositionMethod":
        """Estimate velocity and position of the sensor."""
        raise NotImplementedError


class BaseTrajectoryMethod(BasePositionMethod, BaseOrientationMethod):
    """Base class of methods that estimate orientation, velocity and position in one go."""

    def estimate(
        self,
        data: SingleSensorData,
        *,
        stride_event_list: SingleSensorStrideList | None = None,
        sampling_rate_hz: float,
    ) -> "BaseTrajectoryMethod":
        """Estimate orientation, velocity and position of the sensor."""
        raise NotImplementedError


class BaseTrajectoryReconstructionWrapper(BaseAlgorithm):
    """Base class of wrappers that apply trajectory methods to strides or regions.

    Attributes
    ----------
    orientation_
        Frame with the columns ``q_x, q_y, q_z, q_w`` and the index ``(<id of the stride or region>, sample)``;
        a dict of frames for several sensors.
    velocity_
        The same with ``vel_x``, ``vel_y``, ``vel_z``, in m/s.
    position_
        The same with ``pos_x``, ``pos_y``, ``pos_z``, in m.
    """

    _action_methods = ("estimate",)

    orientation_: Any
    velocity_: Any
    position_: PositionList


class BaseTemporalParameterCalculation(BaseAlgorithm):
    """Base class of methods that calculate temporal gait parameters."""

    _action_methods = ("calculate",)

    def calculate(self, stride_event_list: StrideList, sampling_rate_hz: float) -> "BaseTemporalParameterCalculation":
        """Calculate temporal parameters."""
        raise NotImplementedError


class BaseSpatialParameterCalculation(BaseAlgorithm):
    """Base class of methods that calculate spatial gait parameters."""

    _action_methods = ("calculate",)

    def calculate(
        self, stride_event_list: StrideList, positions: Any, orientations: Any, sampling_rate_hz: float
    ) -> "BaseSpatialParameterCalculation":
        """Calculate spatial parameters."""
        raise NotImplementedError


class BaseGaitDetection(BaseAlgorithm):
    """Base class of methods that find sequences of gait in a recording."""

    _action_methods = ("detect",)

    def detect(self, data: SensorData, sampling_rate_hz: float) -> "BaseGaitDetection":
        """Find gait sequences."""
        raise NotImplementedError


class BaseZuptDetector(BaseAlgorithm):
    """Base class of methods that find moments in which a sensor rests (zero-velocity updates).

    Attributes
    ----------
    zupts_
        Frame with the columns ``start`` and ``end`` (samples, end exclusive), one row per region of rest.
    per_sample_zupts_
        Bool array, one value per sample.
    min_vel_index_
        Sample with the smallest metric, where the method offers it, else None.
    min_vel_value_
        The metric there.
    """

    _action_methods = ("detect",)

    zupts_: SingleSensorRegionsOfInterestList
    per_sample_zupts_: Any
    min_vel_index_: int | None
    min_vel_value_: float | None

    def detect(
        self,
        data: SingleSensorData,
        *,
        stride_event_list: SingleSensorStrideList | None = None,
        sampling_rate_hz: float,
    ) -> "BaseZuptDetector":
        """Find moments of rest."""
        raise NotImplementedError
