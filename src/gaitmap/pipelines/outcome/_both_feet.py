"""What needs the strides of both feet: the comparison of the feet, walking bouts, turns, days."""

import warnings
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from gaitmap.base._table_terms import DAILY_OUTCOMES
from gaitmap.parameters import BilateralParameterCalculation, WalkingBoutAnalysis
from gaitmap.parameters._days import MOBGAP_RELEASE
from gaitmap.parameters._walking_bouts import OUTSIDE
from gaitmap.trajectory_reconstruction import StrideLevelTrajectory
from gaitmap.utils.consts import SF_COLS
from gaitmap.utils.exceptions import MovingFootWarning, UnusableSignalError

# Smaller differences are usual in healthy walking, and small against a double support.
_NOTABLE_OFFSET_S = 0.05
_NOTABLE_DRIFT_S = 0.02
# The longest turn; over longer gaps the heading is not followed.
_LONGEST_GAP_S = 10.0

_WALKING = (
    "recorded_h", "n_days", "n_bouts", "n_strides", "n_strides_in_bouts", "n_steps", "n_turns", "turn_time_s",
    "duration_s", "distance_m", "coverage", "gait_speed", "cadence", "mean_stride_time", "mean_stride_length",
    "straight_share", "turning_share", "level_share", "level_share_reason",
)  # fmt: skip


def with_names_of_feet(algorithm: Any, feet: Mapping[Hashable, str]) -> Any:
    """Tell an algorithm which sensor is on which foot."""
    return algorithm.set_params(**{foot: sensor for sensor, foot in feet.items()})


def heading_between_strides(data: pd.DataFrame, strides: pd.DataFrame, rate: float) -> pd.DataFrame:
    """Integrate the heading over the gaps between strides: sharp turns often hold no complete stride.

    A gap begins at mid-stance, where the foot rests, like the strides themselves.
    """
    borders = strides[["start", "end"]].dropna().sort_values("start")
    start, end = borders["end"].to_numpy()[:-1], borders["start"].to_numpy()[1:]
    missing = np.append(0, np.cumsum(data[SF_COLS].isna().any(axis=1).to_numpy()))
    window = StrideLevelTrajectory().align_window_width
    first, last = (np.clip(at, 0, len(data)).astype(np.int64) for at in (start - window, end + window))
    gap = (end > start + 1) & (end - start <= _LONGEST_GAP_S * rate) & (missing[last] == missing[first])
    gaps = pd.DataFrame({"start": start[gap], "end": end[gap]}).astype("int64").rename_axis("s_id")
    if len(gaps) == 0:
        return gaps.assign(turning_angle=np.zeros(0))
    try:
        with warnings.catch_warnings():
            # Whether strides begin in mid-stance is told by their own paths.
            warnings.simplefilter("ignore", MovingFootWarning)
            path = StrideLevelTrajectory().estimate(data, gaps.assign(min_vel=gaps["start"]), sampling_rate_hz=rate)
    except UnusableSignalError:
        # None of them can be followed (numbers beyond all sense, for example).
        return gaps.iloc[:0].assign(turning_angle=np.zeros(0))
    orientation: pd.DataFrame = path.orientation_  # type: ignore[assignment]
    angles = [_turned(rotation[["q_z", "q_w"]].to_numpy()) for _, rotation in orientation.groupby(level="s_id")]
    return gaps.assign(turning_angle=angles)


def _turned(q_zw: np.ndarray) -> float:
    """Unwrapped change of the twist about the vertical in deg."""
    twist = np.unwrap(2 * np.arctan2(q_zw[:, 0], q_zw[:, 1]))
    return float(np.rad2deg(twist[-1] - twist[0]))


def join_parameters(
    events: Mapping[Hashable, pd.DataFrame], sources: Sequence[Mapping[Hashable, pd.DataFrame]]
) -> dict[Hashable, pd.DataFrame]:
    """Put all parameters of a foot side by side; of equal names the first."""
    joined = {}
    for sensor, strides in events.items():
        parts = [source[sensor] for source in sources if sensor in source]
        table = pd.concat(parts, axis=1) if parts else pd.DataFrame(index=strides.index)
        joined[sensor] = table.loc[:, ~table.columns.duplicated()]
    return joined


