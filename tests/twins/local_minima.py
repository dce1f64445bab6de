"""Local minima of a whole signal, with plain loops."""

import math


def minima_between_slopes(values, limit):
    """Middle of each run of equal values with a larger value on both sides."""
    found = []
    first = 0
    while first < len(values):
        last = first
        while last + 1 < len(values) and values[last + 1] == values[first]:
            last += 1
        is_low = 0 < first and last + 1 < len(values) and values[first - 1] > values[first] < values[last + 1]
        if is_low and values[first] <= limit:
            found.append((first + last) // 2)
        first = last + 1
    return found


def minima_of_sections(values, limit):
    """First minimum of each run of values that are finite and not above the limit."""
    found, section = [], []
    for i, value in enumerate([*values, math.nan]):
        if math.isfinite(value) and value <= limit:
            section.append(i)
        elif section:
            found.append(min(section, key=lambda k: (values[k], k)))
            section = []
    return found


def choose_with_distance(positions, values, distance):
    """Take the lowest minimum, the last of equal ones, drop all that are too close, and so on."""
    rest = sorted(range(len(positions)), key=lambda k: (values[k], -positions[k]))
    chosen = []
    while rest:
        best = rest[0]
        chosen.append(best)
        rest = [k for k in rest[1:] if abs(positions[k] - positions[best]) >= distance]
    return sorted(positions[k] for k in chosen)
