import numpy as np
import pandas as pd
import pytest

from gaitmap.example_data import get_healthy_example_stride_events
from gaitmap.parameters import TemporalParameterCalculation
from gaitmap.utils.exceptions import ValidationError


@pytest.fixture
def min_vel_strides():
    return pd.DataFrame(
        {
            "s_id": [0, 1, 2],
            "start": [350, 550, 750],
            "end": [550, 750, 1050],
            "ic": [500, 700, 1000],
            "tc": [400, 600, 800],
            "min_vel": [350, 550, 750],
            "pre_ic": [300, 500, 700],
        }
    )


@pytest.fixture
def ic_strides():
    return pd.DataFrame(
        {
            "s_id": [0, 1, 2],
            "start": [350, 550, 750],
            "end": [500, 700, 1000],
            "ic": [350, 550, 750],
            "tc": [450, 650, 850],
            "min_vel": [400, 600, 800],
        }
    )


def _times(strides, **kwargs):
    return TemporalParameterCalculation(**kwargs).calculate(strides, 100).parameters_


def test_min_vel_strides_use_the_cycle_that_ends_with_their_initial_contact(min_vel_strides):
    expected = pd.DataFrame(
        {"stride_time": [2.0, 2, 3], "swing_time": [1.0, 1, 2], "stance_time": [1.0, 1, 1]},
        index=pd.Index([0, 1, 2], name="s_id"),
    )
    pd.testing.assert_frame_equal(_times(min_vel_strides), expected)


def test_ic_strides_use_their_own_start_and_end(ic_strides):
    expected = pd.DataFrame(
        {"stride_time": [1.5, 1.5, 2.5], "swing_time": [0.5, 0.5, 1.5], "stance_time": [1.0, 1, 1]},
        index=pd.Index([0, 1, 2], name="s_id"),
    )
    pd.testing.assert_frame_equal(_times(ic_strides, expected_stride_type="ic"), expected)


def test_ids_as_column_or_index_give_the_same(min_vel_strides):
    pd.testing.assert_frame_equal(_times(min_vel_strides), _times(min_vel_strides.set_index("s_id")))


def test_rows_keep_the_order_of_the_stride_list(min_vel_strides):
    shuffled = min_vel_strides.iloc[[2, 0]]
    assert _times(shuffled).index.tolist() == [2, 0]
    pd.testing.assert_frame_equal(_times(shuffled), _times(min_vel_strides).loc[[2, 0]])


def test_sensors_of_a_dict_are_calculated_one_by_one(min_vel_strides):
    both = _times({"left": min_vel_strides, "right": min_vel_strides.iloc[:1]})
    assert list(both) == ["left", "right"]
    pd.testing.assert_frame_equal(both["left"], _times(min_vel_strides))
    assert len(both["right"]) == 1


def test_nullable_integers_with_a_missing_event_give_nan_in_what_needs_it(min_vel_strides):
    strides = min_vel_strides.astype("Int64")
    strides.loc[1, "tc"] = pd.NA
    times = _times(strides)
    assert (times.dtypes == "float64").all()
    assert times.loc[1, "stride_time"] == 2
    assert times.loc[1, ["swing_time", "stance_time"]].isna().all()
    assert times.drop(1).notna().all(axis=None)


def test_negative_times_are_returned(min_vel_strides):
    min_vel_strides.loc[0, "ic"] = 200
    assert _times(min_vel_strides).loc[0, "stride_time"] == -1


@pytest.mark.parametrize("stride_type", ["min_vel", "ic"])
def test_an_empty_stride_list_gives_an_empty_table(min_vel_strides, stride_type):
    times = _times(min_vel_strides.iloc[:0], expected_stride_type=stride_type)
    assert times.columns.tolist() == ["stride_time", "swing_time", "stance_time"]
    assert times.index.name == "s_id"
    assert (times.dtypes == "float64").all()
    assert times.empty


