"""Measure the open hidden Markov model on the public recordings; prints Markdown.

Run ``python tools/evaluate_open_hmm.py`` from the root of the repository; about 10 min, most for the last section.
Sections can be named: ``python tools/evaluate_open_hmm.py left_out rest``. The model under test never saw the recording
that it is tested on: it is trained anew from the other recordings. Comparisons with the model of Roth et al. need the
package gaitmap-mad and are left out without it.
"""

import sys
import warnings

import numpy as np
import pandas as pd
from _left_out import (
    SAME_STRIDE_S,
    TOLERANCE_S,
    Templates,
    left_out,
    original,
    scores,
    segment,
    table,
    widen,
)
from _recordings import Foot, load_feet, starts_inside
from train_open_hmm import train

from gaitmap.simulation import Fidget, Rest, Shuffle, Stairs, Turn, Walk, simulate
from gaitmap.stride_segmentation import BarthDtw, ConstrainedBarthDtw, OpenStrideTemplate
from gaitmap.stride_segmentation.hmm import HmmStrideSegmentation, PreTrainedOpenSegmentationModel, RothSegmentationHmm
from gaitmap.utils.coordinate_conversion import convert_to_fbf

MINUTES_OF_REST = (0, 1, 10, 60, 240)


class Models:
    """Models of a kind, trained once per left-out recording."""

    def __init__(self, feet: list[Foot], **choices: object) -> None:
        self.feet, self.choices, self.known = feet, choices, {}

    def __call__(self, foot: Foot) -> RothSegmentationHmm:
        """Return the model that never saw the recording of this foot."""
        if foot.recording not in self.known:
            self.known[foot.recording] = train(left_out(self.feet, foot), **self.choices)
        return self.known[foot.recording]


def roth() -> dict[str, HmmStrideSegmentation]:
    """Return the segmentation with the model of Roth et al., if its file is installed."""
    try:
        segmentation = HmmStrideSegmentation()
    except ImportError:
        return {}
    return {"HMM, Roth": segmentation}


# Sections -----------------------------------------------------------------------------------------------------------
def left_out_scores(feet: list[Foot]) -> None:
    """Compare with the labels of the recording that the model never saw."""
    models, templates, small = Models(feet), Templates(feet), Models(feet, standardization="local")
    by_hand, all_strides = [], []
    for foot in feet:
        rate = foot.sampling_rate_hz
        methods = {
            "HMM, open": HmmStrideSegmentation(models(foot)),
            "HMM, open, small strides": HmmStrideSegmentation(small(foot)),
            "BarthDtw, open": BarthDtw(templates(foot)),
        }
        found = {name: segment(method, foot) for name, method in (methods | roth()).items()}
        row: dict = {"foot": foot.name, "strides": len(foot.strides)}
        for name, strides in found.items():
            if foot.label_source != "rule":
                regions = foot.labelled if foot.label_source == "hand_ic" else None
                inside = strides if regions is None else strides[starts_inside(strides, widen(regions, rate))]
                values = scores(inside, foot.labelled, TOLERANCE_S, rate)
                by_hand.append(
                    {"foot": foot.name, "method": name, "labelled": len(foot.labelled), "strides": len(inside)}
                    | dict(zip(("precision", "recall", "F1"), values, strict=True))
                )
            row[name] = f"{len(strides)}: " + " / ".join(
                f"{scores(strides, foot.strides, tol, rate)[2]:.2f}" for tol in (TOLERANCE_S, SAME_STRIDE_S)
            )
        all_strides.append(row)
    print("### Against labels made by hand (±30 ms)\n\n" + table(by_hand) + "\n")
    print("### Strides found: F1 against all strides (±30 ms / ±100 ms)\n\n" + table(all_strides) + "\n")


def agreement(feet: list[Foot]) -> None:
    """Compare with the segmentations whose numbers are not part of the package."""
    references = dict(roth())
    if original() is not None:
        references["BarthDtw, original gyr_ml"] = BarthDtw(original(use_cols=("gyr_ml",)))
        references["ConstrainedBarthDtw, original gyr_ml"] = ConstrainedBarthDtw(original(use_cols=("gyr_ml",)))
    models, rows = Models(feet), []
    for foot in feet:
        found = segment(HmmStrideSegmentation(models(foot)), foot)
        row: dict = {"foot": foot.name, "HMM, open": len(found)}
        for name, reference in references.items():
            expected = segment(reference, foot)
            f1 = scores(found, expected, SAME_STRIDE_S, foot.sampling_rate_hz)[2]
            row[name] = f"{len(expected)}: {f1:.2f}"
        rows.append(row)
    print("### Strides of other methods: F1 of the agreement (±100 ms)\n\n" + table(rows) + "\n")


def rest(feet: list[Foot]) -> None:
    """Count the strides of the healthy walk followed by rest."""
    foot = feet[0]
    methods = {
        "HMM, open": HmmStrideSegmentation(Models(feet)(foot)),
        "HMM, open, small strides": HmmStrideSegmentation(Models(feet, standardization="local")(foot)),
    } | roth()
    noise = np.random.default_rng(0)
    rows = []
    for minutes in MINUTES_OF_REST:
        still = noise.normal(0, 0.5, int(minutes * 60 * foot.sampling_rate_hz))
        longer = pd.DataFrame({"gyr_ml": np.concatenate([foot.data["gyr_ml"], still])})
        row: dict = {"rest (min)": minutes}
        for name, method in methods.items():
            row[name] = len(method.segment(longer, foot.sampling_rate_hz).matches_start_end_)
        rows.append(row)
    print(f"### Strides of {foot.name} with rest behind it\n\n" + table(rows) + "\n")


