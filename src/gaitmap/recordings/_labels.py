"""Labels: strides, events and artefacts that a person marked, as one plain table."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gaitmap.recordings._errors import recording_error
from gaitmap.recordings._labels_foreign import read_foreign
from gaitmap.utils._checks import check_sampling_rate
from gaitmap.utils._imports import require
from gaitmap.utils._text_out import from_csv_texts, write_csv
from gaitmap.utils.exceptions import ValidationError

KINDS = ("stride", "event", "artefact", "bout")
EVENTS = ("ic", "tc", "min_vel")
#: Columns that hold a time; each stands in samples, and with ``_s`` in seconds.
TIMES = ("start", "end", *EVENTS)
#: dtypes of a table of labels.
LABEL_DTYPES: dict[str, str] = {
    "foot": "str",
    "kind": "str",
    **dict.fromkeys(TIMES, "Int64"),
    **dict.fromkeys([f"{time}_s" for time in TIMES], "float64"),
    "rater": "str",
    "comment": "str",
}
_FEET = ("left", "right")


def read_labels(path: str | Path, sampling_rate_hz: float, *, rater: str | None = None) -> pd.DataFrame:
    """Read labels of a recording.

    Parameters
    ----------
    path
        A table as :func:`write_labels` writes it (CSV or Parquet; times in samples, in s with the ending ``_s``, or
        both), an export of BORIS (tabular or aggregated events), a tab-delimited text of ELAN, or a Praat TextGrid.
        Which one it is is found out from its content.
    sampling_rate_hz
        Sampling rate of the recording in Hz.
    rater
        Who made the labels; None keeps what the file says.

    Returns
    -------
    DataFrame
        One row per label: ``foot`` ("left", "right"; empty for both), ``kind`` ("stride", "event", "artefact",
        "bout"), ``start, end, ic, tc, min_vel`` in samples (end exclusive, missing where not marked), the same in s
        (``start_s`` ...), ``rater``, ``comment``. Sorted by start.

    Raises
    ------
    RecordingError
        If the file is none of these, or a label ends before it starts.
    ValueError
        If the sampling rate is not positive.

    Notes
    -----
    Words of foreign tiers and behaviours are taken by their meaning: "left", "right", "L", "R" for the foot, "stride",
    "IC" / "initial contact" / "heel strike", "TC" / "toe off", "mid stance", "artefact", "bout" for what it is. Labels
    with other words are kept as ``kind`` "event" with the word as ``comment``.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"foot": ["left"], "kind": ["stride"], "start_s": [1.0], "end_s": [2.1]})
    >>> table.to_csv(path)  # doctest: +SKIP
    >>> read_labels(path, sampling_rate_hz=100.0)[["start", "end"]].iloc[0].tolist()  # doctest: +SKIP
    [100, 210]
    """
    check_sampling_rate("read_labels", sampling_rate_hz)
    path = Path(path)
    try:
        table = read_foreign(path)
        if table is None:
            table = _read_plain(path)
        labels = _complete(table, sampling_rate_hz)
    except (ValidationError, ImportError, FileNotFoundError):
        raise
    except (ValueError, KeyError, OSError, UnicodeError) as error:
        raise recording_error(
            path,
            "no labels can be read",
            f"{type(error).__name__}: {error}",
            "a table with the columns foot, kind, start, end, or an export of BORIS, ELAN or Praat",
            "Write it as gaitmap.recordings.write_labels does",
        ) from error
    if rater is not None:
        labels["rater"] = rater
    _check(labels, path)
    return labels


def write_labels(labels: pd.DataFrame, path: str | Path, sampling_rate_hz: float) -> Path:
    """Write labels as a plain table, which any program reads.

    Parameters
    ----------
    labels
        A table of labels as :func:`read_labels` returns it; columns that are missing are filled in.
    path
        Where to write; ``.parquet`` writes Parquet, everything else CSV.
    sampling_rate_hz
        Sampling rate of the recording in Hz.

    Returns
    -------
    Path
        The path.

    Raises
    ------
    RecordingError
        If a label ends before it starts.
    """
    check_sampling_rate("write_labels", sampling_rate_hz)
    path = Path(path)
    table = _complete(labels, sampling_rate_hz)
    _check(table, path)
    if path.suffix == ".parquet":
        require("pyarrow", "Writing Parquet files", extra="app")
        table.to_parquet(path, index=False)
    else:
        write_csv(table, path, float_format="%.6f")
    return path


def stride_lists_of(labels: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Turn the strides among labels into ``{foot: stride list}``.

    Parameters
    ----------
    labels
        A table of labels, as :func:`read_labels` returns it.

    Returns
    -------
    dict
        For each foot with strides: index ``s_id``, ``start``, ``end``, and the events that were marked in all strides.
    """
    lists = {}
    strides = labels[labels["kind"] == "stride"]
    for foot in _FEET:
        own = strides[strides["foot"] == foot].sort_values("start", kind="stable")
        if len(own):
            columns = ["start", "end", *(event for event in EVENTS if own[event].notna().all())]
            lists[foot] = own[columns].astype("int64").reset_index(drop=True).rename_axis("s_id")
    return lists


