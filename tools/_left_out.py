"""Scores of strides, and templates that never saw the recording that they are tested on."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from _recordings import Foot
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt
from tpcp import cf
from train_open_template import COLUMN, train

from gaitmap.base import BaseStrideSegmentation
from gaitmap.data_transform import BaseFilter, FixedScaler
from gaitmap.stride_segmentation import (
    BarthOriginalTemplate,
    BaseDtwTemplate,
    InterpolatedDtwTemplate,
    OpenStrideTemplate,
)

TOLERANCE_S = 0.03
SAME_STRIDE_S = 0.1
Strides = NDArray[np.int64]


# Scores -------------------------------------------------------------------------------------------------------------
def match(found_s: NDArray[np.float64], expected_s: NDArray[np.float64], tolerance_s: float) -> NDArray[np.int64]:
    """For each stride (start, end in s) the expected one with both borders within the tolerance, one to one; or -1."""
    partner = np.full(len(found_s), -1)
    for number, stride in enumerate(found_s):
        distance = np.abs(expected_s - stride).max(axis=1, initial=0)
        candidates = np.setdiff1d(np.flatnonzero(distance <= tolerance_s + 1e-9), partner)
        if len(candidates):
            partner[number] = candidates[np.argmin(distance[candidates])]
    return partner


def scores_s(found_s: NDArray[np.float64], expected_s: NDArray[np.float64], tolerance_s: float) -> tuple:
    """Precision, recall and F1 of strides in seconds; 1 where there is nothing to find and nothing found."""
    n = int((match(found_s, expected_s, tolerance_s) >= 0).sum())
    precision = n / len(found_s) if len(found_s) else float(len(expected_s) == 0)
    recall = n / len(expected_s) if len(expected_s) else float(len(found_s) == 0)
    n_all = len(found_s) + len(expected_s)
    return precision, recall, 2 * n / n_all if n_all else 1.0


def scores(found: Strides, expected: Strides, tolerance_s: float, rate: float) -> tuple:
    """Precision, recall and F1 of strides in samples; the tolerance is at least one sample."""
    return scores_s(found.reshape(-1, 2) / rate, expected.reshape(-1, 2) / rate, max(tolerance_s, 1 / rate))


def both_f1(found: Strides, expected: Strides, rate: float) -> str:
    """F1 at both tolerances."""
    return " / ".join(f"{scores(found, expected, tol, rate)[2]:.2f}" for tol in (TOLERANCE_S, SAME_STRIDE_S))


def segment(algorithm: BaseStrideSegmentation, foot: Foot) -> Strides:
    """Run a segmentation on a foot."""
    return (
        algorithm.segment(foot.data, sampling_rate_hz=foot.sampling_rate_hz).stride_list_[["start", "end"]].to_numpy()
    )


def widen(strides: Strides, rate: float) -> Strides:
    """Regions in which strides start that could be meant by a label."""
    return np.column_stack([strides[:, 0] - int(0.2 * rate), strides[:, 0] + int(0.2 * rate)])


def table(rows: list[dict]) -> str:
    """Markdown table."""
    frame = pd.DataFrame(rows)
    lines = ["| " + " | ".join(frame.columns) + " |", "|" + "---|" * frame.shape[1]]
    for row in frame.itertuples(index=False):
        cells = ["" if cell != cell else f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row]  # noqa: PLR0124
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


# Templates ----------------------------------------------------------------------------------------------------------
class LeftOutTemplate(OpenStrideTemplate):
    """The open template with other data, ``level`` times as large as scaling makes them."""

    def __init__(
        self,
        *,
        data: pd.DataFrame | None = None,
        smoothing: BaseFilter | None = cf(OpenStrideTemplate().smoothing),
        scaling: object = cf(OpenStrideTemplate().scaling),
        use_cols: object = None,
        level: float = 1.0,
    ) -> None:
        self.data = data
        self.level = level
        super().__init__(smoothing=smoothing, scaling=scaling, use_cols=use_cols)

    def get_data(self) -> pd.DataFrame:
        """Return the template."""
        return self.level * BaseDtwTemplate.transform_data(self, self.data, self.sampling_rate_hz)


class Templates:
    """Templates of a kind, trained once for each set of recordings that is left out."""

    def __init__(self, feet: list[Foot], **training: object) -> None:
        self.feet, self.training, self.known = feet, training, {}

    def __call__(self, foot: Foot) -> LeftOutTemplate:
        """Return the template that never saw the recording of this foot."""
        return self.without({foot.recording})

    def without(self, recordings: Iterable[str]) -> LeftOutTemplate:
        """Return the template that never saw these recordings."""
        key = frozenset(recordings)
        if key not in self.known:
            data = train([foot for foot in self.feet if foot.recording not in key], **self.training)
            smoothing = {"smoothing": self.training["smoothing"]} if "smoothing" in self.training else {}
            self.known[key] = LeftOutTemplate(data=data, **smoothing)
        return self.known[key]


def left_out(feet: list[Foot], foot: Foot) -> list[Foot]:
    """All feet of the other recordings."""
    return [other for other in feet if other.recording != foot.recording]


def mean_of_one_walker(feet: list[Foot], foot: Foot) -> InterpolatedDtwTemplate:
    """Make the plain mean of the strides of one walk (both feet), scaled as the original.

    Of the hand-labelled healthy walk; for that one, of the second healthy walk.
    """
    walk = "healthy" if foot.recording != "healthy" else "ic_stride"
    of_walk = [other for other in feet if other.recording == walk]
    strides = [other.data.iloc[a:b][[COLUMN]] for other in of_walk for a, b in other.strides]
    return InterpolatedDtwTemplate(scaling=FixedScaler(500.0)).self_optimize(
        strides, sampling_rate_hz=of_walk[0].sampling_rate_hz
    )


def original(**params: object) -> BarthOriginalTemplate | None:
    """Return the original template if its data are installed."""
    try:
        BarthOriginalTemplate().get_data()
    except ImportError:
        return None
    return BarthOriginalTemplate(**params)


def used_like_the_open_one(curve: pd.DataFrame, rate: float) -> LeftOutTemplate:
    """Use ``gyr_ml`` of another template (deg/s) as the open one is used: smoothed, scaled by the level of movement."""
    values = curve[COLUMN].to_numpy()
    n = round(len(values) * OpenStrideTemplate.sampling_rate_hz / rate)
    values = np.interp(np.linspace(0, 1, n), np.linspace(0, 1, len(values)), values)
    smoothing = OpenStrideTemplate().smoothing
    low_pass = butter(smoothing.order, smoothing.cutoff_freq_hz, fs=OpenStrideTemplate.sampling_rate_hz, output="sos")
    # One stride of many: as recordings are smoothed before strides are cut out of them.
    smooth = sosfiltfilt(low_pass, np.tile(values, 5))[2 * n : 3 * n]
    return LeftOutTemplate(data=pd.DataFrame({COLUMN: smooth}))
