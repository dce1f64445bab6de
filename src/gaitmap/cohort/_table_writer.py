"""One Parquet file from the tables of many recordings, in bounded memory."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from gaitmap.utils._imports import require

#: Rows are collected up to this size before they are written: a file of many small pieces is large and slow to read.
FLUSH_BYTES = 32_000_000
# Tables of few rows and hundreds of columns are mostly overhead until they are combined.
_COMBINE = 20
_PURPOSE = "Writing Parquet files"


class Layout:
    """The columns that tables of many recordings have together.

    Columns keep their order; one that only some tables have comes after its neighbour there. Whole numbers that are
    missing somewhere become nullable, whole and decimal numbers decimal, times of different zones UTC, and whatever
    else differs becomes text.
    """

    def __init__(self) -> None:
        self._types: dict[str, Any] = {}
        self._order: list[str] = []
        self._nullable: set[str] = set()
        self._first: bool = True

    def add(self, schema: Any, nullable: Collection[str] = ()) -> None:
        """Take the columns of a table into account.

        ``schema`` is a pyarrow schema, as pandas writes it; ``nullable`` are whole numbers that may be missing, beside
        those of which the schema says so.
        """
        arrow = require("pyarrow", _PURPOSE, extra="app")
        known = set(self._order)
        nullable = {*_nullable_columns(schema), *nullable}
        for i, field in enumerate(schema):
            name, kind = field.name, _plain_type(arrow, field.type)
            if name not in known:
                place = self._order.index(schema[i - 1].name) + 1 if i else 0
                self._order.insert(place, name)
                self._types[name] = kind
                if not self._first:
                    self._nullable.add(name)
            else:
                self._types[name] = _common_type(arrow, self._types[name], kind)
            if name in nullable:
                self._nullable.add(name)
        self._nullable |= known - set(schema.names)
        self._first = False

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self._order)

    def schema(self, *others: "Layout") -> Any:
        """Build the schema of the columns of this and of other layouts, with the notes that tell pandas its types."""
        arrow = require("pyarrow", _PURPOSE, extra="app")
        types = {name: kind for layout in (self, *others) for name, kind in layout._known_types(arrow).items()}
        nullable = {name for layout in (self, *others) for name in layout._nullable}
        plain = arrow.schema(list(types.items()))
        empty = plain.empty_table().to_pandas()
        kinds = {name: empty[name].dtype.kind for name in nullable}
        dtypes = {name: "Int64" if kind == "i" else "boolean" for name, kind in kinds.items() if kind in "ib"}
        notes = arrow.Schema.from_pandas(empty.astype(dtypes), preserve_index=False).metadata
        return plain.with_metadata(notes)

    def rename(self, names: Mapping[str, str]) -> None:
        """Give columns other names."""
        self._order = [names.get(name, name) for name in self._order]
        self._types = {names.get(name, name): kind for name, kind in self._types.items()}
        self._nullable = {names.get(name, name) for name in self._nullable}

    def _known_types(self, arrow: Any) -> dict[str, Any]:
        """Types in the order of the columns; a column without any value is one of texts."""
        types = {name: self._types[name] for name in self._order}
        return {name: arrow.string() if arrow.types.is_null(kind) else kind for name, kind in types.items()}


class TableWriter:
    """Writes tables one after the other into one Parquet file.

    Parameters
    ----------
    path
        The file.
    schema
        Schema of the file; tables are brought into it, what they do not have is missing.
    """

    def __init__(self, path: Path, schema: Any) -> None:
        parquet = require("pyarrow.parquet", _PURPOSE, extra="app")
        self._schema = schema
        self._kinds = [(field.name, field.type) for field in schema]
        self._pieces: list[Any] = []
        self._file = parquet.ParquetWriter(path, schema, compression="zstd")

    def add(self, table: Any, constants: Mapping[str, Any]) -> None:
        """Add a table; ``constants`` are the values of columns that are the same in all of its rows."""
        arrow = require("pyarrow", _PURPOSE, extra="app")
        columns = dict(zip(table.column_names, table.columns, strict=True))
        arrays = []
        for name, kind in self._kinds:
            if name in constants:
                array = arrow.repeat(arrow.scalar(constants[name], type=kind), table.num_rows)
            elif name in columns:
                array = _cast(arrow, columns[name], kind)
            else:
                array = arrow.nulls(table.num_rows, type=kind)
            arrays.append(array)
        self._pieces.append(arrow.table(arrays, schema=self._schema))
        if len(self._pieces) >= _COMBINE:
            self._combine()
            if self._pieces[0].nbytes > FLUSH_BYTES:
                self._flush()

    def close(self) -> None:
        """Write what is left and finish the file."""
        self._flush()
        self._file.close()

    def _flush(self) -> None:
        if self._pieces:
            self._combine()
            self._file.write_table(self._pieces.pop())

    def _combine(self) -> None:
        arrow = require("pyarrow", _PURPOSE, extra="app")
        self._pieces = [arrow.concat_tables(self._pieces).combine_chunks()]


def _nullable_columns(schema: Any) -> set[str]:
    notes = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
    return {entry["name"] for entry in notes.get("columns", []) if entry["numpy_type"] in ("Int64", "boolean")}


def _plain_type(arrow: Any, kind: Any) -> Any:
    """Type without what only the size of a table decides."""
    if arrow.types.is_dictionary(kind):
        kind = kind.value_type
    return arrow.string() if arrow.types.is_large_string(kind) else kind


def _common_type(arrow: Any, one: Any, other: Any) -> Any:
    types = arrow.types
    if one.equals(other) or types.is_null(other):
        return one
    if types.is_null(one):
        return other
    numbers = [types.is_integer(kind) or types.is_floating(kind) for kind in (one, other)]
    if all(numbers):
        return arrow.int64() if types.is_integer(one) and types.is_integer(other) else arrow.float64()
    if types.is_timestamp(one) and types.is_timestamp(other) and one.tz and other.tz:
        return arrow.timestamp("us", tz="UTC")
    return arrow.string()


def _cast(arrow: Any, column: Any, kind: Any) -> Any:
    if arrow.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column.cast(kind)
