"""Local minima of a cost function that arrives in parts, and the choice among those that are close together."""

import numpy as np

from gaitmap._kernels._jit import kernel


@kernel
def minima_between_slopes(values, first, limit, previous, plateau):
    """Positions of the local minima that a part of a signal completes: a fall, equal values, a rise.

    A minimum of several equal values is at their middle (rounded down). The ends of the signal and what borders on NaN
    are no minima (the rules of SciPy's ``find_peaks``). Only values up to ``limit`` count. ``first`` is the position of
    the first value. Carried from part to part, and changed in place: ``previous``, the last value (NaN before the
    first), and ``plateau``, the position of the first value of the equal ones that end the part behind a fall (-1 if
    there are none); one element each.
    """
    found = np.empty(len(values) // 2 + 1, np.int64)
    n_found = 0
    last = previous[0]
    left = plateau[0]
    for i in range(len(values)):
        value = values[i]
        if value == last:
            continue
        if value > last and left >= 0 and last <= limit:
            found[n_found] = (left + first + i - 1) // 2
            n_found += 1
        left = first + i if value < last else -1
        last = value
    previous[0] = last
    plateau[0] = left
    return found[:n_found]


@kernel
def minima_of_sections(values, first, limit, best_value, best_position):
    """Positions of the (first) minima of the sections up to ``limit`` that a part of a signal completes.

    A value above the limit, NaN or infinity ends a section. ``first`` is the position of the first value. Carried from
    part to part, and changed in place: the smallest value of the section that is open at the end of the part and its
    position (-1 if there is none), one element each.
    """
    found = np.empty(len(values) // 2 + 1, np.int64)
    n_found = 0
    best = best_value[0]
    position = best_position[0]
    for i in range(len(values)):
        value = values[i]
        if value <= limit and value < np.inf:
            if position < 0 or value < best:
                best = value
                position = first + i
        elif position >= 0:
            found[n_found] = position
            n_found += 1
            position = -1
    best_value[0] = best
    best_position[0] = position
    return found[:n_found]


@kernel
def choose_with_distance(positions, values, distance, complete_up_to):
    """Choose minima (positions ascending) that are at least ``distance`` apart; of two that are closer, the lower one.

    From the lowest minimum to the highest (of equal ones the last first), each takes out those around it that are still
    there. Returns 1 for chosen, -1 for taken out, and 0 for what minima at ``complete_up_to`` or later, which are not
    known yet, may still decide.
    """
    n = len(positions)
    decision = np.zeros(n, np.int8)
    depends = np.zeros(n, np.bool_)  # on one that is lower and not decided
    ascending = np.argsort(values[::-1], kind="mergesort")
    for rank in range(n):
        i = n - 1 - ascending[rank]
        if decision[i] != 0:
            continue
        is_chosen = not depends[i] and complete_up_to - positions[i] >= distance
        if is_chosen:
            decision[i] = 1
        for step in (-1, 1):
            k = i + step
            while 0 <= k < n and abs(positions[k] - positions[i]) < distance:
                if decision[k] == 0:
                    depends[k] = True
                    if is_chosen:
                        decision[k] = -1
                k += step
    return decision
