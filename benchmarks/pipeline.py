"""The whole chain, stage by stage: time and extra memory, beside gaitmap 2.6.

python benchmarks/pipeline.py --peer-python PYTHON_WITH_GAITMAP_2_6
"""

from _harness import RATE_HZ, measure, run_benchmark, summarize, tiled_walk

DESCRIPTION = "healthy 2 x 20 m walk repeated to 29 min: 356,760 samples at 204.8 Hz, two feet"


def measure_all(n_runs):
    """Measure the stages from gravity alignment to parameters; each gets the results of the one before."""
    import gaitmap
    from gaitmap.event_detection import RamppEventDetection
    from gaitmap.parameters import SpatialParameterCalculation, TemporalParameterCalculation
    from gaitmap.preprocessing import align_dataset_to_gravity
    from gaitmap.stride_segmentation import BarthDtw
    from gaitmap.trajectory_reconstruction import StrideLevelTrajectory
    from gaitmap.utils.coordinate_conversion import convert_to_fbf

    def align(data):
        return align_dataset_to_gravity(data, RATE_HZ)

    def to_body_frame(data):
        return convert_to_fbf(data, left_like="left_", right_like="right_")

    def segment(data):
        return BarthDtw().segment(data, sampling_rate_hz=RATE_HZ)

    def detect(data, strides):
        return RamppEventDetection().detect(data, strides, sampling_rate_hz=RATE_HZ)

    def reconstruct(data, events):
        return StrideLevelTrajectory().estimate(data, events, sampling_rate_hz=RATE_HZ)

    def parameters(events, path):
        temporal = TemporalParameterCalculation().calculate(events, RATE_HZ)
        spatial = SpatialParameterCalculation().calculate(events, path.position_, path.orientation_, RATE_HZ)
        return temporal, spatial

    def chain(data):
        aligned = align(data)
        body = to_body_frame(aligned)
        strides = segment(body).stride_list_
        events = detect(body, strides).min_vel_event_list_
        return parameters(events, reconstruct(aligned, events))

    chain(tiled_walk(1))  # compile what is compiled on first use
    data = tiled_walk()
    figures = {"version": gaitmap.__version__}

    def stage(name, function):
        result, times, extra = measure(function, n_runs)
        figures[name] = summarize(times, extra)
        return result

    aligned = stage("gravity_alignment", lambda: align(data))
    body = stage("convert_to_fbf", lambda: to_body_frame(aligned))
    segmentation = stage("dtw", lambda: segment(body))
    n_cells = 2 * 200 * len(data)
    figures["dtw"]["mcell_per_s"] = round(n_cells / figures["dtw"]["median_s"] / 1e6)
    strides = segmentation.stride_list_
    segmentation = None  # the peer keeps its cost matrices there
    events = stage("events", lambda: detect(body, strides)).min_vel_event_list_
    path = stage("trajectory", lambda: reconstruct(aligned, events))
    stage("parameters", lambda: parameters(events, path))
    stage("chain", lambda: chain(data))
    figures["strides_per_foot"] = {str(sensor): len(found) for sensor, found in events.items()}
    return figures


if __name__ == "__main__":
    run_benchmark("pipeline", DESCRIPTION, measure_all)
