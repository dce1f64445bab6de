#!/usr/bin/env bash
# ahrs 0.4.0 (numpy 2.4.6), ahrs.filters.AQUA beside Madgwick, Mahony and EKF: same arguments, same attribute `Q`.
# Behaviour: AQUA gives the conjugate quaternion (from the world to the sensor), the other three the orientation of the sensor.
#   The same 90 degree turn to the left is +90 in three filters and -90 in AQUA; a roll of +20 is -20. No argument asks for it.
# Why it matters for gait data: if filters are exchanged to compare them, left and right turns change places, toe-out becomes
#   toe-in, and gravity is taken away in the wrong direction: at a tilt of 20 degrees, 6.7 m/s^2 are left of a sensor at rest.
#   A level sensor at rest shows nothing of it.
# The guess that was wrong: classes of one package with one interface return the same rotation.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install --quiet --disable-pip-version-check ahrs==0.4.0 numpy==2.4.6 scipy==1.17.1
"$work/env/bin/python" - <<'PY'
import numpy as np
from ahrs.filters import AQUA, EKF, Madgwick, Mahony
from scipy.spatial.transform import Rotation

n, rate = 1000, 100.0
level = np.tile([0.0, 0.0, 9.81], (n, 1))
turning = np.zeros((n, 3))
turning[:, 2] = np.deg2rad(9.0)
slope = np.deg2rad(20.0)
tilted = np.tile([0.0, 9.81 * np.sin(slope), 9.81 * np.cos(slope)], (n, 1))
for method in (Madgwick, Mahony, EKF, AQUA):
    turn = Rotation.from_quat(method(gyr=turning, acc=level, frequency=rate).Q[-1], scalar_first=True)
    rest = Rotation.from_quat(method(gyr=np.zeros((n, 3)), acc=tilted, frequency=rate).Q[-1], scalar_first=True)
    heading = turn.as_euler("ZYX", degrees=True)[0]
    roll = rest.as_euler("ZYX", degrees=True)[2]
    left_over = np.linalg.norm(rest.apply(tilted[-1]) - [0, 0, 9.81])
    print(f"{method.__name__}: heading {heading:.1f}, roll {roll:.1f} deg, gravity left {left_over:.2f} m/s^2")
    sign = -1 if method is AQUA else 1
    assert abs(heading - sign * 90) < 1 and abs(roll - sign * 20) < 0.1
    assert (left_over > 6) == (method is AQUA)
PY
