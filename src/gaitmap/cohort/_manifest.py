"""The table of the recordings of a cohort: which files, how they are read, and what is known about them."""

import codecs
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from gaitmap.cohort._names import name_recording
from gaitmap.recordings._clock import parse_start_time
from gaitmap.recordings._options import given_options
from gaitmap.recordings._recording_file import ACC_UNITS, GYR_UNITS
from gaitmap.utils._imports import require
from gaitmap.utils.exceptions import ValidationError

#: Columns of a manifest that tell the reader how to read a recording: arguments of ``read_recording``.
READER_COLUMNS = ("sampling_rate_hz", "left", "right", "acc_unit", "gyr_unit", "start_time")
_OWN_COLUMNS = ("recording", "path", *READER_COLUMNS)
_RECORDING_ENDINGS = (".csv", ".parquet", ".pq")
_MAX_PROBLEMS_SHOWN = 50
#: Rows with the same problem that are named.
_MAX_ROWS_NAMED = 5
#: From this similarity on a column is taken for a misspelt one: "sampling_rate" has 0.90, "right_leg" 0.71.
_MISSPELT = 0.87
# A number without leading zeros ("007" is the name of a participant) that fits into a float.
_NUMBER = re.compile(r"[+-]?((0|[1-9]\d{0,14})(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


class ManifestError(ValidationError):
    """A manifest cannot be used; the message names all rows with problems."""


def read_manifest(
    source: str | Path | pd.DataFrame | Sequence[str | Path],
    *,
    defaults: Mapping[str, Any] | None = None,
    exclude: str | Path | None = None,
) -> pd.DataFrame:
    """Read the table of the recordings of a cohort.

    Parameters
    ----------
    source
        - A CSV or Parquet file, or a DataFrame, with one row per recording and the column ``path`` (relative to the
          folder of that file, or to the working directory). Optional: ``recording`` (its unique name), how to read it
          (``sampling_rate_hz, left, right, acc_unit, gyr_unit, start_time``, see
          :func:`gaitmap.recordings.read_recording`), and any further columns that describe it (participant,
          visit, condition ...).
        - A folder: all CSV and Parquet files directly in it.
        - A pattern such as ``"study/**/*.csv"``.
        - A list of files.
    defaults
        Reader options for the recordings for which the manifest has none.
    exclude
        Folder whose files are no recordings, such as the one of the results. Counts for folders and patterns.

    Returns
    -------
    DataFrame
        ``recording`` (unique; made from the path where it is not given), ``path`` (absolute), the reader options that
        are there, and the further columns as they are. CSV columns of numbers without leading zeros are numbers,
        others are texts; empty cells are missing.

    Raises
    ------
    ManifestError
        If the manifest is missing or cannot be read; or with all its problems at once, row by row (the header is row
        1, as in a spreadsheet): no path, the same name or path twice, unknown units, rates and times that are none,
        columns without a name, twice there, or of mixed kinds. Recordings that are missing are no problem here; they
        fail one by one.

    Examples
    --------
    >>> import pandas as pd
    >>> study = pd.DataFrame({"path": ["p1/walk.csv", "p2/walk.csv"], "participant": ["p1", "p2"]})
    >>> read_manifest(study)["recording"].to_list()
    ['p1_walk', 'p2_walk']
    """
    table, base, label = _read_source(source, exclude)
    problems = _Problems(label)
    table = _name_columns(table, problems)
    _check_kinds(table, problems)
    if "path" not in table.columns or not table.columns.is_unique or len(table) == 0:
        problems.raise_any()  # there is nothing to look into
    problems.rows = table.index
    table = table.reset_index(drop=True)
    for name, value in (defaults or {}).items():
        if value is not None:
            given = table[name] if name in table.columns else pd.Series(None, index=table.index, dtype=object)
            table[name] = given.astype(object).where(given.notna(), value)
    paths = _resolve_paths(table, base, problems)
    names = _name_recordings(table, paths, base, problems)
    for row, options in enumerate(map(_row_options, table.to_dict("records"))):
        problems.extend(row, _check_options(options))
    problems.raise_any()
    metadata = table[[name for name in table.columns if name not in _OWN_COLUMNS]]
    reader = table[[name for name in READER_COLUMNS if name in table.columns]]
    own = pd.DataFrame({"recording": names, "path": [str(path) for path in paths]}, dtype="str")
    return pd.concat([own, reader.astype(_reader_dtypes(reader)), metadata], axis=1)


def reader_options(row: Mapping[str, Any]) -> dict[str, float | str]:
    """Arguments of ``read_recording`` in a row of a manifest; those that say nothing new are left out."""
    return given_options(**_row_options(row))


class _Problems:
    """Collects what is wrong, to tell it all at once."""

    def __init__(self, label: str) -> None:
        self._label = label
        #: What is wrong -> the rows in which it is; none for what concerns the whole table.
        self._rows_of: dict[str, list[int]] = {}
        #: Where the rows were before empty ones were left out.
        self.rows: Sequence[int] = ()

    def add(self, text: str, row: int | None = None) -> None:
        rows = self._rows_of.setdefault(text, [])
        if row is not None:
            rows.append(row)

    def name(self, row: int) -> str:
        """Name a row as a spreadsheet does, where the header is row 1."""
        return f"row {self.rows[row] + 2}"

    def _where(self, rows: Sequence[int]) -> str:
        """Name the rows that have the same problem."""
        if len(rows) == 1:
            return self.name(rows[0])
        numbers = ", ".join(self.name(row).removeprefix("row ") for row in rows[:_MAX_ROWS_NAMED])
        n_more = len(rows) - _MAX_ROWS_NAMED
        return f"rows {numbers}" + (f" and {n_more} more" if n_more > 0 else "")

    def extend(self, row: int, texts: Iterable[str]) -> None:
        for text in texts:
            self.add(text, row)

    def raise_any(self) -> None:
        lines = [f"{self._where(rows)}: {text}" if rows else text for text, rows in self._rows_of.items()]
        if not lines:
            return
        shown = lines[:_MAX_PROBLEMS_SHOWN]
        n_more = len(lines) - len(shown)
        more = [f"and {n_more} more"] if n_more else []
        count = "1 problem" if len(lines) == 1 else f"{len(lines)} problems"
        raise ManifestError(f"{self._label} has {count}:\n" + "\n".join(f"- {line}" for line in [*shown, *more]))


def _read_source(
    source: str | Path | pd.DataFrame | Sequence[str | Path], exclude: str | Path | None
) -> tuple[pd.DataFrame, Path, str]:
    """Table, folder that its paths are relative to, and what to call it in messages."""
    if isinstance(source, pd.DataFrame):
        return _keep_index(source).reset_index(drop=True), Path.cwd(), "The manifest"
    if not isinstance(source, str | Path):
        paths = [Path(path).absolute() for path in source]
        base = Path(os.path.commonpath([path.parent for path in paths])) if paths else Path.cwd()
        return pd.DataFrame({"path": [str(path) for path in paths]}, dtype="str"), base, "The list of recordings"
    path = Path(source).expanduser()
    if path.is_file():
        return _read_file(path), path.absolute().parent, f"The manifest '{path}'"
    if path.is_dir():
        return _list_files(path, "*", exclude)
    if any(sign in str(source) for sign in "*?["):
        # The folder in front of the first wildcard.
        fixed = next(i for i, part in enumerate(path.parts) if any(sign in part for sign in "*?["))
        return _list_files(Path(*path.parts[:fixed]), str(Path(*path.parts[fixed:])), exclude)
    raise ManifestError(
        f"There is no manifest '{path}'. Expected a CSV or Parquet file with a column 'path', a folder with "
        "recordings, or a pattern such as 'study/**/*.csv'. Check the name and the folder."
    )


def _list_files(folder: Path, pattern: str, exclude: str | Path | None) -> tuple[pd.DataFrame, Path, str]:
    folder = folder.absolute()
    left_out = None if exclude is None else Path(exclude).absolute()
    files = [
        file
        for file in sorted(folder.glob(pattern))
        if file.suffix.lower() in _RECORDING_ENDINGS
        and file.is_file()
        and not (left_out is not None and file.is_relative_to(left_out))
    ]
    if not files:
        raise ManifestError(
            f"There are no CSV or Parquet files in '{folder}' that match '{pattern}'. Expected recordings. For those "
            f"in folders below, give a pattern such as '{folder}/**/*.csv', in quotation marks."
        )
    table = pd.DataFrame({"path": [str(file) for file in files]}, dtype="str")
    return table, folder, f"The folder '{folder}'"


def _read_file(path: Path) -> pd.DataFrame:
    """Read a table; its index counts the rows of the file below the header, empty ones included."""
    problem = "The manifest '{}' cannot be read ({}). Expected a CSV or Parquet file with a column 'path'."
    if path.suffix.lower() in (".xlsx", ".xls", ".ods"):
        raise ManifestError(problem.format(path, "it is a spreadsheet") + " Save it as CSV.")
    try:
        with path.open("rb") as file:
            start = file.read(4)
        encoding = "utf-16" if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
        if start == b"PAR1":
            require("pyarrow", "Reading Parquet files", extra="app")
            return _keep_index(pd.read_parquet(path, engine="pyarrow")).reset_index(drop=True)
        with path.open(encoding=encoding) as file:
            n_above, header = next(((i, line) for i, line in enumerate(file) if line.strip()), (0, ""))
        separator = max(",;\t", key=header.count)
        # Texts first: pandas would turn the participant "007" into 7 and one called "NA" into a missing value.
        cells = pd.read_csv(
            path,
            header=None,
            dtype="str",
            sep=separator,
            keep_default_na=False,
            na_values=[""],
            skipinitialspace=True,
            encoding=encoding,
            skiprows=n_above,
            skip_blank_lines=False,
        )
    except UnicodeDecodeError as error:
        raise ManifestError(
            problem.format(path, "it is not UTF-8 text")
            + " A spreadsheet program writes it as 'CSV UTF-8', or with the character set Unicode (UTF-8)."
        ) from error
    except (ValueError, OSError) as error:
        raise ManifestError(problem.format(path, str(error).strip().splitlines()[0])) from error
    table = cells.iloc[1:].set_axis(range(n_above, n_above + len(cells) - 1))
    table.columns = pd.Index(["" if pd.isna(name) else str(name) for name in cells.iloc[0]])
    # Spreadsheets leave empty rows and columns behind.
    table = table.loc[table.notna().any(axis=1), (table.columns != "") | table.notna().any().to_numpy()]
    # Where a semicolon separates cells, a comma separates decimals.
    converted = [_to_numbers(table.iloc[:, i], decimal="," if separator == ";" else ".") for i in range(table.shape[1])]
    return pd.concat(converted, axis=1)


def _keep_index(table: pd.DataFrame) -> pd.DataFrame:
    """Turn an index that has a name into a column."""
    named = [name for name in table.index.names if name is not None]
    return table.reset_index(level=named) if named else table


def _to_numbers(column: pd.Series, decimal: str) -> pd.Series:
    """Convert a column of texts where every text in it is a number."""
    texts = column.dropna().str.strip()
    if decimal != ".":
        texts = texts.str.replace(decimal, ".")
    if len(texts) == 0 or not texts.map(_NUMBER.fullmatch).notna().all():
        return column.str.strip()
    numbers = pd.to_numeric(texts)
    if len(texts) < len(column) and pd.api.types.is_integer_dtype(numbers):
        numbers = numbers.astype("Int64")
    return numbers.reindex(column.index)


def _name_columns(table: pd.DataFrame, problems: _Problems) -> pd.DataFrame:
    names = [str(name).strip() for name in table.columns]
    names = [name.lower() if name.lower() in _OWN_COLUMNS else name for name in names]
    if names and names[0] in ("", "Unnamed: 0") and list(table.iloc[:, 0]) == list(range(len(table))):
        table, names = table.iloc[:, 1:], names[1:]  # an index that was written with the table
    table = table.set_axis(pd.Index(names, dtype="str"), axis=1)
    for i, name in enumerate(names):
        if not name:
            problems.add(f"column {i + 1} has no name.")
        if name in names[:i]:
            problems.add(f"the column '{name}' is there twice.")
    if "path" not in names:
        problems.add(
            f"there is no column 'path' with the files of the recordings. Found the columns {', '.join(names)}. "
            "(A single recording is analysed with `gaitmap analyze`.)"
        )
    for name in names:
        if name not in _OWN_COLUMNS:
            similar = get_close_matches(name.lower(), _OWN_COLUMNS, n=1, cutoff=_MISSPELT)
            if similar:
                problems.add(f"there is a column '{name}'. Call it '{similar[0]}' if that is meant, else otherwise.")
    if len(table) == 0:
        problems.add("there are no recordings in it.")
    return table


def _check_kinds(table: pd.DataFrame, problems: _Problems) -> None:
    """Check that Parquet can hold every column."""
    arrow = require("pyarrow", "Writing Parquet files", extra="app")
    for name in [name for name in table.columns.unique() if name not in _OWN_COLUMNS]:
        column = table.loc[:, table.columns == name].iloc[:, 0]
        try:
            nested = arrow.types.is_nested(arrow.Array.from_pandas(column).type)
        except (arrow.ArrowException, ValueError, TypeError):
            nested = True
        if nested:
            problems.add(
                f"the column '{name}' holds values of different kinds. Expected numbers, texts, or dates alone."
            )


def _resolve_paths(table: pd.DataFrame, base: Path, problems: _Problems) -> list[Path]:
    paths = []
    for row, value in enumerate(table["path"]):
        if _is_missing(value) or not str(value).strip():
            problems.add("there is no path.", row)
            paths.append(base / problems.name(row))  # other problems are looked for nevertheless
            continue
        # Not resolved: names are made from the path as it is written, symbolic links included.
        parts = [
            os.path.normpath(base / Path(part.strip()).expanduser()) for part in str(value).split(";") if part.strip()
        ]
        paths.append(Path(";".join(parts)))
    return paths


def _name_recordings(table: pd.DataFrame, paths: Sequence[Path], base: Path, problems: _Problems) -> list[str]:
    given = table["recording"] if "recording" in table.columns else [None] * len(table)
    names = ["" if _is_missing(value) else str(value).strip() for value in given]
    first: dict[str, int] = {}
    for row, name in enumerate(names):
        if name and first.setdefault(name, row) != row:
            problems.add(f"the recording '{name}' is there twice, first in {problems.name(first[name])}.", row)
    unnamed: dict[Path, int] = {}
    taken = {name.casefold() for name in names}
    for row, path in enumerate(paths):
        if names[row]:
            continue
        if unnamed.setdefault(path, row) != row:
            problems.add(
                f"the file '{path}' is there twice, first in {problems.name(unnamed[path])}. Give both a name in the "
                "column 'recording' if that is meant.",
                row,
            )
        names[row] = name_recording(path, base, taken)
        taken.add(names[row].casefold())
    return names


def _row_options(row: Mapping[str, Any]) -> dict[str, Any]:
    options = {name: row[name] for name in READER_COLUMNS if name in row and not _is_missing(row[name])}
    texts = {name: str(value).strip() if isinstance(value, str) else value for name, value in options.items()}
    # Sensors may be called 1 and 2.
    return {name: str(value) if name in ("left", "right") else value for name, value in texts.items() if value != ""}


def _check_options(options: Mapping[str, Any]) -> Iterable[str]:
    rate = options.get("sampling_rate_hz")
    if rate is not None:
        try:
            valid = 0 < float(rate) < float("inf")
        except (TypeError, ValueError):
            valid = False
        if not valid:
            yield f"sampling_rate_hz must be a number above 0. Got {rate!r} instead."
    for name, allowed in (("acc_unit", ACC_UNITS), ("gyr_unit", GYR_UNITS)):
        if options.get(name) is not None and options[name] not in allowed:
            yield f"{name} must be {' or '.join(allowed)}. Got {options[name]!r} instead."
    if options.get("left") is not None and options["left"] == options.get("right"):
        yield f"left and right name the same sensor, {options['left']!r}."
    if options.get("start_time") is not None:
        try:
            parse_start_time(options["start_time"])
        except ValueError as error:
            yield f"start_time: {error}"


def _reader_dtypes(reader: pd.DataFrame) -> dict[str, str]:
    return {
        name: "float64" if name == "sampling_rate_hz" else "str"
        for name in reader.columns
        if not pd.api.types.is_datetime64_any_dtype(reader[name])
    }


def _is_missing(value: Any) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and pd.isna(value))
