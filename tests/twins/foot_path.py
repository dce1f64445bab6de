"""Plain versions of the kernels of the foot path, for one stride."""

import numpy as np


def swing_path_parameters(position, tc, ic, outward):
    """See the kernel of the same name."""
    n = len(position)
    floor = np.linspace(position[0, 2], position[-1, 2], n)
    way = (position[-1] - position[0])[:2]
    left = np.array([-way[1], way[0]]) / np.linalg.norm(way)
    deviation = outward * (position[tc : ic + 1, :2] - position[0, :2]) @ left
    middle = range(tc + int(np.ceil(0.2 * (ic - tc))), tc + int(np.floor(0.8 * (ic - tc))) + 1)
    swing = position[tc : ic + 1]
    speed = np.linalg.norm(np.diff(swing, axis=0), axis=1)
    jerk = np.diff(swing, n=3, axis=0)
    return [
        max(deviation.max(), 0),
        max((-deviation).max(), 0),
        min(position[i, 2] - floor[i] for i in middle),
        position[-1, 2] - position[0, 2],
        -np.log((ic - tc) ** 3 * np.sum(jerk**2) / speed.max() ** 2),
    ]


def clearance_over_floor(height, tc, ic):
    """See the kernel of the same name."""
    above = (height - np.linspace(height[0], height[-1], len(height)))[tc : ic + 1]
    best = [np.nan, np.nan, np.nan]
    deepest = 0
    for i, value in enumerate(above):
        before, after = above[: i + 1].max(), above[i:].max()
        if min(before, after) - value > deepest:
            deepest = min(before, after) - value
            best = [value, before, after]
    return [*best, above.max()]
