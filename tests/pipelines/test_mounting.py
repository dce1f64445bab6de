"""Offset and alignment: what is done to the signals before strides are looked for, whatever their source."""

import numpy as np
import pandas as pd
import pytest

from gaitmap.base import BaseGyroscopeOffset
from gaitmap.pipelines import BlockRun, GaitPipeline, GaitStream
from gaitmap.recordings import open_recording
from gaitmap.simulation import simulate_walk
from gaitmap.stride_segmentation import CalibratedBarthDtw, OpenStrideTemplate
from gaitmap.utils.consts import SF_GYR
from gaitmap.utils.exceptions import DataQualityError
from tests.pipelines._recording import write_recording

RATE = 100.0
OFFSET = np.array([2.0, -3.0, 4.0])


class OffsetOfQuietestBlocks(BaseGyroscopeOffset):
    """Takes the median angular rate of the samples that hardly turn; refuses feet that never rest."""

    def __init__(self, limit_deg_per_s: float = 8.0) -> None:
        self.limit_deg_per_s = limit_deg_per_s

    def estimate(self, blocks, *, sampling_rate_hz):
        del sampling_rate_hz
        quiet: dict = {}
        for block in blocks(columns=SF_GYR):
            for sensor, data in block.items():
                rows = data[SF_GYR].to_numpy()
                quiet.setdefault(sensor, []).append(rows[np.linalg.norm(rows, axis=1) < self.limit_deg_per_s])
        rests = {sensor: np.concatenate(parts) for sensor, parts in quiet.items()}
        self.problems_ = {sensor: "the foot never rests" for sensor, rows in rests.items() if len(rows) == 0}
        if len(self.problems_) == len(rests):
            raise DataQualityError("no foot ever rests")
        known = {sensor: rows for sensor, rows in rests.items() if sensor not in self.problems_}
        self.offset_ = {sensor: np.median(rows, axis=0) for sensor, rows in known.items()}
        self.source_ = dict.fromkeys(known, "rest")
        self.findings_ = {sensor: [f"Offset of {np.abs(o).max():.1f} deg/s."] for sensor, o in self.offset_.items()}
        return self


@pytest.fixture(scope="module")
def walk():
    data = simulate_walk(duration_s=30, sampling_rate_hz=RATE, seed=2).data
    return {sensor: frame.astype(float) for sensor, frame in data.items()}


def _with_offset(data, sensors):
    moved = {axis: OFFSET[i] for i, axis in enumerate(SF_GYR)}
    return {
        sensor: frame.assign(**{axis: frame[axis] + value for axis, value in moved.items()})
        if sensor in sensors
        else frame
        for sensor, frame in data.items()
    }


def _pipeline(**parameters):
    segmentation = CalibratedBarthDtw(OpenStrideTemplate())
    return GaitPipeline.like_2_6(offset=OffsetOfQuietestBlocks(), segmentation=segmentation, **parameters)


def test_an_offset_is_found_and_taken_off(walk):
    clean = _pipeline().analyze(walk, RATE)
    moved = _pipeline().analyze(_with_offset(walk, ["left_sensor"]), RATE)
    lengths = [run.parameters_["left_sensor"]["stride_length"] for run in (clean, moved)]
    np.testing.assert_allclose(*lengths, atol=2e-3)
    entry = moved.quality_["left_sensor"]
    was = np.array(clean.quality_["left_sensor"]["offset"]["offset_deg_per_s"])
    np.testing.assert_allclose(np.array(entry["offset"]["offset_deg_per_s"]) - was, OFFSET, atol=0.5)
    assert entry["offset"]["source"] == "rest"
    assert any("Offset of" in finding for finding in entry["findings"])


def test_blocks_take_off_the_same_offset(walk, tmp_path):
    data = _with_offset(walk, list(walk))
    whole = _pipeline().analyze(data, RATE, name="walk")
    file = open_recording(write_recording(tmp_path, data), sampling_rate_hz=RATE)
    blocks = BlockRun(_pipeline(), file, block_length=700).run()
    pd.testing.assert_frame_equal(
        blocks.strides_.drop(columns="recording"), whole.strides_.drop(columns="recording"), rtol=1e-9, atol=1e-9
    )
    assert blocks.quality_["left_sensor"]["offset"] == whole.quality_["left_sensor"]["offset"]


def test_a_stream_keeps_the_offset_of_its_calibration(walk):
    data = _with_offset(walk, list(walk))
    stream = GaitStream.calibrated(_pipeline(), data, RATE)
    whole = _pipeline().analyze(data, RATE)
    length = len(data["left_sensor"])
    blocks = [{sensor: frame.iloc[i : i + 500] for sensor, frame in data.items()} for i in range(0, length, 500)]
    found = [stream.push(block) for block in blocks]
    strides = pd.concat([part for part in [*found, stream.finish()] if len(part)])
    np.testing.assert_allclose(
        np.sort(strides["stride_length"]), np.sort(whole.strides_["stride_length"]), rtol=1e-9, atol=1e-9
    )


def test_a_foot_without_a_known_offset_goes_on_as_it_is(walk):
    restless = dict(walk, left_sensor=walk["left_sensor"].assign(gyr_x=walk["left_sensor"]["gyr_x"] + 20.0))
    run = _pipeline().analyze(restless, RATE)
    assert "offset" not in run.quality_["left_sensor"]
    findings = " ".join(run.quality_["left_sensor"]["findings"])
    assert "offset of the gyroscopes was not possible: the foot never rests" in findings
    assert "offset" in run.quality_["right_sensor"]


def test_a_calibration_without_a_known_offset_is_refused(walk):
    restless = dict(walk, left_sensor=walk["left_sensor"].assign(gyr_x=walk["left_sensor"]["gyr_x"] + 20.0))
    with pytest.raises(DataQualityError, match="the foot never rests"):
        GaitStream.calibrated(_pipeline(), restless, RATE)
