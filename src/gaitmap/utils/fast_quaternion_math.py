"""Compiled quaternion algebra, scalar last ``(x, y, z, w)``: callable from Python and from other compiled code.

One quaternion or vector per call, as float arrays. For whole recordings use ``scipy.spatial.transform.Rotation``.
"""

from gaitmap._kernels.quaternion import multiply, normalize, quat_from_rotvec, rate_of_change_from_gyro, rotate_vector

__all__ = ["multiply", "normalize", "quat_from_rotvec", "rate_of_change_from_gyro", "rotate_vector"]
