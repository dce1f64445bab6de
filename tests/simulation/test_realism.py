"""The unmodified algorithms find simulated strides."""

import numpy as np
import pytest

from gaitmap.evaluation_utils import evaluate_segmented_stride_list, precision_score, recall_score
from gaitmap.pipelines import GaitPipeline
from gaitmap.simulation import GaitParameters, Rest, Turn, Walk, simulate, simulate_walk

pytestmark = pytest.mark.mad_data

GAITS = {
    "healthy": GaitParameters(),
    "slow": GaitParameters(
        stride_time_s=1.3, stride_length_m=1.0, stance_share=0.66, tc_angle_deg=-55, ic_angle_deg=15
    ),
    "fast": GaitParameters(
        stride_time_s=0.95, stride_length_m=1.65, stance_share=0.6, tc_angle_deg=-72, ic_angle_deg=25
    ),
    "asymmetric": GaitParameters(step_time_asymmetry=0.1, stance_asymmetry=0.05, angle_asymmetry=0.2),
    "variable": GaitParameters(stride_time_cv=0.05, stride_length_cv=0.08, angle_sd_deg=4),
}


@pytest.mark.parametrize("gait", GAITS)
def test_more_than_98_percent_of_the_strides_of_level_walking_are_found(gait):
    walk = simulate_walk(GAITS[gait], duration_s=120, seed=11)
    result = GaitPipeline.like_2_6(trajectory=None, spatial=None).analyze(walk.data, walk.sampling_rate_hz)
    matches = evaluate_segmented_stride_list(
        ground_truth=walk.truth.segmented_strides, segmented_stride_list=result.stride_list_, tolerance=30
    )
    for sensor in walk.data:
        assert recall_score(matches[sensor]) > 0.98
        assert precision_score(matches[sensor]) > 0.98


def test_events_and_parameters_of_a_walk_with_turns_are_those_of_the_truth():
    activities = [Rest(3)]
    for _ in range(4):
        activities += [Walk(distance_m=20), Turn(180)]
    walk = simulate([*activities, Walk(distance_m=20), Rest(3)], seed=2)
    result = GaitPipeline.like_2_6().analyze(walk.data, walk.sampling_rate_hz)
    for sensor, truth in walk.truth.strides.items():
        found = result.events_[sensor]
        nearest = np.abs(truth["tc"].to_numpy()[:, None] - found["tc"].to_numpy()).argmin(axis=0)
        level = (truth["kind"].iloc[nearest] == "walk").to_numpy()
        pairs = truth.iloc[nearest][level], found[level]
        for event in ("ic", "tc", "min_vel"):
            error = (pairs[1][event].to_numpy() - pairs[0][event].to_numpy()) / walk.sampling_rate_hz
            assert np.abs(np.median(error)) < 0.015, event
        expected = walk.truth.parameters[sensor].loc[pairs[0].index]
        parameters = result.parameters_[sensor][level]
        for name, tolerance in (("stride_length", 0.015), ("tc_angle", 1.0), ("max_sensor_lift", 0.01)):
            error = parameters[name].to_numpy() - expected[name].to_numpy()
            assert np.abs(np.median(error)) < tolerance, name