def _read_plain(path: Path) -> pd.DataFrame:
    with path.open("rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    if is_parquet:
        require("pyarrow", "Reading Parquet files", extra="app")
        return pd.read_parquet(path)
    return from_csv_texts(pd.read_csv(path, sep=None, engine="python", encoding="utf-8-sig"))


def _complete(table: pd.DataFrame, sampling_rate_hz: float) -> pd.DataFrame:
    """Fill in the columns that are missing: seconds from samples, samples from seconds."""
    columns: dict[str, Any] = {}
    for time in TIMES:
        samples = _numbers(table, time)
        seconds = _numbers(table, f"{time}_s")
        seconds = np.where(np.isnan(seconds), samples / sampling_rate_hz, seconds)
        samples = np.where(np.isnan(samples), np.round(seconds * sampling_rate_hz), samples)
        columns[time] = pd.array(samples).astype("Int64")
        columns[f"{time}_s"] = seconds
    for name in ("foot", "kind", "rater", "comment"):
        texts = table[name] if name in table else pd.Series("", index=table.index)
        columns[name] = texts.fillna("").astype(str).to_numpy()
    if "kind" not in table:
        columns["kind"] = np.full(len(table), "stride")
    complete = pd.DataFrame({name: columns[name] for name in LABEL_DTYPES}).astype(LABEL_DTYPES)
    return complete.sort_values("start_s", kind="stable", ignore_index=True)


def _numbers(table: pd.DataFrame, name: str) -> np.ndarray:
    if name not in table:
        return np.full(len(table), np.nan)
    return table[name].astype("Float64").to_numpy(dtype=float, na_value=np.nan)


def _check(labels: pd.DataFrame, path: Path) -> None:
    """Check feet, kinds, and that nothing ends before it starts."""
    wrong = None
    has_foot = labels["foot"].isin([*_FEET, ""])
    has_kind = labels["kind"].isin(KINDS)
    is_ordered = ~((labels["end_s"] < labels["start_s"]) | labels["start_s"].isna())
    for is_right, what, expected in (
        (has_foot, "foot", "'left', 'right' or nothing"),
        (has_kind, "kind", f"one of {', '.join(KINDS)}"),
        (is_ordered, "end_s", "a start, and an end that is not before it"),
    ):
        if not is_right.all() and wrong is None:
            row = int(np.flatnonzero(~is_right)[0])
            wrong = row, what, labels[what].iloc[row], expected
    if wrong is not None:
        row, what, value, expected = wrong
        shown = f"{value:g}" if isinstance(value, float) else repr(value)
        raise recording_error(
            path,
            f"a label is wrong in the column '{what}'",
            f"{shown} in label {row + 1} of {len(labels)} (from {labels['start_s'].iloc[row]:g} s)",
            expected,
            "Correct it where it was made",
        )
