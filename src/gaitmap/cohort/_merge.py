"""One table for all recordings of a cohort, from the results folders of the single ones."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from gaitmap.cohort._job import LOCKS, RECORDINGS, read_failure, read_provenance
from gaitmap.cohort._manifest import READER_COLUMNS, read_manifest
from gaitmap.cohort._names import folder_names
from gaitmap.cohort._summary_rows import feet_with_strides, summary_rows
from gaitmap.cohort._table_writer import Layout, TableWriter
from gaitmap.report import plotly_file, write_cohort_report
from gaitmap.results import _staging, build_provenance
from gaitmap.results._staging import COHORT, COMPLETE, check_no_link, check_own, staged
from gaitmap.utils._imports import require

#: Tables of the single recordings that are put together.
TABLES = ("strides", "bouts", "turns", "days", "statistics")
_OWNED = {
    COMPLETE,
    *(f"{name}.parquet" for name in (*TABLES, "summary", "recordings")),
    "provenance.json",
    "report.html",
}
#: Columns of the table of recordings behind the name and the columns of the manifest.
_RECORDING_COLUMNS = {
    "status": "text",
    "reason": "text",
    "path": "text",
    "folder": "text",
    "sampling_rate_hz": "number",
    "duration_s": "number",
    "start_time": "time",
    "time_zone": "text",
    "feet": "text",
    "n_strides_found_left": "count",
    "n_strides_found_right": "count",
    "n_strides_left": "count",
    "n_strides_right": "count",
    "findings": "texts",
    "warnings": "texts",
    "sha256": "text",
    "parameters_sha256": "text",
    "gaitmap_version": "text",
    "analysed": "time",
    "wall_time_s": "number",
}
_PURPOSE = "Merging results"
_NOT_YET = "There are no results yet: it was not analysed, or its analysis did not come to its end."


@dataclass(frozen=True, eq=False)
class CohortResult:
    """Where the results of a cohort are, and what became of each recording.

    Attributes
    ----------
    folder
        The folder.
    recordings
        The table ``recordings.parquet``: one row per recording of the manifest, see :func:`merge_results`.
    n_new
        Recordings analysed in this call; the others that are finished were so before.
    """

    folder: Path
    recordings: pd.DataFrame
    n_new: int = 0

    @property
    def n_finished(self) -> int:
        """Number of recordings with results."""
        return int((self.recordings["status"] == "finished").sum())

    @property
    def n_failed(self) -> int:
        """Number of recordings that failed."""
        return int((self.recordings["status"] == "failed").sum())

    @property
    def n_incomplete(self) -> int:
        """Number of recordings with results in which one foot, or both, have no analysed stride."""
        return int((self.recordings["feet"].dropna() != "left and right").sum())

    @property
    def n_missing(self) -> int:
        """Number of recordings without results that have not failed either."""
        return int((self.recordings["status"] == "missing").sum())


@dataclass
class _Entry:
    """A recording of the manifest and what is in its folder."""

    recording: str
    path: str
    folder: Path
    metadata: dict[str, Any]
    status: str = "finished"
    reason: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    def fail(self, error: Exception) -> None:
        """Note that its results cannot be used."""
        problem = str(error).strip().splitlines()
        self.status, self.facts = "failed", {}
        self.reason = (
            f"Its results cannot be read ({problem[0] if problem else type(error).__name__}). Analyse it again."
        )


def merge_results(out: str | Path, manifest: Any) -> CohortResult:
    """Merge the results folders of the recordings into tables of the whole cohort, and write its report.

    Parameters
    ----------
    out
        Folder of the cohort; the results of a recording are in ``recordings/<name>`` below it.
    manifest
        The recordings, as :func:`read_manifest` takes or returns them.

    Returns
    -------
    CohortResult
        Its table ``recordings`` has the columns ``recording``, the further columns of the manifest, ``status``
        ("finished", "failed", "missing"), ``reason``, ``path``, ``folder`` (relative to ``out``),
        ``sampling_rate_hz``, ``duration_s``, ``start_time`` (UTC), ``time_zone``, ``feet`` (with analysed strides:
        "left and right", "left", "right", "none"), ``n_strides_found_left``, ``n_strides_found_right``,
        ``n_strides_left``, ``n_strides_right`` (analysed), ``findings`` (about the quality of the data), ``warnings``,
        ``sha256`` of the file, ``parameters_sha256``, ``gaitmap_version``, ``analysed`` (UTC) and ``wall_time_s``.

    Raises
    ------
    ManifestError
        If the manifest has problems.
    ResultsError
        If the folder cannot be written.

    Notes
    -----
    ``strides``, ``bouts``, ``turns``, ``days`` and ``statistics`` are those of the recordings one below the other, with
    the further columns of the manifest behind ``recording``; ``summary`` has one row per recording and
    foot, and one for both.
    A column of the manifest whose name is in one of the tables already, in upper or lower case, is called ``meta_...``
    in all of them.
    Everything is written beside its place first. One recording is held in memory at a time.
    """
    out = Path(out)
    table = read_manifest(manifest, exclude=out)
    with only_writer(out):
        return merge(out, table)


@contextmanager
def only_writer(out: Path) -> Iterator[None]:
    """Hold the lock of the folder of a cohort, whose results may be replaced."""
    check_own(out, _OWNED, COHORT)
    check_no_link(out, out / LOCKS)
    check_no_link(out, out / RECORDINGS)
    with _staging.only_writer(out, out / LOCKS / "cohort"):
        yield


def merge(out: Path, table: pd.DataFrame, failed: Mapping[str, str] | None = None) -> CohortResult:
    """Merge the results of the recordings of a manifest that was read; ``failed`` are known to have failed, and why."""
    arrow = require("pyarrow", _PURPOSE, extra="app")
    own = ("recording", "path", *READER_COLUMNS)
    metadata = arrow.Table.from_pandas(table[[n for n in table.columns if n not in own]], preserve_index=False)
    entries = _look(out, table, metadata, failed or {})
    layouts = {name: layout for name, layout in _find_layouts(arrow, entries).items() if layout.columns}
    described = Layout()
    described.add(metadata.schema)
    new_names = _new_names(described.columns, layouts)
    described.rename(new_names)
    for entry in entries:
        entry.metadata = {new_names[name]: value for name, value in entry.metadata.items()}
    with staged(out, _OWNED, COHORT) as staging:
        _write_tables(arrow, staging, entries, layouts, described)
        recordings = _write_recordings(arrow, staging, entries, described)
        _write_provenance(staging, entries)
        write_cohort_report(
            staging / "report.html", staging, title=out.absolute().name, plotly_url=plotly_file(out).name
        )
    return CohortResult(out, recordings)


def _look(out: Path, table: pd.DataFrame, metadata: Any, failed: Mapping[str, str]) -> list[_Entry]:
    """Find out what there is for each recording."""
    rows = metadata.to_pylist() if metadata.num_columns else [{}] * len(table)
    names = table["recording"].to_list()
    entries = []
    for name, path, folder, row in zip(names, table["path"], folder_names(names), rows, strict=True):
        entry = _Entry(name, path, out / RECORDINGS / folder, row)
        failure = read_failure(entry.folder)
        if name in failed:
            entry.status, entry.reason = "failed", failed[name]
        elif failure is not None:
            entry.status, entry.reason = "failed", failure["reason"]
        elif read_provenance(entry.folder) is None:
            entry.status, entry.reason = "missing", _NOT_YET
        entries.append(entry)
    return entries


def _find_layouts(arrow: Any, entries: list[_Entry]) -> dict[str, Layout]:
    """Columns of the merged tables; recordings whose results cannot be read become failed ones."""
    parquet = require("pyarrow.parquet", _PURPOSE, extra="app")
    layouts = {name: Layout() for name in (*TABLES, "summary")}
    for entry in _finished(entries):
        try:
            schemas = {name: [parquet.read_schema(file) for file in _files(entry.folder, name)] for name in TABLES}
            schemas["summary"] = [_summary_table(arrow, entry.folder).schema]
        except (OSError, ValueError, KeyError, TypeError) as error:
            entry.fail(error)
            continue
        for name, found in schemas.items():
            for schema in found:
                layouts[name].add(schema)
    return layouts


def _new_names(metadata: list[str], layouts: Mapping[str, Layout]) -> dict[str, str]:
    """Names for the columns of the manifest that no table has, nor each other: SQL takes "Foot" and "foot" for one."""
    own = {*_RECORDING_COLUMNS, "recording", *(column for layout in layouts.values() for column in layout.columns)}
    taken, given = {name.casefold() for name in own}, {name.casefold() for name in metadata}
    names: dict[str, str] = {}
    for name in metadata:
        new = name
        while new.casefold() in taken or (new != name and new.casefold() in given):
            new = f"meta_{new}"
        names[name] = new
        taken.add(new.casefold())
    return names


def _write_tables(
    arrow: Any, staging: Path, entries: list[_Entry], layouts: Mapping[str, Layout], described: Layout
) -> None:
    parquet = require("pyarrow.parquet", _PURPOSE, extra="app")
    head = Layout()
    head.add(arrow.schema([("recording", arrow.string())]))
    writers = {
        name: TableWriter(staging / f"{name}.parquet", head.schema(described, layout))
        for name, layout in layouts.items()
    }
    for entry in _finished(entries):
        try:
            # All of it first: a recording is in all tables or in none.
            tables = {
                name: arrow.concat_tables([_read(parquet, file) for file in files], promote_options="permissive")
                for name in TABLES
                if (files := _files(entry.folder, name))
            }
            tables["summary"] = _summary_table(arrow, entry.folder)
            entry.facts = _facts(entry.folder)
        except (OSError, ValueError, KeyError, TypeError) as error:
            entry.fail(error)
            continue
        for name, table in tables.items():
            writers[name].add(table, {"recording": entry.recording, **entry.metadata})
    for writer in writers.values():
        writer.close()


def _write_recordings(arrow: Any, staging: Path, entries: list[_Entry], described: Layout) -> pd.DataFrame:
    kinds = {
        "text": arrow.string(),
        "number": arrow.float64(),
        "count": arrow.int64(),
        "time": arrow.timestamp("us", tz="UTC"),
        "texts": arrow.list_(arrow.string()),
    }
    own = Layout()
    # A recording without results has no counts.
    counts = [name for name, kind in _RECORDING_COLUMNS.items() if kind == "count"]
    own.add(arrow.schema([(name, kinds[kind]) for name, kind in _RECORDING_COLUMNS.items()]), nullable=counts)
    head = Layout()
    head.add(arrow.schema([("recording", arrow.string())]))
    schema = head.schema(described, own)
    rows = [
        {
            "recording": entry.recording,
            **entry.metadata,
            "status": entry.status,
            "reason": entry.reason,
            "path": entry.path,
            "folder": f"{RECORDINGS}/{entry.folder.name}",
            **entry.facts,
        }
        for entry in entries
    ]
    table = arrow.Table.from_pylist(rows, schema=schema)
    require("pyarrow.parquet", _PURPOSE, extra="app").write_table(table, staging / "recordings.parquet")
    return table.to_pandas()


def _facts(folder: Path) -> dict[str, Any]:
    """Collect what the table of recordings says about the results of one."""
    provenance, summary = read_provenance(folder) or {}, _read_summary(folder)
    source = provenance.get("input", {})
    quality = {sensor: entry for sensor, entry in summary["quality"].items() if isinstance(entry, Mapping)}
    return {
        "sampling_rate_hz": summary["sampling_rate_hz"],
        "duration_s": summary["duration_s"],
        "start_time": _utc(summary["start_time"]),
        "time_zone": source.get("time_zone"),
        "feet": " and ".join(feet_with_strides(summary)) or "none",
        **{f"n_strides_found_{foot}": summary["strides"][foot]["n_found"] for foot in ("left", "right")},
        **{f"n_strides_{foot}": summary["strides"][foot]["n_analysed"] for foot in ("left", "right")},
        "findings": [f"{sensor}: {text}" for sensor, entry in quality.items() for text in entry.get("findings", [])],
        "warnings": [str(text) for text in summary["warnings"]],
        "sha256": source.get("sha256"),
        "parameters_sha256": (provenance.get("run") or {}).get("parameters"),
        "gaitmap_version": provenance.get("gaitmap_version"),
        "analysed": _utc(provenance.get("created")),
        "wall_time_s": float(sum(provenance.get("wall_time_s", {}).values())),
    }


def _write_provenance(staging: Path, entries: list[_Entry]) -> None:
    """Write the provenance of the cohort; its parameters are there if all recordings have the same ones."""
    finished = list(_finished(entries))
    same = len({entry.facts["parameters_sha256"] for entry in finished}) == 1
    one = (read_provenance(finished[0].folder) or {}) if same else {}
    counts = {status: sum(entry.status == status for entry in entries) for status in ("finished", "failed", "missing")}
    provenance = build_provenance(
        parameters=one.get("parameters"),
        alignment=one.get("alignment", ""),
        template=one.get("template", ""),
        extra={"n_recordings": counts},
    )
    text = json.dumps(provenance, indent=2, ensure_ascii=False)
    (staging / "provenance.json").write_text(text + "\n", encoding="utf-8")


def _finished(entries: list[_Entry]) -> Iterator[_Entry]:
    return (entry for entry in entries if entry.status == "finished")


def _read(parquet: Any, path: Path) -> Any:
    # Half the time of parquet.read_table, where there are hundreds of columns.
    with parquet.ParquetFile(path) as file:
        return file.read(use_threads=False)


def _files(folder: Path, name: str) -> list[Path]:
    file = folder / f"{name}.parquet"
    return [file] if file.is_file() else sorted((folder / name).glob("part-*.parquet"))


def _summary_table(arrow: Any, folder: Path) -> Any:
    rows = summary_rows(_read_summary(folder))
    # Columns without any number are numbers all the same.
    kinds = {"foot": arrow.string()} | {
        name: arrow.int64() if name.startswith("n_strides") or name.endswith("_n") else arrow.float64()
        for name in rows[0]
        if name != "foot"
    }
    return arrow.Table.from_pylist(rows, schema=arrow.schema(list(kinds.items())))


def _read_summary(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "summary.json").read_text(encoding="utf-8"))


def _utc(text: str | None) -> pd.Timestamp | None:
    return None if text is None else pd.Timestamp(text).tz_convert("UTC").floor("us")
