"""What the stride- and the region-level wrapper share: applying the methods to every region of a recording."""

import warnings
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial.transform import Rotation

from gaitmap._kernels.orientation import gravity_orientations
from gaitmap._kernels.quaternion import rotate_samples
from gaitmap.base import (
    BaseOrientationMethod,
    BasePositionMethod,
    BaseTrajectoryMethod,
    BaseTrajectoryReconstructionWrapper,
)
from gaitmap.trajectory_reconstruction._regions import (
    RESULT_COLUMNS,
    nan_frames,
    read_sections,
    region_frames,
    report_unusable,
    warn_about_cut_windows,
)
from gaitmap.trajectory_reconstruction._signals import read_signals
from gaitmap.utils._checks import check_number, check_sampling_rate, parameter_error
from gaitmap.utils.exceptions import UnusableSignalError

_StrideListOf = Callable[[int], pd.DataFrame | None]


class TrajectoryWrapper(BaseTrajectoryReconstructionWrapper):
    """Apply an orientation and a position method, or one trajectory method, to every region of every sensor."""

    ori_method: BaseOrientationMethod | None
    pos_method: BasePositionMethod | None
    trajectory_method: BaseTrajectoryMethod | None
    align_window_width: int
    sampling_rate_hz: float

    def _check_parameters(self, sampling_rate_hz: float) -> None:
        self._check_methods()
        check_number(self, "align_window_width", self.align_window_width, at_least=0)
        check_sampling_rate(self, sampling_rate_hz)

    def _check_methods(self) -> None:
        ori, pos, trajectory = self.ori_method, self.pos_method, self.trajectory_method
        if trajectory is not None:
            if ori is not None or pos is not None:
                warnings.warn(
                    "You provided a trajectory method AND an ori or pos method. The trajectory method is used, the "
                    "other ones are ignored. Pass `ori_method=None, pos_method=None` to avoid this warning.",
                    UserWarning,
                    stacklevel=4,
                )
            if not isinstance(trajectory, BaseTrajectoryMethod):
                raise parameter_error(self, "trajectory_method", "None or a BaseTrajectoryMethod", trajectory)
            return
        if ori is not None and not isinstance(ori, BaseOrientationMethod):
            raise parameter_error(self, "ori_method", "None or a BaseOrientationMethod", ori)
        if pos is not None and not isinstance(pos, BasePositionMethod):
            raise parameter_error(self, "pos_method", "None or a BasePositionMethod", pos)
        if ori is None or pos is None:
            raise ValueError(
                f"{type(self).__name__}: either a `ori` and a `pos` method, or a `trajectory` method must be given. "
                f"Got ori_method={ori!r}, pos_method={pos!r}, trajectory_method=None instead."
            )
        if isinstance(ori, BaseTrajectoryMethod) or isinstance(pos, BaseTrajectoryMethod):
            warnings.warn(
                "You provided a trajectory method as ori or pos method. Only its orientation or its position is used. "
                "Pass it as `trajectory_method` to use both.",
                UserWarning,
                stacklevel=4,
            )

    def _estimate_regions(
        self,
        data: pd.DataFrame,
        regions: pd.DataFrame,
        stride_list_of: _StrideListOf,
        where: str,
    ) -> dict[str, pd.DataFrame]:
        """Evaluate all regions of one sensor.

        ``regions`` has the id as index; ``stride_list_of(i)`` gives the stride list that belongs to region i.
        """
        sections = read_sections(regions, len(data), where)
        half_width = int(self.align_window_width // 2)
        warn_about_cut_windows(sections[:, 0], half_width, len(data), where)
        if len(sections) == 0:
            return region_frames(np.empty(0, dtype=np.int64), regions.index)
        estimate = self._estimate_batched if self._can_batch() else self._estimate_one_by_one
        frames, problems = estimate(data, sections, half_width, regions.index, stride_list_of)
        report_unusable(problems, len(sections), f"{where}, {regions.index.name}")
        return frames

    def _can_batch(self) -> bool:
        if self.trajectory_method is not None:
            return _is_batchable(self.trajectory_method)
        two = (self.ori_method, self.pos_method)
        return all(_is_batchable(method) and not isinstance(method, BaseTrajectoryMethod) for method in two)

    def _estimate_batched(
        self, data: pd.DataFrame, sections: np.ndarray, half_width: int, ids: pd.Index, stride_list_of: _StrideListOf
    ) -> tuple[dict[str, pd.DataFrame], dict[Hashable, UnusableSignalError]]:
        """One compiled call per step for all regions."""
        first: Any = self.trajectory_method or self.ori_method
        pos: Any = self.pos_method
        rate = float(self.sampling_rate_hz)
        first._check_data(data)
        first._check_parameters()
        signals = read_signals(data, mag=first.use_magnetometer)
        initial = gravity_orientations(signals.acc, sections[:, 0].copy(), half_width)
        # the same bits as on the general way, where it travels as Rotation
        known = np.isfinite(initial).all(axis=1)
        initial[known] = Rotation.from_quat(initial[known]).as_quat()

        reasons: dict[int, UnusableSignalError] = {}
        if self.trajectory_method is not None:
            *states, reasons = first._integrate_sections(data, signals, sections, initial, stride_list_of, rate)
        else:
            pos._check_parameters()
            quaternions = first._integrate(signals, sections, initial, rate)
            global_acc = rotate_samples(quaternions, signals.acc, sections, 0)
            global_gyr = rotate_samples(quaternions, signals.gyr, sections, 0) if pos._needs_gyr() else None
            states = [quaternions, *pos._integrate(global_acc, global_gyr, sections[:, 1] - sections[:, 0], rate)]

        n_rows = sections[:, 1] - sections[:, 0] + 1
        first_rows = np.cumsum(n_rows) - n_rows
        usable = np.logical_and.reduceat(np.isfinite(states[2]).all(axis=1), first_rows)
        usable[list(reasons)] = False
        if not usable.all():
            states = [array.copy() for array in states]  # may be read-only, from a cache
        problems: dict[Hashable, UnusableSignalError] = {}
        for i in np.flatnonzero(~usable):
            problems[ids[i]] = reasons.get(int(i)) or (_not_finite() if known[i] else _no_gravity())
            for array in states:
                array[first_rows[i] : first_rows[i] + n_rows[i]] = np.nan
        return region_frames(n_rows, ids, *states), problems

    def _estimate_one_by_one(
        self,
        data: pd.DataFrame,
        sections: np.ndarray,
        half_width: int,
        ids: pd.Index,
        stride_list_of: _StrideListOf,
    ) -> tuple[dict[str, pd.DataFrame], dict[Hashable, UnusableSignalError]]:
        acc = read_signals(data, gyr=False).acc
        initial = gravity_orientations(acc, sections[:, 0].copy(), half_width)
        parts, problems = {}, {}
        for i, (start, end) in enumerate(sections):
            try:
                parts[ids[i]] = self._estimate_one(data.iloc[start:end], stride_list_of(i), initial[i])
            except UnusableSignalError as error:
                problems[ids[i]] = error
                parts[ids[i]] = nan_frames(end - start + 1)
        names = [ids.name, "sample"]
        frames = {
            result: pd.concat({region_id: part[result] for region_id, part in parts.items()}, names=names)
            for result in RESULT_COLUMNS
        }
        return frames, problems

    def _estimate_one(
        self, data: pd.DataFrame, stride_list: pd.DataFrame | None, initial: np.ndarray
    ) -> dict[str, pd.DataFrame]:
        if np.isnan(initial).any():
            raise _no_gravity()
        given: dict[str, Any] = {"sampling_rate_hz": self.sampling_rate_hz, "stride_event_list": stride_list}
        start = {"initial_orientation": Rotation.from_quat(initial)}
        ori: Any
        pos: Any
        if self.trajectory_method is not None:
            ori = pos = self.trajectory_method.clone().set_params(**start).estimate(data, **given)
        else:
            ori = self.ori_method.clone().set_params(**start).estimate(data, **given)  # type: ignore[union-attr]
            pos = self.pos_method.clone().estimate(ori.rotated_data_, **given)  # type: ignore[union-attr]
        return {"orientation": ori.orientation_, "velocity": pos.velocity_, "position": pos.position_}


def _is_batchable(method: Any) -> bool:
    """Whether all regions may be evaluated at once instead of by calls of ``estimate``.

    A class says so for itself, not for its subclasses. A patched ``estimate`` must be called.
    """
    kind = type(method)
    return "estimate" not in vars(method) and vars(kind).get("_batch_replaces") is getattr(kind, "estimate", None)


def _no_gravity() -> UnusableSignalError:
    return UnusableSignalError(
        "v1 and v2 must be normalized: the median acceleration around the start is zero or NaN and has no direction, "
        "so the initial orientation is unknown. Expected the sensor at rest there."
    )


def _not_finite() -> UnusableSignalError:
    return UnusableSignalError("Found a sample that is NaN or infinite. Expected finite values. Interpolate the gap.")
