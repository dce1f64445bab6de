"""Measure the open stride template and the calibrated segmentation on the public recordings; prints Markdown.

Run ``python tools/evaluate_open_template.py`` from the root of the repository; about 2 min. Sections can be named:
``python tools/evaluate_open_template.py labels left_out``. The template under test never saw the recording that it is
tested on: it is trained anew from the other recordings. Comparisons with the original template need the package
gaitmap-mad and are left out without it.
"""

import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
from _recordings import Foot, load_feet, starts_inside, strides_by_rule
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt
from tpcp import cf
from train_open_template import COLUMN, train

from gaitmap.base import BaseStrideSegmentation
from gaitmap.data_transform import BaseFilter, ButterworthFilter, FixedScaler, MovementScaler
from gaitmap.stride_segmentation import (
    BarthDtw,
    BarthOriginalTemplate,
    BaseDtwTemplate,
    CalibratedBarthDtw,
    ConstrainedBarthDtw,
    InterpolatedDtwTemplate,
    OpenStrideTemplate,
)
from gaitmap.stride_segmentation.hmm import HmmStrideSegmentation

TOLERANCE_S = 0.03
SAME_STRIDE_S = 0.1
RATES_HZ = (50, 64, 100, 102.4, 128, 200, 204.8, 256, 400)
SCALES = (0.5, 0.7, 1.4, 2.0)
Strides = NDArray[np.int64]


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


# Comparison ---------------------------------------------------------------------------------------------------------
def matches(found: Strides, expected: Strides, tolerance_s: float, rate: float, found_rate: float = 0) -> int:
    """Count strides with both borders within the tolerance (at least one sample), one to one."""
    found_s, expected_s = found.reshape(-1, 2) / (found_rate or rate), expected.reshape(-1, 2) / rate
    tolerance = max(tolerance_s, 1 / rate, 1 / (found_rate or rate)) + 1e-9
    free = np.ones(len(expected_s), dtype=bool)
    n = 0
    for stride in found_s:
        distance = np.abs(expected_s - stride).max(axis=1, initial=0)
        candidates = np.flatnonzero(free & (distance <= tolerance))
        if len(candidates):
            free[candidates[np.argmin(distance[candidates])]] = False
            n += 1
    return n


def scores(found: Strides, expected: Strides, tolerance_s: float, rate: float, found_rate: float = 0) -> tuple:
    """Precision, recall and F1; 1 where there is nothing to find and nothing found."""
    n = matches(found, expected, tolerance_s, rate, found_rate)
    precision = n / len(found) if len(found) else float(len(expected) == 0)
    recall = n / len(expected) if len(expected) else float(len(found) == 0)
    return precision, recall, 2 * n / (len(found) + len(expected)) if len(found) + len(expected) else 1.0


def segment(algorithm: BaseStrideSegmentation, foot: Foot) -> Strides:
    """Run a segmentation on a foot."""
    return (
        algorithm.segment(foot.data, sampling_rate_hz=foot.sampling_rate_hz).stride_list_[["start", "end"]].to_numpy()
    )


def table(rows: list[dict]) -> str:
    """Markdown table."""
    frame = pd.DataFrame(rows)
    lines = ["| " + " | ".join(frame.columns) + " |", "|" + "---|" * frame.shape[1]]
    for row in frame.itertuples(index=False):
        cells = ["" if cell != cell else f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row]  # noqa: PLR0124
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def left_out(feet: list[Foot], foot: Foot) -> list[Foot]:
    """All feet of the other recordings."""
    return [other for other in feet if other.recording != foot.recording]


class Templates:
    """Templates of a kind, trained once per left-out recording."""

    def __init__(self, feet: list[Foot], **training: object) -> None:
        self.feet, self.training, self.known = feet, training, {}

    def __call__(self, foot: Foot) -> LeftOutTemplate:
        """Return the template that never saw the recording of this foot."""
        if foot.recording not in self.known:
            data = train(left_out(self.feet, foot), **self.training)
            smoothing = {"smoothing": self.training["smoothing"]} if "smoothing" in self.training else {}
            self.known[foot.recording] = LeftOutTemplate(data=data, **smoothing)
        return self.known[foot.recording]


def mean_of_one_walker(feet: list[Foot]) -> InterpolatedDtwTemplate:
    """Make the plain mean of the hand-labelled strides of the healthy walk (both feet), scaled as the original."""
    strides = [foot.data.iloc[a:b][[COLUMN]] for foot in feet if foot.recording == "healthy" for a, b in foot.strides]
    return InterpolatedDtwTemplate(scaling=FixedScaler(500.0)).self_optimize(strides, sampling_rate_hz=204.8)


def original(**params: object) -> BarthOriginalTemplate | None:
    """Return the original template if its data are installed."""
    try:
        BarthOriginalTemplate().get_data()
    except ImportError:
        return None
    return BarthOriginalTemplate(**params)


