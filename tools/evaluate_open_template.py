"""Measure the open stride template on the public recordings; prints Markdown.

Run ``python tools/evaluate_open_template.py`` from the root of the repository; about 4 min, most for the section
``nested``. Sections can be named: ``python tools/evaluate_open_template.py labels left_out``. The template under test
never saw the recording that it is tested on: it is trained anew from the other recordings. Comparisons with the
original template and model need the package gaitmap-mad and are left out without it.
"""

import sys
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from _left_out import (
    SAME_STRIDE_S,
    TOLERANCE_S,
    Strides,
    Templates,
    both_f1,
    match,
    mean_of_one_walker,
    original,
    scores,
    segment,
    table,
    used_like_the_open_one,
    widen,
)
from _recordings import Foot, load_feet, starts_inside, strides_by_rule
from train_open_template import COLUMN

from gaitmap.base import BaseStrideSegmentation
from gaitmap.data_transform import ButterworthFilter, MovementScaler
from gaitmap.stride_segmentation import BarthDtw, CalibratedBarthDtw, ConstrainedBarthDtw
from gaitmap.stride_segmentation.hmm import HmmStrideSegmentation

# What the nested choice is made among; of equally good ones the first is taken.
CUTOFFS_HZ = (10.0, 6.0, 4.0, 3.0, 2.0)
AVERAGES: dict[str, Callable | None] = {"mean": lambda series: series.mean(axis=0), "barycentre": None}
THRESHOLDS = (0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7)


class BestOfSeveral(CalibratedBarthDtw):
    """The calibrated segmentation with, at each sample, the cheapest of several templates (set as ``others``)."""

    others: tuple = ()

    def _prepare(self, data, template, sampling_rate_hz):
        self._problems = [super(BestOfSeveral, self)._prepare(data, t, sampling_rate_hz) for t in self.others]
        return super()._prepare(data, template, sampling_rate_hz)

    def _calculate_cost(self, problem):
        results = [super(BestOfSeveral, self)._calculate_cost(p) for p in (problem, *self._problems)]
        costs = np.array([cost for cost, _ in results])
        best = np.argmin(np.where(np.isnan(costs), np.inf, costs), axis=0)
        starts = np.array([start for _, start in results])
        return costs[best, np.arange(costs.shape[1])], starts[best, np.arange(costs.shape[1])]


# Against labels -----------------------------------------------------------------------------------------------------
def labels(feet: list[Foot]) -> None:
    """Compare the rule with the labels made by hand."""
    rows = []
    for foot in feet:
        if foot.label_source == "hand":
            rule = strides_by_rule(foot.data[COLUMN].to_numpy(), foot.sampling_rate_hz)
            names = ("precision", "recall", "F1")
            rows.append(
                {"foot": foot.name} | dict(zip(names, scores(rule, foot.labelled, TOLERANCE_S, 204.8), strict=True))
            )
    print("### The rule against labels made by hand (±30 ms)\n\n" + table(rows) + "\n")


def left_out_scores(feet: list[Foot]) -> None:
    """Compare the template with the labels of the recording that it never saw."""
    by_hand, by_rule = [], []
    open_template = Templates(feet)
    for foot in feet:
        rate = foot.sampling_rate_hz
        methods: dict[str, BarthDtw] = {
            "calibrated": CalibratedBarthDtw(open_template(foot)),
            "BarthDtw, open": BarthDtw(open_template(foot)),
            "BarthDtw, mean of one walker": BarthDtw(mean_of_one_walker(feet, foot)),
        }
        if original() is not None:
            by_level = original(use_cols=(COLUMN,), scaling=MovementScaler(min_level=50.0))
            methods["calibrated, original gyr_ml"] = CalibratedBarthDtw(by_level)
            methods["BarthDtw, original gyr_ml"] = BarthDtw(original(use_cols=(COLUMN,)))
            methods["BarthDtw, original"] = BarthDtw(original())
        found = {name: segment(method, foot) for name, method in methods.items()}
        if foot.label_source != "rule":
            regions = foot.labelled if foot.label_source == "hand_ic" else None
            for name, strides in found.items():
                # Around the labels made at initial contacts there are strides that nobody labelled.
                inside = strides if regions is None else strides[starts_inside(strides, widen(regions, rate))]
                names = ("precision", "recall", "F1")
                values = scores(inside, foot.labelled, TOLERANCE_S, rate)
                by_hand.append(
                    {"foot": foot.name, "method": name, "strides": len(inside)} | dict(zip(names, values, strict=True))
                )
        row: dict = {"foot": foot.name, "strides (rule)": len(foot.strides)}
        by_rule.append(row | {name: both_f1(strides, foot.strides, rate) for name, strides in found.items()})
    print("### Against labels made by hand (±30 ms)\n\n" + table(by_hand) + "\n")
    print("### F1 against all strides, by hand or by rule (±30 ms / ±100 ms)\n\n" + table(by_rule) + "\n")