def simulated(_: list[Foot]) -> None:
    """Compare with the truth of simulated recordings, which no method was made with."""
    methods = {
        "HMM, open": HmmStrideSegmentation(PreTrainedOpenSegmentationModel()),
        "HMM, open, small strides": HmmStrideSegmentation(PreTrainedOpenSegmentationModel(small_strides=True)),
        **roth(),
        "BarthDtw, open": BarthDtw(OpenStrideTemplate()),
    }
    mixed = [Rest(60), Walk(30), Fidget(20), Turn(180), Walk(10), Rest(120), Stairs(12), Rest(30), Shuffle(10)]
    rows = []
    recorded = {
        "level walk, 60 m": [Rest(3), Walk(60), Rest(3)],
        "all kinds": mixed,
        "shuffling, stairs, walk": [Shuffle(20), Rest(20), Walk(20), Stairs(14, up=False), Walk(10), Stairs(14)],
        "shuffling, 60 m": [Rest(3), Shuffle(60), Rest(3)],
        "walk, 10 min of fidgeting": [Rest(5), Walk(60), Rest(20), Fidget(600), Rest(5)],
    }
    for title, activities in recorded.items():
        walk = simulate(activities, seed=2)
        body = convert_to_fbf(walk.data, left_like="left_", right_like="right_")
        for sensor, truth in walk.truth.segmented_strides.items():
            row: dict = {"recording": f"{title}, {sensor.removesuffix('_sensor')}", "strides": len(truth)}
            for name, method in methods.items():
                found = method.segment(body[sensor], walk.sampling_rate_hz).stride_list_[["start", "end"]].to_numpy()
                values = scores(found, truth[["start", "end"]].to_numpy(), SAME_STRIDE_S, walk.sampling_rate_hz)
                row[name] = ", ".join(f"{value:.2f}" for value in values)
            rows.append(row)
    print("### Simulated recordings: precision, recall, F1 (±100 ms)\n\n" + table(rows) + "\n")


def small_strides(feet: list[Foot]) -> None:
    """Count the strides of recordings that are followed by a smaller copy of themselves."""
    methods = {
        "HMM, open": Models(feet),
        "HMM, open, small strides": Models(feet, standardization="local"),
    }
    rows = []
    for amplitude in (0.3, 0.4, 0.5, 0.7, 1.0):
        found: dict[str, list[float]] = {name: [] for name in (*methods, *roth(), "BarthDtw, open")}
        templates = Templates(feet)
        for foot in feet:
            both = pd.concat([foot.data, amplitude * foot.data], ignore_index=True)
            expected = np.concatenate([foot.strides, foot.strides + len(foot.data)])
            segmentations = {name: HmmStrideSegmentation(models(foot)) for name, models in methods.items()}
            segmentations |= roth() | {"BarthDtw, open": BarthDtw(templates(foot))}
            for name, segmentation in segmentations.items():
                strides = segmentation.segment(both, foot.sampling_rate_hz).matches_start_end_
                found[name].append(scores(strides, expected, SAME_STRIDE_S, foot.sampling_rate_hz)[2])
        rows.append(
            {"amplitude of the copy": f"{amplitude:g}"}
            | {name: f"{np.mean(f1):.2f}, {min(f1):.2f}" for name, f1 in found.items()}
        )
    print("### A recording followed by a smaller copy: F1 (±100 ms), mean and worst foot\n\n" + table(rows) + "\n")


def choices(feet: list[Foot]) -> None:
    """Compare ways to train the model."""
    rows = []
    for name, changes in {
        "as it is": {},
        "amplitudes evened out (small strides)": {"standardization": "local"},
        "standardised over the whole recording": {"standardization": True},
        "low-pass 4 Hz": {"cutoff_hz": 4.0},
        "low-pass 10 Hz": {"cutoff_hz": 10.0},
        "2 components per state": {"n_components": 2},
        "smallest variance 0.1": {"covariance_floor": 0.1},
        "smallest variance 0.3": {"covariance_floor": 0.3},
        "smallest variance 0.01": {"covariance_floor": 0.01},
        "no copies of other tempo": {"tempos": (1.0,)},
        "feet not repeated": {"strides_per_foot": 1},
        "settings of Roth et al.": {
            "cutoff_hz": 10.0,
            "n_components": 6,
            "covariance_floor": 1e-7,
            "standardization": True,
            "tempos": (1.0,),
            "strides_per_foot": 1,
        },
    }.items():
        models, row = Models(feet, **changes), {"training": name}
        found = [(foot, segment(HmmStrideSegmentation(models(foot)), foot)) for foot in feet]
        for tolerance_s in (TOLERANCE_S, SAME_STRIDE_S):
            f1 = [scores(strides, foot.strides, tolerance_s, foot.sampling_rate_hz)[2] for foot, strides in found]
            row[f"±{1000 * tolerance_s:.0f} ms: mean, worst foot"] = f"{np.mean(f1):.3f}, {min(f1):.2f}"
        rows.append(row)
    print("### How the model is trained: F1, recording left out\n\n" + table(rows) + "\n")


SECTIONS = {
    "left_out": left_out_scores,
    "agreement": agreement,
    "rest": rest,
    "simulated": simulated,
    "small_strides": small_strides,
    "choices": choices,
}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    recordings = load_feet()
    for section in sys.argv[1:] or SECTIONS:
        SECTIONS[section](recordings)
