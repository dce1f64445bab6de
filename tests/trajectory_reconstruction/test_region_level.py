import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from gaitmap.base import BaseTrajectoryMethod
from gaitmap.trajectory_reconstruction import (
    ForwardBackwardIntegration,
    MadgwickAHRS,
    MadgwickRtsKalman,
    PieceWiseLinearDedriftedIntegration,
    RegionLevelTrajectory,
    RtsKalman,
    SimpleGyroIntegration,
    StrideLevelTrajectory,
)
from gaitmap.utils.consts import GF_POS, GF_VEL, SF_COLS
from gaitmap.utils.datatype_helper import is_orientation_list, is_position_list, is_velocity_list
from gaitmap.utils.exceptions import UnusableRegionWarning, ValidationError
from gaitmap.zupt_detection import ComboZuptDetector, NormZuptDetector, StrideEventZuptDetector
from tests.contract._walk import RATE, make_walk

pytestmark = pytest.mark.filterwarnings("ignore:Could not use complete window")
RESULTS = ("orientation", "position", "velocity")


class Recorder(BaseTrajectoryMethod):
    """Notes how it is called; the position is the number of the state."""

    calls: list = []  # noqa: RUF012

    def __init__(self, initial_orientation=None):
        self.initial_orientation = initial_orientation

    def estimate(self, data, *, stride_event_list=None, sampling_rate_hz):
        self.calls.append((data, stride_event_list, sampling_rate_hz))
        self.data = data
        n = len(data) + 1
        self.orientation_object_ = Rotation.identity(n)
        self.velocity_ = pd.DataFrame(np.zeros((n, 3)), columns=GF_VEL)
        self.position_ = pd.DataFrame(np.tile(np.arange(n)[:, np.newaxis], (1, 3)), columns=GF_POS)
        return self


@pytest.fixture
def method():
    Recorder.calls = []
    return RegionLevelTrajectory(ori_method=None, pos_method=None, trajectory_method=Recorder())


def _rest(n=60):
    data = pd.DataFrame(0.0, index=range(n), columns=SF_COLS)
    data["acc_z"] = 9.81
    return data


def _regions(*borders, name="roi_id"):
    return pd.DataFrame([(i, *b) for i, b in enumerate(borders)], columns=[name, "start", "end"])


def _strides(*borders):
    return pd.DataFrame([(i, *b) for i, b in enumerate(borders)], columns=["s_id", "start", "end"])


def _estimate(method, regions, data=None, **kwargs):
    return method.estimate(_rest() if data is None else data, regions, sampling_rate_hz=100.0, **kwargs)


# -- estimate
def test_a_region_equals_a_stride_with_the_same_borders():
    foot = make_walk().single()
    ori = MadgwickAHRS(beta=0.05)
    expected = StrideLevelTrajectory(ori_method=ori).estimate(foot.sensor_frame, foot.min_vel, sampling_rate_hz=RATE)
    regions = foot.min_vel[["start", "end"]].rename_axis("gs_id")
    found = RegionLevelTrajectory(ori_method=ori).estimate(foot.sensor_frame, regions, sampling_rate_hz=RATE)
    for name in RESULTS:
        frame = getattr(found, f"{name}_")
        assert frame.index.names == ["gs_id", "sample"]
        pd.testing.assert_frame_equal(frame, getattr(expected, f"{name}_").rename_axis(["gs_id", "sample"]))


@pytest.mark.parametrize("name", ["roi_id", "gs_id"])
@pytest.mark.parametrize("as_index", [True, False])
def test_results_carry_the_id_of_the_regions(method, name, as_index):
    regions = _regions((10, 20), (15, 45), name=name)
    regions[name] = ["b", "a"]
    regions = regions.set_index(name) if as_index else regions
    result = _estimate(method, regions)
    assert result.position_.index.names == [name, "sample"]
    assert [len(result.position_.loc[i]) for i in ("b", "a")] == [11, 31]
    assert list(result.position_.index.unique(name)) == ["b", "a"]


def test_of_two_ids_the_first_column_counts(method):
    regions = _regions((10, 20)).assign(gs_id=7)
    assert _estimate(method, regions).position_.index.names == ["roi_id", "sample"]


def test_methods_see_the_strides_inside_their_region_from_its_start(method):
    strides = _strides((0, 3), (3, 5), (5, 8), (8, 10))
    strides["s_id"] += 2
    _estimate(method, _regions((1, 5), (5, 10)), stride_event_list=strides)
    (part, first, rate), (_, second, _) = method.trajectory_method.calls
    assert len(part) == 4
    assert rate == 100.0
    assert first.index.tolist() == [3]
    assert first[["start", "end"]].to_numpy().tolist() == [[2, 4]]
    assert second.index.tolist() == [4, 5]
    assert second[["start", "end"]].to_numpy().tolist() == [[0, 3], [3, 5]]


