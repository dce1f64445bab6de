"""Plain versions of the kernels in ``gaitmap._kernels.windows``: every window is cut out and looked at by itself."""

import warnings

import numpy as np

METRICS = {
    "mean": np.nanmean,
    "squared_mean": lambda window: np.nanmean(window**2),
    "maximum": np.nanmax,
    "median": np.nanmedian,
    "variance": np.nanvar,
}


def metric_of_windows(values, window_length, step, metric):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.array(
            [
                METRICS[metric](values[start : start + window_length])
                for start in range(0, len(values) - window_length + 1, step)
            ]
        )


def samples_in_windows(selected, window_length, step, n_samples):
    marked = np.zeros(n_samples, dtype=bool)
    for number, is_selected in enumerate(selected):
        if is_selected:
            marked[number * step : number * step + window_length] = True
    return marked


def extremum_in_window(values, start, end, kind):
    window = values[start:end]
    if np.isnan(window).all():
        return -1
    return start + (np.nanargmin(window) if kind == "min" else np.nanargmax(window))