# Choices ------------------------------------------------------------------------------------------------------------
def choices(feet: list[Foot]) -> None:
    """Compare ways to make the template, and thresholds."""
    print("### How the template is made: F1 at ±100 ms, recording left out\n")
    rows = []
    for cutoff in (None, 15.0, *CUTOFFS_HZ):
        smoothing = None if cutoff is None else ButterworthFilter(2, cutoff)
        for name, average in AVERAGES.items():
            templates = Templates(feet, smoothing=smoothing, average=average)
            rows.append(
                {"smoothing": f"{cutoff:g} Hz" if cutoff else "none", "average of the feet": name}
                | _mean_and_worst(feet, "calibrated", lambda foot, t=templates: CalibratedBarthDtw(t(foot)))
                | _mean_and_worst(feet, "BarthDtw", lambda foot, t=templates: BarthDtw(t(foot)))
            )
    every = {foot.recording for foot in feet}
    single = {name: Templates(feet).without(every - {name}) for name in dict.fromkeys(foot.recording for foot in feet)}

    def best_of_several(foot: Foot) -> BestOfSeveral:
        first, *others = [template for recording, template in single.items() if recording != foot.recording]
        algorithm = BestOfSeveral(first)
        algorithm.others = tuple(others)
        return algorithm

    rows.append(
        {"smoothing": "3 Hz", "average of the feet": "none: best of one per recording"}
        | _mean_and_worst(feet, "calibrated", best_of_several)
    )
    print(table(rows) + "\n\n### Threshold of the relative cost: F1 at ±100 ms, recording left out\n")
    rows, templates = [], Templates(feet)
    for threshold in THRESHOLDS:
        rows.append(
            {"threshold": f"{threshold:.2f}"}
            | _mean_and_worst(feet, "", lambda foot, x=threshold: CalibratedBarthDtw(templates(foot), max_cost=x))
        )
    for name, rule in (("emptiest part of 0.35 to 0.65", emptiest_threshold), ("Otsu", otsu_threshold)):

        def with_own_threshold(foot: Foot, rule: Callable = rule) -> CalibratedBarthDtw:
            all_costs = CalibratedBarthDtw(templates(foot), max_cost=None).segment(foot.data, foot.sampling_rate_hz)
            return CalibratedBarthDtw(templates(foot), max_cost=rule(all_costs.costs_))

        rows.append({"threshold": name} | _mean_and_worst(feet, "", with_own_threshold))
    print(table(rows) + "\n\n### Strides smaller or larger than usual: F1 at ±100 ms, recording left out\n")
    rows = []
    for amplitude in (0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2, 1.4, 1.6):

        def with_level(foot: Foot, amplitude: float = amplitude) -> CalibratedBarthDtw:
            return CalibratedBarthDtw(templates(foot).clone().set_params(level=1 / amplitude))

        rows.append({"amplitude": f"{amplitude:g}"} | _mean_and_worst(feet, "", with_level))
    print(table(rows) + "\n")


def emptiest_threshold(costs: np.ndarray) -> float:
    """Threshold with the fewest costs around it (Gaussian density, width 0.03), 0.5 where none are near."""
    thresholds = np.linspace(0.35, 0.65, 61)
    density = np.exp(-0.5 * ((thresholds[:, np.newaxis] - costs) / 0.03) ** 2).sum(axis=1)
    return float(thresholds[np.argmin(density + 0.01 * np.abs(thresholds - 0.5))])


def otsu_threshold(costs: np.ndarray) -> float:
    """Threshold with the largest variance between the two classes."""
    ordered = np.sort(np.minimum(costs, 1))
    n = np.arange(1, len(ordered))
    low = np.cumsum(ordered)[:-1] / n
    high = (ordered.sum() - np.cumsum(ordered)[:-1]) / (len(ordered) - n)
    split = int(np.argmax(n * (len(ordered) - n) * (high - low) ** 2))
    return float(ordered[split : split + 2].mean())


def _f1(algorithm: BaseStrideSegmentation, foot: Foot) -> float:
    return scores(segment(algorithm, foot), foot.strides, SAME_STRIDE_S, foot.sampling_rate_hz)[2]


def _mean_and_worst(feet: Iterable[Foot], name: str, make: Callable[[Foot], BaseStrideSegmentation]) -> dict:
    values = [_f1(make(foot), foot) for foot in feet]
    return {f"{name} mean".strip(): f"{np.mean(values):.3f}", f"{name} worst foot".strip(): f"{min(values):.2f}"}


