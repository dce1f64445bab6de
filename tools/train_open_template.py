"""Train the open stride template on the public recordings (MIT licence) and write it into the package.

Run ``python tools/train_open_template.py`` from the root of the repository. Deterministic; about 5 s.

Method: ``gyr_ml`` of each foot is smoothed and divided by its level of movement, exactly as
:class:`gaitmap.stride_segmentation.OpenStrideTemplate` does it with recordings. Its strides, interpolated to one
length, are averaged. The mean strides of all feet are averaged by DTW barycentre averaging (Petitjean et al. 2011),
which keeps minima apart that lie at different phases of the stride, and lightly
smoothed. Every foot counts the same, however many strides it has. The result is brought to the median level of movement
and the mean stride time.

Why so: see ``tools/evaluate_open_template.py`` and ``docs/guides/open_template.md``.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from _recordings import Foot, load_feet
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from gaitmap.data_transform import BaseFilter, MovementScaler
from gaitmap.data_transform._filter import filter_between_gaps
from gaitmap.stride_segmentation import OpenStrideTemplate
from gaitmap.utils.array_handling import multi_array_interpolation

N_ITERATIONS = 5
SMOOTHING_SAMPLES = 1.0  # standard deviation of the Gaussian that evens out the barycentre, 10 ms
MAX_SHIFT = 0.1  # of two samples that are compared, as part of the stride
FOLDER = Path(__file__).parents[1] / "src" / "gaitmap" / "stride_segmentation" / "_data"
COLUMN = "gyr_ml"


def train(
    feet: Sequence[Foot],
    smoothing: BaseFilter | None = OpenStrideTemplate().smoothing,
    average: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None,
) -> pd.DataFrame:
    """Make the template (deg/s) from strides of these feet."""
    durations_s = [np.diff(foot.strides).mean() / foot.sampling_rate_hz for foot in feet]
    n_samples = round(np.mean(durations_s) * OpenStrideTemplate.sampling_rate_hz)
    means, levels = [], []
    for foot in feet:
        signal = foot.data[COLUMN].to_numpy()
        if smoothing is not None:
            signal = filter_between_gaps(signal, smoothing, foot.sampling_rate_hz)
        scaler = MovementScaler().transform(signal)
        strides = [scaler.transformed_data_[start:end, np.newaxis] for start, end in foot.strides]
        means.append(multi_array_interpolation(strides, n_samples).mean(axis=0).ravel())
        levels.append(scaler.level_)
    template = (average or barycentre)(np.array(means))
    template *= np.median(levels) / MovementScaler().transform(template).level_
    return pd.DataFrame({COLUMN: template.round(2)})


def barycentre(series: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average series (n, samples) of periodic signals: the mean of the samples that DTW puts together, smoothed."""
    average = series.mean(axis=0)
    for _ in range(N_ITERATIONS):
        total, count = np.zeros_like(average), np.zeros_like(average)
        for one in series:
            of_average, of_one = warping_path(average, one)
            np.add.at(total, of_average, one[of_one])
            np.add.at(count, of_average, 1)
        average = total / count
    return gaussian_filter1d(average, SMOOTHING_SAMPLES, mode="wrap")


def warping_path(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of samples on the best path from the first to the last sample of both."""
    n = len(a)
    band = round(MAX_SHIFT * n)
    cost = np.full((n + 1, n + 1), np.inf)
    cost[0, 0] = 0
    for i in range(n):
        for j in range(max(0, i - band), min(n, i + band + 1)):
            cost[i + 1, j + 1] = (a[i] - b[j]) ** 2 + min(cost[i, j], cost[i, j + 1], cost[i + 1, j])
    path, i, j = [], n, n
    while i > 0 and j > 0:
        path.append((i - 1, j - 1))
        step = int(np.argmin([cost[i - 1, j - 1], cost[i - 1, j], cost[i, j - 1]]))
        i, j = i - (step != 2), j - (step != 1)
    pairs = np.array(path[::-1])
    return pairs[:, 0], pairs[:, 1]


def describe_recordings(feet: Sequence[Foot]) -> dict:
    """Tell which recordings and strides these are."""
    recordings: dict[str, dict] = {}
    for foot in feet:
        entry = recordings.setdefault(foot.recording, {"files": foot.file, "labels": foot.label_source, "strides": {}})
        entry["strides"][foot.foot] = len(foot.strides)
    return {
        "licence": "MIT, as the recordings (example data of gaitmap 2.6.0)",
        "labels": {
            "hand": "hand-labelled strides",
            "hand_ic": "rule; part of the strides labelled by hand at initial contacts",
            "rule": "minimum of gyr_ml before each swing (tools/_recordings.py)",
        },
        "recordings": recordings,
    }


def provenance(feet: Sequence[Foot]) -> dict:
    """Tell what the template was made from, and how."""
    source = describe_recordings(feet)
    return {
        "made_by": "tools/train_open_template.py",
        "licence": source.pop("licence"),
        "sampling_rate_hz": OpenStrideTemplate.sampling_rate_hz,
        "columns": {COLUMN: "deg/s, body frame, low-pass filtered (see OpenStrideTemplate)"},
        "smoothing": json.loads(OpenStrideTemplate().smoothing.to_json())["params"],
        "averaging": f"mean stride per foot, DTW barycentre of the feet ({N_ITERATIONS} iterations), Gaussian of 10 ms",
        **source,
    }


def main() -> None:
    """Write the template and its provenance."""
    feet = load_feet()
    template = train(feet)
    FOLDER.mkdir(exist_ok=True)
    template.to_csv(FOLDER / "open_template.csv", index=False, lineterminator="\n")
    text = json.dumps(provenance(feet), indent=2) + "\n"
    (FOLDER / "open_template.json").write_text(text, encoding="utf-8")
    n_strides = sum(len(foot.strides) for foot in feet)
    print(f"{len(template)} samples from {n_strides} strides of {len(feet)} feet")


if __name__ == "__main__":
    main()