def test_without_stride_list_methods_get_none(method):
    _estimate(method, _regions((5, 10)))
    assert method.trajectory_method.calls[0][1] is None


@pytest.mark.parametrize("method_", [RegionLevelTrajectory(), RegionLevelTrajectory(ori_method=MadgwickAHRS())])
def test_no_regions_give_empty_lists_of_the_right_form(method_):
    result = _estimate(method_, _regions(name="gs_id"))
    assert is_position_list(result.position_, "gs") == "single"
    assert is_velocity_list(result.velocity_, "gs") == "single"
    assert is_orientation_list(result.orientation_, "gs") == "single"
    assert len(result.position_) == 0


@pytest.mark.parametrize(
    ("data", "regions", "strides", "message"),
    [
        (_rest(), {"a": _regions((1, 5))}, None, "An invalid combination of ROI list and dataset was provided."),
        ({"a": _rest()}, _regions((1, 5)), None, "An invalid combination of ROI list and dataset was provided."),
        (
            {"a": _rest()},
            _regions((1, 5)),
            {"a": _strides((1, 2))},
            "The stride list is multi sensor and the ROI list is single sensor.",
        ),
        (_rest(), _strides((1, 5)), None, "neither a single- or a multi-sensor regions of interest list"),
        (_rest(), pd.concat([_regions((1, 5))] * 2), None, "unique"),
        (_rest()[SF_COLS[:3]], _regions((1, 5)), None, "neither single- or multi-sensor data"),
    ],
)
def test_wrong_data_are_refused(data, regions, strides, message):
    with pytest.raises(ValidationError, match=message):
        _estimate(RegionLevelTrajectory(), regions, data, stride_event_list=strides)


# -- intersect
def test_a_stride_is_cut_out_with_the_state_before_it(method):
    _estimate(method, _regions((10, 30), (30, 60)))
    (position,) = method.intersect(_strides((12, 15), (30, 31)), return_data=("position",))
    assert position.index.names == ["s_id", "sample"]
    assert position.index.tolist() == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1)]
    assert position["pos_x"].tolist() == [2, 3, 4, 5, 0, 1]


def test_strides_that_are_not_inside_a_region_are_left_out(method):
    _estimate(method, _regions((10, 30), (40, 60)))
    (position,) = method.intersect(_strides((5, 12), (10, 30), (25, 45), (31, 39), (50, 60)), return_data=["position"])
    assert position.index.unique("s_id").tolist() == [1, 4]


def test_of_overlapping_regions_the_last_one_counts_at_the_place_of_the_first(method):
    _estimate(method, _regions((0, 30), (10, 60)))
    (position,) = method.intersect(_strides((40, 42), (12, 14)), return_data=("position",))
    assert position.index.unique("s_id").tolist() == [1, 0]
    assert position.loc[1, "pos_x"].tolist() == [2, 3, 4]


def test_results_come_in_the_order_asked_for(method):
    _estimate(method, _regions((0, 30)))
    velocity, orientation = method.intersect(_strides((1, 3)), return_data=("velocity", "orientation"))
    assert list(velocity.columns) == GF_VEL
    assert orientation.shape == (3, 4)


@pytest.mark.parametrize("strides", [_strides(), _strides((50, 55))])
def test_no_stride_inside_any_region_gives_empty_lists(method, strides):
    result = method.estimate_intersect(_rest(), _regions((0, 30)), stride_event_list=strides, sampling_rate_hz=100.0)
    for name, check in zip(RESULTS, (is_orientation_list, is_position_list, is_velocity_list), strict=True):
        frame = getattr(result, f"{name}_")
        assert len(frame) == 0
        assert check(frame, "stride") == "single"


def test_estimate_intersect_is_estimate_and_intersect():
    walk = make_walk()
    regions = {sensor: _regions((100, 400), (400, 850), name="gs_id") for sensor in walk.sensor_frame}
    method = RegionLevelTrajectory().estimate(walk.sensor_frame, regions, sampling_rate_hz=RATE)
    expected = method.intersect(walk.min_vel)
    result = RegionLevelTrajectory().estimate_intersect(
        walk.sensor_frame, regions, stride_event_list=walk.min_vel, sampling_rate_hz=RATE
    )
    for name, frames in zip(RESULTS, expected, strict=True):
        for sensor, frame in frames.items():
            pd.testing.assert_frame_equal(getattr(result, f"{name}_")[sensor], frame, check_exact=True)
    assert result.regions_of_interest is regions
    assert result.stride_event_list is walk.min_vel


