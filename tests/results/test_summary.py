"""The summary says what the table of strides holds."""

import json

import numpy as np
import pandas as pd
import pytest

from gaitmap.results import STATUSES, build_provenance, build_strides, build_summary, describe_findings
from gaitmap.results._plain import to_plain
from tests.results.test_tables import RATE, START, both, others, stride_list

LEFT = [1.0, 1.2, 1.4]
RIGHT = [2.0, 2.2, 2.1]


def strides(**kwargs) -> pd.DataFrame:
    parameters = {
        sensor: pd.DataFrame({"stride_time": values, "ic_angle": values}, index=pd.Index(range(3), name="s_id"))
        for sensor, values in (("left_sensor", LEFT), ("right_sensor", RIGHT))
    }
    return build_strides(both(), RATE, recording="walk", parameters=[parameters], **kwargs)


def summarise(table: pd.DataFrame, **kwargs) -> dict:
    return build_summary(table, recording="walk", sampling_rate_hz=RATE, duration_s=10.0, **kwargs)


def test_statistics_per_foot():
    entry = summarise(strides())["parameters"]["stride_time"]
    assert entry["unit"] == "s"
    expected = {"n": 3, "mean": 1.2, "sd": np.std(LEFT, ddof=1), "median": 1.2, "p10": 1.04, "p90": 1.36}
    assert {name: entry["left"][name] for name in expected} == pytest.approx(expected)
    assert entry["left"]["cv"] is None  # needs ten strides


def test_variability_of_both_feet_does_not_grow_with_the_difference_between_them():
    both_feet = summarise(strides())["parameters"]["stride_time"]["both"]
    assert both_feet["n"] == 6
    assert both_feet["mean"] == pytest.approx(np.mean(LEFT + RIGHT))
    assert both_feet["median"] == pytest.approx(np.median(LEFT + RIGHT))
    assert both_feet["sd"] == pytest.approx(np.sqrt((np.var(LEFT, ddof=1) + np.var(RIGHT, ddof=1)) / 2))


def test_angles_have_no_coefficient_of_variation():
    entry = summarise(strides())["parameters"]["ic_angle"]
    assert [entry[foot]["cv"] for foot in ("left", "right", "both")] == [None] * 3


def test_only_analysed_strides_count_and_the_others_are_told():
    left = others([1, 2, 7])
    right = pd.concat([others([0], "implausible", "too short"), others([8, 9], "no_rest", "no mid-stance")])
    table = strides(not_analysed={"left_sensor": left, "right_sensor": right}, bout_ids={"left_sensor": {0: 1, 1: 1}})
    summary = summarise(table)
    statuses = dict.fromkeys(STATUSES, 0)
    assert summary["strides"]["left"] == {
        "n_found": 4, "n_analysed": 1, "n_in_bouts": 1, "by_status": statuses | {"analysed": 1, "gap": 3},
    }  # fmt: skip
    assert summary["strides"]["both"] == {
        "n_found": 9, "n_analysed": 3, "n_in_bouts": 1,
        "by_status": statuses | {"analysed": 3, "gap": 3, "implausible": 1, "no_rest": 2},
    }  # fmt: skip
    assert summary["parameters"]["stride_time"]["left"]["mean"] == 1.0
    assert summary["left_out"] == {
        "left": {"samples are missing": 3}, "right": {"no mid-stance": 2, "too short": 1},
    }  # fmt: skip


def test_one_stride_has_a_mean_and_no_spread():
    table = build_strides(
        {"left_sensor": stride_list(n=1)},
        RATE,
        recording="walk",
        parameters=[{"left_sensor": pd.DataFrame({"stride_time": [1.1]}, index=pd.Index([0], name="s_id"))}],
    )
    entry = summarise(table)["parameters"]["stride_time"]
    expected = {"n": 1, "mean": 1.1, "sd": None, "cv": None, "median": 1.1, "robust_cv": None, "p10": 1.1, "p90": 1.1}
    assert entry["left"] == entry["both"] == expected
    assert entry["right"]["n"] == 0
    assert entry["right"]["mean"] is None


@pytest.mark.filterwarnings("error")
def test_no_strides():
    summary = summarise(build_strides({}, RATE, recording="walk"))
    assert summary["strides"]["both"]["n_found"] == summary["strides"]["both"]["n_analysed"] == 0
    assert summary["parameters"]["stride_length"]["both"]["n"] == 0


def test_is_standard_json():
    summary = summarise(strides(start_time=START), start_time=START, quality={"left_sensor": {"x": np.float32("nan")}})
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert summary["start_time"] == START.isoformat()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), 3),
        (np.float64("inf"), None),
        (pd.NA, None),
        (pd.NaT, None),
        (np.array([1.5, np.nan]), [1.5, None]),
        ({1: (True, np.bool_(False))}, {"1": [True, False]}),
        (START, "2024-05-01T09:30:00+02:00"),
    ],
)
def test_plain_values(value, expected):
    assert to_plain(value) == expected


class TestProvenance:
    def test_parameters_come_back_as_they_were(self):
        parameters = {"_gaitmap_obj": "Pipeline", "params": {"limit": float("inf")}}
        assert build_provenance(parameters=json.dumps(parameters))["parameters"] == parameters
        assert build_provenance(parameters=parameters)["parameters"] is parameters

    def test_names_neither_machine_nor_user(self):
        import getpass
        import platform

        text = json.dumps(build_provenance()["platform"])
        assert platform.node() not in text
        assert f'"{getpass.getuser()}"' not in text

    def test_describes_the_input_without_its_folder(self, tmp_path):
        from gaitmap.recordings import read_recording

        path = tmp_path / "left.csv"
        pd.DataFrame(np.zeros((5, 6)), columns=[f"{k}_{a}" for k in ("acc", "gyr") for a in "xyz"]).to_csv(path)
        recording = read_recording(path, sampling_rate_hz=RATE, start_time="2024-05-01T09:30 Europe/Berlin")
        described = build_provenance(recording)["input"]
        assert described["file"] == "left.csv"
        assert str(tmp_path) not in json.dumps(described)
        assert described["n_samples"] == {"left_sensor": 5}
        assert described["time_zone"] == "Europe/Berlin"
        assert described["sha256"] == recording.sha256

    def test_lists_versions(self):
        assert {"numpy", "pandas", "numba"} <= set(build_provenance()["dependencies"])


def test_findings_are_told_with_their_foot_and_common_ones_once():
    quality = {
        "left_sensor": {"findings": ["gap", "clocks differ"]},
        "right_sensor": {"findings": ["clocks differ", "clipped"]},
    }
    assert describe_findings(quality) == ["Left foot: gap", "Right foot: clipped", "Both feet: clocks differ"]


def test_findings_of_one_foot_are_not_those_of_both():
    assert describe_findings({"left_sensor": {"findings": ["gap"]}}) == ["Left foot: gap"]
    assert describe_findings({"left_sensor": {"findings": ["gap"]}, "right_sensor": {}}) == ["Left foot: gap"]
    assert describe_findings({"heel": {"findings": ["gap"]}, "toe": None}) == ["heel: gap"]
    assert describe_findings({}) == []