def nested(feet: list[Foot]) -> None:
    """Choose smoothing, average and threshold without the recording that is tested.

    For each recording: among all choices that with the best mean F1 (±100 ms) of the feet of the other five, each found
    with a template that saw neither it nor the tested recording.
    """
    made = {
        (cutoff, name): Templates(feet, smoothing=ButterworthFilter(2, cutoff), average=average)
        for cutoff in CUTOFFS_HZ
        for name, average in AVERAGES.items()
    }
    candidates: dict[str, dict[tuple, Callable]] = {
        "BarthDtw": {key: lambda left, t=templates: BarthDtw(t.without(left)) for key, templates in made.items()},
        "calibrated": {
            (*key, threshold): lambda left, t=templates, x=threshold: CalibratedBarthDtw(t.without(left), max_cost=x)
            for key, templates in made.items()
            for threshold in THRESHOLDS
        },
    }
    rows: list[dict] = [{"foot": foot.name} for foot in feet]
    for title, makes in candidates.items():
        for recording in dict.fromkeys(foot.recording for foot in feet):
            quality = {
                choice: np.mean([_f1(make({recording, other.recording}), other) for other in _others(feet, recording)])
                for choice, make in makes.items()
            }
            chosen = max(quality, key=quality.__getitem__)
            for row, foot in zip(rows, feet, strict=True):
                if foot.recording == recording:
                    row[f"{title}: chosen"] = " ".join(f"{x:g}" if isinstance(x, float) else x for x in chosen)
                    row[f"{title}: F1"] = both_f1(
                        segment(makes[chosen]({recording}), foot), foot.strides, foot.sampling_rate_hz
                    )
    print("### Choices made without the tested recording: F1 (±30 ms / ±100 ms)\n\n" + table(rows) + "\n")


def _others(feet: Sequence[Foot], recording: str) -> list[Foot]:
    return [foot for foot in feet if foot.recording != recording]


# Against other methods ----------------------------------------------------------------------------------------------
def agreement(feet: list[Foot]) -> None:
    """Compare with what the original template and the pre-trained HMM find, as they are."""
    if original() is None:
        return
    references: dict[str, Callable] = {
        "BarthDtw, original template, gyr_ml": lambda: BarthDtw(original(use_cols=(COLUMN,))),
        "ConstrainedBarthDtw, original template, gyr_ml": lambda: ConstrainedBarthDtw(original(use_cols=(COLUMN,))),
        "pre-trained HMM (Roth et al.)": HmmStrideSegmentation,
    }
    open_template = Templates(feet)
    for title, make_reference in references.items():
        rows = []
        for foot in feet:
            reference = segment(make_reference(), foot)
            labelled = confirmed(reference, foot.strides, foot.sampling_rate_hz)
            row: dict = {
                "foot": foot.name,
                "reference finds": len(reference),
                "of these labelled": len(labelled),
                "F1 of the labels": f"{scores(foot.strides, reference, SAME_STRIDE_S, foot.sampling_rate_hz)[2]:.2f}",
            }
            for name, method in (
                ("BarthDtw, open", BarthDtw(open_template(foot))),
                ("calibrated", CalibratedBarthDtw(open_template(foot))),
                ("BarthDtw, mean of one walker", BarthDtw(mean_of_one_walker(feet, foot))),
            ):
                found = segment(method, foot)
                f1 = scores(found, reference, SAME_STRIDE_S, foot.sampling_rate_hz)[2]
                row[name] = f"{f1:.2f} ({len(confirmed(labelled, found, foot.sampling_rate_hz))} of {len(labelled)})"
            rows.append(row)
        print(
            f"### Agreement with {title}: F1 at ±100 ms (labelled strides of the reference that are found)\n\n"
            + table(rows)
            + "\n"
        )


def confirmed(strides: Strides, others: Strides, rate: float) -> Strides:
    """Strides that are among the others, too (±100 ms)."""
    return strides[match(strides / rate, others / rate, SAME_STRIDE_S) >= 0]


def same_use(feet: list[Foot]) -> None:
    """Compare templates that are all used in one way: smoothed, and scaled by the level of movement."""
    if original() is None:
        return
    of_original = original(use_cols=(COLUMN,), scaling=None)
    reference_template = used_like_the_open_one(of_original.get_data(), of_original.sampling_rate_hz)
    open_template = Templates(feet)
    for method in (BarthDtw, ConstrainedBarthDtw, CalibratedBarthDtw):
        rows = []
        for foot in feet:
            walker = mean_of_one_walker(feet, foot)
            one = used_like_the_open_one(walker.data, walker.sampling_rate_hz)
            reference, rate = segment(method(reference_template), foot), foot.sampling_rate_hz
            rows.append(
                {
                    "foot": foot.name,
                    "strides (labels)": len(foot.strides),
                    "original finds": len(reference),
                    "its F1 (labels)": both_f1(reference, foot.strides, rate),
                    "agreement, open": both_f1(segment(method(open_template(foot)), foot), reference, rate),
                    "agreement, one walker": both_f1(segment(method(one), foot), reference, rate),
                }
            )
        title = f"### {method.__name__}, all templates used like the open one: F1 (±30 ms / ±100 ms)"
        print(title + "\n\n" + table(rows) + "\n")


SECTIONS = {
    "labels": labels,
    "left_out": left_out_scores,
    "agreement": agreement,
    "same_use": same_use,
    "choices": choices,
    "nested": nested,
}

if __name__ == "__main__":
    recordings = load_feet()
    for section in sys.argv[1:] or SECTIONS:
        SECTIONS[section](recordings)
