"""Labels from programs for annotation: BORIS, ELAN, Praat."""

import csv
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pandas as pd

_WORDS = {
    "ic": ("ic", "initialcontact", "heelstrike", "heelcontact", "footstrike", "hs"),
    "tc": ("tc", "terminalcontact", "toeoff", "footoff", "to"),
    "min_vel": ("minvel", "midstance", "footflat"),
    "stride": ("stride", "strides", "gaitcycle", "schritt", "doppelschritt"),
    "artefact": ("artefact", "artifact", "noise", "exclude", "bad"),
    "bout": ("bout", "walk", "walking", "walkingbout", "gait"),
}
_FOOT_WORDS = {
    **dict.fromkeys(("left", "l", "lf", "links"), "left"),
    **dict.fromkeys(("right", "r", "rf", "rechts"), "right"),
}
_POINT_EVENTS = ("ic", "tc", "min_vel")
_QUOTED = r'"((?:[^"]|"")*)"'


def read_foreign(path: Path) -> pd.DataFrame | None:
    """Read an export of one of these programs into label columns (times in s); None if it is none of them."""
    with path.open("rb") as file:
        head = file.read(65536)
    if b'"TextGrid"' in head or b"T\x00e\x00x\x00t\x00G\x00r\x00i\x00d" in head:
        return pd.DataFrame(_text_grid(_decoded(path)))
    if head.startswith(b"PAR1"):
        return None
    rows = _rows(_decoded(path))
    header = next((k for k, row in enumerate(rows) if _is_boris_header(row)), None)
    if header is not None:
        return pd.DataFrame(_boris(rows[header], rows[header + 1 :]))
    if rows and all(_is_elan_row(row) for row in rows):
        return pd.DataFrame(_elan(rows))
    return None


def meaning_of(*texts: str) -> dict[str, str]:
    """Find foot and kind, or event, in the names of a tier or behaviour and its label."""
    words = [word for text in texts for word in re.findall(r"[a-zäöü]+", text.lower())]
    joined = [*words, *(first + second for first, second in pairwise(words))]
    foot = next((_FOOT_WORDS[word] for word in words if word in _FOOT_WORDS), "")
    what = next((name for name, known in _WORDS.items() for word in joined if word in known), None)
    kind = what if what in ("stride", "artefact", "bout") else "event"
    return {"foot": foot, "kind": kind or "event", "event": what if what in _POINT_EVENTS else ""}


def _label(start: float, end: float, *texts: str, rater: str = "", comment: str = "") -> dict[str, object]:
    found = meaning_of(*texts)
    event = found.pop("event")
    label: dict[str, object] = {**found, "start_s": start, "end_s": end, "rater": rater}
    label["comment"] = comment or ("" if event or found["kind"] != "event" else " ".join(filter(None, texts)))
    if event:
        label[f"{event}_s"] = start
    return label


def _decoded(path: Path) -> str:
    raw = path.read_bytes()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16")
    return raw.decode("utf-8-sig", "replace")


def _rows(text: str) -> list[list[str]]:
    delimiter = "\t" if "\t" in text[:65536] else ","
    return [[cell.strip() for cell in row] for row in csv.reader(text.splitlines(), delimiter=delimiter) if any(row)]


def _is_boris_header(row: list[str]) -> bool:
    return "Behavior" in row and ("Time" in row or "Start (s)" in row)


def _boris(header: list[str], rows: list[list[str]]) -> list[dict[str, object]]:
    """Events of BORIS: states with start and stop in one row, or in two."""
    at = {name: k for k, name in enumerate(header)}

    def cell(row: list[str], *names: str) -> str:
        return next((row[at[name]] for name in names if name in at and at[name] < len(row)), "")

    labels: list[dict[str, object]] = []
    begun: dict[tuple[str, str], float] = {}
    for row in rows:
        subject, behaviour = cell(row, "Subject"), cell(row, "Behavior")
        rater, comment = cell(row, "Observer", "Coder"), cell(row, "Comment", "Comment start")
        if "Start (s)" in at:
            start, end = float(cell(row, "Start (s)")), cell(row, "Stop (s)")
            until = start if end in ("", "NA") else float(end)
            labels.append(_label(start, until, subject, behaviour, rater=rater, comment=comment))
            continue
        time, status = float(cell(row, "Time")), cell(row, "Status", "Behavior type").upper()
        if status == "START":
            begun[subject, behaviour] = time
        elif status == "STOP":
            start = begun.pop((subject, behaviour), time)
            labels.append(_label(start, time, subject, behaviour, rater=rater, comment=comment))
        else:
            labels.append(_label(time, time, subject, behaviour, rater=rater, comment=comment))
    if begun:
        (subject, behaviour), start = next(iter(begun.items()))
        raise ValueError(f"'{behaviour}' of '{subject}' begins at {start:g} s and has no end")
    return labels


def _is_elan_row(row: list[str]) -> bool:
    return len(row) >= 4 and sum(_seconds(cell) is not None for cell in row[1:-1]) >= 2


def _seconds(cell: str) -> float | None:
    """Seconds of hh:mm:ss.ms or ss.ms; None for other text."""
    if re.fullmatch(r"\d+:\d\d:\d\d(\.\d+)?", cell):
        hours, minutes, seconds = cell.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return float(cell) if re.fullmatch(r"\d+\.\d+", cell) else None


def _elan(rows: list[list[str]]) -> Iterator[dict[str, object]]:
    """Rows of ELAN: tier, participant, begin, end, (duration,) annotation; several formats of time side by side."""
    for row in rows:
        clock = [_seconds(cell) for cell in row[1:-1] if ":" in cell]
        times = [time for time in clock or map(_seconds, row[1:-1]) if time is not None]
        participant = row[1] if _seconds(row[1]) is None else ""
        yield _label(times[0], times[1], row[0], row[-1], rater=participant)


def _text_grid(text: str) -> Iterator[dict[str, object]]:
    """Tiers of a TextGrid in the long format: intervals and points."""
    for tier in re.split(r"item \[\d+\]:", text)[1:]:
        name = _quoted("name", tier)
        for interval in re.split(r"intervals \[\d+\]:", tier)[1:]:
            if label := _quoted("text", interval):
                yield _label(_number("xmin", interval), _number("xmax", interval), name, label)
        for point in re.split(r"points \[\d+\]:", tier)[1:]:
            time = _number("(?:time|number)", point)
            yield _label(time, time, name, _quoted("(?:mark|text)", point))


def _quoted(name: str, text: str) -> str:
    found = re.search(rf"\b{name}\s*=\s*{_QUOTED}", text)
    return found[1].replace('""', '"').strip() if found else ""


def _number(name: str, text: str) -> float:
    found = re.search(rf"\b{name}\s*=\s*([0-9.eE+-]+)", text)
    if found is None:
        raise ValueError(f"an entry of the TextGrid has no '{name}'")
    return float(found[1])
