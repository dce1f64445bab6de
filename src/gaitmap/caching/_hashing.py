"""The canonical digest of a value: equal for equal content, whatever its memory layout."""

import dataclasses
import datetime
import functools
import math
import struct
import types
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xxhash
from joblib import Memory
from tpcp import BaseTpcpObject
from tpcp.misc import custom_hash

from gaitmap.caching._code import fingerprint, is_function_like

# Strided data are gathered in blocks of this many rows: 12 columns of a block stay within the second-level cache.
_BLOCK_ROWS = 8192

_EXACT_BYTES: dict[type, Any] = {
    type(None): lambda _: b"",
    bool: lambda value: b"1" if value else b"0",
    int: lambda value: str(value).encode(),
    # Every NaN is the same value, whatever its bits.
    float: lambda value: b"nan" if math.isnan(value) else struct.pack("<d", value),
    complex: lambda value: struct.pack("<dd", value.real, value.imag),
    str: lambda value: value.encode("utf-8", "surrogatepass"),
    bytes: lambda value: value,
    datetime.timedelta: lambda value: repr(value).encode(),
}


def hash_object(obj: Any) -> str:
    """Compute the digest that identifies a value in cache keys.

    Objects with equal content have equal digests, in every process and on every machine. The memory layout of arrays
    and frames, the dtype of column labels, NumPy against Python scalars, and the order of dictionaries make no
    difference. ``4`` and ``4.0``, lists and tuples, ``float32`` and ``float64`` do.

    Parameters
    ----------
    obj
        Any value: numbers, text, containers, arrays, pandas objects, rotations, algorithms, functions. What is none of
        these must be picklable. A ``joblib.Memory`` counts as ``None``, because where a result is kept does not change
        it. The ``attrs`` of pandas objects are ignored.

    Returns
    -------
    str
        32 lower-case hexadecimal digits (XXH3, 128 bit). Not suited for security purposes.

    Raises
    ------
    TypeError
        If the object, or something inside it, can neither be encoded nor pickled.

    Examples
    --------
    >>> import numpy as np
    >>> from gaitmap.caching import hash_object
    >>> data = np.arange(6.0).reshape(2, 3)
    >>> hash_object(data) == hash_object(np.asfortranarray(data))
    True
    >>> hash_object(4) == hash_object(4.0)
    False
    """
    return digest(obj).hex()


def digest(obj: Any) -> bytes:
    """Compute the 16 bytes behind `hash_object`."""
    hasher = xxhash.xxh3_128()
    try:
        _encode(hasher, obj)
    except RecursionError as error:
        raise TypeError(f"An object that contains itself cannot be hashed ({type(obj).__name__}).") from error
    return hasher.digest()


@dataclasses.dataclass(frozen=True)
class Recipe:
    """An algorithm seen as its class and its parameters alone: results and inputs that it holds do not count."""

    algorithm: BaseTpcpObject


def _put(hasher: Any, tag: str, payload: bytes = b"") -> None:
    # Tag and length come first, so that no two sequences of values write the same bytes.
    hasher.update(f"{tag}:{len(payload)};".encode())
    hasher.update(payload)


