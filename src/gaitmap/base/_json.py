"""JSON representation of algorithms: parameters only, readable by and from gaitmap 2.6."""

import importlib
import inspect
import io
import json
import warnings
from typing import Any, TypeVar

import joblib
import numpy as np
import pandas as pd
import tpcp
from scipy.spatial.transform import Rotation

from gaitmap.base._parameters import QuickParameters
from gaitmap.base._registry import find_algorithm_class

#: Reads a trained hidden Markov model; imported on demand, as it belongs to a floor above.
_HMM_TEXT_FORM = "gaitmap.stride_segmentation.hmm._upstream_json"
#: Arrays hold no items with more bytes.
_LARGEST_ITEM = 4096
#: No longer or deeper text is read. A trained model has a few MB, a pipeline some ten levels.
_MOST_CHARACTERS, _MOST_LEVELS = 50_000_000, 100
#: Parameters that gaitmap 2.6 does not know: left out of the JSON while they have this value.
_OMITTED_WHILE_NONE = "memory"


class _BaseSerializable(QuickParameters):
    """Object whose parameters can be written to and read from JSON."""

    #: Whether `memory=None` is left out of the JSON (classes that gained `memory` after gaitmap 2.6).
    _json_omits_memory_none = False
    #: Further parameters that gaitmap 2.6 does not know: left out of the JSON while they have their default.
    _json_omits_defaults: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Export the parameters (never the results) as JSON text.

        Returns
        -------
        str
            Text that :meth:`from_json` turns into an equal instance. A ``joblib.Memory`` becomes ``null`` with a
            warning, because a cache folder belongs to a machine and not to an analysis.
        """
        return json.dumps(_encode(self), indent=4)

    @classmethod
    def from_json(cls: type["BaseType"], json_str: str) -> "BaseType":
        """Create an instance from the text written by :meth:`to_json` (of this or an older gaitmap).

        Parameters
        ----------
        json_str
            The JSON text. The class it names decides what is returned, whichever class this method is called on.

        Returns
        -------
        instance
            New instance with the stored parameters; those not stored take their defaults.

        Raises
        ------
        ValueError
            If the text is no JSON, names anything but an algorithm class (of gaitmap, loaded already, or registered by
            an installed package), or is far longer or deeper than that of any algorithm.
        """
        parse_json(json_str)
        return json.loads(json_str, object_hook=_decode)


def parse_json(text: str) -> Any:
    """Parse a text; refuses one that is too long or too deep to be that of an algorithm."""
    too_large = ValueError(
        f"The JSON text is too large. Found {len(text)} characters. Expected those of an algorithm: at most "
        f"{_MOST_CHARACTERS}, in at most {_MOST_LEVELS} levels of brackets."
    )
    if len(text) > _MOST_CHARACTERS:
        raise too_large
    try:
        content = json.loads(text)
    except RecursionError:
        raise too_large from None
    level = [content]
    for _ in range(_MOST_LEVELS):
        groups = [part for part in level if isinstance(part, dict | list)]
        level = [inner for part in groups for inner in (part.values() if isinstance(part, dict) else part)]
        if not level:
            return content
    raise too_large


BaseType = TypeVar("BaseType", bound=_BaseSerializable)


def _encode(value: Any) -> Any:  # noqa: C901, PLR0911 - one return per kind of value
    if isinstance(value, _BaseSerializable):
        return _encode_instance(value)
    if isinstance(value, dict):
        return {str(key): _encode(entry) for key, entry in value.items()}
    if isinstance(value, tuple):
        return {"_obj_type": "Tuple", "tuple": [_encode(entry) for entry in value]}
    if isinstance(value, list):
        return [_encode(entry) for entry in value]
    if isinstance(value, Rotation):
        return {"_obj_type": "Rotation", "quat": value.as_quat().tolist()}
    if isinstance(value, np.ndarray):
        return {"_obj_type": "Array", "array": value.tolist(), "dtype": str(value.dtype), "shape": list(value.shape)}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, pd.DataFrame | pd.Series):
        return _encode_pandas(value)
    if hasattr(value, "_as_json"):
        return value._as_json()
    if value is tpcp.NOTHING:
        return {"_obj_type": "EmptyDefault"}
    if isinstance(value, joblib.Memory):
        warnings.warn(
            "A `joblib.Memory` is not part of the JSON export: the parameter is stored as null. "
            "Re-activate caching after loading with `set_params(memory=...)`.",
            UserWarning,
            stacklevel=4,
        )
        return None
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise TypeError(f"A value of the type {type(value).__name__} is not JSON serializable. Found {value!r}.")


def _encode_instance(value: _BaseSerializable) -> dict[str, Any]:
    params = value.get_params(deep=False)
    if value._json_omits_memory_none and params.get(_OMITTED_WHILE_NONE) is None:
        params.pop(_OMITTED_WHILE_NONE, None)
    for name in value._json_omits_defaults:
        if params[name] == inspect.signature(type(value)).parameters[name].default:
            params.pop(name)
    return {
        "_gaitmap_obj": type(value).__name__,
        "_gaitmap_module": type(value).__module__,
        "params": {name: _encode(params[name]) for name in sorted(params)},
    }


def _encode_pandas(value: pd.DataFrame | pd.Series) -> dict[str, Any]:
    """Write pandas' own text (read by gaitmap 2.6; 10 digits) and, beside it, what makes the round trip exact."""
    is_frame = isinstance(value, pd.DataFrame)
    columns = [value[column] for column in value.columns] if is_frame else [value]
    if is_frame and not value.columns.is_unique:
        raise TypeError("A DataFrame with duplicate column names is not JSON serializable.")
    index = value.index
    exact = {
        "values": [_encode(_plain_list(column)) for column in columns],
        "dtypes": [str(column.dtype) for column in columns],
        "index": [_encode(_plain_list(index.get_level_values(level))) for level in range(index.nlevels)],
        "index_dtypes": [str(index.get_level_values(level).dtype) for level in range(index.nlevels)],
        "index_names": _encode(list(index.names)),
        "range_index": [index.start, index.stop, index.step] if isinstance(index, pd.RangeIndex) else None,
    }
    if is_frame:
        exact["columns"] = [_encode(label) for label in value.columns.tolist()]
        exact["column_names"] = _encode(list(value.columns.names))
    else:
        exact["name"] = _encode(value.name)
    return {
        "_obj_type": "DataFrame" if is_frame else "Series",
        "df": value.to_json(orient="split", date_format="iso"),
        "exact": exact,
    }


