"""Gait parameters. Paths and orientations are shaped from the signals of the walk, so that gaps in them show up."""

import numpy as np
import pandas as pd

from gaitmap.parameters import (
    BilateralParameterCalculation,
    FootParameterCalculation,
    InclineCalculation,
    ParameterAggregation,
    SpatialParameterCalculation,
    StepGeometryCalculation,
    TemporalParameterCalculation,
    TurnDetection,
    WalkingBoutAnalysis,
    WalkingBoutDetection,
)
from gaitmap.utils.consts import GF_ORI, GF_POS, SF_ACC, SF_GYR
from tests.contract._case import Case, gives

TEMPORAL_COLUMNS = ["stride_time", "swing_time", "stance_time"]
SPATIAL_COLUMNS = [
    "arc_length",
    "gait_velocity",
    "ic_angle",
    "max_lateral_excursion",
    "max_orientation_change",
    "max_sensor_lift",
    "stride_length",
    "tc_angle",
    "turning_angle",
]


def _per_stride(columns, values_of):
    def one_sensor(data, strides):
        values = np.hstack([values_of(data), np.zeros((len(data), 1))])[:, : len(columns)]
        parts = [
            pd.DataFrame(values[start : end + 1], columns=columns).assign(s_id=s_id, sample=range(end + 1 - start))
            for s_id, start, end in strides[["start", "end"]].itertuples()
        ]
        empty = pd.DataFrame(columns=[*columns, "s_id", "sample"], dtype=float)
        return pd.concat(parts if parts else [empty]).set_index(["s_id", "sample"])

    return one_sensor


_positions = _per_stride(GF_POS, lambda data: data[SF_ACC].cumsum().to_numpy() / 1000)
_orientations = _per_stride(GF_ORI, lambda data: data[SF_GYR].to_numpy() / 100)


def _calculate_temporal(algorithm, walk):
    return algorithm.calculate(walk.min_vel, walk.rate)


def _calculate_inclines(algorithm, walk):
    if isinstance(walk.min_vel, dict):
        paths = {s: _positions(walk.sensor_frame[s], strides) for s, strides in walk.min_vel.items()}
    else:
        paths = _positions(walk.sensor_frame, walk.min_vel)
    return algorithm.calculate(walk.min_vel, paths)


def _no_inclines(algorithm, walk):
    for table in (*algorithm.parameters_.values(), *algorithm.sections_.values()):
        assert table.empty
        assert {"height_change", "gradient", "incline", "incline_confidence"} <= set(table.columns)
        assert table["incline_confidence"].dtype == "float64"


def _calculate_spatial(algorithm, walk):
    trajectories = []
    for one_sensor in (_positions, _orientations):
        if isinstance(walk.min_vel, dict):
            trajectories.append({s: one_sensor(walk.sensor_frame[s], strides) for s, strides in walk.min_vel.items()})
        else:
            trajectories.append(one_sensor(walk.sensor_frame, walk.min_vel))
    return algorithm.calculate(walk.min_vel, *trajectories, walk.rate)


def _detect_turns(algorithm, walk):
    angles = {
        sensor: pd.DataFrame({"turning_angle": np.full(len(strides), 30.0)}, index=strides.index)
        for sensor, strides in walk.segmented.items()
    }
    return algorithm.detect(walk.segmented, angles, walk.rate)


def _tables(walk):
    return {
        sensor: pd.DataFrame({"stride_length": 1.0, "turning_angle": 0.0}, index=strides.index)
        for sensor, strides in walk.segmented.items()
    }


def _step_geometry(algorithm, walk):
    places = {
        sensor: pd.DataFrame(0.0, index=range(len(data)), columns=GF_POS) for sensor, data in walk.sensor_frame.items()
    }
    return algorithm.calculate(walk.min_vel, places, walk.rate)


def _no_steps(algorithm, walk):
    assert all(table.empty for table in algorithm.parameters_.values())
    assert algorithm.refusal_reason_ == ""


def _steps_of_strides(algorithm, walk):
    for sensor, parameters in algorithm.parameters_.items():
        pd.testing.assert_index_equal(parameters.index, walk.min_vel[sensor].index)