def _encode(hasher: Any, obj: Any) -> None:  # noqa: C901, PLR0912 - one branch per kind of value
    kind = type(obj)
    if kind in _EXACT_BYTES:
        _put(hasher, kind.__name__, _EXACT_BYTES[kind](obj))
    elif isinstance(obj, Memory):
        _encode(hasher, None)
    elif isinstance(obj, np.generic):
        _encode_numpy_scalar(hasher, obj)
    elif kind in (np.ndarray, np.memmap):
        _encode_array(hasher, obj)
    elif isinstance(obj, pd.DataFrame):
        _encode_frame(hasher, obj)
    elif isinstance(obj, pd.Series):
        _put(hasher, "Series")
        _encode(hasher, obj.name)
        _encode_index(hasher, obj.index)
        _encode_columns(hasher, [obj])
    elif isinstance(obj, pd.Index):
        _encode_index(hasher, obj)
    elif kind in (list, tuple):
        _encode_sequence(hasher, kind.__name__, obj)
    elif kind is dict or kind is types.MappingProxyType:
        _encode_mapping(hasher, "dict", obj)
    elif kind in (set, frozenset):
        _encode_unordered(hasher, "set", (digest(item) for item in obj))
    elif isinstance(obj, Recipe):
        _encode_algorithm(hasher, obj.algorithm, with_state=False)
    elif isinstance(obj, BaseTpcpObject):
        _encode_algorithm(hasher, obj, with_state=True)
    elif isinstance(obj, type):
        _put(hasher, "class", fingerprint(obj).encode())
    elif kind is types.MethodType:
        _put(hasher, "method", obj.__func__.__qualname__.encode())
        _encode(hasher, obj.__self__)
    elif kind is functools.partial:
        _put(hasher, "partial")
        for part in (obj.func, obj.args, obj.keywords):
            _encode(hasher, part)
    elif is_function_like(obj):
        _put(hasher, "function", fingerprint(obj).encode())
    elif kind.__name__ == "Rotation" and kind.__module__.startswith("scipy.spatial.transform"):
        _put(hasher, "Rotation")
        _encode_array(hasher, np.asarray(obj.as_quat()))
    elif _is_simple_dataclass(obj):
        _put(hasher, "dataclass", fingerprint(kind).encode())
        _encode_mapping(hasher, "dict", {f.name: getattr(obj, f.name) for f in dataclasses.fields(obj)})
    elif isinstance(obj, tuple | list) and kind.__reduce_ex__ is object.__reduce_ex__:
        # Named tuples and their like.
        _encode_sequence(hasher, fingerprint(kind), obj)
    else:
        _put(hasher, "pickle", fingerprint(kind).encode() + _pickled_digest(obj))


def _is_simple_dataclass(obj: Any) -> bool:
    return dataclasses.is_dataclass(obj) and set(getattr(obj, "__dict__", ())) <= {
        f.name for f in dataclasses.fields(obj)
    }


def _encode_numpy_scalar(hasher: Any, obj: np.generic) -> None:
    value = obj.item()
    if obj.dtype.kind in "mM" or isinstance(value, np.generic):
        # Times would lose their unit, long doubles have no Python counterpart.
        _encode_array(hasher, np.asarray(obj))
    else:
        _encode(hasher, value)


def _encode_sequence(hasher: Any, tag: str, items: Any) -> None:
    _put(hasher, tag, str(len(items)).encode())
    for item in items:
        _encode(hasher, item)


def _encode_mapping(hasher: Any, tag: str, mapping: Mapping) -> None:
    _encode_unordered(hasher, tag, (digest(key) + digest(value) for key, value in mapping.items()))


def _encode_unordered(hasher: Any, tag: str, digests: Iterable[bytes]) -> None:
    _put(hasher, tag, b"".join(sorted(digests)))


def _encode_algorithm(hasher: Any, algorithm: BaseTpcpObject, *, with_state: bool) -> None:
    _put(hasher, "algorithm", fingerprint(type(algorithm)).encode())
    parameters = algorithm.get_params(deep=False)
    _encode_mapping(hasher, "parameters", {name: _as_recipe(value) for name, value in parameters.items()})
    if with_state:
        state = {name: value for name, value in state_of(algorithm).items() if name not in parameters}
        _encode_mapping(hasher, "state", state)


def state_of(algorithm: BaseTpcpObject) -> dict[str, Any]:
    """Return the attributes of an algorithm, without those that it leaves out of pickles."""
    state = algorithm.__getstate__()
    return state if isinstance(state, dict) else vars(algorithm)


def _as_recipe(value: Any) -> Any:
    """Strip nested algorithms (also those in composite parameters) down to class and parameters, as a clone would."""
    if isinstance(value, BaseTpcpObject):
        return Recipe(value)
    if type(value) in (list, tuple):
        return type(value)(_as_recipe(item) for item in value)
    if type(value) is dict:
        return {key: _as_recipe(item) for key, item in value.items()}
    return value


def _encode_array(hasher: Any, array: np.ndarray) -> None:
    dtype = array.dtype
    _put(hasher, "ndarray", f"{_dtype_name(dtype)}{array.shape}".encode())
    if dtype.hasobject or dtype.kind == "T":
        _encode_sequence(hasher, "items", array.ravel().tolist())
    else:
        for block in _contiguous_blocks(array):
            hasher.update(block)


