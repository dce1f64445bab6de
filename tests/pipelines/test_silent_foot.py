"""Turns, bouts and counts against the truth of a simulated walk when one foot is silent, late, stops, or is missing."""

import numpy as np
import pytest

from gaitmap.pipelines import BlockRun, GaitPipeline
from gaitmap.recordings import open_recording
from gaitmap.simulation import Rest, Turn, Walk, simulate
from gaitmap.stride_segmentation import BarthDtw, OpenStrideTemplate
from tests.pipelines._recording import write_recording

RATE = 102.4
_ANGLES = [[180.0, -70.0], [-120.0, 90.0]]


@pytest.fixture(scope="module")
def walk():
    activities = []
    for one, two in _ANGLES:
        activities += [Rest(duration_s=5), Walk(duration_s=8), Turn(angle_deg=one), Walk(duration_s=9)]
        activities += [Turn(angle_deg=two), Walk(duration_s=8), Rest(duration_s=5)]
    return simulate(activities, sampling_rate_hz=RATE, seed=3)


def _part(frame, keep):
    """The signal only in a part of the recording; what is missing elsewhere is rest or nothing."""
    n = len(frame)
    return slice(int(keep[0] * n), int(keep[1] * n))


def _missing(data, foot):
    return {sensor: frame for sensor, frame in data.items() if not sensor.startswith(foot)}


def _still(data, foot, keep=(0, 0)):
    """A sensor that lies still outside of a part of the recording."""
    name = f"{foot}_sensor"
    frame = data[name]
    noise = np.random.default_rng(0).normal(scale=0.02, size=frame.shape)
    lying = frame * 0 + np.array([0, 0, 9.81, 0, 0, 0]) + noise
    part = _part(frame, keep)
    lying.iloc[part] = frame.iloc[part]
    return {**data, name: lying}


def _nothing(data, foot, keep):
    """A sensor that records nothing outside of a part of the recording."""
    name = f"{foot}_sensor"
    frame = data[name].copy()
    part = _part(frame, keep)
    frame.iloc[: part.start] = np.nan
    frame.iloc[part.stop :] = np.nan
    return {**data, name: frame}


_FAULTS = {
    "none": dict,
    "missing": lambda data: _missing(data, "right"),
    "silent": lambda data: _still(data, "left"),
    "late": lambda data: _nothing(data, "right", (0.5, 1)),
    "late in a bout": lambda data: _nothing(data, "left", (0.6, 1)),
    "stops": lambda data: _nothing(data, "left", (0, 0.5)),
    "stops in a bout": lambda data: _nothing(data, "right", (0, 0.4)),
    "falls off in a bout": lambda data: _still(data, "right", (0, 0.4)),
    "away in the middle": lambda data: _still(data, "left", (0.3, 0.7)),
}


@pytest.mark.parametrize("fault", _FAULTS)
@pytest.mark.parametrize("way", ["memory", "blocks"])
def test_turns_bouts_and_counts_are_those_of_the_walk(walk, fault, way, tmp_path):
    data = _FAULTS[fault](dict(walk.data))
    pipeline = GaitPipeline.like_2_6(segmentation=BarthDtw(OpenStrideTemplate()))
    if way == "memory":
        result = pipeline.analyze(data, RATE)
    else:
        file = open_recording(write_recording(tmp_path, data), sampling_rate_hz=RATE)
        result = BlockRun(pipeline, file, block_length=1777).run()
    truth = walk.truth
    bouts, turns = result.bouts_, result.turns_

    assert len(bouts) == len(_ANGLES)
    # A sensor that stops near a turn leaves half of a stride of it unknown.
    assert turns["turn_angle"].tolist() == pytest.approx(np.ravel(_ANGLES).tolist(), abs=10)
    assert turns["bout_id"].tolist() == [1, 1, 2, 2]
    assert bouts["n_turns"].tolist() == [2, 2]

    true_turns = truth.activities[truth.activities["kind"] == "turn"]
    assert turns["start_s"].to_numpy() == pytest.approx(true_turns["start_s"].to_numpy(), abs=1.5)

    steps = sum(table.groupby("bout").size() for table in truth.event_times.values())
    # The first swing of a foot and the last one may be no complete stride.
    assert bouts["n_steps"].to_numpy() == pytest.approx(steps.to_numpy(), abs=4)

    for sensor, strides in truth.strides.items():
        foot = sensor.removesuffix("_sensor")
        signal = data.get(sensor)
        if signal is None:
            assert (bouts[f"n_strides_{foot}"] == 0).all()
            continue
        there = signal["acc_x"].eq(walk.data[sensor]["acc_x"]).to_numpy()
        is_recorded = np.array([there[start:end].all() for start, end in strides[["start", "end"]].to_numpy()])
        recorded = strides[is_recorded].groupby("bout").size().reindex(strides["bout"].unique(), fill_value=0)
        assert bouts[f"n_strides_{foot}"].to_numpy() == pytest.approx(recorded.to_numpy(), abs=3)
        assert ((bouts[f"n_strides_{foot}"] == 0) | (recorded.to_numpy() > 0)).all()