def _aggregate(algorithm, walk):
    found = WalkingBoutDetection().detect(walk.segmented, walk.rate, parameters=_tables(walk))
    return algorithm.aggregate(found.bouts_, found.annotated_stride_list_, _tables(walk), walk.rate)


def _empty_table(columns):
    def check(algorithm, walk):
        for parameters in algorithm.parameters_.values():
            assert parameters.columns.tolist() == columns
            assert parameters.index.name == "s_id"
            assert (parameters.dtypes == "float64").all()
            assert parameters.empty

    return gives(check)


def _every_stride_has_values(algorithm, walk):
    for sensor, parameters in algorithm.parameters_.items():
        pd.testing.assert_index_equal(parameters.index, walk.min_vel[sensor].index)
        assert parameters.notna().all(axis=None)


def _no_cycles(algorithm, walk):
    for sensor, parameters in algorithm.parameters_.items():
        assert parameters.index.name == "s_id"
        assert (parameters.dtypes == "float64").all()
        assert parameters.empty
        assert algorithm.cycle_events_[sensor].empty
    assert algorithm.invalid_cycles_.columns.tolist() == ["sensor", "s_id", "reason"]
    assert algorithm.invalid_cycles_.empty
    assert algorithm.symmetry_.isna().all(axis=None)
    assert np.isnan([algorithm.cadence_, algorithm.phase_coordination_index_]).all()


def _cycles_of_both_feet(algorithm, walk):
    for sensor, parameters in algorithm.parameters_.items():
        pd.testing.assert_index_equal(parameters.index, walk.min_vel[sensor].index)
        assert parameters[["stride_time", "stance_time", "swing_time"]].notna().all(axis=None)
        assert parameters["step_time"].notna().any()


def _no_bouts(algorithm, walk):
    assert algorithm.bouts_.empty
    assert algorithm.bouts_.index.name == "wb_id"
    assert (algorithm.bouts_[["start", "end", "n_strides", "n_steps"]].dtypes == "int64").all()
    assert (algorithm.bouts_["duration_s"].dtype) == "float64"
    assert algorithm.annotated_stride_list_.index.names == ["wb_id", "foot", "s_id"]
    assert algorithm.annotated_stride_list_.empty
    assert algorithm.excluded_strides_.columns.tolist() == ["foot", "s_id", "start", "end", "reason"]
    assert algorithm.excluded_strides_.empty


def _nothing_to_sum_up(algorithm, walk):
    assert algorithm.bout_parameters_.empty
    assert algorithm.day_parameters_["n_bouts"].tolist() == [0]
    assert algorithm.recording_parameters_["n_strides"].tolist() == [0]


def _one_bout_and_day(algorithm, walk):
    n_strides = sum(map(len, walk.segmented.values()))
    for table in (algorithm.bout_parameters_, algorithm.day_parameters_, algorithm.recording_parameters_):
        assert table["n_strides"].tolist() == [n_strides]


def _no_bouts_no_turns(algorithm, walk):
    assert algorithm.bouts_.empty
    assert algorithm.turns_.empty
    assert algorithm.days_["n_strides"].tolist() == [0]


def _one_analyzed_bout(algorithm, walk):
    assert algorithm.bouts_["n_strides"].tolist() == [sum(map(len, walk.segmented.values()))]


def _no_turns(algorithm, walk):
    assert algorithm.turns_.empty
    assert algorithm.turns_.index.name == "turn_id"
    assert (algorithm.turns_[["start", "end", "n_strides", "n_steps"]].dtypes == "int64").all()
    assert algorithm.excluded_turns_.empty
    assert all(turning.dtype == bool for turning in algorithm.turning_strides_.values())


def _one_turn(algorithm, walk):
    turns = pd.concat([algorithm.turns_, algorithm.excluded_turns_])
    assert turns["n_strides"].tolist() == [sum(map(len, walk.segmented.values()))]


def _one_bout(algorithm, walk):
    assert algorithm.bouts_["n_strides"].tolist() == [sum(map(len, walk.segmented.values()))]


