#!/usr/bin/env bash
# ahrs 0.4.0 (numpy 2.4.6): Madgwick, Mahony, EKF, AQUA and Complementary, one lost acceleration sample in ten seconds.
# Behaviour: lost as NaN: Madgwick and Mahony go on by the gyroscope and are right to the end; AQUA and Complementary are NaN
#   from there to the end; EKF stops with "A-priori quaternion must have a norm equal to 1". Lost as zeros: all others go on,
#   Complementary is NaN to the end.
# Why it matters for gait data: radio links lose single samples in most walks, and drivers give them as NaN or as zeros. With
#   two of the filters everything behind the first loss is gone, and no stride after it has a length; with EKF the message
#   speaks of a quaternion that the caller never gave, not of the sample.
# The guess that was wrong: filters of one package agree on what one lost sample means, and zeros and NaN are alike to them.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install --quiet --disable-pip-version-check ahrs==0.4.0 numpy==2.4.6
"$work/env/bin/python" - <<'PY'
import warnings

import numpy as np
from ahrs.filters import AQUA, EKF, Complementary, Madgwick, Mahony

warnings.simplefilter("ignore", RuntimeWarning)
n, rate, lost = 2000, 200.0, 500
gyr = np.zeros((n, 3))
gyr[:, 2] = np.deg2rad(9.0)


def outcome(method, value):
    acc = np.tile([0.0, 0.0, 9.81], (n, 1))
    acc[lost] = value
    try:
        quaternions = method(gyr=gyr, acc=acc, frequency=rate).Q
    except ValueError as error:
        return f"ValueError: {error}"
    return int(np.isnan(quaternions).any(axis=1).sum())


seen = {}
for method in (Madgwick, Mahony, EKF, AQUA, Complementary):
    seen[method.__name__] = (outcome(method, np.nan), outcome(method, 0.0))
    print(f"{method.__name__}: samples without orientation, lost as NaN: {seen[method.__name__][0]}, "
          f"lost as zeros: {seen[method.__name__][1]}")
assert seen["Madgwick"] == seen["Mahony"] == (0, 0)
assert seen["AQUA"] == (n - lost, 0)
assert seen["Complementary"] == (n - lost, n - lost)
assert "norm equal to 1" in seen["EKF"][0] and seen["EKF"][1] == 0
PY