@pytest.mark.parametrize("as_index", [True, False])
def test_results_set_by_hand_can_be_intersected(as_index):
    method = RegionLevelTrajectory()
    regions = _regions((10, 20), (20, 30)).assign(gs_id=3)
    method.regions_of_interest = regions.set_index("roi_id") if as_index else regions
    position = pd.DataFrame(np.arange(66.0).reshape(22, 3), columns=GF_POS)
    position = position.assign(roi_id=np.repeat([0, 1], 11), sample=np.tile(np.arange(11), 2))
    method.position_ = position.set_index(["roi_id", "sample"]) if as_index else position
    (found,) = method.intersect(_strides((22, 25)).assign(gs_id=9), return_data=("position",))
    assert list(found.columns) == GF_POS
    np.testing.assert_array_equal(found.to_numpy(), np.arange(66.0).reshape(22, 3)[13:17])


def test_intersect_needs_results_of_regions(method):
    with pytest.raises(ValidationError, match="`estimate`"):
        RegionLevelTrajectory().intersect("no list", return_data="nothing")
    method.estimate_intersect(_rest(), _regions((0, 30)), stride_event_list=_strides((1, 3)), sampling_rate_hz=100.0)
    with pytest.raises(ValidationError, match="`estimate_intersect`"):
        method.intersect(_strides((1, 3)))


@pytest.mark.parametrize("return_data", [(), "position", ("path",), ("position", "path"), None])
def test_unknown_results_are_refused(method, return_data):
    _estimate(method, _regions((0, 30)))
    with pytest.raises(ValueError, match=r"`return_data` must be .* or a subset of it"):
        method.intersect(_strides((1, 3)), return_data=return_data)


def test_strides_of_another_number_of_sensors_are_refused(method):
    _estimate(method, _regions((0, 30)))
    with pytest.raises(ValidationError, match="from a single sensor dataset with a multi sensor stride list"):
        method.intersect({"a": _strides((1, 3))})


@pytest.mark.parametrize("damage", [lambda f: f.iloc[:5], lambda f: f.loc[[0]], lambda f: f.sort_index(level="sample")])
def test_damaged_results_are_refused(method, damage):
    _estimate(method, _regions((0, 30), (30, 60)))
    method.position_ = damage(method.position_)
    with pytest.raises(ValueError, match="do not belong to the regions"):
        method.intersect(_strides((1, 30), (40, 45)), return_data=("position",))


def test_trajectory_methods_may_give_only_their_orientation_or_position(method):
    with pytest.warns(UserWarning, match="trajectory method as ori or pos method"):
        result = _estimate(
            RegionLevelTrajectory(ori_method=Recorder(), pos_method=ForwardBackwardIntegration()), _regions((10, 30))
        )
    np.testing.assert_allclose(result.position_, 0)
    with pytest.warns(UserWarning, match="trajectory method as ori or pos method"):
        result = _estimate(
            RegionLevelTrajectory(ori_method=SimpleGyroIntegration(), pos_method=Recorder()), _regions((10, 30))
        )
    assert result.position_["pos_x"].tolist() == list(range(21))


# -- reference
_NORM = NormZuptDetector(inactive_signal_threshold=10)
_KALMAN = {
    "rts": RtsKalman(),
    "rts_nolevel": RtsKalman(level_walking=False),
    "rts_imutrust": RtsKalman(velocity_error_variance=10e2),
    "mrts": MadgwickRtsKalman(),
    "rts_event": RtsKalman(zupt_detector=StrideEventZuptDetector(0.05)),
    "rts_combo": RtsKalman(
        zupt_detector=ComboZuptDetector([("stride", StrideEventZuptDetector(0.05)), ("norm", _NORM)])
    ),
    "rts_tight": RtsKalman(velocity_error_variance=1e-2, level_walking=False),
}


def _public_walk():
    from gaitmap.example_data import get_healthy_example_imu_data, get_healthy_example_stride_events

    data = get_healthy_example_imu_data()
    regions = pd.DataFrame({"gs_id": [3, 8], "start": [0, 4000], "end": [3900, len(data)]})
    return data, get_healthy_example_stride_events(), dict.fromkeys(data.columns.unique(0), regions)


