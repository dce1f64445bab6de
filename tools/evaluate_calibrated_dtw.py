"""Measure on the public recordings that the calibrated segmentation finds the same strides in changed copies.

Run ``python tools/evaluate_calibrated_dtw.py`` from the root of the repository; about 3 min; prints Markdown. Sections
can be named: ``python tools/evaluate_calibrated_dtw.py copies``. The original template needs the package gaitmap-mad
and is left out without it.
"""

import sys
import warnings
from collections.abc import Callable, Iterator

import pandas as pd
from _copies import RESAMPLERS
from _left_out import SAME_STRIDE_S, TOLERANCE_S, Templates, original, scores, scores_s, segment, table
from _recordings import Foot, load_feet
from numpy.typing import NDArray
from train_open_template import COLUMN

from gaitmap.stride_segmentation import BarthDtw, CalibratedBarthDtw, OpenStrideTemplate

RATES_HZ = (50, 64, 100, 102.4, 128, 200, 204.8, 256, 400)
SCALES = (0.5, 0.7, 1.0, 1.4, 2.0)


def swapped(data: pd.DataFrame) -> pd.DataFrame:
    """Take a left foot for a right one, or the reverse: the axes pa and si have the other sign."""
    return data.assign(gyr_pa=-data["gyr_pa"], gyr_si=-data["gyr_si"])


def resampled_copies(foot: Foot) -> Iterator[tuple[str, float, pd.DataFrame, NDArray]]:
    """Yield copies of a foot: way to resample, new rate, data, and the true time of each sample."""
    names = ["gyr_pa", "gyr_ml", "gyr_si"]
    for way, resample in RESAMPLERS.items():
        for rate in RATES_HZ:
            copy = resample(foot.data[names].to_numpy(), foot.sampling_rate_hz, rate)
            if rate != foot.sampling_rate_hz and copy is not None:
                yield way, rate, pd.DataFrame(copy[0], columns=names), copy[1]


def f1_of_copy(make: Callable[[], BarthDtw], data: pd.DataFrame, rate: float, times: NDArray, foot: Foot) -> float:
    """F1 between the strides of a copy and those of the recording, at ±30 ms or one sample of the coarser of both."""
    step = times[1] - times[0]
    ends = pd.Series([*times, times[-1] + step]).to_numpy()
    found = ends[make().segment(data, rate).matches_start_end_.reshape(-1, 2)]
    expected = segment(make(), foot) / foot.sampling_rate_hz
    return scores_s(found, expected, max(TOLERANCE_S, 1 / rate, 1 / foot.sampling_rate_hz))[2]


def methods() -> dict[str, Callable[[], BarthDtw]]:
    """Methods that are compared."""
    of_original = {} if original() is None else {"BarthDtw, original template": BarthDtw}
    return {
        "CalibratedBarthDtw": CalibratedBarthDtw,
        "BarthDtw, open template": lambda: BarthDtw(OpenStrideTemplate()),
        **of_original,
    }


def copies(feet: list[Foot]) -> None:
    """Compare the strides of changed copies of a recording with those of the recording."""
    for name, make in methods().items():
        rows, worst = [], {}
        for foot in feet:
            rate = foot.sampling_rate_hz
            times = foot.data.index.to_numpy() / rate
            row = {
                "foot": foot.name,
                "strides": len(segment(make(), foot)),
                "rescaled": min(f1_of_copy(make, foot.data * scale, rate, times, foot) for scale in SCALES),
                "swapped": f1_of_copy(make, swapped(foot.data), rate, times, foot),
                "resampled": 1.0,
            }
            for way, new_rate, data, new_times in resampled_copies(foot):
                f1 = f1_of_copy(make, data, new_rate, new_times, foot)
                row["resampled"] = min(row["resampled"], f1)
                by_rate = worst.setdefault(way, dict.fromkeys((f"{hz:g} Hz" for hz in RATES_HZ), float("nan")))
                by_rate[f"{new_rate:g} Hz"] = min(f1, by_rate[f"{new_rate:g} Hz"])  # in this order: not NaN
            rows.append(row)
        print(f"### Changed copies, {name}: smallest F1 at ±30 ms (or one sample)\n\n" + table(rows) + "\n")
        print(f"### Worst foot by resampling and rate, {name}\n")
        print(table([{"resampled by": way} | by_rate for way, by_rate in worst.items()]) + "\n")


def combined(feet: list[Foot]) -> None:
    """Do all of it at once: resampled, rescaled, and the other foot."""
    rows = []
    for scale in SCALES:
        values = [
            f1_of_copy(CalibratedBarthDtw, scale * swapped(data), rate, times, foot)
            for foot in feet
            for _, rate, data, times in resampled_copies(foot)
        ]
        rows.append({"amplitude": f"{scale:g}", "copies": len(values), "smallest F1": min(values)})
    print("### CalibratedBarthDtw, resampled, rescaled and swapped copies\n\n" + table(rows) + "\n")


def l_walk(feet: list[Foot]) -> None:
    """Count the strides of the L-shaped walk."""
    foot = next(foot for foot in feet if foot.recording == "l_walk")
    compared: dict[str, BarthDtw] = {
        "CalibratedBarthDtw, template without this walk": CalibratedBarthDtw(Templates(feet)(foot))
    }
    compared["CalibratedBarthDtw"] = CalibratedBarthDtw()
    compared["BarthDtw, open template"] = BarthDtw(OpenStrideTemplate())
    if original() is not None:
        compared["BarthDtw, original template"] = BarthDtw()
        compared["BarthDtw, original template, gyr_ml"] = BarthDtw(original(use_cols=(COLUMN,)))
    rows = []
    for name, method in compared.items():
        strides = segment(method, foot)
        as_left = method.segment(swapped(foot.data), foot.sampling_rate_hz).matches_start_end_
        values = scores(strides, foot.strides, SAME_STRIDE_S, foot.sampling_rate_hz)
        rows.append(
            {"method": name, "strides": len(strides), "taken for a left foot": len(as_left)}
            | dict(zip(("precision (rule, ±100 ms)", "recall", "F1"), values, strict=True))
        )
    print(f"### The L-shaped walk (400 Hz; {len(foot.strides)} strides by the rule)\n\n" + table(rows) + "\n")


SECTIONS = {"l_walk": l_walk, "copies": copies, "combined": combined}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    recordings = load_feet()
    for section in sys.argv[1:] or SECTIONS:
        SECTIONS[section](recordings)