# Sections -----------------------------------------------------------------------------------------------------------
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
    open_template, walker = Templates(feet), mean_of_one_walker(feet)
    for foot in feet:
        rate = foot.sampling_rate_hz
        methods: dict[str, BarthDtw] = {
            "calibrated": CalibratedBarthDtw(open_template(foot)),
            "BarthDtw, open": BarthDtw(open_template(foot)),
            "BarthDtw, mean of one walker": BarthDtw(walker),
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
                if "walker" in name and foot.recording == "healthy":
                    continue  # it was made from these very strides
                # Around the labels made at initial contacts there are strides that nobody labelled.
                inside = strides if regions is None else strides[starts_inside(strides, _widen(regions, rate))]
                names = ("precision", "recall", "F1")
                values = scores(inside, foot.labelled, TOLERANCE_S, rate)
                by_hand.append(
                    {"foot": foot.name, "method": name, "strides": len(inside)} | dict(zip(names, values, strict=True))
                )
        row: dict = {"foot": foot.name, "strides (rule)": len(foot.strides)}
        for name, strides in found.items():
            row[name] = " / ".join(
                f"{scores(strides, foot.strides, tol, rate)[2]:.2f}" for tol in (TOLERANCE_S, SAME_STRIDE_S)
            )
        by_rule.append(row)
    print("### Against labels made by hand (±30 ms)\n\n" + table(by_hand) + "\n")
    print("### F1 against all strides, by hand or by rule (±30 ms / ±100 ms)\n\n" + table(by_rule) + "\n")


def _widen(strides: Strides, rate: float) -> Strides:
    """Regions in which strides start that could be meant by a label."""
    return np.column_stack([strides[:, 0] - int(0.2 * rate), strides[:, 0] + int(0.2 * rate)])


def agreement(feet: list[Foot]) -> None:
    """Compare with what the original template and the pre-trained HMM find."""
    if original() is None:
        return
    references: dict[str, Callable] = {
        "BarthDtw, original template, gyr_ml": lambda: BarthDtw(original(use_cols=(COLUMN,))),
        "ConstrainedBarthDtw, original template, gyr_ml": lambda: ConstrainedBarthDtw(original(use_cols=(COLUMN,))),
        "pre-trained HMM (Roth et al.)": HmmStrideSegmentation,
    }
    open_template, walker = Templates(feet), mean_of_one_walker(feet)
    for title, make_reference in references.items():
        rows = []
        for foot in feet:
            reference = segment(make_reference(), foot)
            f1_rule = scores(reference, foot.strides, SAME_STRIDE_S, foot.sampling_rate_hz)[2]
            row: dict = {"foot": foot.name, "reference finds": len(reference), "its F1 (labels)": f"{f1_rule:.2f}"}
            for name, method in (
                ("BarthDtw, open", BarthDtw(open_template(foot))),
                ("calibrated", CalibratedBarthDtw(open_template(foot))),
                ("BarthDtw, mean of one walker", BarthDtw(walker)),
            ):
                values = scores(segment(method, foot), reference, SAME_STRIDE_S, foot.sampling_rate_hz)
                row[name] = " / ".join(f"{value:.2f}" for value in values)
            rows.append(row)
        print(f"### Agreement with {title}: precision / recall / F1 at ±100 ms\n\n" + table(rows) + "\n")


def choices(feet: list[Foot]) -> None:
    """Compare ways to make the template, and thresholds."""
    print("### How the template is made: F1 at ±100 ms, recording left out\n")
    rows = []
    for cutoff in (None, 15.0, 10.0, 6.0, 4.0, 3.0, 2.0):
        smoothing = None if cutoff is None else ButterworthFilter(2, cutoff)
        for name, average in (("mean", lambda series: series.mean(axis=0)), ("barycentre", None)):
            templates = Templates(feet, smoothing=smoothing, average=average)
            rows.append(
                {"smoothing": f"{cutoff:g} Hz" if cutoff else "none", "average of the feet": name}
                | _mean_and_worst(feet, "calibrated", lambda foot, t=templates: CalibratedBarthDtw(t(foot)))
                | _mean_and_worst(feet, "BarthDtw", lambda foot, t=templates: BarthDtw(t(foot)))
            )
    single = {
        foot.recording: LeftOutTemplate(data=train([f for f in feet if f.recording == foot.recording])) for foot in feet
    }

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
    for threshold in (0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7):
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


def emptiest_threshold(costs: NDArray[np.float64]) -> float:
    """Threshold with the fewest costs around it (Gaussian density, width 0.03), 0.5 where none are near."""
    thresholds = np.linspace(0.35, 0.65, 61)
    density = np.exp(-0.5 * ((thresholds[:, np.newaxis] - costs) / 0.03) ** 2).sum(axis=1)
    return float(thresholds[np.argmin(density + 0.01 * np.abs(thresholds - 0.5))])


def otsu_threshold(costs: NDArray[np.float64]) -> float:
    """Threshold with the largest variance between the two classes."""
    ordered = np.sort(np.minimum(costs, 1))
    n = np.arange(1, len(ordered))
    low = np.cumsum(ordered)[:-1] / n
    high = (ordered.sum() - np.cumsum(ordered)[:-1]) / (len(ordered) - n)
    split = int(np.argmax(n * (len(ordered) - n) * (high - low) ** 2))
    return float(ordered[split : split + 2].mean())


def _mean_and_worst(feet: list[Foot], name: str, make: Callable[[Foot], BarthDtw]) -> dict:
    values = [scores(segment(make(foot), foot), foot.strides, SAME_STRIDE_S, foot.sampling_rate_hz)[2] for foot in feet]
    return {f"{name} mean".strip(): f"{np.mean(values):.3f}", f"{name} worst foot".strip(): f"{min(values):.2f}"}


def copies(feet: list[Foot]) -> None:
    """Compare the strides of changed copies of a recording with those of the recording."""
    for name, make in (
        ("CalibratedBarthDtw", CalibratedBarthDtw),
        ("BarthDtw, open template", lambda: BarthDtw(OpenStrideTemplate())),
        ("BarthDtw, original template", None if original() is None else BarthDtw),
    ):
        if make is None:
            continue
        rows = []
        for foot in feet:
            expected = segment(make(), foot)
            rate = foot.sampling_rate_hz

            def f1(data: pd.DataFrame, new_rate: float, make=make, expected=expected, rate=rate) -> float:
                found = make().segment(data, new_rate).matches_start_end_.reshape(-1, 2)
                return scores(found, expected, TOLERANCE_S, rate, new_rate)[2]

            rows.append(
                {
                    "foot": foot.name,
                    "strides": len(expected),
                    "rescaled": min(f1(foot.data * scale, rate) for scale in SCALES),
                    "resampled": min(f1(resampled(foot.data, rate, new), new) for new in RATES_HZ),
                    "resampled, aliased": min(f1(resampled(foot.data, rate, new, False), new) for new in RATES_HZ),
                    "swapped": f1(swapped(foot.data), rate),
                }
            )
        print(f"### Changed copies, {name}: smallest F1 at ±30 ms (or one sample)\n\n" + table(rows) + "\n")


def resampled(data: pd.DataFrame, rate: float, new_rate: float, anti_aliasing: bool = True) -> pd.DataFrame:
    """Resample by linear interpolation, with or without a low-pass filter before."""
    values = data.to_numpy()
    if anti_aliasing and new_rate < rate:
        values = sosfiltfilt(butter(4, 0.4 * new_rate, fs=rate, output="sos"), values, axis=0)
    times, new_times = np.arange(len(data)) / rate, np.arange(int(len(data) * new_rate / rate)) / new_rate
    return pd.DataFrame(
        {name: np.interp(new_times, times, column) for name, column in zip(data, values.T, strict=True)}
    )


def swapped(data: pd.DataFrame) -> pd.DataFrame:
    """Take a left foot for a right one, or the reverse: the axes pa and si have the other sign."""
    return data.assign(gyr_pa=-data["gyr_pa"], gyr_si=-data["gyr_si"])


def l_walk(feet: list[Foot]) -> None:
    """Count the strides of the L-shaped walk."""
    foot = next(foot for foot in feet if foot.recording == "l_walk")
    methods: dict[str, BarthDtw] = {
        "CalibratedBarthDtw, template without this walk": CalibratedBarthDtw(Templates(feet)(foot))
    }
    methods["CalibratedBarthDtw"] = CalibratedBarthDtw()
    methods["BarthDtw, open template"] = BarthDtw(OpenStrideTemplate())
    if original() is not None:
        methods["BarthDtw, original template"] = BarthDtw()
        methods["BarthDtw, original template, gyr_ml"] = BarthDtw(original(use_cols=(COLUMN,)))
    rows = []
    for name, method in methods.items():
        strides = segment(method, foot)
        as_left = method.segment(swapped(foot.data), foot.sampling_rate_hz).matches_start_end_
        values = scores(strides, foot.strides, SAME_STRIDE_S, foot.sampling_rate_hz)
        rows.append(
            {"method": name, "strides": len(strides), "taken for a left foot": len(as_left)}
            | dict(zip(("precision (rule, ±100 ms)", "recall", "F1"), values, strict=True))
        )
    print(f"### The L-shaped walk (400 Hz; {len(foot.strides)} strides by the rule)\n\n" + table(rows) + "\n")


SECTIONS = {
    "labels": labels,
    "left_out": left_out_scores,
    "agreement": agreement,
    "l_walk": l_walk,
    "copies": copies,
    "choices": choices,
}

if __name__ == "__main__":
    recordings = load_feet()
    for section in sys.argv[1:] or SECTIONS:
        SECTIONS[section](recordings)
