"""Delimited text as makers write it: text above the header, names, a row of units, numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from gaitmap.recordings._errors import recording_error
from gaitmap.utils._imports import require

_HEAD_BYTES = 65536
_MOST_LINES_ABOVE = 60
_DELIMITERS = ("\t", ";", ",", "|")
_NUMBER = re.compile(r"^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?$|^[+-]?(nan|inf|na|n/a|null|none)$", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class TextTable:
    """A table in a text file.

    Attributes
    ----------
    path
        The file.
    above
        Lines above the header, without those that only name the delimiter.
    names
        Names of the columns.
    units
        A unit per column where the file has a row of them; else empty.
    frame
        The content; columns by number. Numbers are float, what is no number is text.
    last_row_is_cut
        Whether the last row has fewer cells than the others, and was left out.
    """

    path: Path
    above: tuple[str, ...]
    names: tuple[str, ...]
    units: tuple[str, ...]
    frame: pd.DataFrame = field(repr=False)

    def number(self, column: int) -> np.ndarray:
        """Values of a column as numbers; what is none is NaN."""
        return pd.to_numeric(self.frame[column], errors="coerce").to_numpy(dtype=float)

    def find(self, *names: str) -> int | None:
        """Find the number of the first column with one of these names (case, spaces and underscores aside)."""
        plain = [plain_name(name) for name in self.names]
        return next((plain.index(name) for name in map(plain_name, names) if name in plain), None)

    def said(self, pattern: str) -> str | None:
        """Search a pattern in the lines above."""
        found = re.search(pattern, "\n".join(self.above), re.IGNORECASE)
        return found[1].strip() if found else None


def plain_name(name: str) -> str:
    """Letters and digits of a name alone."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@dataclass(frozen=True)
class TextHead:
    """How a delimited text is laid out, found out from its first lines."""

    encoding: str
    delimiter: str
    header_line: int
    above: tuple[str, ...]
    names: tuple[str, ...]
    units: tuple[str, ...]
    first_line: int
    decimal: str


def decoding_of(head: bytes) -> str:
    """Tell the encoding of a text from its first bytes."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        head[: head.rfind(b"\n") + 1 or len(head)].decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def find_head(head: bytes) -> TextHead | None:
    """Find header, units and delimiter; None if this is no table of numbers."""
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    encoding = decoding_of(head)
    lines = re.split(r"\r\n|\n|\r", head.decode(encoding, "replace"))
    if len(head) >= _HEAD_BYTES:
        lines = lines[:-1]  # may be cut
    named = next((m[1] for line in lines[:3] if (m := re.match(r"^\"?sep=(.)\"?$", line.strip()))), None)
    for delimiter in (named,) if named else _DELIMITERS:
        found = _find_header(lines, delimiter)
        if found is not None:
            at, names, units, first, decimal = found
            above = tuple(
                line for line in lines[:at] if line.strip() and not line.lower().startswith(("sep=", '"sep='))
            )
            return TextHead(encoding, delimiter, at, above, names, units, first, decimal)
    return None


def _cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip().strip('"').strip() for cell in line.split(delimiter)]


def _is_number_row(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return len(filled) >= 3 and sum(bool(_NUMBER.match(cell)) for cell in filled) >= 0.6 * len(filled)


def _find_header(lines: list[str], delimiter: str) -> tuple[int, tuple[str, ...], tuple[str, ...], int, str] | None:
    """Find the first row of numbers, and the names (and units) right above it."""
    for first, line in enumerate(lines[: _MOST_LINES_ABOVE + 3]):
        cells = _cells(line, delimiter)
        if not _is_number_row(cells):
            continue
        above = [k for k in range(first - 1, -1, -1) if lines[k].strip()][:2]
        rows = [_cells(lines[k], delimiter) for k in above]
        if not rows or _is_number_row(rows[0]) or not any(rows[0]) or any(cells[len(rows[0]) + 1 :]):
            return None
        units: tuple[str, ...] = ()
        at, names = above[0], rows[0]
        if len(rows) > 1 and abs(len(rows[1]) - len(names)) <= 1 and _are_units(names) and not _are_units(rows[1]):
            at, names, units = above[1], rows[1], tuple(cell.strip("[]() ") for cell in rows[0])
        comma = delimiter != "," and any("," in cell and _NUMBER.match(cell) for cell in cells)
        return at, tuple(names), units, first, "," if comma else "."
    return None


_UNIT_WORDS = re.compile(
    r"^[\[(]?\s*(|-|no[_ ]?units?|[unm]?s|sec(onds)?|m?g|m/?\(?s(\^?2|²|\*\*2)\)?|m/s/s|deg/?s(ec)?|°/s|dps|rad/?s|"
    r"[unm]?t|mbar|h?pa|kpa|degree c|°c|c|deg|rad|gauss|flux\*?|local|m?v|mvolts?|counts?|hz|%|cal|raw|m)\s*[\])]?\**$",
    re.IGNORECASE,
)


def _are_units(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell.strip("[]() ")]
    return len(filled) >= 2 and all(_UNIT_WORDS.match(cell) for cell in cells)


def read_text_table(path: Path, head: TextHead) -> TextTable:
    """Read the whole table; blank lines are rows without values."""
    table = _parse(path, head, head.decimal)
    if head.decimal == "." and head.delimiter != "," and _has_decimal_commas(table):
        table = _parse(path, head, ",")
    while len(table) and table.iloc[-1].isna().all():
        table = table.iloc[:-1]
    names = (*head.names, *("" for _ in range(table.shape[1] - len(head.names))))[: table.shape[1]]
    units = (
        (*head.units, *("" for _ in range(table.shape[1] - len(head.units))))[: table.shape[1]] if head.units else ()
    )
    return TextTable(path, head.above, tuple(names), tuple(units), table)


def parquet_table(path: Path) -> TextTable:
    """Read a Parquet file as such a table; an index that is not just numbered is its first column."""
    require("pyarrow", "Reading Parquet files", extra="app")
    frame = pd.read_parquet(path)
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    names = tuple("_".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in frame.columns)
    frame.columns = pd.RangeIndex(frame.shape[1])
    return TextTable(path, (), names, (), frame)


def _parse(path: Path, head: TextHead, decimal: str) -> pd.DataFrame:
    width = len(head.names)
    try:
        table = pd.read_csv(
            path,
            sep=head.delimiter,
            header=None,
            skiprows=head.first_line,
            names=range(width + 1),
            index_col=False,
            encoding=head.encoding,
            encoding_errors="replace",
            decimal=decimal,
            skip_blank_lines=False,
            na_values=["-", "NULL", "null", "n/a"],
            low_memory=False,
            skipinitialspace=True,
        )
    except (pd.errors.ParserError, ValueError, UnicodeError) as error:
        raise recording_error(
            path, "the table is damaged", str(error).splitlines()[0], f"{width} cells in each row", "Export it again"
        ) from error
    return table.iloc[:, :-1] if table[width].isna().all() else table


def _has_decimal_commas(table: pd.DataFrame) -> bool:
    """Look for numbers with a comma in all columns that did not become numbers."""
    for column in table.columns:
        if not pd.api.types.is_numeric_dtype(table[column].dtype):
            texts = table[column].dropna().astype(str)
            if len(texts) and texts.str.fullmatch(r"[+-]?\d*,\d+([eE][+-]?\d+)?").any():
                return True
    return False