def test_pretty_names_carry_the_unit_and_change_nothing_else(min_vel_strides):
    calculation = TemporalParameterCalculation().calculate({"left": min_vel_strides}, 100)
    before = calculation.parameters_["left"].copy()
    pretty = calculation.parameters_pretty_["left"]
    assert pretty.columns.tolist() == ["stride time [s]", "swing time [s]", "stance time [s]"]
    assert pretty.index.name == "stride id"
    pd.testing.assert_frame_equal(calculation.parameters_["left"], before)
    np.testing.assert_array_equal(pretty, before)


def test_start_must_be_the_event_that_defines_the_stride(min_vel_strides):
    with pytest.raises(ValidationError, match="start column is expected to be identical"):
        _times(min_vel_strides, expected_stride_type="ic")


def test_all_events_are_needed(min_vel_strides):
    with pytest.raises(ValidationError, match="tc"):
        _times(min_vel_strides.drop(columns="tc"))


def test_an_unknown_stride_type_is_stored_and_refused_when_used(min_vel_strides):
    calculation = TemporalParameterCalculation(expected_stride_type="segmented")
    assert calculation.expected_stride_type == "segmented"
    with pytest.raises(ValueError, match="stride_type"):
        calculation.calculate(min_vel_strides, 100)


@pytest.mark.parametrize("rate", [0, -1, np.nan, None])
def test_a_sampling_rate_must_be_positive(min_vel_strides, rate):
    with pytest.raises(ValueError, match="sampling_rate_hz"):
        TemporalParameterCalculation().calculate(min_vel_strides, rate)


@pytest.mark.reference
@pytest.mark.parametrize("stride_type", ["min_vel", "ic"])
def test_synthetic_strides_equal_the_reference(reference_dir, stride_type):
    folder = reference_dir / "parameters"
    strides = pd.read_csv(folder / f"synthetic_{stride_type}_stride_list.csv")
    times = TemporalParameterCalculation(expected_stride_type=stride_type).calculate(strides, 50).parameters_
    expected = pd.read_csv(folder / f"synthetic_temporal_{stride_type}.csv", index_col="s_id")
    pd.testing.assert_frame_equal(times, expected, rtol=0, atol=1e-9)


@pytest.mark.reference
@pytest.mark.recordings
def test_the_public_walk_equals_the_reference(reference_dir):
    times = TemporalParameterCalculation().calculate(get_healthy_example_stride_events(), 204.8).parameters_
    assert list(times) == ["left_sensor", "right_sensor"]
    for sensor, parameters in times.items():
        expected = pd.read_csv(reference_dir / "parameters" / f"temporal_{sensor}.csv", index_col="s_id")
        pd.testing.assert_frame_equal(parameters, expected, rtol=0, atol=1e-9)


def test_stride_time_without_contacts_can_be_that_between_the_mid_stances():
    strides = pd.DataFrame(
        {
            "s_id": [0, 1, 2],
            "start": [0, 110, 225],
            "end": [110, 225, 330],
            "pre_ic": [np.nan, 80.0, np.nan],
            "min_vel": [0, 110, 225],
            "tc": [30.0, 140.0, np.nan],
            "ic": [80.0, 195.0, np.nan],
        }
    )
    found = {
        missing: TemporalParameterCalculation(missing_contacts=missing).calculate(strides, 100).parameters_
        for missing in ("nan", "borders")
    }
    np.testing.assert_array_equal(found["nan"]["stride_time"], [np.nan, 1.15, np.nan])
    np.testing.assert_array_equal(found["borders"]["stride_time"], [1.1, 1.15, 1.05])
    np.testing.assert_array_equal(found["borders"]["swing_time"], [0.5, 0.55, np.nan])
    np.testing.assert_allclose(found["borders"]["stance_time"], [0.6, 0.6, np.nan])


def test_an_unknown_rule_for_missing_contacts_is_refused():
    strides = pd.DataFrame({"s_id": [0], "start": [0], "end": [9], "pre_ic": [0], "min_vel": [0], "tc": [2], "ic": [5]})
    with pytest.raises(ValueError, match="missing_contacts"):
        TemporalParameterCalculation(missing_contacts="zero").calculate(strides, 100)
