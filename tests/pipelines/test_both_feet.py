import numpy as np
import pandas as pd
import pytest

from gaitmap.base import BILATERAL_TERMS, FOOT_TERMS, PARAMETER_TERMS, TABLE_TERMS
from gaitmap.cohort import analyze_recording
from gaitmap.example_data import get_healthy_example_imu_data
from gaitmap.parameters import BilateralParameterCalculation
from gaitmap.pipelines import GaitPipeline
from gaitmap.pipelines.outcome._both_feet import clock_findings, heading_between_strides
from gaitmap.recordings import Recording
from gaitmap.results import build_summary, read_results
from tests.contract._walk import RATE, SENSORS, make_walk
from tests.pipelines.test_gait_pipeline import _synthetic_pipeline


@pytest.fixture(scope="module")
def walk():
    return make_walk()


@pytest.fixture(scope="module")
def result(walk):
    return _synthetic_pipeline().analyze(walk.sensor_frame, RATE)


def test_strides_have_their_bout_and_the_parameters_of_both_feet(result):
    strides = result.strides_[result.strides_["status"] == "analysed"]
    assert set(strides["bout_id"]) == {1}
    assert set(BILATERAL_TERMS) <= set(strides.columns)
    assert {name for name in FOOT_TERMS if not name.startswith(("min_toe", "max_toe", "max_heel"))} <= set(strides)
    assert strides["swing_smoothness"].notna().all()


def test_without_the_new_steps_the_strides_are_the_same(walk, result):
    plain = _synthetic_pipeline(bilateral=None, bouts=None, foot=None).analyze(walk.sensor_frame, RATE)
    assert list(plain.strides_.columns) == list(result.strides_.columns)
    columns = [name for name in PARAMETER_TERMS if name in plain.strides_]
    columns += ["s_id", "status", "reason", "start", "end", "ic", "tc"]
    pd.testing.assert_frame_equal(plain.strides_[columns], result.strides_[columns])
    assert plain.strides_["bout_id"].isna().all()
    assert plain.bilateral_ is None
    for name in ("bouts_", "turns_", "days_"):
        empty, filled = getattr(plain, name), getattr(result, name)
        assert len(empty) == 0
        pd.testing.assert_series_equal(empty.dtypes, filled.dtypes)
    assert set(plain.statistics_["unit"]) == {"recording"}
    assert plain.walking_ == {}


def test_tables_of_bouts_and_days_describe_the_walk(result):
    assert result.bouts_[["recording", "bout_id"]].to_numpy().tolist() == [["recording", 1]]
    n_strides = (result.strides_["status"] == "analysed").sum()
    assert result.bouts_["n_strides"].tolist() == [n_strides]
    assert result.days_["n_bouts"].tolist() == [1]
    assert result.walking_["bouts"]["n_strides"] == n_strides
    assert result.bouts_["mean_stride_length"].iloc[0] == pytest.approx(1.3, abs=0.02)
    of_bouts = result.statistics_.query("unit == 'bout' and parameter == 'stride_length' and foot == 'both'")
    assert of_bouts["id"].tolist() == [1, 1]
    assert of_bouts["median"].iloc[0] == pytest.approx(1.3, abs=0.02)
    assert result.turns_.empty


def test_every_column_of_every_table_has_its_term_in_its_order(result):
    for name in ("strides", "bouts", "turns", "days", "statistics"):
        known = list(TABLE_TERMS[name])
        columns = list(getattr(result, f"{name}_").columns)
        assert set(columns) <= set(known), name
        assert columns == known, name


def test_counts_and_averages_agree_everywhere(result):
    strides = result.strides_[result.strides_["status"] == "analysed"]
    summary = build_summary(result.strides_, recording="walk", sampling_rate_hz=RATE, duration_s=1.0)
    speed = strides["stride_length"].sum() / strides["stride_time"].sum()
    cadence = 120 / strides["stride_time"].mean()
    whole = result.walking_["bouts"]
    assert whole["n_strides"] == summary["strides"]["both"]["n_analysed"] == len(strides)
    for found, expected in (("gait_velocity", speed), ("cadence", cadence)):
        assert summary["parameters"][found]["both"]["mean"] == pytest.approx(expected)
    for table in (result.bouts_, result.days_, pd.DataFrame([whole])):
        assert table["gait_speed"].iloc[0] == pytest.approx(speed)
        assert table["cadence"].iloc[0] == pytest.approx(cadence)
    assert result.bilateral_.cadence_ == pytest.approx(cadence)


