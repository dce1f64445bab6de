"""Spatial gait parameters of all strides of one sensor in one pass each."""

import numpy as np

from gaitmap._kernels._jit import kernel
from gaitmap._kernels.quaternion import multiply_xyzw


@kernel
def _outer_complete_rows(position, begin, end):
    """First and last row of ``position[begin:end]`` without a NaN, (-1, -1) where there is none."""
    first = -1
    last = -1
    for row in range(begin, end):
        if not np.isnan(position[row, 0] + position[row, 1] + position[row, 2]):
            if first < 0:
                first = row
            last = row
    return first, last


@kernel
def stride_path_parameters(position, first, last):
    """Path parameters per stride; rows ``first[i]:last[i]`` of ``position`` (n, 3) belong to stride i.

    Columns of the result: length in the floor plane, length of the 3-D path, largest height above the first sample,
    largest distance from the straight line between first and last sample in the floor plane. Samples with a NaN are
    skipped, and so are the steps to and from them. A stride without samples is NaN throughout.
    """
    n_strides = first.shape[0]
    result = np.full((n_strides, 4), np.nan)
    for stride in range(n_strides):
        start, end = _outer_complete_rows(position, first[stride], last[stride])
        if start < 0:
            continue
        dx = position[end, 0] - position[start, 0]
        dy = position[end, 1] - position[start, 1]
        length = np.sqrt(dx * dx + dy * dy)
        path = 0.0
        lift = 0.0
        area = 0.0
        previous = start
        for row in range(start, end + 1):
            x = position[row, 0]
            y = position[row, 1]
            z = position[row, 2]
            if np.isnan(x + y + z):
                continue
            lift = max(lift, z - position[start, 2])
            # |cross product| of the line and the way from its start = distance to the line x length of the line
            area = max(area, abs(dx * (position[start, 1] - y) - (position[start, 0] - x) * dy))
            if row == previous + 1:
                step_x = x - position[previous, 0]
                step_y = y - position[previous, 1]
                step_z = z - position[previous, 2]
                path += np.sqrt(step_x * step_x + step_y * step_y + step_z * step_z)
            previous = row
        result[stride, 0] = length
        result[stride, 1] = path
        result[stride, 2] = lift
        if length > 0.0:
            result[stride, 3] = area / length
    return result


@kernel
def sole_angle(orientation):
    """Elevation of the sensor's x axis above the floor in deg, for quaternions (n, 4) x, y, z, w of any norm.

    With R = R(q): atan2(R_zx, hypot(R_xx, R_yx)); each term carries the factor |q|^2, which cancels. Unlike the arcsine
    of R_zx it keeps full precision near +-90 deg.
    """
    n = orientation.shape[0]
    angle = np.empty(n)
    to_deg = 180.0 / np.pi
    for row in range(n):
        x = orientation[row, 0]
        y = orientation[row, 1]
        z = orientation[row, 2]
        w = orientation[row, 3]
        forward = w * w + x * x - y * y - z * z
        left = 2.0 * (x * y + z * w)
        up = 2.0 * (x * z - w * y)
        horizontal = np.sqrt(forward * forward + left * left)
        if horizontal + abs(up) > 0.0:
            angle[row] = np.arctan2(up, horizontal) * to_deg
        else:  # NaN, or a quaternion of zeros
            angle[row] = np.nan
    return angle


@kernel
def stride_orientation_parameters(orientation, angle, first, last):
    """Range of the sole angle and signed turning angle about world z per stride, both in deg.

    Turning: twist of q_last * q_first^-1 about z = 2 atan2(d_z, d_w), in (-180, 180].
    """
    n_strides = first.shape[0]
    result = np.full((n_strides, 2), np.nan)
    to_deg = 180.0 / np.pi
    for stride in range(n_strides):
        start = -1
        end = -1
        smallest = np.inf
        largest = -np.inf
        for row in range(first[stride], last[stride]):
            if np.isnan(angle[row]):
                continue
            if start < 0:
                start = row
            end = row
            smallest = min(smallest, angle[row])
            largest = max(largest, angle[row])
        if start < 0:
            continue
        result[stride, 0] = largest - smallest
        _, _, d_z, d_w = multiply_xyzw(
            orientation[end, 0],
            orientation[end, 1],
            orientation[end, 2],
            orientation[end, 3],
            -orientation[start, 0],
            -orientation[start, 1],
            -orientation[start, 2],
            orientation[start, 3],
        )
        if d_w < 0.0 or (d_w == 0.0 and d_z < 0.0):  # q and -q are the same rotation
            d_z = -d_z
            d_w = -d_w
        result[stride, 1] = 2.0 * np.arctan2(d_z, abs(d_w)) * to_deg
    return result


@kernel
def value_at_sample(value, sample, first, last, wanted):
    """Per stride the value whose sample number equals ``wanted[i]``; NaN where there is none."""
    n_strides = first.shape[0]
    result = np.full(n_strides, np.nan)
    for stride in range(n_strides):
        begin = first[stride]
        end = last[stride]
        if begin >= end or np.isnan(wanted[stride]):
            continue
        # Samples nearly always count up by one from the first row of the stride.
        offset = wanted[stride] - sample[begin]
        if 0.0 <= offset < end - begin and sample[begin + int(offset)] == wanted[stride]:
            result[stride] = value[begin + int(offset)]
            continue
        for row in range(begin, end):
            if sample[row] == wanted[stride]:
                result[stride] = value[row]
                break
    return result
