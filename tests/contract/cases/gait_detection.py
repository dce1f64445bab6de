"""Detection of gait sequences."""

from gaitmap.gait_detection import UllrichGaitSequenceDetection
from tests.contract._case import Case, gives, raises


def _detect(algorithm, walk):
    return algorithm.detect(walk.body_frame, walk.rate)


def _gap_is_told(algorithm, walk):
    for sensor, data in walk.body_frame.items():
        windows = algorithm.window_results_[sensor]
        missing = data["gyr_ml"].isna().to_numpy()
        expected = [missing[start:end].any() for start, end in zip(windows["start"], windows["end"], strict=True)]
        assert list(windows["activity"].isna()) == expected
        assert not (windows["activity"].isna() & windows["is_gait"]).any()


CASES = [
    Case(
        make=lambda: UllrichGaitSequenceDetection(window_size_s=4, harmonic_tolerance_hz=0.5, peak_prominence=2),
        call=_detect,
        changed={"peak_prominence": 11},
        empty=raises(ValueError, "window size"),
        one_sample=raises(ValueError, "window size"),
        nan_gap=gives(_gap_is_told),
    ),
]
