"""Text files: delimiter, header rows, columns."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pandas as pd

from gaitmap.recordings._columns import count_axes, has_axis
from gaitmap.recordings._errors import recording_error

# Rows that are read at a time: enough to be fast, few enough to need little memory.
_CHUNK_ROWS = 2**16
_EXPECTED = "a CSV file (comma, semicolon or tab between the columns) or a Parquet file"


@dataclass(frozen=True)
class CsvHeader:
    """How a text file is laid out.

    Attributes
    ----------
    labels
        One text per column, sensor and axis joined by a blank.
    n_header_rows
        Lines above the first sample.
    n_cells
        Cells of the first sample; there may be fewer than labels, or more, which are empty.
    delimiter, decimal
        Signs between columns and decimals.
    last_row_is_cut
        Whether writing stopped in the middle of the last row.
    """

    labels: tuple[str, ...]
    n_header_rows: int
    n_cells: int
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
    try:
        rows = list(csv.reader(lines[n_blank:], delimiter=delimiter))
    except csv.Error as error:
        raise recording_error(
            path,
            "the first lines cannot be read as a table",
            f"this problem: {error}",
            _EXPECTED,
            "Export the recording again, one sample per line",
        ) from None
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
        labels=tuple(labels),
        n_header_rows=n_blank + n_header,
        n_cells=len(rows[n_header]) if len(rows) > n_header else len(labels),
        delimiter=delimiter,
        decimal=decimal,
        last_row_is_cut=_last_row_is_cut(path, len(labels), delimiter),
    )


@dataclass(frozen=True)
class CsvTable:
    """The rows of a text file, read chunk by chunk; columns with text in them come back as text."""

    path: Path
    header: CsvHeader

    @property
    def labels(self) -> tuple[str, ...]:
        """One text per column."""
        return self.header.labels

    @property
    def first_line(self) -> int:
        """Line of the file, counted from 1, in which the first sample is."""
        return self.header.n_header_rows + 1

    def chunks(
        self, positions: Sequence[int], *, start: int = 0, check_rows: bool = False
    ) -> Iterator[tuple[int, dict[int, pd.Series]]]:
        """Read some columns, by position.

        Parameters
        ----------
        positions
            Which columns.
        start
            Row from which on the columns are needed; the first chunk may begin before it.
        check_rows
            Refuse rows with too many cells. Needs all columns, as pandas accepts such rows when it is asked for some
            columns only, and takes twice as long.

        Yields
        ------
        first_row, columns
            Number of the first row, and ``{position: values}``. The chunks begin in the same rows every time, so that
            each cell is always read in the same company.
        """
        first_row = 0
        for frame in self._frames(None if check_rows else sorted(set(positions))):
            if first_row + len(frame) > start:
                yield first_row, {position: frame[position] for position in positions}
            first_row += len(frame)

    def _frames(self, columns: list[int] | None) -> Iterator[pd.DataFrame]:
        """Give all chunks, without the last row if that is cut."""
        last: pd.DataFrame | None = None
        n_columns = 0 if columns is None else max(columns) + 1
        if columns is None or n_columns > self.header.n_cells:
            # Rows without the last cells are accepted only where all columns are read. Cells without a label are empty.
            columns, n_columns = None, max(len(self.labels), self.header.n_cells)
        try:
            with pd.read_csv(
                self.path,
                header=None,
                names=range(n_columns),
                usecols=columns,
                skiprows=self.header.n_header_rows,
                sep=self.header.delimiter,
                decimal=self.header.decimal,
                encoding="utf-8-sig",
                encoding_errors="replace",
                skipinitialspace=True,
                index_col=False,
                low_memory=False,
                chunksize=_CHUNK_ROWS,
            ) as reader:
                for frame in reader:
                    if last is not None:
                        yield last
                    last = frame
        except (pd.errors.ParserError, pd.errors.EmptyDataError, OSError, ValueError) as error:
            raise recording_error(
                self.path,
                "the rows cannot be read",
                f"this problem: {str(error).strip()}",
                f"{len(self.labels)} columns in every row",
                "Export the recording again",
            ) from None
        if last is not None:
            yield last.iloc[:-1] if self.header.last_row_is_cut else last


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
