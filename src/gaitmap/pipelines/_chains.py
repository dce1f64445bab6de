"""Chains with a name: what their steps are."""

from typing import Any

from gaitmap.event_detection import MidStanceEventDetection, RamppEventDetection
from gaitmap.parameters import SpatialParameterCalculation, TemporalParameterCalculation
from gaitmap.preprocessing.sensor_alignment import GravityAlignment
from gaitmap.stride_segmentation import BarthDtw, SwingStrideSegmentation
from gaitmap.trajectory_reconstruction import ForwardBackwardIntegration, SimpleGyroIntegration, StrideLevelTrajectory

#: Events that fit to the segmentation.
AUTO = "auto"
#: Height (m) of a sensor on the instep or on top of the shoe above the floor: the lever of its velocity at mid-stance.
INSTEP_HEIGHT_M = 0.08


def name_of_chain(pipeline: Any) -> str:
    """Return the name of a chain: "3", "2.6", or "own" where a step is another."""
    text = pipeline.to_json()
    for name, chain in (("3", type(pipeline)()), ("2.6", type(pipeline).like_2_6())):
        if text == chain.to_json():
            return name
    return "own"


def path_of_rolling_foot(sensor_height_m: float = INSTEP_HEIGHT_M) -> StrideLevelTrajectory:
    """Make the integration of strides whose ends move with the rolling foot."""
    return StrideLevelTrajectory(
        ori_method=SimpleGyroIntegration(rule="trapezoid"),
        pos_method=ForwardBackwardIntegration(sensor_height_m=sensor_height_m),
    )


def steps_of_2_6() -> dict[str, Any]:
    """Make the steps in which gaitmap 2.6 is different."""
    return {
        "offset": None,
        "alignment": GravityAlignment(),
        "segmentation": BarthDtw(),
        "events": RamppEventDetection(),
        "trajectory": StrideLevelTrajectory(),
        "temporal": TemporalParameterCalculation(),
        "spatial": SpatialParameterCalculation(),
    }


def with_fitting_events(pipeline: Any) -> Any:
    """Fill in the event detection that fits to the segmentation; the same object, if there is one already.

    Strides of swings go from mid-stance to mid-stance, those of templates and hidden Markov models from push-off to
    push-off.
    """
    if pipeline.events != AUTO:
        return pipeline
    is_mid_stance = isinstance(pipeline.segmentation, SwingStrideSegmentation)
    events = MidStanceEventDetection() if is_mid_stance else RamppEventDetection()
    return pipeline.clone().set_params(events=events)
