"""Parquet files: column names, columns."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from gaitmap.io._errors import recording_error
from gaitmap.utils._imports import require

#: Name under which pandas writes an index without a name.
PARQUET_INDEX = "__index_level_0__"
_PURPOSE = "Reading Parquet files"


def read_parquet_labels(path: Path) -> tuple[str, ...]:
    """Name the columns, an index that was written with them included.

    Raises
    ------
    RecordingError
        If the file is damaged.
    """
    parquet = require("pyarrow.parquet", _PURPOSE, extra="app")
    try:
        return tuple(parquet.read_schema(path).names)
    except (ValueError, OSError) as error:
        raise _damaged(path, error) from None


def read_parquet_columns(path: Path, labels: Sequence[str], positions: Sequence[int]) -> dict[int, pd.Series]:
    """Read some columns, by position."""
    parquet = require("pyarrow.parquet", _PURPOSE, extra="app")
    try:
        with parquet.ParquetFile(path) as file:
            # Read by name: nested columns would break a selection by number.
            table = file.read(columns=[labels[position] for position in positions])
        names = table.column_names
        return {position: table.column(names.index(labels[position])).to_pandas() for position in positions}
    except (ValueError, OSError) as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> Exception:
    return recording_error(
        path,
        "the Parquet file cannot be read",
        f"this problem: {str(error).strip().splitlines()[0]}",
        "a complete Parquet file",
        "Export or copy the recording again",
    )
