"""What the path of the foot does during swing, for all strides of one sensor in one pass each.

Rows ``first[i]:last[i]`` belong to stride i; its swing lasts from row ``swing_start[i]`` to row ``swing_end[i]``
(inclusive, -1 where unknown).
"""

import numpy as np

from gaitmap._kernels._jit import kernel


@kernel
def swing_path_parameters(position, first, last, swing_start, swing_end, outward):
    """Deviations from the straight line, clearance, change of height and smoothness.

    Columns: largest outward and inward deviation from the straight line, lowest height in mid-swing, change of height,
    negative log dimensionless jerk.
    ``outward`` is +1 where outward is to the left of the walking direction (left foot), -1 where it is to the right.
    Heights are above the straight line from the first to the last sample of the stride (local floor).
    """
    n_strides = first.shape[0]
    result = np.full((n_strides, 5), np.nan)
    for stride in range(n_strides):
        begin = first[stride]
        end = last[stride] - 1
        if end <= begin:
            continue
        floor_slope = (position[end, 2] - position[begin, 2]) / (end - begin)
        result[stride, 3] = position[end, 2] - position[begin, 2]
        low = swing_start[stride]
        high = swing_end[stride]
        if low < 0 or high <= low:
            continue
        dx = position[end, 0] - position[begin, 0]
        dy = position[end, 1] - position[begin, 1]
        length = np.sqrt(dx * dx + dy * dy)
        if length > 0.0:
            outermost = 0.0
            innermost = 0.0
            for row in range(low, high + 1):
                x = position[row, 0] - position[begin, 0]
                y = position[row, 1] - position[begin, 1]
                deviation = outward * (dx * y - dy * x) / length
                outermost = max(outermost, deviation)
                innermost = max(innermost, -deviation)
                if np.isnan(deviation):
                    outermost = np.nan
                    innermost = np.nan
                    break
            result[stride, 0] = outermost
            result[stride, 1] = innermost
        # central 20 to 80 % of swing
        lowest = np.inf
        for row in range(low + int(np.ceil(0.2 * (high - low))), low + int(np.floor(0.8 * (high - low))) + 1):
            lowest = min(lowest, position[row, 2] - position[begin, 2] - floor_slope * (row - begin))
        if np.isfinite(lowest):
            result[stride, 2] = lowest
        result[stride, 4] = _log_dimensionless_jerk(position, low, high)
    return result


@kernel
def _log_dimensionless_jerk(position, low, high):
    """-ln(T^3 / v_peak^2 * integral |jerk|^2 dt), in units of samples, which cancel."""
    if high - low < 3:
        return np.nan
    peak = 0.0
    for row in range(low, high):
        speed = 0.0
        for axis in range(3):
            speed += (position[row + 1, axis] - position[row, axis]) ** 2
        peak = max(peak, speed)
    jerk = 0.0
    for row in range(low, high - 2):
        for axis in range(3):
            third = (
                position[row + 3, axis]
                - 3.0 * position[row + 2, axis]
                + 3.0 * position[row + 1, axis]
                - position[row, axis]
            )
            jerk += third * third
    duration = float(high - low)
    if not (peak > 0.0 and jerk > 0.0):
        return np.nan
    return -np.log(duration**3 * jerk / peak)


@kernel
def clearance_over_floor(height, first, last, swing_start, swing_end):
    """Columns: local minimum in mid-swing, maximum before it, maximum after it, maximum of the whole swing.

    Heights above the straight line from the first to the last sample of the stride. Of all minima it is the deepest
    below the lower one of the two maxima beside it; without a minimum the first three columns are NaN.
    """
    n_strides = first.shape[0]
    result = np.full((n_strides, 4), np.nan)
    for stride in range(n_strides):
        begin = first[stride]
        end = last[stride] - 1
        low = swing_start[stride]
        high = swing_end[stride]
        if end <= begin or low < 0 or high <= low:
            continue
        slope = (height[end] - height[begin]) / (end - begin)
        n = high - low + 1
        above = np.empty(n)
        highest_after = np.empty(n)
        for i in range(n):
            above[i] = height[low + i] - height[begin] - slope * (low + i - begin)
        highest_after[n - 1] = above[n - 1]
        for i in range(n - 2, -1, -1):
            highest_after[i] = max(highest_after[i + 1], above[i])
        result[stride, 3] = highest_after[0]
        highest_before = above[0]
        deepest = 0.0
        for i in range(n):
            highest_before = max(highest_before, above[i])
            depth = min(highest_before, highest_after[i]) - above[i]
            if depth > deepest:
                deepest = depth
                result[stride, 0] = above[i]
                result[stride, 1] = highest_before
                result[stride, 2] = highest_after[i]
    return result