FOOT_COLUMNS = [
    "foot_strike_angle",
    "toe_off_angle",
    "foot_progression_angle",
    "path_corrected_speed",
    "circumduction",
    "medial_excursion",
    "min_sensor_clearance",
    "height_change",
    "swing_smoothness",
]


def _foot_values_but_for_the_gap(algorithm, walk):
    for sensor, parameters in algorithm.parameters_.items():
        pd.testing.assert_index_equal(parameters.index, walk.min_vel[sensor].index)
        assert parameters["foot_strike_angle"].notna().all()


CASES = [
    Case(
        make=StepGeometryCalculation,
        call=_step_geometry,
        changed={"at": "ic"},
        sensors="pair",
        empty=gives(_no_steps),
        one_sample=gives(_no_steps),
        nan_gap=gives(_steps_of_strides),
        no_strides=gives(_no_steps),
    ),
    Case(
        make=ParameterAggregation,
        call=_aggregate,
        changed={"min_wear_h": 12.0},
        sensors="pair",
        empty=gives(_nothing_to_sum_up),
        one_sample=gives(_nothing_to_sum_up),
        nan_gap=gives(_one_bout_and_day),
        no_strides=gives(_nothing_to_sum_up),
    ),
    Case(
        make=WalkingBoutAnalysis,
        call=lambda algorithm, walk: algorithm.analyze(walk.segmented, _tables(walk), walk.rate),
        changed={"turns__min_stride_angle_deg": 10.0},
        sensors="pair",
        empty=gives(_no_bouts_no_turns),
        one_sample=gives(_no_bouts_no_turns),
        nan_gap=gives(_one_analyzed_bout),
        no_strides=gives(_no_bouts_no_turns),
    ),
    Case(
        make=TurnDetection,
        call=_detect_turns,
        changed={"min_stride_angle_deg": 10.0},
        sensors="pair",
        empty=gives(_no_turns),
        one_sample=gives(_no_turns),
        nan_gap=gives(_one_turn),
        no_strides=gives(_no_turns),
    ),
    Case(
        make=FootParameterCalculation,
        call=_calculate_spatial,
        changed={"foot_flat": "linear"},
        sensors="pair",
        empty=_empty_table(FOOT_COLUMNS),
        one_sample=_empty_table(FOOT_COLUMNS),
        nan_gap=gives(_foot_values_but_for_the_gap),
        no_strides=_empty_table(FOOT_COLUMNS),
    ),
    Case(
        make=WalkingBoutDetection,
        call=lambda algorithm, walk: algorithm.detect(walk.segmented, walk.rate),
        changed={"max_break_s": 1.0},
        sensors="pair",
        empty=gives(_no_bouts),
        one_sample=gives(_no_bouts),
        nan_gap=gives(_one_bout),
        no_strides=gives(_no_bouts),
    ),
    Case(
        make=BilateralParameterCalculation,
        call=_calculate_temporal,
        changed={"average": "median"},
        sensors="pair",
        empty=gives(_no_cycles),
        one_sample=gives(_no_cycles),
        nan_gap=gives(_cycles_of_both_feet),
        no_strides=gives(_no_cycles),
    ),
    Case(
        make=TemporalParameterCalculation,
        call=_calculate_temporal,
        changed={"expected_stride_type": "ic"},
        empty=_empty_table(TEMPORAL_COLUMNS),
        one_sample=_empty_table(TEMPORAL_COLUMNS),
        nan_gap=gives(_every_stride_has_values),
        no_strides=_empty_table(TEMPORAL_COLUMNS),
    ),
    Case(
        make=SpatialParameterCalculation,
        call=_calculate_spatial,
        changed={"calculate_only": ("stride_length",)},
        empty=_empty_table(SPATIAL_COLUMNS),
        one_sample=_empty_table(SPATIAL_COLUMNS),
        nan_gap=gives(_every_stride_has_values),
        no_strides=_empty_table(SPATIAL_COLUMNS),
    ),
    Case(
        make=InclineCalculation,
        call=_calculate_inclines,
        changed={"height_error_m": 0.05},
        empty=gives(_no_inclines),
        one_sample=gives(_no_inclines),
        nan_gap=gives(_every_stride_has_values),
        no_strides=gives(_no_inclines),
    ),
]
