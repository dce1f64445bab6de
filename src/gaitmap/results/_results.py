"""The folder with the results of one recording: writing and reading."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from gaitmap.base import parameter_term
from gaitmap.base._table_terms import STRIDE_TERMS
from gaitmap.results._errors import results_error
from gaitmap.results._identity import RunIdentity
from gaitmap.results._plain import to_plain
from gaitmap.results._staging import COMPLETE, RECORDING, check_own, staged
from gaitmap.results._statistics import CHOICES, FEET, STATISTICS_DTYPES, UNITS
from gaitmap.results._tables import STRIDE_DTYPES, TRAJECTORY_DTYPES
from gaitmap.utils._checks import check_option
from gaitmap.utils._imports import require
from gaitmap.utils._text_out import from_csv_texts, write_csv

FileFormat = Literal["parquet", "csv"]
_FORMATS = ("parquet", "csv")
# From 3.1 on pandas reads every float back exactly, and warns about the option that asks for it.
_EXACT_FLOATS: dict[str, Any] = (
    {} if tuple(int(part) for part in pd.__version__.split(".")[:2]) >= (3, 1) else {"float_precision": "round_trip"}
)
_TABLES = ("strides", "trajectory", "bouts", "turns", "days", "statistics")
_DTYPES: dict[str, dict[str, str]] = {
    "strides": STRIDE_DTYPES,
    "trajectory": TRAJECTORY_DTYPES,
    "statistics": STATISTICS_DTYPES,
    "turns": {"bout_id": "Int64"},
}
# Texts stay as they are: a recording may be called "NA".
_TEXTS = {"recording", "foot", "termination_reason", "level_share_reason", "direction", "date"}
_WHOLE = {"bout_id", "turn_id", "day", "start", "end"}
_OWNED = {
    COMPLETE,
    "summary.json",
    "provenance.json",
    "report.html",
    *_TABLES,
    *(f"{table}.{ending}" for table in _TABLES for ending in _FORMATS),
}


@dataclass(frozen=True, eq=False)
class Results:
    """The results of one recording, as they are in its folder.

    Attributes
    ----------
    strides
        One row per stride and foot (:func:`build_strides`). For writing also an iterable of such tables.
    summary
        Result of :func:`build_summary`.
    provenance
        Result of :func:`build_provenance`.
    trajectory
        Foot paths (:func:`build_trajectory`); None where they were not kept. For writing also an iterable of tables.
    tables
        Further tables by name: ``bouts``, ``turns``, ``days``, ``statistics``.
    """

    strides: pd.DataFrame | Iterable[pd.DataFrame]
    summary: dict[str, Any]
    provenance: dict[str, Any]
    trajectory: pd.DataFrame | Iterable[pd.DataFrame] | None = None
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)


def write_results(
    folder: str | Path,
    results: Results,
    *,
    file_format: FileFormat = "parquet",
    report: Callable[[Path], Any] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write the folder of a recording.

    Everything is written beside its place and moved there at the end, ``COMPLETE`` last; a stop on the way leaves what
    was there before, or a folder without ``COMPLETE``. What gaitmap wrote is listed with its hash in ``written.json``;
    only that is replaced, and whatever else is in the folder is left alone.

    Parameters
    ----------
    folder
        The folder; made if it is not there.
    results
        What to write. Tables given as iterables of tables are written as part files (``strides/part-00000.parquet``);
        the trajectory always is.
    file_format
        "parquet" (needs pyarrow) or "csv".
    report
        Writes the report to the path that it is called with.
    overwrite
        Replace complete results of another input or other parameters. Those of the same input and the same parameters
        are always replaced.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ResultsError
        If the folder cannot be written, holds complete results of another run, or something that gaitmap did not
        write has one of the names of results.
    """
    check_option("write_results", "file_format", file_format, _FORMATS)
    if file_format == "parquet":
        require("pyarrow", "Writing Parquet files", extra="app")
    folder = Path(folder)
    check_results_folder(folder, results.provenance, overwrite=overwrite)
    with staged(folder, _OWNED, RECORDING) as staging:
        _write_table(staging, "strides", results.strides, file_format)
        if results.trajectory is not None:
            parts = [results.trajectory] if isinstance(results.trajectory, pd.DataFrame) else results.trajectory
            _write_parts(staging / "trajectory", parts, file_format)
        for name, table in results.tables.items():
            check_option("write_results", "tables", name, _TABLES[2:])
            _write_table(staging, name, table, file_format)
        _write_json(staging / "summary.json", to_plain(results.summary))
        # Parameters may hold NaN or infinities, which only Python's JSON can hold and read again.
        _write_json(staging / "provenance.json", results.provenance)
        if report is not None:
            report(staging / "report.html")
    return folder


