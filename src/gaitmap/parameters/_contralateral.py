"""Which events of the other foot belong to a gait cycle."""

from typing import NamedTuple

import numpy as np

#: Initial contacts of one foot closer than this are the same one, told by two neighbouring strides [s].
_SAME_CONTACT_S = 0.02


class FootEvents(NamedTuple):
    """Cycles of one foot (NaN for a missing event) and all of its contacts, sorted; all times in s."""

    ic_start: np.ndarray
    tc: np.ndarray
    ic_end: np.ndarray
    all_ic: np.ndarray
    all_tc: np.ndarray


def pool_events(ic_start: np.ndarray, tc: np.ndarray, ic_end: np.ndarray) -> FootEvents:
    """Collect all contacts of one foot from the events of its strides."""
    all_ic = np.unique(np.concatenate([ic_start, ic_end]))
    all_ic = all_ic[np.isfinite(all_ic)]
    is_new = np.diff(all_ic, prepend=-np.inf) >= _SAME_CONTACT_S
    all_tc = np.unique(tc[np.isfinite(tc)])
    return FootEvents(ic_start, tc, ic_end, all_ic[is_new], all_tc)


def find_contralateral_events(own: FootEvents, other: FootEvents) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Terminal and initial contact of the other foot during the stance of each cycle, and why there are none.

    In walking the other foot leaves the floor and lands again while the own foot stands, exactly once. Where that is
    not so, both times are NaN and the reason is not empty.
    """
    ic, tc, ic_end = own.ic_start, own.tc, own.ic_end
    n_tc, first_tc = _inside(other.all_tc, ic, tc)
    n_ic, first_ic = _inside(other.all_ic, ic, tc)
    n_own, _ = _inside(own.all_ic, ic + _SAME_CONTACT_S, ic_end - _SAME_CONTACT_S)
    # Both feet are off the floor at once if the other one swings while this one lands or leaves.
    longest = ic_end - ic
    no_double_support = ((n_tc == 0) & _in_swing(other, ic, longest)) | ((n_ic == 0) & _in_swing(other, tc, longest))

    reason = np.select(
        [
            ~(np.isfinite(ic) & np.isfinite(tc) & np.isfinite(ic_end)),
            ~((ic < tc) & (tc < ic_end)),
            (n_tc > 1) | (n_ic > 1) | (n_own > 0),
            no_double_support,
            (n_tc == 0) | (n_ic == 0) | ~(first_tc < first_ic),
        ],
        ["missing_event", "event_order", "multiple_events", "no_double_support", "missing_event"],
        default="",
    ).astype(object)
    valid = reason == ""
    return np.where(valid, first_tc, np.nan), np.where(valid, first_ic, np.nan), reason


def _inside(events: np.ndarray, begin: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count the events strictly between begin and end; also return the first event after begin (NaN: none)."""
    first = np.searchsorted(events, begin, side="right")
    return np.searchsorted(events, end, side="left") - first, np.append(events, np.nan)[first]


def _in_swing(foot: FootEvents, time: np.ndarray, longest: np.ndarray) -> np.ndarray:
    """Whether the foot is off the floor: between a terminal and the next initial contact, ``longest`` apart at most."""
    last_tc, next_tc = _around(foot.all_tc, time)
    last_ic, next_ic = _around(foot.all_ic, time)
    return (last_tc > last_ic) & (next_ic < next_tc) & (next_ic - last_tc <= longest)


def _around(events: np.ndarray, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the last event up to a time and the next one after it."""
    position = np.searchsorted(events, time, side="right")
    padded = np.concatenate([[-np.inf], events, [np.inf]])
    return padded[position], padded[position + 1]
