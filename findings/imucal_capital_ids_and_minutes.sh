#!/usr/bin/env bash
# imucal 2.6.0 (numpy 2.4.6), imucal.management: a folder of calibrations, saved by sensor id and date.
# Behaviour: (1) a calibration saved for the sensor "F3A2" is not found for "F3A2" ("No Calibration ... with the id F3A2 could
#   be found"), but is found for "f3a2": the id that is asked for matches only in small letters, the one that is saved does not.
#   (2) The name of the file ends at the minute: a second calibration of the same sensor within one minute replaces the
#   first without a message; the seconds that were given are dropped.
# Why it matters for gait data: ids of foot sensors are hexadecimal and often written in capitals; the file lies there and
#   "has no calibration". A repeated calibration, or two for two ranges, at the same minute leaves one.
# The guess that was wrong: what was saved under an id and a time is found under that id and time.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install --quiet --disable-pip-version-check imucal==2.6.0 numpy==2.4.6
"$work/env/bin/python" - "$work/calibrations" <<'PY'
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
from imucal import FerrarisCalibrationInfo
from imucal.management import find_calibration_info_for_sensor, load_calibration_info, save_calibration_info

folder = Path(sys.argv[1])


def calibration(bias):
    return FerrarisCalibrationInfo(
        K_a=np.eye(3), R_a=np.eye(3), b_a=np.full(3, bias), K_g=np.eye(3), R_g=np.eye(3), K_ga=np.zeros((3, 3)),
        b_g=np.zeros(3), from_acc_unit="m/s^2", from_gyr_unit="deg/s",
    )


save_calibration_info(calibration(0.3), "F3A2", datetime(2026, 3, 2, 10, 0), folder)
try:
    find_calibration_info_for_sensor("F3A2", folder)
    raise SystemExit("the behaviour changed: F3A2 is found")
except ValueError as error:
    print("F3A2:", error)
small = [path.name for path in find_calibration_info_for_sensor("f3a2", folder)]
print("f3a2:", small)
assert len(small) == 1

first = save_calibration_info(calibration(0.1), "b1c2", datetime(2026, 3, 1, 10, 0, 5), folder)
second = save_calibration_info(calibration(0.2), "b1c2", datetime(2026, 3, 1, 10, 0, 50), folder)
kept = find_calibration_info_for_sensor("b1c2", folder)
print("two calibrations, 45 s apart:", [path.name for path in kept], "bias", load_calibration_info(kept[0]).b_a[0])
assert first == second and len(kept) == 1 and load_calibration_info(kept[0]).b_a[0] == 0.2
PY
