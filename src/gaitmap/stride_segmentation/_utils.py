"""Helpers shared by the segmentation methods."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaitmap._kernels.windows import extrema_in_windows


def snap_to_min(
    data: NDArray[np.floating], matches_start_end: ArrayLike, window: int | tuple[int, int]
) -> NDArray[np.int64]:
    """Move the start and the end of each match to the smallest value nearby.

    Parameters
    ----------
    data
        The signal (one dimension).
    matches_start_end
        Start and end (exclusive) of each match, shape (n, 2). The end is used as it is as the centre of its window;
        only an end behind the last sample is searched around the last sample.
    window
        Full width of the window in samples (``window // 2`` on both sides), or the samples ``(before, after)``.

    Returns
    -------
    matches_start_end
        The new borders, in a new array. Where all values of a window are NaN, the border stays where it is.
    """
    before, after = window if isinstance(window, tuple) else (window // 2, window // 2)
    borders = np.array(matches_start_end, dtype=np.int64)
    n = len(data)
    centres = np.minimum(borders.ravel(), n - 1)
    first = np.clip(centres - before, 0, n)
    behind_last = np.clip(centres + after + 1, 0, n)
    lowest = extrema_in_windows(np.array(data, dtype=float, order="C"), first, behind_last, 1)
    snapped = np.where(lowest < 0, centres, lowest)
    snapped[(borders.ravel() == n) & (snapped == n - 1)] = n
    return snapped.reshape(borders.shape)
