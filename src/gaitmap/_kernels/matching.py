"""Pairing of the rows of two tables by their distance."""

import numpy as np

from gaitmap._kernels._jit import kernel


@kernel
def _manhattan(a, b):
    distance = 0.0
    for column in range(a.shape[0]):
        distance += abs(a[column] - b[column])
    return distance


@kernel
def _chebyshev(a, b):
    distance = 0.0
    for column in range(a.shape[0]):
        distance = max(distance, abs(a[column] - b[column]))
    return distance


@kernel
def nearest_rows(points, others, position, nearby):
    """For each row of ``points`` the ``position`` of the row of ``others`` with the smallest Manhattan distance.

    ``others`` is sorted by its first column; ``position`` tells where each of its rows was before, and ``nearby`` which
    row is the first that is not below each point in that column. Equal distances go to the lowest position. The search
    walks away from the point in both directions and ends where the first column alone is further away than the best row
    so far.
    """
    n_others = others.shape[0]
    nearest = np.full(points.shape[0], -1, dtype=np.int64)
    for i in range(points.shape[0]):
        right = nearby[i]
        left = right - 1
        best = np.inf
        while left >= 0 or right < n_others:
            gap_left = points[i, 0] - others[left, 0] if left >= 0 else np.inf
            gap_right = others[right, 0] - points[i, 0] if right < n_others else np.inf
            if min(gap_left, gap_right) > best:
                break
            if gap_left <= gap_right:
                candidate = left
                left -= 1
            else:
                candidate = right
                right += 1
            distance = _manhattan(points[i], others[candidate])
            if distance < best or (distance == best and position[candidate] < nearest[i]):
                best = distance
                nearest[i] = position[candidate]
    return nearest


@kernel
def optimal_partners(a, b, low, high, tolerance):
    """For each row of ``a`` the row of ``b`` in the best order-preserving pairing, -1 for none.

    Both are sorted. Row i of ``a`` may only be paired with rows ``low[i]:high[i]`` of ``b`` (both bounds never fall)
    whose Chebyshev distance is within ``tolerance``. Most pairs win, then the smallest sum of Manhattan distances, then
    the first rows.
    """
    offset = np.zeros(a.shape[0] + 1, dtype=np.int64)
    widest = 1
    for i in range(a.shape[0]):
        offset[i + 1] = offset[i] + high[i] - low[i] + 1
        widest = max(widest, high[i] - low[i] + 1)
    step = _best_steps(a, b, low, high, tolerance, offset, widest)
    partner = np.full(a.shape[0], -1, dtype=np.int64)
    i = a.shape[0] - 1
    j = b.shape[0]
    while i >= 0:
        j = min(j, high[i])
        last_step = step[offset[i] + j - low[i]] if j > low[i] else 0
        if last_step == 1:
            j -= 1
            continue
        if last_step == 2:
            j -= 1
            partner[i] = j
        i -= 1
    return partner


@kernel
def _best_steps(a, b, low, high, tolerance, offset, widest):
    """Last step of each best pairing of ``a[:i + 1]`` with ``b[:j]``, at ``offset[i] + j - low[i]``.

    0: without row i of ``a``, 1: without row j - 1 of ``b``, 2: both are a pair. Dynamic program

    value(i + 1, j) = best of value(i, j), value(i + 1, j - 1), value(i, j - 1) + the pair (i, j - 1)

    for j in ``low[i]..high[i]`` only: below it row i changes nothing, above it the value stays that at ``high[i]``.
    """
    step = np.zeros(offset[-1], dtype=np.int8)
    count_before = np.zeros(widest, dtype=np.int64)
    cost_before = np.zeros(widest)
    count = np.zeros(widest, dtype=np.int64)
    cost = np.zeros(widest)
    low_before = 0
    high_before = 0
    for i in range(a.shape[0]):
        for j in range(low[i], high[i] + 1):
            k = j - low[i]
            above = min(j, high_before) - low_before
            count[k] = count_before[above]
            cost[k] = cost_before[above]
            if j == low[i]:
                continue
            if count[k - 1] > count[k] or (count[k - 1] == count[k] and cost[k - 1] < cost[k]):
                count[k] = count[k - 1]
                cost[k] = cost[k - 1]
                step[offset[i] + k] = 1
            if _chebyshev(a[i], b[j - 1]) <= tolerance:
                above = min(j - 1, high_before) - low_before
                pair_count = count_before[above] + 1
                pair_cost = cost_before[above] + _manhattan(a[i], b[j - 1])
                if pair_count > count[k] or (pair_count == count[k] and pair_cost < cost[k]):
                    count[k] = pair_count
                    cost[k] = pair_cost
                    step[offset[i] + k] = 2
        count_before, count = count, count_before
        cost_before, cost = cost, cost_before
        low_before = low[i]
        high_before = high[i]
    return step
