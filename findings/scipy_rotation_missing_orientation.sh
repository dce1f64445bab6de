#!/usr/bin/env bash
# scipy 1.17.1 (numpy 2.4.6), scipy.spatial.transform.Rotation with ONE missing orientation (NaN) among others.
# Behaviour: from_rotvec, from_euler, concatenate, magnitude, as_euler and power carry the missing one through as NaN and leave
#   the others alone. Multiplying the same object, even by the identity, or building it from its own as_quat(), stops
#   everything with "Found zero norm quaternions"; mean() stops with "Eigenvalues did not converge", from_matrix and
#   align_vectors (two vectors, one missing) with "SVD did not converge". No quaternion was zero.
# Why it matters for gait data: orientation is unknown where samples were lost. Euler angles of such a walk work, changing the
#   frame of the same walk loses the whole recording, and the message sends the search to a zero quaternion. Data kept as
#   quaternions and as rotation vectors behave differently.
# The guess that was wrong: what could be made as a Rotation can be multiplied, and NaN stays in its own sample, as in NumPy.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install --quiet --disable-pip-version-check scipy==1.17.1 numpy==2.4.6
"$work/env/bin/python" - <<'PY'
import numpy as np
from scipy.spatial.transform import Rotation

missing = np.array([[0.0, 0.0, 1.0], [np.nan] * 3, [0.0, 0.0, 2.0]])
foot = Rotation.from_rotvec(missing)


def outcome(call):
    try:
        result = call()
    except (ValueError, np.linalg.LinAlgError) as error:
        return f"{type(error).__name__}: {error}"
    return np.isnan(np.asarray(result).reshape(3, -1)).any(axis=1).tolist()


through = {
    "as_quat": lambda: foot.as_quat(),
    "as_euler": lambda: foot.as_euler("zyx"),
    "magnitude": lambda: foot.magnitude(),
    "power": lambda: (foot**0.5).as_quat(),
    "concatenate": lambda: Rotation.concatenate([foot[0], foot[1], foot[2]]).as_quat(),
}
stops = {
    "times identity": (lambda: (foot * Rotation.identity()).as_quat(), "zero norm"),
    "from its own as_quat": (lambda: Rotation.from_quat(foot.as_quat()).as_quat(), "zero norm"),
    "from_matrix": (lambda: Rotation.from_matrix(np.stack([np.eye(3), np.full((3, 3), np.nan), np.eye(3)])), "SVD"),
    "mean": (lambda: foot.mean().as_rotvec(), "Eigenvalues"),
}
for name, call in through.items():
    print(f"{name}: missing {outcome(call)}")
    assert outcome(call) == [False, True, False]
for name, (call, message) in stops.items():
    print(f"{name}: {outcome(call)}")
    assert message in outcome(call)
PY
