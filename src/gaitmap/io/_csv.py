"""Text files: delimiter, header rows, columns."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pandas as pd

from gaitmap.io._columns import count_axes, has_axis
from gaitmap.io._errors import recording_error

_EXPECTED = "a CSV file (comma, semicolon or tab between the columns) or a Parquet file"


@dataclass(frozen=True)
class CsvHeader:
    """How a text file is laid out; ``labels`` has one text per column, sensor and axis joined by a blank."""

    labels: tuple[str, ...]
    n_header_rows: int
    delimiter: str
    decimal: str
    last_row_is_cut: bool


def read_csv_header(path: Path) -> CsvHeader:
    """Find delimiter, decimal sign and header rows (one or two, and the row that names the index) of a text file.

    Lines above the header that are blank or start with "#" are skipped.

    Raises
    ------
    RecordingError
        If the file is empty or no text.
    """
    with path.open("rb") as file:
        head = file.read(65536)
    if not head.strip():
        raise recording_error(path, "the file is empty", "no content", _EXPECTED, "Export the recording again")
    if b"\x00" in head or not _is_text(head):
        raise recording_error(
            path,
            "the file is neither text nor Parquet",
            f"binary data (first bytes {head[:8]!r})",
            _EXPECTED,
            "Export the recording as CSV (as UTF-8 text) or Parquet",
        )
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        lines = list(islice(file, 50))
    # Blank lines and remarks of the recorder above the header.
    n_blank = next((i for i, line in enumerate(lines) if line.strip() and not _is_remark(line)), 0)
    delimiter = max(",;\t", key=lines[n_blank].count)
    rows = list(csv.reader(lines[n_blank:], delimiter=delimiter))
    n_header = _count_header_rows(rows)
    labels = _join_labels(rows[:n_header])
    if any(count_axes(label) > 1 for label in labels):
        raise recording_error(
            path,
            "the columns are not separated by comma, semicolon or tab",
            f"several columns in one: '{max(labels, key=count_axes)[:60]}...'",
            _EXPECTED,
            "Export the recording again with one of these delimiters",
        )
    if len(rows) > n_header and any(cell.strip() for cell in rows[n_header][len(labels) :]):
        raise recording_error(
            path,
            "the first row of numbers has more cells than the header",
            f"{len(rows[n_header])} cells under {len(labels)} column names",
            "one column name per cell",
            "Complete the header; if decimals are written with a comma, use semicolons between the columns",
        )
    if n_header and len(rows) > n_header and _is_index_name_row(rows[n_header]):
        labels[0] = rows[n_header][0]
        n_header += 1
    decimal = "," if delimiter != "," and any("," in cell for row in rows[n_header:] for cell in row) else "."
    return CsvHeader(
        tuple(labels), n_blank + n_header, delimiter, decimal, _last_row_is_cut(path, len(labels), delimiter)
    )


def read_csv_columns(path: Path, header: CsvHeader, positions: Sequence[int]) -> dict[int, pd.Series]:
    """Read some columns of a text file, by position; columns with text in them come back as text."""
    try:
        # All columns are read, since pandas accepts rows with too many cells when it is asked for some columns only.
        frame = pd.read_csv(
            path,
            header=None,
            names=range(len(header.labels)),
            skiprows=header.n_header_rows,
            sep=header.delimiter,
            decimal=header.decimal,
            encoding="utf-8-sig",
            encoding_errors="replace",
            skipinitialspace=True,
            index_col=False,
            low_memory=False,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise recording_error(
            path,
            "the rows cannot be read",
            f"this problem: {str(error).strip()}",
            f"{len(header.labels)} columns in every row",
            "Export the recording again",
        ) from None
    if header.last_row_is_cut:
        frame = frame.iloc[:-1]
    return {position: frame[position] for position in positions}


def _is_text(head: bytes) -> bool:
    control = sum(byte < 32 and byte not in b"\t\n\r\x0c" for byte in head)
    return control <= 0.01 * len(head)


def _is_remark(line: str) -> bool:
    return line.lstrip("\ufeff").startswith("#") and not has_axis(line)


def _count_header_rows(rows: list[list[str]]) -> int:
    for n, row in enumerate(rows[:2]):
        if any(has_axis(cell) for cell in row):
            return n + 1
    return 1


def _join_labels(rows: list[list[str]]) -> list[str]:
    """One label per column; the sensor name of a merged cell holds for the empty cells to its right."""
    if len(rows) == 1:
        return list(rows[0])
    top, bottom = rows
    labels = []
    sensor = ""
    for i, axis in enumerate(bottom):
        cell = top[i].strip() if i < len(top) else ""
        sensor = cell or sensor
        labels.append(f"{sensor if has_axis(axis) else cell} {axis}".strip())
    return labels


def _is_index_name_row(row: list[str]) -> bool:
    """Tell the third row of a frame with two column levels and a named index: it holds that name alone."""
    name = row[0].strip() if row else ""
    return not name[:1].isdigit() and len(row) > 1 and bool(name) and not any(cell.strip() for cell in row[1:])


def _last_row_is_cut(path: Path, n_columns: int, delimiter: str) -> bool:
    """Whether writing stopped in the middle of the last row (fewer cells, and no line end)."""
    with path.open("rb") as file:
        file.seek(0, 2)
        size = file.tell()
        file.seek(max(0, size - 65536))
        tail = file.read()
    if tail.endswith((b"\n", b"\r")):
        return False
    return tail.rsplit(b"\n", 1)[-1].count(delimiter.encode()) < n_columns - 1