def test_gaps_with_impossible_values_have_no_heading(walk):
    data = walk.sensor_frame["left_sensor"].copy()
    data["acc_x"] = 1.7e308
    strides = pd.DataFrame({"start": [100, 300], "end": [200, 400]}, index=pd.Index([0, 1], name="s_id"))
    assert heading_between_strides(data, strides, RATE).empty


def test_one_foot_has_bouts_but_no_parameters_of_both_feet(walk):
    found = _synthetic_pipeline().analyze({"right_sensor": walk.sensor_frame["right_sensor"]}, RATE)
    assert found.bilateral_ is None
    assert found.strides_["step_time"].isna().all()
    assert found.bouts_["n_strides_left"].tolist() == [0]
    assert [text[:37] for text in found.quality_["right_sensor"]["findings"]] == [
        "There is no sensor of the left foot: "
    ]


def test_other_names_of_the_sensors_change_nothing(walk, result):
    renamed = {f"foot_{sensor}": data for sensor, data in walk.sensor_frame.items()}
    found = _synthetic_pipeline().analyze(renamed, RATE)
    pd.testing.assert_frame_equal(found.strides_, result.strides_)
    pd.testing.assert_frame_equal(found.bouts_, result.bouts_)


@pytest.mark.parametrize("events", [True, False])
def test_days_without_gait_are_there(walk, events):
    still = {sensor: (data * 0 + [0, 0, 9.81, 0, 0, 0]).iloc[:300] for sensor, data in walk.sensor_frame.items()}
    pipeline = _synthetic_pipeline() if events else _synthetic_pipeline(events=None)
    found = pipeline.analyze(still, RATE, start_time=pd.Timestamp("2024-03-31", tz="Europe/Berlin"))
    assert found.bouts_.empty
    assert found.days_[["date", "n_bouts"]].to_numpy().tolist() == [["2024-03-31", 0]]


def test_clocks_that_disagree_are_a_finding_and_end_the_parameters_of_both_feet():
    start = 110 * np.arange(30)
    left = pd.DataFrame({"start": start, "end": start + 110, "ic": start, "min_vel": start + 20, "tc": start + 66})
    left = left.rename_axis("s_id")
    calculation = BilateralParameterCalculation(expected_stride_type="ic")
    findings = {
        late: clock_findings(calculation.clone().calculate({SENSORS[0]: left, SENSORS[1]: left + late}, 100), 33.0)
        for late in (55, 62, 100)
    }
    assert findings[55] == []
    assert "0.070 s too late" in findings[62][0]
    assert "no parameters that need both feet" in findings[100][0]


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_the_folder_holds_bouts_turns_and_days(tmp_path, walk, file_format):
    recording = Recording(
        data=walk.sensor_frame,
        sampling_rate_hz=RATE,
        name="walk",
        start_time=pd.Timestamp("2024-05-01 12:00", tz="UTC"),
    )
    written = analyze_recording(recording, _synthetic_pipeline(), tmp_path / "out", file_format=file_format)
    found = read_results(tmp_path / "out")
    assert set(found.tables) == {"bouts", "turns", "days", "statistics"}
    for name, table in found.tables.items():
        pd.testing.assert_frame_equal(table, written.tables[name], check_dtype=False, check_index_type=False)
    assert found.summary["walking"]["bouts"]["n_bouts"] == 1


@pytest.mark.recordings
@pytest.mark.mad_data
def test_the_public_walk_holds_one_half_turn_to_the_left():
    found = GaitPipeline.like_2_6().analyze(get_healthy_example_imu_data(), 204.8)
    assert found.turns_["turn_angle"].tolist() == [pytest.approx(180, abs=5)]
    assert found.turns_["bout_id"].tolist() == [1]
    symmetry = found.bilateral_.symmetry_
    assert symmetry.loc["step_time", "asymmetry_abs"] < 0.04
    assert found.bilateral_.time_offset_.confidence > 0.99
    assert found.quality_["left_sensor"]["findings"] == []
