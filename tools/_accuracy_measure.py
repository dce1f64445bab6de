"""Errors of every combination of methods on the walk with optical motion capture, as JSON on standard output.

Only the public API that gaitmap 2.6 and 3 share is used, so that the peer can be measured by the same lines; what one
of them does not have (or cannot run) is left out. Called by ``accuracy.py`` with the folder of the recordings::

    python tools/_accuracy_measure.py FOLDER
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from gaitmap import stride_segmentation, trajectory_reconstruction
from gaitmap.event_detection import FilteredRamppEventDetection, HerzerEventDetection, RamppEventDetection
from gaitmap.preprocessing import align_dataset_to_gravity
from gaitmap.stride_segmentation import BarthDtw, ConstrainedBarthDtw
from gaitmap.trajectory_reconstruction import (
    MadgwickAHRS,
    MadgwickRtsKalman,
    PieceWiseLinearDedriftedIntegration,
    RegionLevelTrajectory,
    RtsKalman,
    SimpleGyroIntegration,
    StrideLevelTrajectory,
)
from gaitmap.utils.coordinate_conversion import convert_to_fbf
from gaitmap.zupt_detection import ComboZuptDetector, NormZuptDetector, ShoeZuptDetector, StrideEventZuptDetector

RATE_HZ = 204.8
MOCAP_RATE_HZ = 100.0
HEEL = {"left_sensor": "L_FCC", "right_sensor": "R_FCC"}
TOE = {"left_sensor": "L_TOE", "right_sensor": "R_TOE"}
# An event of the reference without one found within this time has been missed.
TOLERANCE_MS = 150.0
# A foot that turns more than this in the room from mid-stance to mid-stance is in a turn.
TURN_DEG = 20.0


class Walk:
    """The recording, its reference, and the borders labelled by hand."""

    def __init__(self, folder):
        def table(name, **options):
            return pd.read_csv(folder / name, **options)

        self.data = table("imu_sample.csv", header=[0, 1], index_col=0)
        self.raw = table("imu_sample_not_rotated.csv", header=[0, 1], index_col=0)
        self.mocap = table("mocap_sample.csv", header=[0, 1], index_col=0)
        self.events = self._per_foot(table("stride_events_sample.csv"))
        self.borders = self._per_foot(table("stride_borders_sample.csv"))

    @staticmethod
    def _per_foot(strides):
        return {
            f"{foot}_sensor": part.drop(columns="foot").reset_index(drop=True) for foot, part in strides.groupby("foot")
        }

    def marker(self, name, samples):
        """Position of a marker in m at samples of the sensors."""
        time = np.asarray(samples, dtype=float) / RATE_HZ * MOCAP_RATE_HZ
        frames = np.arange(len(self.mocap))
        return np.column_stack([np.interp(time, frames, self.mocap[name][axis].to_numpy()) for axis in "xyz"]) / 1000

    def heel_distance(self, sensor, strides):
        """Horizontal distance in m of the heel marker from the start to the end of each stride."""
        way = self.marker(HEEL[sensor], strides["end"]) - self.marker(HEEL[sensor], strides["start"])
        return np.hypot(way[:, 0], way[:, 1])

    def turns(self, sensor, strides):
        """Angle in deg by which the foot (heel to toe) is turned in the room from start to end of each stride."""
        angles = []
        for border in ("start", "end"):
            foot = self.marker(TOE[sensor], strides[border]) - self.marker(HEEL[sensor], strides[border])
            angles.append(np.arctan2(foot[:, 1], foot[:, 0]))
        return np.abs(np.rad2deg((angles[1] - angles[0] + np.pi) % (2 * np.pi) - np.pi))


def event_errors(walk, annotated):
    """Errors in ms of the events found for each event of the reference; None where none is near."""
    errors = {}
    for event in ("ic", "tc"):
        errors[event] = []
        for sensor, reference in walk.events.items():
            found = annotated[sensor][event].dropna().to_numpy(dtype=float)
            for true in reference[event].to_numpy(dtype=float):
                error = 1000 / RATE_HZ * (found[np.argmin(np.abs(found - true))] - true) if len(found) else np.inf
                errors[event].append(float(error) if abs(error) <= TOLERANCE_MS else None)
    return errors


def length_errors(walk, strides, position):
    """Errors of the stride length in cm, and whether the foot walks straight on."""
    errors, straight = [], []
    for sensor, given in strides.items():
        stride_list = given.set_index("s_id") if "s_id" in given.columns else given
        if len(stride_list) == 0:
            continue
        path = position[sensor].groupby("s_id")[["pos_x", "pos_y"]]
        way = (path.last() - path.first()).loc[stride_list.index].to_numpy()
        errors += list(100 * (np.hypot(way[:, 0], way[:, 1]) - walk.heel_distance(sensor, stride_list)))
        straight += list(walk.turns(sensor, stride_list) <= TURN_DEG)
    return {"length": [float(error) for error in errors], "straight": [bool(value) for value in straight]}


def alignments(walk):
    """Ways to bring the recording into the frame of the foot."""
    yield "gravity", lambda: align_dataset_to_gravity(walk.data, RATE_HZ)

    def automatic():
        from gaitmap.preprocessing.sensor_alignment import AutoAlignment  # noqa: PLC0415 - not in 2.6

        return pd.concat(AutoAlignment().align(walk.raw, sampling_rate_hz=RATE_HZ).aligned_data_, axis=1)

    yield "automatic, from raw axes", automatic


def segmentations(walk):
    """Ways to find strides."""
    yield "labelled by hand", lambda data: walk.borders
    yield "BarthDtw", lambda data: BarthDtw().segment(data, sampling_rate_hz=RATE_HZ).stride_list_
    yield "ConstrainedBarthDtw", lambda data: ConstrainedBarthDtw().segment(data, sampling_rate_hz=RATE_HZ).stride_list_
    if hasattr(stride_segmentation, "OpenStrideTemplate"):
        for name, method in {
            "BarthDtw(OpenStrideTemplate)": BarthDtw(stride_segmentation.OpenStrideTemplate()),
            "ConstrainedBarthDtw(OpenStrideTemplate)": ConstrainedBarthDtw(stride_segmentation.OpenStrideTemplate()),
            "CalibratedBarthDtw": stride_segmentation.CalibratedBarthDtw(),
            "CalibratedBarthDtw(BarthOriginalTemplate)": stride_segmentation.CalibratedBarthDtw(
                stride_segmentation.BarthOriginalTemplate()
            ),
        }.items():
            yield name, lambda data, m=method: m.segment(data, sampling_rate_hz=RATE_HZ).stride_list_

    def hmm(data):
        from gaitmap.stride_segmentation.hmm import HmmStrideSegmentation  # noqa: PLC0415 - needs a package in 2.6

        return HmmStrideSegmentation().segment(data, RATE_HZ).stride_list_

    yield "HmmStrideSegmentation", hmm


def event_methods():
    """All event detections."""
    for method in (RamppEventDetection, FilteredRamppEventDetection, HerzerEventDetection):
        yield method.__name__.removesuffix("EventDetection"), method()


def trajectories():
    """All ways to reconstruct paths: level, orientation, position, and the object."""
    norm = {"sensor": "gyr", "window_length_s": 0.05, "metric": "maximum", "inactive_signal_threshold": 34.0}
    rest = NormZuptDetector(**norm, window_overlap=0.5)
    per_stride = StrideEventZuptDetector(half_region_size_s=0.05)
    orientations = {
        "SimpleGyroIntegration": SimpleGyroIntegration(),
        "MadgwickAHRS": MadgwickAHRS(),
        "MadgwickAHRS(beta=0.05)": MadgwickAHRS(beta=0.05),
    }
    if hasattr(trajectory_reconstruction, "MahonyAHRS"):
        orientations["MahonyAHRS"] = trajectory_reconstruction.MahonyAHRS()
    piece_wise = PieceWiseLinearDedriftedIntegration
    for name, orientation in orientations.items():
        yield "stride", name, "ForwardBackward", StrideLevelTrajectory(ori_method=orientation)
        for zupts, detector in (("rest", NormZuptDetector(**_MEAN_REST)), ("stride events", per_stride)):
            method = StrideLevelTrajectory(ori_method=orientation, pos_method=piece_wise(detector))
            yield "stride", name, f"PieceWiseLinear ({zupts})", method
    if hasattr(trajectory_reconstruction, "VqfOrientation"):
        orientations["VqfOrientation"] = trajectory_reconstruction.VqfOrientation()
    for name, orientation in orientations.items():
        method = RegionLevelTrajectory(ori_method=orientation, pos_method=piece_wise(NormZuptDetector(**_MEAN_REST)))
        yield "region", name, "PieceWiseLinear (rest)", method
    detectors = {
        "rest": rest,
        "SHOE": ShoeZuptDetector(),
        "stride events": per_stride,
        "rest or stride events": ComboZuptDetector([("rest", rest), ("stride", per_stride)]),
    }
    for zupts, detector in detectors.items():
        yield "region", "RtsKalman", zupts, _region_level(RtsKalman(zupt_detector=detector))
    for name, kalman in {
        "RtsKalman(velocity_error_variance=1)": RtsKalman(velocity_error_variance=1.0),
        "RtsKalman(level_walking=False)": RtsKalman(level_walking=False),
        "MadgwickRtsKalman": MadgwickRtsKalman(),
        "MadgwickRtsKalman(madgwick_beta=0.05)": MadgwickRtsKalman(madgwick_beta=0.05),
    }.items():
        yield "region", name, "rest", _region_level(kalman)


_MEAN_REST = {
    "sensor": "gyr",
    "window_length_s": 0.15,
    "window_overlap": 0.5,
    "metric": "mean",
    "inactive_signal_threshold": 15.0,
}


def _region_level(trajectory_method):
    return RegionLevelTrajectory(ori_method=None, pos_method=None, trajectory_method=trajectory_method)


def paths_of(method, data, strides):
    """Positions per stride, from either wrapper."""
    if isinstance(method, StrideLevelTrajectory):
        return method.estimate(data, strides, sampling_rate_hz=RATE_HZ).position_
    regions = {s: pd.DataFrame({"roi_id": [0], "start": [10], "end": [len(data) - 10]}) for s in strides}
    method.estimate_intersect(data, regions, stride_event_list=strides, sampling_rate_hz=RATE_HZ)
    return method.position_


def attempt(rows, key, function):
    """Add a row, or leave it out with a note on standard error."""
    try:
        rows["|".join(key)] = function()
    except Exception as error:  # noqa: BLE001 - the peer fails in many ways
        print(f"left out: {key}: {type(error).__name__}: {str(error)[:150]}", file=sys.stderr)


def measure(folder):
    """Return ``{table: {row: errors}}``."""
    walk = Walk(folder)
    events, chain, lengths = {}, {}, {}
    for alignment, align in alignments(walk):
        try:
            data = align()
        except ImportError:
            continue
        body = convert_to_fbf(data, left_like="left_", right_like="right_")
        for segmentation, segment in segmentations(walk):
            try:
                strides = segment(body)
            except Exception as error:  # noqa: BLE001 - the peer fails in many ways
                print(f"left out: {segmentation}: {type(error).__name__}: {str(error)[:150]}", file=sys.stderr)
                continue
            for name, method in event_methods():
                key = (alignment, segmentation, name)
                found = method.clone().detect(body, strides, sampling_rate_hz=RATE_HZ)
                attempt(events, key, lambda f=found: event_errors(walk, f.annotated_original_event_list_))
                attempt(
                    chain,
                    key,
                    lambda f=found, d=data: length_errors(
                        walk, f.min_vel_event_list_, paths_of(StrideLevelTrajectory(), d, f.min_vel_event_list_)
                    ),
                )
    data = align_dataset_to_gravity(walk.data, RATE_HZ)
    for level, orientation, position, method in trajectories():
        key = (level, orientation, position)
        attempt(lengths, key, lambda m=method: length_errors(walk, walk.events, paths_of(m, data, walk.events)))
    markers = {
        "toe": _marker_differences(walk, "TOE"),
        "fifth metatarsal": _marker_differences(walk, "FM5"),
    }
    found = RamppEventDetection().detect(
        convert_to_fbf(data, left_like="left_", right_like="right_"), walk.borders, sampling_rate_hz=RATE_HZ
    )
    borders = {"reference": _movement_at(walk, walk.events), "found": _movement_at(walk, found.min_vel_event_list_)}
    return {"events": events, "chain": chain, "lengths": lengths, "markers": markers, "borders": borders}


def _movement_at(walk, strides):
    """Median speed of the heel in mm/s and median angular rate in deg/s at the starts of the strides."""
    speed, rate = [], []
    for sensor, stride_list in strides.items():
        start = stride_list["start"].to_numpy().astype(int)
        way = walk.marker(HEEL[sensor], start + 2) - walk.marker(HEEL[sensor], start - 2)
        speed += list(1000 * np.linalg.norm(way, axis=1) * RATE_HZ / 4)
        gyr = walk.data[sensor][["gyr_x", "gyr_y", "gyr_z"]].to_numpy()[start]
        rate += list(np.linalg.norm(gyr, axis=1))
    return {"heel": float(np.median(speed)), "gyr": float(np.median(rate))}


def _marker_differences(walk, marker):
    """Stride length by another marker of the same foot minus that of the heel marker, in cm."""
    differences, straight = [], []
    for sensor, strides in walk.events.items():
        name = f"{sensor[0].upper()}_{marker}"
        way = walk.marker(name, strides["end"]) - walk.marker(name, strides["start"])
        differences += list(100 * (np.hypot(way[:, 0], way[:, 1]) - walk.heel_distance(sensor, strides)))
        straight += list(walk.turns(sensor, strides) <= TURN_DEG)
    return {"length": [float(d) for d in differences], "straight": [bool(s) for s in straight]}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    json.dump(measure(Path(sys.argv[1])), sys.stdout)