@pytest.mark.reference
@pytest.mark.recordings
@pytest.mark.parametrize("name", _KALMAN)
def test_regions_of_the_public_walk_equal_the_reference(reference_dir, name):
    reference = np.load(reference_dir / "trajectory" / "region_level.npz")
    data, events, regions = _public_walk()
    method = RegionLevelTrajectory(ori_method=None, pos_method=None, trajectory_method=_KALMAN[name])
    result = method.estimate(data, regions, stride_event_list=events, sampling_rate_hz=204.8)
    # level walking makes the reference itself inaccurate (a pseudo-inverse of a badly scaled matrix)
    level = _KALMAN[name].level_walking
    for sensor in regions:
        for quantity, atol in (("position", 5e-5 if level else 1e-9), ("velocity", 1e-3 if level else 1e-9)):
            found = getattr(result, f"{quantity}_")[sensor].to_numpy()[::20]
            np.testing.assert_allclose(found, reference[f"{name}_{sensor}_{quantity}"], rtol=0, atol=atol)
        if name not in ("rts_imutrust", "rts_tight"):  # gaitmap 2.6 corrects the orientation in the wrong direction
            found = Rotation.from_quat(result.orientation_[sensor].to_numpy()[::20])
            expected = Rotation.from_quat(reference[f"{name}_{sensor}_orientation"])
            assert (found * expected.inv()).magnitude().max() < 6e-3


@pytest.mark.reference
@pytest.mark.recordings
@pytest.mark.parametrize("name", ["rts", "mrts"])
def test_strides_cut_out_of_the_public_walk_equal_the_reference(reference_dir, name):
    reference = np.load(reference_dir / "trajectory" / "region_level.npz")
    data, events, regions = _public_walk()
    method = RegionLevelTrajectory(ori_method=None, pos_method=None, trajectory_method=_KALMAN[name])
    result = method.estimate_intersect(data, regions, stride_event_list=events, sampling_rate_hz=204.8)
    for sensor in regions:
        key = f"{name}_intersect_{sensor}"
        strides = result.position_[sensor].groupby("s_id", sort=False)
        assert list(strides.groups) == reference[f"{key}_s_id"].tolist()
        assert strides.size().tolist() == reference[f"{key}_n"].tolist()
        np.testing.assert_allclose(strides.first(), reference[f"{key}_position_first"], rtol=0, atol=5e-5)
        np.testing.assert_allclose(strides.last(), reference[f"{key}_position_last"], rtol=0, atol=5e-5)


@pytest.mark.reference
@pytest.mark.recordings
def test_piece_wise_linear_dedrifting_of_the_public_walk_equals_the_reference(reference_dir):
    reference = np.load(reference_dir / "trajectory" / "region_level.npz")
    data, _, regions = _public_walk()
    method = RegionLevelTrajectory(ori_method=MadgwickAHRS(), pos_method=PieceWiseLinearDedriftedIntegration())
    result = method.estimate(data, regions, sampling_rate_hz=204.8)
    for sensor in regions:
        expected = reference[f"madgwick_pwldi_{sensor}_position"]
        np.testing.assert_allclose(result.position_[sensor][::20], expected, rtol=0, atol=1e-9)


@pytest.mark.reference
@pytest.mark.recordings
def test_the_smoother_per_stride_equals_the_reference(reference_dir):
    reference = np.load(reference_dir / "trajectory" / "stride_level.npz")
    data, events, _ = _public_walk()
    method = StrideLevelTrajectory(ori_method=None, pos_method=None, trajectory_method=RtsKalman())
    result = method.estimate(data["left_sensor"], events["left_sensor"].iloc[:3], sampling_rate_hz=204.8)
    for quantity, atol in (("orientation", 1e-3), ("velocity", 1e-3), ("position", 1e-5)):
        found = getattr(result, f"{quantity}_")
        np.testing.assert_allclose(found, reference[f"rts_per_stride_{quantity}"], rtol=0, atol=atol)


def test_a_region_without_rest_is_named_and_the_others_are_kept():
    foot = make_walk().single()
    regions = _regions((20, 180), (185, 215), (300, 800))  # the second is nothing but swing
    method = RegionLevelTrajectory(pos_method=PieceWiseLinearDedriftedIntegration())
    with pytest.warns(UnusableRegionWarning, match=r"1 of 3 .* 1\. Reason .* No valid zupt regions available!"):
        method.estimate(foot.sensor_frame, regions, sampling_rate_hz=RATE)
    assert method.position_.isna().all(axis=1).groupby("roi_id").all().tolist() == [False, True, False]
    with pytest.raises(ValueError, match="No valid zupt regions available!"):
        method.estimate(foot.sensor_frame, regions.iloc[[1]], sampling_rate_hz=RATE)
