"""Segmentation of regions of a recording."""

from collections.abc import Hashable
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from tpcp import get_action_method

from gaitmap.base import BaseStrideSegmentation
from gaitmap.utils._checks import check_option
from gaitmap.utils.consts import ROI_ID_COLS
from gaitmap.utils.datatype_helper import (
    RegionsOfInterestList,
    SensorData,
    SingleSensorRegionsOfInterestList,
    SingleSensorStrideList,
    get_multi_sensor_names,
    get_single_sensor_regions_of_interest_types,
    is_regions_of_interest_list,
    is_sensor_data,
    set_correct_index,
)
from gaitmap.utils.exceptions import MissingSensorError, ValidationError


class RoiStrideSegmentation(BaseStrideSegmentation):
    """Run a stride segmentation on regions of a recording, and join the strides.

    Takes the data that the wrapped method needs.

    Parameters
    ----------
    segmentation_algorithm
        The stride segmentation that is applied to each region.
    s_id_naming
        ``"replace"``: strides are numbered anew, ordered by their start. ``"prefix"``: the id of each stride is
        ``"<id of the region>_<id inside the region>"``.
    action_method
        Name of the method of the wrapped algorithm to call. None: its primary one.

    Attributes
    ----------
    stride_list_
        Strides of all regions, ordered by their start, with the index ``s_id``: id of the region (``roi_id`` or
        ``gs_id``), ``start`` and ``end`` (samples of the whole recording, end exclusive), and what else the method
        returns. For several sensors, a dict of such lists. Strides in two overlapping regions are listed twice, the one
        of the region that starts earlier first.
    instances_per_roi_
        The algorithm after it has run, for each region id (samples count from the start of the region). With one list
        of regions per sensor: a dict of them for each sensor.

    Other Parameters
    ----------------
    data
        The data passed to the ``segment`` method.
    sampling_rate_hz
        The sampling rate of the data in Hz.
    regions_of_interest
        The regions passed to the ``segment`` method.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.stride_segmentation import BarthDtw, DtwTemplate, RoiStrideSegmentation
    >>> template = DtwTemplate(data=pd.DataFrame({"gyr_ml": [0.0, 1.0, 0.0]}), sampling_rate_hz=10)
    >>> dtw = BarthDtw(template, max_cost=0.5, min_match_length_s=0.1, snap_to_min_win_ms=None)
    >>> data = pd.DataFrame({"gyr_ml": [2.0, 2, 0, 1, 0, 2, 2, 2, 0, 1, 0, 2]})
    >>> regions = pd.DataFrame({"start": [6], "end": [12]}, index=pd.Index([0], name="roi_id"))
    >>> strides = RoiStrideSegmentation(dtw).segment(data, 10, regions_of_interest=regions).stride_list_
    >>> strides.loc[0].to_dict()
    {'roi_id': 0, 'start': 8, 'end': 11}
    """

    instances_per_roi_: dict[Any, Any]

    data: SensorData
    sampling_rate_hz: float
    regions_of_interest: RegionsOfInterestList | None

    def __init__(
        self,
        segmentation_algorithm: BaseStrideSegmentation | None = None,
        s_id_naming: str = "replace",
        action_method: str | None = None,
    ) -> None:
        self.segmentation_algorithm = segmentation_algorithm
        self.s_id_naming = s_id_naming
        self.action_method = action_method

    def segment(
        self,
        data: SensorData,
        sampling_rate_hz: float,
        *,
        regions_of_interest: RegionsOfInterestList | None = None,
        **kwargs: Any,
    ) -> Self:
        """Segment the strides of all regions.

        Parameters
        ----------
        data
            Single- or multi-sensor data.
        sampling_rate_hz
            Sampling rate of the data in Hz.
        regions_of_interest
            Regions with ``roi_id`` or ``gs_id``, ``start`` and ``end`` (samples, end exclusive): one list, or a dict
            of one per sensor (sensors without a list are left out). One list for all sensors needs synchronised data
            (one DataFrame).
        kwargs
            Further arguments for the action method of the wrapped algorithm.

        Returns
        -------
        self
            The instance with the results attached.

        Raises
        ------
        ValidationError
            If data or regions do not have the right format, or do not fit together.
        ValueError
            If a parameter has a value that cannot be used.
        """
        self.data = data
        self.sampling_rate_hz = sampling_rate_hz
        self.regions_of_interest = regions_of_interest
        data_kind, roi_kind = self._check(data, regions_of_interest)
        if roi_kind == "multi":
            self.instances_per_roi_, self.stride_list_ = {}, {}
            for sensor, of_sensor in regions_of_interest.items():  # type: ignore[union-attr]
                regions = _Regions.from_list(of_sensor)
                instances = self._run({sensor: data[sensor]}, regions, kwargs)
                self.instances_per_roi_[sensor] = instances
                self.stride_list_[sensor] = self._join(
                    regions, {roi: algorithm.stride_list_[sensor] for roi, algorithm in instances.items()}
                )
            return self

        regions = _Regions.from_list(regions_of_interest)  # type: ignore[arg-type]
        instances = self._run(data, regions, kwargs)
        self.instances_per_roi_ = instances
        if data_kind == "single":
            self.stride_list_ = self._join(regions, {roi: run.stride_list_ for roi, run in instances.items()})
        else:
            # An algorithm may leave sensors out (for example those without a template).
            lists = [run.stride_list_ for run in instances.values()]
            sensors = list(lists[0]) if lists else list(get_multi_sensor_names(data))
            self.stride_list_ = {
                sensor: self._join(regions, {roi: run.stride_list_[sensor] for roi, run in instances.items()})
                for sensor in sensors
            }
        return self

    def _check(self, data: Any, regions_of_interest: Any) -> tuple[str, str]:
        if not isinstance(self.segmentation_algorithm, BaseStrideSegmentation):
            raise ValueError(
                "`segmentation_algorithm` must be a valid instance of a StrideSegmentation algorithm. "
                f"Found {self.segmentation_algorithm!r}."
            )
        get_action_method(self.segmentation_algorithm, self.action_method)
        check_option(self, "s_id_naming", self.s_id_naming, ("replace", "prefix"))
        data_kind = is_sensor_data(data, check_acc=False, check_gyr=False)
        roi_kind = is_regions_of_interest_list(regions_of_interest)
        if data_kind == "single" and roi_kind == "multi":
            raise ValidationError(
                "You are trying to use a multi-sensor regions of interest list with a single sensor. "
                "Pass the list of this sensor alone."
            )
        if data_kind == "multi" and roi_kind == "single" and isinstance(data, dict):
            raise ValidationError(
                "You are trying to use a single-sensor regions of interest list with an unsynchronised multi-sensor "
                "dataset. Pass a dict with one list per sensor, or synchronised data (one DataFrame)."
            )
        if roi_kind == "multi":
            missing = [name for name in regions_of_interest if name not in list(get_multi_sensor_names(data))]
            if missing:
                raise MissingSensorError(
                    "The regions of interest list contains information for a sensor that is not in the data: "
                    f"{missing}. Remove its list, or add the data."
                )
        return data_kind, roi_kind

    def _run(self, data: SensorData, regions: "_Regions", kwargs: dict[str, Any]) -> dict[Hashable, Any]:
        """Call a fresh algorithm on each region."""
        instances = {}
        for roi_id, start, end in zip(regions.ids, regions.starts, regions.ends, strict=True):
            algorithm = self.segmentation_algorithm.clone()  # type: ignore[union-attr]
            if isinstance(data, dict):
                part: Any = {sensor: of_sensor.iloc[start:end] for sensor, of_sensor in data.items()}
                _drop_templates_of_other_sensors(algorithm, part)
            else:
                part = data.iloc[start:end]
            action = get_action_method(algorithm, self.action_method)
            try:
                instances[roi_id] = action(part, sampling_rate_hz=self.sampling_rate_hz, **kwargs)
            except Exception as error:
                error.add_note(f"This happened in the region of interest {roi_id!r} (samples {start} to {end}).")
                raise
        return instances

    def _join(self, regions: "_Regions", stride_lists: dict[Hashable, SingleSensorStrideList]) -> pd.DataFrame:
        """One list of all strides, in samples of the whole recording."""
        parts = []
        lists = list(stride_lists.values())
        for k in np.argsort(regions.starts, kind="stable"):  # of equal strides, the one of the earlier region is first
            if len(lists[k]) == 0:
                continue
            part = set_correct_index(lists[k], ["s_id"]).reset_index()
            part[["start", "end"]] += regions.starts[k]
            part.insert(0, regions.id_name, np.repeat(regions.ids[k : k + 1], len(part)))
            parts.append(part)
        if not parts:
            empty = pd.DataFrame({regions.id_name: regions.ids[:0], "start": [], "end": []})
            empty.index = pd.RangeIndex(0, name="s_id")
            return empty.astype({"start": np.int64, "end": np.int64})
        joined = pd.concat(parts, ignore_index=True).sort_values("start", kind="stable", ignore_index=True)
        inner_ids = joined.pop("s_id")
        if self.s_id_naming == "prefix":
            ids = [f"{roi_id}_{s_id}" for roi_id, s_id in zip(joined[regions.id_name], inner_ids, strict=True)]
            joined.index = pd.Index(ids, name="s_id")
        else:
            joined.index = pd.RangeIndex(len(joined), name="s_id")
        others = [column for column in joined.columns if column not in (regions.id_name, "start", "end")]
        return joined[[regions.id_name, "start", "end", *others]]


class _Regions(NamedTuple):
    """One list of regions."""

    id_name: str
    ids: pd.Index
    starts: np.ndarray
    ends: np.ndarray

    @classmethod
    def from_list(cls, regions_of_interest: SingleSensorRegionsOfInterestList) -> "_Regions":
        id_name = ROI_ID_COLS[get_single_sensor_regions_of_interest_types(regions_of_interest)]
        regions = set_correct_index(regions_of_interest, [id_name])
        borders = regions[["start", "end"]].to_numpy(dtype=float)
        unusable = (borders != np.floor(borders)).any(axis=1) | (borders < 0).any(axis=1)
        if unusable.any():
            raise ValidationError(
                "`start` and `end` of regions of interest must be whole numbers >= 0. "
                f"Found others in the region(s) {regions.index[unusable].tolist()}."
            )
        borders = borders.astype(np.int64)
        return cls(id_name, regions.index, borders[:, 0], borders[:, 1])


def _drop_templates_of_other_sensors(algorithm: Any, data: dict[Hashable, Any]) -> None:
    templates = getattr(algorithm, "template", None)
    if isinstance(templates, dict):
        algorithm.set_params(template={sensor: template for sensor, template in templates.items() if sensor in data})