def check_results_folder(folder: str | Path, provenance: Mapping[str, Any], *, overwrite: bool = False) -> None:
    """Check, before the work starts, that results may be written to a folder.

    Parameters
    ----------
    folder
        The folder; need not exist.
    provenance
        Provenance of the run that will be written; its input and parameters count.
    overwrite
        Allow complete results of another run to be replaced.

    Raises
    ------
    ResultsError
        If it is no folder, holds complete results of another run and ``overwrite`` is False, or something that gaitmap
        did not write (or that was changed since) has one of the names of results, whatever ``overwrite`` is.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise results_error(folder, "this is a file", "a file", "a folder, or a new name", "Choose another name")
    check_own(folder, _OWNED, RECORDING)
    if overwrite or not (folder / COMPLETE).exists():
        return
    try:
        there = _read_json(folder / "provenance.json")
    except (OSError, ValueError):
        there = {}
    wanted, known = RunIdentity.of_provenance(provenance), RunIdentity.of_provenance(there)
    if wanted is None or not wanted.is_same_analysis(known):
        name = there.get("input", {}).get("name") or "an unknown recording"
        raise results_error(
            folder,
            "it holds the results of another run",
            f"complete results of '{name}' from {there.get('created', 'an unknown date')}",
            "an empty folder, or results of the same input, read in the same way, with the same parameters",
            "Choose another folder, or have these results replaced (overwrite=True, --overwrite on the command line)",
        )


def read_results(folder: str | Path, *, trajectory: bool = True) -> Results:
    """Read the folder of a recording.

    Parameters
    ----------
    folder
        The folder.
    trajectory
        Read the foot paths, too, where they were kept.

    Returns
    -------
    Results
        The tables with the dtypes with which they were written, from Parquet and from CSV.

    Raises
    ------
    ResultsError
        If the folder is missing, not finished, or damaged.
    """
    folder = Path(folder)
    if not (folder / COMPLETE).is_file():
        raise results_error(
            folder,
            "there are no finished results",
            "no file 'COMPLETE'" if folder.is_dir() else "no such folder",
            "a folder written by an analysis that came to its end",
            "Check the name, or run the analysis again",
        )
    try:
        provenance = _read_json(folder / "provenance.json")
        zone = provenance.get("input", {}).get("time_zone")
        strides = _read_table(folder, "strides", zone)
        if strides is None:
            raise FileNotFoundError(2, "no table of strides")
        return Results(
            strides=strides,
            summary=_read_json(folder / "summary.json"),
            provenance=provenance,
            trajectory=_read_table(folder, "trajectory", zone) if trajectory else None,
            tables={name: table for name in _TABLES[2:] if (table := _read_table(folder, name, zone)) is not None},
        )
    except (OSError, ValueError, KeyError) as error:
        raise results_error(
            folder,
            "it cannot be read",
            f"this problem: {str(error).splitlines()[0]}",
            "the files of a results folder, unchanged",
            "Run the analysis again",
        ) from error


def _write_table(
    folder: Path, name: str, table: pd.DataFrame | Iterable[pd.DataFrame], file_format: FileFormat
) -> None:
    if isinstance(table, pd.DataFrame):
        _write_file(folder / f"{name}.{file_format}", table, file_format)
    else:
        _write_parts(folder / name, table, file_format)


def _write_parts(folder: Path, parts: Iterable[pd.DataFrame], file_format: FileFormat) -> None:
    folder.mkdir()
    for i, part in enumerate(parts):
        _write_file(folder / f"part-{i:05d}.{file_format}", part, file_format)


def _write_file(path: Path, table: pd.DataFrame, file_format: FileFormat) -> None:
    if file_format == "csv":
        write_csv(table, path)
    else:
        table.to_parquet(path, index=False, engine="pyarrow")


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _read_json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def _read_table(folder: Path, name: str, zone: str | None) -> pd.DataFrame | None:
    """Read a table from its file, or from its part files; None if it is not there."""
    files = [path for path in (folder / f"{name}.{ending}" for ending in _FORMATS) if path.is_file()]
    files = files[:1] or sorted((folder / name).glob("part-*"))
    if not files:
        return None
    parts = [_read_csv(path, name, zone) if path.suffix == ".csv" else _read_parquet(path) for path in files]
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled, ignore_index=True)


def _read_parquet(path: Path) -> pd.DataFrame:
    require("pyarrow", "Reading Parquet files", extra="app")
    return pd.read_parquet(path, engine="pyarrow")


def _read_csv(path: Path, name: str, zone: str | None) -> pd.DataFrame:
    columns = [column for column in pd.read_csv(path, nrows=0).columns if column != "start_time"]
    dtypes = {column: _dtype_of(name, column) for column in columns}
    texts = {column for column, dtype in dtypes.items() if dtype in ("str", "category")}
    table = pd.read_csv(
        path,
        dtype={column: "str" if dtype == "category" else dtype for column, dtype in dtypes.items()},
        keep_default_na=False,
        na_values={column: ["", "NaN", "<NA>"] for column in [*columns, "start_time"] if column not in texts},
        **_EXACT_FLOATS,
    )
    table = from_csv_texts(table)
    if "start_time" in table:
        times = pd.to_datetime(table["start_time"], format="ISO8601", utc=True).dt.as_unit("us")
        table["start_time"] = times.dt.tz_convert(zone) if zone else times
    kinds = {column: pd.CategoricalDtype(_texts_of(column, table)) for column in texts if dtypes[column] != "str"}
    return table.astype(kinds)


def _dtype_of(table: str, column: str) -> str:
    known = _DTYPES.get(table, {})
    if column in known:
        return known[column]
    if column in _TEXTS:
        return "str"
    is_whole = table != "strides" and (column in _WHOLE or column.startswith("n_"))
    return "int64" if is_whole else "float64"


def _texts_of(column: str, statistics: pd.DataFrame) -> pd.Index:
    """Categories of a column of the statistics, in the order in which they were written."""
    fixed = {"unit": UNITS, "foot": FEET, "strides": CHOICES}
    if column in fixed:
        return pd.Index(fixed[column], dtype="str")
    found = set(statistics["parameter"])
    parameters = [name for name in STRIDE_TERMS if name in found]
    parameters += [name for name in statistics["parameter"].unique() if name not in STRIDE_TERMS]
    if column == "unit_of_measure":
        return pd.Index(list(dict.fromkeys(parameter_term(name).unit for name in parameters)), dtype="str")
    return pd.Index(parameters if column == "parameter" else statistics[column].unique(), dtype="str")
