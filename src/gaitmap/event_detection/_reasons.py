"""Why an event or a stride is missing in the results of an event detection, in words."""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import pandas as pd

from gaitmap._kernels import events as codes

#: Code of the kernels -> text.
REASONS = {
    codes.NOT_FOUND: "the search found no such event",
    codes.BAD_BORDERS: "the borders of the stride are missing, negative or in the wrong order",
    codes.OUTSIDE: "the stride lies outside of the recording",
    codes.MISSING_SAMPLES: "samples are missing (NaN)",
    codes.SHORTER_THAN_WINDOW: "the stride is not longer than the min_vel search window",
    codes.TOO_SHORT_FOR_FILTER: "the gap-free signal is too short for the filter",
    codes.NO_ZERO_CROSSING: "gyr_ml does not change its sign",
    codes.NO_SEARCH_REGION: "the search region is empty (late swing peak, or stride too short)",
    codes.NO_RISE_AFTER_FALL: "gyr_ml does not rise after its steepest fall",
    codes.NO_ACC_REGION: "the acceleration search region is empty",
    codes.NO_MID_SWING: "gyr_ml has no mid-swing peak of the required prominence",
    codes.LATE_MID_SWING: "the mid-swing peak lies after 70 % of the stride",
    codes.NO_IC_REGION: "the filtered acceleration is lowest at the end of the stride",
    codes.NO_TC_REGION: "the stride is too short for the tc search region",
    codes.RULES_DISAGREE: "the rules for this event are too far apart",
}
OUT_OF_ORDER = "the events are missing or not in the order {order}"
NO_NEXT_STRIDE = "no stride follows directly, so there is no next mid-stance to end at"
MIN_VEL_NOT_FOUND = "min_vel of this or the next stride was not found"

# Not found in an otherwise sound stride: listed in the results, but no warning.
_SILENT = {codes.NO_ZERO_CROSSING, codes.NO_MID_SWING, codes.LATE_MID_SWING, codes.NO_IC_REGION, codes.RULES_DISAGREE}
_FAILURES = {text for code, text in REASONS.items() if code not in _SILENT}
_N_IDS_SHOWN = 5


class LeftOut:
    """Collects what is missing in the results of one sensor."""

    def __init__(self, stride_ids: pd.Index) -> None:
        self._ids = [stride_ids[:0]]
        self._missing: list[str] = []
        self._reasons: list[str] = []

    def add(self, stride_ids: pd.Index, missing: str, reason: str) -> None:
        """Add several strides that lack the same thing for the same reason."""
        self._ids.append(stride_ids)
        self._missing += [missing] * len(stride_ids)
        self._reasons += [reason] * len(stride_ids)

    def add_events(self, stride_ids: pd.Index, event_names: Sequence[str], reason_codes: np.ndarray) -> None:
        """Add the events with a code other than 0; one column of ``reason_codes`` per name."""
        rows, columns = np.nonzero(reason_codes)
        self._ids.append(stride_ids[rows])
        self._missing += [event_names[column] for column in columns.tolist()]
        self._reasons += [REASONS[code] for code in reason_codes[rows, columns].tolist()]

    def table(self) -> pd.DataFrame:
        """Lay out the result ``left_out_``."""
        ids = self._ids[0].append(self._ids[1:])
        columns = {"missing": self._missing, "reason": self._reasons}
        return pd.DataFrame(columns, index=ids, dtype="str")


def failure_warning(left_out: Mapping[Hashable, pd.DataFrame], n_strides: Mapping[Hashable, int]) -> str | None:
    """Sum up over all sensors what deserves a warning; the key None stands for a recording of one sensor."""
    lines: list[str] = []
    events: set[str] = set()
    for sensor, table in left_out.items():
        failed = table[table["reason"].isin(_FAILURES)]
        if failed.empty:
            continue
        for reason, strides in failed.groupby("reason", sort=False):
            ids = list(dict.fromkeys(strides.index))
            shown = ", ".join(str(stride_id) for stride_id in ids[:_N_IDS_SHOWN])
            more = ", ..." if len(ids) > _N_IDS_SHOWN else ""
            where = "" if sensor is None else f"{sensor}: "
            names = list(dict.fromkeys(strides["missing"]))
            events.update(names)
            lines.append(
                f"{where}{len(ids)} of {n_strides[sensor]} strides (s_id {shown}{more}) without {', '.join(names)}: "
                f"{reason}."
            )
    if not lines:
        return None
    what = "IC" if "ic" in events else "Event"
    return "\n".join([f"{what} detection failed for some strides; `left_out_` lists all of them.", *lines])
