"""Plain twin of the kernel that finds windows of rest."""

import numpy as np


def still_windows(acc, gyr, length, max_gyr_spread, max_acc_spread):
    means = []
    for start in range(0, len(gyr) - length + 1, length):
        parts = [values[start : start + length] for values in (gyr, acc)]
        spreads = [np.sqrt(part.var(axis=0).sum()) for part in parts]
        if spreads[0] <= max_gyr_spread and spreads[1] <= max_acc_spread:
            means.append(parts[0].mean(axis=0))
    return np.array(means).reshape(-1, 3)
