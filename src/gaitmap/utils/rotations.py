"""Rotations of vectors and of recordings, and angles between vectors and orientations.

Rotations are :class:`scipy.spatial.transform.Rotation` objects that map vectors of the sensor frame to the target
frame, quaternions are scalar-last, all angles are in rad.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

from gaitmap.utils._dataset_rotation import flip_dataset, rotate_dataset, rotate_dataset_series
from gaitmap.utils.consts import GRAV_VEC
from gaitmap.utils.exceptions import DataQualityError
from gaitmap.utils.vector_math import find_random_orthogonal, normalize, row_wise_dot

__all__ = [
    "angle_diff",
    "find_angle_between_orientations",
    "find_rotation_around_axis",
    "find_shortest_rotation",
    "find_signed_3d_angle",
    "find_unsigned_3d_angle",
    "flip_dataset",
    "get_gravity_rotation",
    "rotate_dataset",
    "rotate_dataset_series",
    "rotation_from_angle",
    "swing_twist",
    "yaw_pitch_roll",
]

# Below this value of 1 + cos(angle), two directions are taken as opposite, and the axis between them is arbitrary.
_OPPOSITE = 1e-12


# ---------------------------------------------------------------------------------------------------------------------
# Finding rotations
# ---------------------------------------------------------------------------------------------------------------------
def rotation_from_angle(axis: ArrayLike, angle: ArrayLike) -> Rotation:
    """Create rotations from axes and angles.

    Parameters
    ----------
    axis
        Unit vector(s) of shape ``(3,)`` or ``(n, 3)``; the length is not checked.
    angle
        Angle(s) in rad, a scalar or of shape ``(n,)``. One axis (angle) is combined with all angles (axes).

    Returns
    -------
    Rotation
        Single for one axis and one angle (also if these are arrays of length 1), else a stack of n rotations.

    Examples
    --------
    >>> rotation_from_angle([0, 0, 1], np.pi / 2).apply([1, 0, 0]).round(6)
    array([0., 1., 0.])
    """
    rotation_vectors = np.atleast_2d(np.asarray(axis, dtype=float)) * np.atleast_1d(np.asarray(angle, float))[:, None]
    return Rotation.from_rotvec(rotation_vectors[0] if len(rotation_vectors) == 1 else rotation_vectors)


def find_shortest_rotation(v1: ArrayLike, v2: ArrayLike) -> Rotation:
    """Find the shortest rotation that turns ``v1`` into ``v2``.

    Parameters
    ----------
    v1, v2
        Unit vectors of shape ``(3,)`` or ``(n, 3)``. A single vector is combined with every row of the other input.

    Returns
    -------
    Rotation
        Rotation with ``rotation.apply(v1) == v2`` to the accuracy of floating point numbers; a stack, if one of the
        inputs is one. Opposite vectors are turned about the axis of
        :func:`~gaitmap.utils.vector_math.find_random_orthogonal` for ``v1``.

    Raises
    ------
    ValueError
        If a vector does not have the length 1.

    Notes
    -----
    The rotation is taken from the half-angle form of the quaternion, ``[v1 x v2, 1 + v1 . v2]``, which needs no special
    case for parallel vectors. It loses its accuracy towards opposite vectors; therefore, vectors that are more than
    90 deg apart are first turned by exactly 180 deg.
    gaitmap 2.6 took all vectors within 0.256 deg as parallel and then turned them about an arbitrary axis, which left
    twice the angle between them.

    Examples
    --------
    >>> find_shortest_rotation([0, 0, 1], [1, 0, 0]).apply([0, 0, 1]).round(6)
    array([1., 0., 0.])
    """
    first, second = np.asarray(v1, dtype=float), np.asarray(v2, dtype=float)
    for name, vectors in (("v1", first), ("v2", second)):
        lengths = np.linalg.norm(vectors, axis=-1)
        if not np.all(np.isclose(lengths, 1)):
            raise ValueError(
                f"find_shortest_rotation: {name} must be normalized. Found the length(s) {np.unique(lengths)[:5]}. "
                "Expected 1. Use gaitmap.utils.vector_math.normalize first."
            )
    start, end = np.broadcast_arrays(np.atleast_2d(normalize(first)), np.atleast_2d(normalize(second)))
    far = row_wise_dot(start, end) < 0
    near_start = np.where(far[:, None], -start, start)
    half_angle = np.concatenate(
        [np.cross(near_start, end), 1 + row_wise_dot(near_start, end)[:, None]],
        axis=1,
    )
    rotation = Rotation.from_quat(half_angle)
    if far.any():
        half_turn = np.tile([0.0, 0.0, 0.0, 1.0], (len(start), 1))
        half_turn[far, :3] = _orthogonal_axes(start[far], end[far])
        half_turn[far, 3] = 0.0
        rotation = rotation * Rotation.from_quat(half_turn)
    return rotation[0] if first.ndim == second.ndim == 1 else rotation


def _orthogonal_axes(start: NDArray, end: NDArray) -> NDArray:
    """Find the axes that turn ``start`` into ``end``, orthogonal to ``start`` in all digits."""
    axes = np.cross(start, end)
    axes = normalize(axes - row_wise_dot(axes, start)[:, None] * start)
    for row in np.flatnonzero(1 + row_wise_dot(start, end) < _OPPOSITE):
        axes[row] = find_random_orthogonal(start[row])
    return axes


def get_gravity_rotation(gravity_vector: ArrayLike, expected_gravity: ArrayLike = GRAV_VEC) -> Rotation:
    """Find the shortest rotation that turns a measured gravity vector into the direction it should have.

    Parameters
    ----------
    gravity_vector
        Acceleration of the resting sensor, of shape ``(3,)`` or ``(n, 3)``. Only its direction matters.
    expected_gravity
        What the acceleration should be after the rotation, ``(3,)`` or ``(n, 3)``. Only its direction matters.

    Returns
    -------
    Rotation
        A single rotation, or a stack of n rotations.

    Raises
    ------
    DataQualityError
        If a measured vector has no direction: it has the length 0, or contains NaN or infinities (also a ValueError).

    Examples
    --------
    >>> get_gravity_rotation([9.81, 0, 0]).apply([9.81, 0, 0]).round(6)
    array([0.  , 0.  , 9.81])
    """
    measured = normalize(gravity_vector)
    if not np.all(np.isfinite(measured)):
        raise DataQualityError(
            f"The direction of gravity cannot be told. Found the acceleration {np.asarray(gravity_vector)} at rest. "
            "Expected one of about 9.81 m/s^2: the sensor did not measure. Remove these samples (NaN), or leave this "
            "sensor out."
        )
    return find_shortest_rotation(measured, normalize(expected_gravity))


# ---------------------------------------------------------------------------------------------------------------------
# Taking rotations apart
# ---------------------------------------------------------------------------------------------------------------------
def find_rotation_around_axis(rot: Rotation, rotation_axis: ArrayLike) -> Rotation:
    """Find the part of a rotation that happens around an axis (the twist of the swing-twist decomposition).

    Parameters
    ----------
    rot
        A single rotation, or a stack of n rotations.
    rotation_axis
        Axis of shape ``(3,)`` or ``(n, 3)``, of any length but 0. One rotation can be combined with n axes.

    Returns
    -------
    Rotation
        A single rotation for one rotation and one axis (also if these are stacks of length 1), else a stack. The
        identity where the rotation has no part around the axis.

    Raises
    ------
    ValueError
        If an axis has the length 0.

    See Also
    --------
    swing_twist : Both parts of the rotation.

    Examples
    --------
    >>> rotation = rotation_from_angle([0, 1, 0], np.pi / 4) * rotation_from_angle([0, 0, 1], np.pi / 2)
    >>> float(np.rad2deg(find_rotation_around_axis(rotation, [0, 0, 1]).magnitude()).round(6))
    90.0
    """
    twist = _twist_quaternions(rot, rotation_axis)
    return Rotation.from_quat(twist[0] if len(twist) == 1 else twist)


def swing_twist(rot: Rotation, axis: ArrayLike) -> tuple[Rotation, Rotation]:
    """Split rotations into a twist around an axis and a swing of that axis: ``rot == swing * twist``.

    The twist happens first. With the vertical axis, the twist is the heading and the swing the inclination.

    Parameters
    ----------
    rot
        A single rotation, or a stack of n rotations.
    axis
        Axis of shape ``(3,)`` or ``(n, 3)``, of any length but 0.

    Returns
    -------
    swing, twist : Rotation
        Single, if the rotation and the axis are; else stacks (also of length 1).

    Raises
    ------
    ValueError
        If an axis has the length 0.

    Examples
    --------
    >>> tilt, heading = Rotation.from_euler("y", 0.1), Rotation.from_euler("z", 0.5)
    >>> swing, twist = swing_twist(tilt * heading, [0, 0, 1])
    >>> float(swing.magnitude().round(6)), float(twist.magnitude().round(6))
    (0.1, 0.5)
    """
    quaternions = _twist_quaternions(rot, axis)
    is_single = rot.single and np.ndim(axis) == 1
    twist = Rotation.from_quat(quaternions[0] if is_single else quaternions)
    return rot * twist.inv(), twist


def yaw_pitch_roll(rot: Rotation) -> NDArray[np.float64]:
    """Describe orientations by heading, pitch and roll.

    The orientation is the result of a turn about the vertical z-axis (yaw), then about the new y-axis (pitch), then
    about the new x-axis (roll), each positive by the right-hand rule. For a foot in the sensor frame, yaw is
    the heading (positive to the left), pitch is positive with the toes down, roll is positive with the left edge up.

    Parameters
    ----------
    rot
        A single orientation (sensor frame to global frame), or a stack of n orientations.

    Returns
    -------
    numpy.ndarray
        Angles in rad, in the order yaw, pitch, roll, of shape ``(3,)`` or ``(n, 3)``. Yaw and roll lie in [-pi, pi],
        pitch in [-pi/2, pi/2]. At a pitch of +-pi/2 (foot upright) only the sum or difference of yaw and roll is
        defined; roll is then set to 0.

    Examples
    --------
    >>> yaw_pitch_roll(Rotation.from_euler("ZYX", [0.3, -0.2, 0.1])).round(6)
    array([ 0.3, -0.2,  0.1])
    """
    matrix = rot.as_matrix()
    cos_pitch = np.hypot(matrix[..., 0, 0], matrix[..., 1, 0])
    upright = cos_pitch < 1e-12
    yaw = np.where(
        upright,
        np.arctan2(-matrix[..., 0, 1], matrix[..., 1, 1]),
        np.arctan2(matrix[..., 1, 0], matrix[..., 0, 0]),
    )
    pitch = np.arctan2(-matrix[..., 2, 0], cos_pitch)
    roll = np.where(upright, 0.0, np.arctan2(matrix[..., 2, 1], matrix[..., 2, 2]))
    return np.stack([yaw, pitch, roll], axis=-1)


def _twist_quaternions(rotation: Rotation, axis: ArrayLike) -> NDArray[np.float64]:
    """Quaternions (n, 4) of the twist: ((q_v . a) a, q_w), normalised per row."""
    axes = np.atleast_2d(np.asarray(axis, dtype=float))
    if not np.all(np.linalg.norm(axes, axis=-1) > 0):
        raise ValueError("The rotation axis must not be a zero vector (or contain NaN), it has no direction then.")
    axes = normalize(axes)
    quaternions = np.atleast_2d(rotation.as_quat())
    projection, scalar = np.broadcast_arrays(row_wise_dot(quaternions[:, :3], axes), quaternions[:, 3])
    size = np.hypot(projection, scalar)
    nothing_left = size == 0
    size = np.where(nothing_left, 1.0, size)
    return np.column_stack([(projection / size)[:, None] * axes, np.where(nothing_left, 1.0, scalar / size)])


# ---------------------------------------------------------------------------------------------------------------------
# Angles
# ---------------------------------------------------------------------------------------------------------------------
def find_angle_between_orientations(
    ori: Rotation, ref: Rotation, rotation_axis: ArrayLike | None = None
) -> float | NDArray[np.float64]:
    """Find the angle of the rotation ``ori * ref^-1`` between two orientations.

    Parameters
    ----------
    ori, ref
        Single orientations or stacks of equal length; a single one is combined with every one of the other stack.
    rotation_axis
        Axis ``(3,)`` or ``(n, 3)``, of any length but 0. If given, only the part of the rotation around this axis
        counts, see :func:`find_rotation_around_axis`.

    Returns
    -------
    float or numpy.ndarray
        Angle in rad: without axis in [0, pi]; with axis in [-pi, pi], positive by the right-hand rule about the axis.
        A float for two single orientations and one axis, else shape ``(n,)``.

    Raises
    ------
    ValueError
        If the axis has the length 0.

    Examples
    --------
    >>> left, right = Rotation.from_euler("z", 30, degrees=True), Rotation.from_euler("z", -20, degrees=True)
    >>> round(float(np.rad2deg(find_angle_between_orientations(left, right, [0, 0, 1]))), 6)
    50.0
    """
    difference = ori * ref.inv()
    if rotation_axis is None:
        angle = difference.magnitude()
        return float(angle) if difference.single else angle
    axes = np.asarray(rotation_axis, dtype=float)
    twist = _twist_quaternions(difference, axes)
    # q and -q are the same rotation: with a positive scalar part the angle lies in [-pi, pi].
    sign = np.where(twist[:, 3] < 0, -1.0, 1.0)
    angles = 2 * np.arctan2(sign * row_wise_dot(twist[:, :3], normalize(axes)), np.abs(twist[:, 3]))
    return float(angles[0]) if difference.single and len(angles) == 1 else angles


def find_unsigned_3d_angle(v1: ArrayLike, v2: ArrayLike) -> NDArray[np.float64]:
    """Find the angle between vectors.

    Parameters
    ----------
    v1, v2
        Vectors of shape ``(3,)`` or ``(n, 3)`` and any length, in any combination.

    Returns
    -------
    numpy.ndarray
        Angle in rad in [0, pi]; shape ``()`` for two single vectors, else ``(n,)``. NaN for zero vectors.

    Notes
    -----
    The angle is ``atan2(|v1 x v2|, v1 . v2)``, which is as exact near 0 and pi as anywhere else. The arccos of gaitmap
    2.6 gave NaN for one in three pairs of identical vectors.

    Examples
    --------
    >>> float(np.rad2deg(find_unsigned_3d_angle([1, 0, 0], [0, -2, 0])))
    90.0
    """
    first, second = normalize(v1), normalize(v2)
    return np.asarray(np.arctan2(np.linalg.norm(np.cross(first, second), axis=-1), np.vecdot(first, second)))


def find_signed_3d_angle(v1: ArrayLike, v2: ArrayLike, rotation_axis: ArrayLike) -> float | NDArray[np.float64]:
    """Find the signed angle from ``v1`` to ``v2`` about an axis.

    Parameters
    ----------
    v1, v2
        Vectors of shape ``(3,)`` or ``(n, 3)``, or in the x-y plane ``(2,)`` or ``(n, 2)``, in any combination.
    rotation_axis
        Axis of shape ``(3,)`` or ``(n, 3)`` that tells which sense of rotation is positive. The vectors are not
        projected into the plane orthogonal to it.

    Returns
    -------
    float or numpy.ndarray
        Angle in rad in (-pi, pi]; a float for single vectors, else shape ``(n,)``. NaN for zero vectors.

    Examples
    --------
    >>> float(np.rad2deg(find_signed_3d_angle([0, 0, 1], [1, 0, 0], [0, -1, 0])))
    -90.0
    """
    first, second = _with_three_components(v1), _with_three_components(v2)
    axis = normalize(rotation_axis)
    # Adding zero turns a negative zero into a positive one: opposite vectors give +pi.
    sine = np.vecdot(np.cross(first, second), axis) + 0.0
    angle = np.arctan2(sine, np.vecdot(first, second))
    has_direction = np.any(first, axis=-1) & np.any(second, axis=-1)
    angle = np.where(has_direction, angle, np.nan)
    return float(angle) if angle.ndim == 0 else angle


def _with_three_components(vectors: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(vectors, dtype=float)
    if array.shape[-1] == 2:
        return np.concatenate([array, np.zeros((*array.shape[:-1], 1))], axis=-1)
    return array


def angle_diff(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """Calculate the signed difference ``a - b`` of angles, wrapped to [-pi, pi).

    Parameters
    ----------
    a, b
        Angles in rad, scalars or arrays.

    Returns
    -------
    numpy.ndarray
        The difference in rad; a NumPy float for scalars.

    Examples
    --------
    >>> float(np.rad2deg(angle_diff(np.deg2rad(170), np.deg2rad(-170))).round(6))
    -20.0
    """
    return (np.asarray(a) - np.asarray(b) + np.pi) % (2 * np.pi) - np.pi
