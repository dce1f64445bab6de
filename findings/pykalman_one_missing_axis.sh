#!/usr/bin/env bash
# pykalman 0.11.2 (numpy 2.4.6), KalmanFilter.filter() and smooth() of masked arrays, its way for missing samples.
# Behaviour: if ONE entry of a sample is masked, the whole sample counts as missing: what was measured in the other
#   channels at that time is ignored, without error or warning. Two independent channels: masking the second from sample 40
#   on makes the first one stay where it was at sample 39, though it was measured to the end. NaN in place of the mask
#   instead makes both channels NaN to the end.
# Why it matters for gait data: foot speed or position from two sources (inertial and an optical system with hidden markers,
#   zero velocity updates at stance beside height), one axis that clips: as soon as one is missing, all are.
# The guess that was wrong: a mask says for each value whether it is there; a Kalman filter uses those that are.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install --quiet --disable-pip-version-check pykalman==0.11.2 numpy==2.4.6
"$work/env/bin/python" - <<'PY'
import numpy as np
from pykalman import KalmanFilter

filter_ = KalmanFilter(
    initial_state_mean=[0.0, 0.0],
    initial_state_covariance=np.eye(2),
    transition_matrices=np.eye(2),
    observation_matrices=np.eye(2),
    transition_covariance=0.01 * np.eye(2),
    observation_covariance=0.01 * np.eye(2),
)
measured = np.ma.array(np.linspace(0, 5, 100)[:, None] + np.array([0.0, 1.0]), mask=False)
complete = filter_.filter(measured)[0]
masked = measured.copy()
masked[40:, 1] = np.ma.masked
partly = filter_.filter(masked)[0]
smooth = filter_.smooth(masked)[0]
print("first channel at the end, measured 5.0; nothing masked:", complete[-1, 0].round(2))
print("second channel masked from 40 on: filter", partly[-1, 0].round(2), "smooth", smooth[-1, 0].round(2),
      "at sample 39:", partly[39, 0].round(2))
assert complete[-1, 0] > 4.8
assert np.allclose(partly[40:, 0], partly[39, 0]) and abs(smooth[-1, 0] - partly[39, 0]) < 1e-9
with_nan = np.array(measured)
with_nan[40, 1] = np.nan
assert np.isnan(np.ma.filled(filter_.filter(with_nan)[0][-1], np.nan)).any()
print("one NaN at 40 instead, end:", filter_.filter(with_nan)[0][-1])
PY