def _dtype_name(dtype: np.dtype) -> str:
    return dtype.str if dtype.names is None else repr(dtype.descr)


def _contiguous_blocks(array: np.ndarray) -> Iterable[np.ndarray]:
    """Yield the bytes of an array in C order, without a copy where it is contiguous, else in blocks."""
    if array.size == 0:
        return
    if array.flags.c_contiguous:
        yield array.reshape(-1).view(np.uint8)
    elif array.ndim == 1 or array[0].size <= _BLOCK_ROWS:
        rows = max(1, _BLOCK_ROWS // max(1, array[0].size))
        for start in range(0, len(array), rows):
            yield np.ascontiguousarray(array[start : start + rows]).reshape(-1).view(np.uint8)
    else:
        for row in array:
            yield from _contiguous_blocks(row)


def _encode_frame(hasher: Any, frame: pd.DataFrame) -> None:
    _put(hasher, "DataFrame")
    _encode(hasher, list(frame.columns))
    _encode(hasher, list(frame.columns.names))
    _encode_index(hasher, frame.index)
    _encode_columns(hasher, [frame.iloc[:, position] for position in range(frame.shape[1])])


def _encode_index(hasher: Any, index: pd.Index) -> None:
    _put(hasher, "Index")
    _encode(hasher, list(index.names))
    if isinstance(index, pd.RangeIndex):
        _encode(hasher, ("range", index.start, index.stop, index.step))
    elif isinstance(index, pd.MultiIndex):
        for level in range(index.nlevels):
            _encode_index(hasher, index.get_level_values(level).rename(None))
    elif index.dtype == object or isinstance(index.dtype, pd.StringDtype):
        # Labels count by value: an index of text is the same with object and with str dtype.
        _encode(hasher, list(index))
    else:
        _encode_columns(hasher, [pd.Series(index, copy=False)])


def _encode_columns(hasher: Any, columns: list[pd.Series]) -> None:
    """Encode the values of columns of equal length: their raw bytes, column by column."""
    plain = [column.to_numpy() if isinstance(column.dtype, np.dtype) else None for column in columns]
    raw = [array if array is not None and array.dtype.kind not in "OT" else None for array in plain]
    hashers = [xxhash.xxh3_128() for _ in columns]
    strided = []
    for array, column_hasher in zip(raw, hashers, strict=True):
        if array is None:
            continue
        if array.flags.c_contiguous:
            column_hasher.update(array.view(np.uint8))
        else:
            strided.append((array, column_hasher))
    # Columns of a row-major block share their cache lines: go through all of them block by block.
    n_rows = len(columns[0]) if columns else 0
    for start in range(0, n_rows if strided else 0, _BLOCK_ROWS):
        for array, column_hasher in strided:
            column_hasher.update(np.ascontiguousarray(array[start : start + _BLOCK_ROWS]).view(np.uint8).data)
    for column, array, column_hasher in zip(columns, raw, hashers, strict=True):
        _put(hasher, "column", f"{column.dtype}:{len(column)}".encode())
        if array is None:
            _encode_extension_values(hasher, column)
        else:
            _put(hasher, "raw", column_hasher.digest())


def _encode_extension_values(hasher: Any, column: pd.Series) -> None:
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        _encode_array(hasher, column.cat.codes.to_numpy())
        _encode_index(hasher, dtype.categories)
    elif isinstance(dtype, pd.DatetimeTZDtype | pd.PeriodDtype):
        _encode_array(hasher, column.astype("int64").to_numpy())
    elif getattr(dtype, "numpy_dtype", None) is not None and dtype.kind in "iufb":
        # Masked numbers: what stands behind a missing value is arbitrary.
        _encode_array(hasher, column.isna().to_numpy())
        _encode_array(hasher, column.to_numpy(dtype=dtype.numpy_dtype, na_value=dtype.numpy_dtype.type(0)))
    else:
        _encode_sequence(hasher, "items", column.to_numpy(dtype=object).tolist())


def _pickled_digest(obj: Any) -> bytes:
    try:
        return custom_hash(obj).encode()
    except Exception as error:  # whatever a foreign __reduce__ raises
        raise TypeError(f"An object of type {type(obj).__name__} cannot be hashed: {error}") from error
