"""Plain version of the kernel in ``gaitmap._kernels.troughs``: one trough at a time, cubics by polynomial fit."""

import numpy as np


def late_middle_of_trough(values, minimum, radius, n_steps, depth, lateness):
    if not values[minimum] < 0:
        return 0.0
    around = np.arange(max(0, minimum - radius), min(len(values), minimum + radius + 1))
    missing = around[np.isnan(values[around])]
    around = around[(around > missing[missing < minimum].max(initial=-1))]
    around = around[(around < missing[missing > minimum].min(initial=len(values)))]
    padded = np.concatenate([values[around[:1]], values[around], values[around[-1:]], values[around[-1:]]])
    times, signal = [], []
    for number, sample in enumerate(around):
        cubic = np.polyfit([-1, 0, 1, 2], padded[number : number + 4], 3)
        for step in range(n_steps if sample < around[-1] else 1):
            times.append(sample - minimum + step / n_steps)
            signal.append(np.polyval(cubic, step / n_steps))
    times, signal, smallest = np.array(times), np.array(signal), values[around].min()
    weights = np.exp(-np.maximum(signal - smallest, 0) / (depth * abs(smallest)))
    mean = np.average(times, weights=weights)
    spread = np.sqrt(np.average((times - mean) ** 2, weights=weights))
    return np.clip(mean + lateness * spread, times[0], times[-1])