def clock_findings(bilateral: BilateralParameterCalculation, duration_s: float) -> list[str]:
    """Tell of clocks that do not agree."""
    found = bilateral.time_offset_
    if bilateral.refusal_reason_:
        return [f"There are no parameters that need both feet: {bilateral.refusal_reason_}."]
    if bilateral.clock_correction != "none":
        return []
    drift_s = 1e-6 * found.drift_ppm * duration_s
    if abs(drift_s) > _NOTABLE_DRIFT_S:
        return [
            f"The clocks of the sensors drift apart by {abs(drift_s):.3f} s over the recording: steps and double "
            "support are wrong by so much. Set clock_correction='drift' of the bilateral parameters."
        ]
    if abs(found.offset_s) > _NOTABLE_OFFSET_S:
        return [
            f"The right foot seems {abs(found.offset_s):.3f} s too {'early' if found.offset_s > 0 else 'late'}: either "
            "the walk is asymmetric, or the clocks of the sensors differ, and double support is wrong by so much."
        ]
    return []


def bout_tables(
    analysis: WalkingBoutAnalysis | None, recording: str, start_time: pd.Timestamp | None
) -> dict[str, pd.DataFrame]:
    """Lay out bouts, turns and days as tables of a results folder; empty ones where there was no analysis."""
    if analysis is None:
        nothing = pd.DataFrame({"start": [], "end": []}, dtype="int64").rename_axis("s_id")
        analysis = WalkingBoutAnalysis()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "walking bouts: no stride lengths")
            analysis.analyze({analysis.left: nothing}, {}, 1.0, start_time=start_time)
        tables = _as_tables(analysis)
        tables["days"] = tables["days"].iloc[:0]
    else:
        tables = _as_tables(analysis)
    for table in tables.values():
        table.insert(0, "recording", pd.Series(recording, index=table.index, dtype="str"))
    return tables


def _as_tables(analysis: WalkingBoutAnalysis) -> dict[str, pd.DataFrame]:
    bouts = analysis.bouts_.rename_axis("bout_id").reset_index()
    turns = analysis.turns_.rename(columns={"wb_id": "bout_id"}).reset_index()
    whole = dict.fromkeys(("start", "end"), "int64")
    return {"bouts": bouts.astype(whole), "turns": turns.astype(whole), "days": analysis.days_.reset_index()}


def _count_outside(reasons: pd.Series) -> dict[str, int]:
    """Count the sound strides that are in no bout; others are implausible, which the table of strides tells."""
    return reasons[reasons.isin(OUTSIDE)].value_counts().to_dict()


def describe_walking(
    analysis: WalkingBoutAnalysis | None, bilateral: BilateralParameterCalculation | None
) -> dict[str, Any]:
    """Collect what the summary tells of walking and of the comparison of the feet."""
    content: dict[str, Any] = {}
    if analysis is not None:
        whole = analysis.recording_.iloc[0]
        content |= {
            "bouts": {name: whole[name] for name in _WALKING},
            "daily_outcomes": {name: whole[name] for name in DAILY_OUTCOMES},
            "daily_outcomes_of": f"mobgap {MOBGAP_RELEASE}",
            "strides_outside_of_bouts": _count_outside(analysis.excluded_strides_["reason"]),
            "runs_that_are_no_turns": analysis.excluded_turns_["reason"].value_counts().to_dict(),
        }
    if bilateral is not None:
        offset = bilateral.time_offset_
        content["both_feet"] = {
            "refused": bilateral.refusal_reason_,
            "phase_coordination_index": bilateral.phase_coordination_index_,
            "symmetry": bilateral.symmetry_.to_dict(orient="index"),
            "cycles": {foot: int(table["step_time"].notna().sum()) for foot, table in bilateral.parameters_.items()},
            "left_out": bilateral.invalid_cycles_["reason"].value_counts().to_dict(),
            "clocks": {
                "offset_s": offset.offset_s,
                "drift_ppm": offset.drift_ppm,
                "residual_s": offset.residual_s,
                "confidence": offset.confidence,
                "agreement": offset.agreement,
            },
        }
    return content
