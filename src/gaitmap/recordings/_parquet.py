"""Parquet files: column names, columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gaitmap.recordings._errors import recording_error
from gaitmap.utils._imports import require

#: Name under which pandas writes an index without a name.
PARQUET_INDEX = "__index_level_0__"
_PURPOSE = "Reading Parquet files"
# Rows that are read at a time.
_CHUNK_ROWS = 2**16
# Bytes of each column that are read from the file at a time. Without it, whole columns of a row group are, which is all
# of a recording that was written in one.
_BUFFER_BYTES = 2**18


@dataclass(frozen=True)
class ParquetTable:
    """The rows of a Parquet file, read chunk by chunk.

    Attributes
    ----------
    path
        The file.
    labels
        Names of the columns, an index that was written with them included.
    row_group_ends
        Number of rows up to the end of each row group.
    """

    path: Path
    labels: tuple[str, ...]
    row_group_ends: tuple[int, ...]

    #: Row in which the first sample is, counted from 1.
    first_line = 1

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
            Not needed here: all rows of a Parquet file have the same columns.

        Yields
        ------
        first_row, columns
            Number of the first row, and ``{position: values}``.
        """
        parquet = require("pyarrow.parquet", _PURPOSE, extra="app")
        first_group = int(np.searchsorted(self.row_group_ends, start, side="right"))
        first_row = self.row_group_ends[first_group - 1] if first_group else 0
        groups = range(first_group, len(self.row_group_ends))
        # Read by name: nested columns would break a selection by number.
        names = [self.labels[position] for position in positions]
        try:
            with parquet.ParquetFile(self.path, buffer_size=_BUFFER_BYTES, pre_buffer=False) as file:
                for batch in file.iter_batches(_CHUNK_ROWS, row_groups=groups, columns=names):
                    if first_row + len(batch) > start:
                        found = batch.schema.names
                        columns = [batch.column(found.index(name)).to_pandas() for name in names]
                        yield first_row, dict(zip(positions, columns, strict=True))
                    first_row += len(batch)
        except (ValueError, OSError, NotImplementedError) as error:
            raise _damaged(self.path, error) from None


def open_parquet(path: Path) -> ParquetTable:
    """Read what the end of a Parquet file says about its columns and rows.

    Raises
    ------
    RecordingError
        If the file is damaged.
    """
    parquet = require("pyarrow.parquet", _PURPOSE, extra="app")
    try:
        with parquet.ParquetFile(path) as file:
            metadata = file.metadata
            lengths = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
            return ParquetTable(path, tuple(file.schema_arrow.names), tuple(np.cumsum(lengths, dtype=int).tolist()))
    except (ValueError, OSError, NotImplementedError) as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> Exception:
    return recording_error(
        path,
        "the Parquet file cannot be read",
        f"this problem: {(str(error).strip() or type(error).__name__).splitlines()[0]}",
        "a complete Parquet file",
        "Export or copy the recording again",
    )