def _plain_list(values: pd.Series | pd.Index) -> list:
    """List of JSON-ready scalars; missing values of non-float columns become null, times become ISO text."""
    if pd.api.types.is_datetime64_any_dtype(values.dtype) or pd.api.types.is_timedelta64_dtype(values.dtype):
        return [None if pd.isna(v) else v.isoformat() for v in values]
    as_list = values.tolist()
    if pd.api.types.is_float_dtype(values.dtype) and isinstance(values.dtype, np.dtype):
        return as_list
    return [None if v is pd.NA or (isinstance(v, float) and np.isnan(v)) else v for v in as_list]


def _decode(obj: dict[str, Any]) -> Any:  # noqa: PLR0911 - one return per kind of value
    if "_gaitmap_obj" in obj:
        cls = find_algorithm_class(obj["_gaitmap_obj"], obj.get("_gaitmap_module"), _BaseSerializable)
        known = inspect.signature(cls).parameters
        return cls(**{name: value for name, value in obj["params"].items() if name in known})
    kind = obj.get("_obj_type")
    if kind is None:
        return obj
    if kind == "Tuple":
        return tuple(obj["tuple"])
    if kind == "Array":
        array = np.array(obj["array"], dtype=_plain_dtype(obj.get("dtype")))
        return array.reshape(obj["shape"]) if "shape" in obj else array
    if kind == "Rotation":
        return _decode_rotation(np.asarray(obj["quat"], dtype=float))
    if kind in ("DataFrame", "Series"):
        return _decode_pandas(obj, kind)
    if kind == "EmptyDefault":
        return tpcp.NOTHING
    if kind == "HiddenMarkovModel":
        return importlib.import_module(_HMM_TEXT_FORM).decode(obj["hmm"])
    raise ValueError(f"Unknown object type {kind!r} in the JSON text. It may come from a newer version of gaitmap.")


def _plain_dtype(name: Any) -> np.dtype | None:
    """Dtype of numbers, truth values and texts that are not longer than any name."""
    if name is None:
        return None
    try:
        dtype = np.dtype(str(name))
    except TypeError:
        dtype = np.dtype("V")
    if dtype.kind not in "biufUSO" or dtype.itemsize > _LARGEST_ITEM:
        raise ValueError(f"Arrays in the JSON text hold numbers and texts. Found the type {str(name)[:40]!r}.")
    return dtype


def _decode_rotation(quaternions: np.ndarray) -> Rotation:
    # What is normalised already stays as it is, so that a round trip keeps every bit.
    is_normal = np.allclose(np.linalg.norm(quaternions, axis=-1), 1.0, rtol=0, atol=1e-14)
    return Rotation(quaternions, normalize=not is_normal)


def _decode_pandas(obj: dict[str, Any], kind: str) -> pd.DataFrame | pd.Series:
    if "exact" not in obj:
        # Written by gaitmap 2.6. Index order is kept as stored; dtypes are pandas' guess, as they were there.
        return pd.read_json(io.StringIO(obj["df"]), orient="split", typ="frame" if kind == "DataFrame" else "series")
    exact = obj["exact"]
    levels = [
        pd.Index(values, dtype=dtype) for values, dtype in zip(exact["index"], exact["index_dtypes"], strict=True)
    ]
    if exact["range_index"] is not None:
        index: pd.Index = pd.RangeIndex(*exact["range_index"], name=exact["index_names"][0])
    elif len(levels) == 1:
        index = levels[0].rename(exact["index_names"][0])
    else:
        index = pd.MultiIndex.from_arrays(levels, names=exact["index_names"])
    columns = [
        pd.Series(values, dtype=dtype, index=index)
        for values, dtype in zip(exact["values"], exact["dtypes"], strict=True)
    ]
    if kind == "Series":
        return columns[0].rename(exact["name"])
    frame = pd.DataFrame(dict(enumerate(columns)), index=index)
    names = exact["column_names"]
    frame.columns = (
        pd.MultiIndex.from_tuples(exact["columns"], names=names)
        if len(names) > 1
        else pd.Index(exact["columns"], name=names[0])
    )
    return frame
