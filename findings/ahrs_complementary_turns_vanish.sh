#!/usr/bin/env bash
# ahrs 0.4.0 (numpy 2.4.6), ahrs.filters.Complementary without magnetometer.
# Behaviour: the heading is 0 at every sample, whatever `gain` is (0.0 to 1.0): a sensor that turns by 90 degrees about the
#   vertical in ten seconds stays at 0 degrees. In 0.3.1, gain=0 (gyroscope alone) gave the 90 degrees. Madgwick, Mahony
#   and EKF of the same release, same data: 90 degrees. No error, no warning; roll and pitch are right, so that a rest
#   test or a look at the tilt notices nothing.
# Why it matters for gait data: turns, foot progression angle and the direction of every stride come from the heading; with
#   this filter a walk of several laps becomes one straight line, and all turning angles are 0.
# The guess that was wrong: without a magnetometer a complementary filter takes the heading from the gyroscope alone.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install --quiet --disable-pip-version-check ahrs==0.4.0 numpy==2.4.6
"$work/env/bin/python" - <<'PY'
import numpy as np
from ahrs.filters import EKF, Complementary, Madgwick, Mahony

n, rate = 1000, 100.0
acc = np.tile([0.0, 0.0, 9.81], (n, 1))
gyr = np.zeros((n, 3))
gyr[:, 2] = np.deg2rad(9.0)


def heading(quaternions):
    w, x, y, z = quaternions.T
    return np.rad2deg(np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)))


for method in (Madgwick, Mahony, EKF):
    turned = heading(method(gyr=gyr, acc=acc, frequency=rate).Q)[-1]
    print(f"{method.__name__}: {turned:.1f} deg")
    assert abs(turned - 90) < 1
for gain in (0.0, 0.02, 0.5, 0.9, 0.98, 1.0):
    turned = heading(Complementary(gyr=gyr, acc=acc, frequency=rate, gain=gain).Q)
    print(f"Complementary, gain {gain}: largest heading {np.abs(turned).max():.1f} deg")
    assert np.abs(turned).max() < 0.01
print("after a turn of 90 degrees")
PY
