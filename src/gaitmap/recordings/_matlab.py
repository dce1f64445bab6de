"""MATLAB files (v5 and v7.3), whose variables the user names: there is no convention to guess from."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gaitmap.recordings._device import Clock, Counter, DeviceFile, SampleTimes, SensorSignal, Told
from gaitmap.recordings._errors import recording_error
from gaitmap.utils._imports import require

_FEET = ("left", "right")
_AXES = ("x", "y", "z")
_TIME_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
_EXAMPLE = (
    'with --columns MAP.json, for example {"left": {"acc": "data.left.acc", "gyr": "data.left.gyr"}, "acc_unit": "g", '
    '"time": "data.t", "time_unit": "s"}'
)


class Matlab:
    """MATLAB files, variables and fields of structures named as in MATLAB: ``data.left.acc``.

    An entry ``"acc"`` names an array of three columns (or rows), ``"acc_x"`` a vector; a minus sign before the name
    turns the axis round.
    """

    name = "MATLAB"
    extra = None

    def recognises(self, head: bytes, path: Path) -> bool:
        """Tell by the text at the start."""
        del path
        return head.startswith((b"MATLAB 5.0 MAT-file", b"MATLAB 7.3 MAT-file"))

    def read(self, path: Path, told: Told) -> DeviceFile:
        """Read the file."""
        with path.open("rb") as file:
            is_hdf5 = file.read(16).startswith(b"MATLAB 7.3")
        try:
            arrays = _hdf5_arrays(path) if is_hdf5 else _v5_arrays(path)
        except ImportError:
            raise
        except Exception as error:  # the readers let errors of any kind through
            raise recording_error(
                path, "the file is damaged", f"{type(error).__name__}: {error}", "a whole MATLAB file", "Save it again"
            ) from error
        if not any(foot in told.columns for foot in _FEET):
            raise recording_error(
                path,
                "which variables hold the signals is not told",
                _listed(arrays),
                "the names of the variables",
                f"Name them {_EXAMPLE}",
            )
        clock = _clock(path, arrays, told)
        sensors = tuple(
            _sensor(path, arrays, foot, told.columns, clock) for foot in _FEET if told.columns.get(foot) is not None
        )
        return DeviceFile(path, self.name, sensors, device="MATLAB v7.3" if is_hdf5 else "MATLAB v5")


def _v5_arrays(path: Path) -> dict[str, np.ndarray]:
    from scipy.io import loadmat

    content = loadmat(path, struct_as_record=False, squeeze_me=True)
    return dict(_fields({name: value for name, value in content.items() if not name.startswith("__")}, ""))


def _fields(content: Mapping[str, Any], above: str) -> Iterator[tuple[str, np.ndarray]]:
    for name, value in content.items():
        if hasattr(value, "_fieldnames"):
            yield from _fields({field: getattr(value, field) for field in value._fieldnames}, f"{above}{name}.")
        elif isinstance(value, np.ndarray) and value.dtype.kind in "fiu" and value.size:
            yield f"{above}{name}", value


def _hdf5_arrays(path: Path) -> dict[str, np.ndarray]:
    h5py = require("h5py", "Reading MATLAB files of version 7.3", "h5")
    arrays: dict[str, np.ndarray] = {}

    def keep(name: str, node: Any) -> None:
        is_number = isinstance(node, h5py.Dataset) and node.dtype.kind in "fiu" and "MATLAB_empty" not in node.attrs
        if is_number and not name.startswith("#"):
            # The order of dimensions is MATLAB's, turned round.
            arrays[name.replace("/", ".")] = np.asarray(node).T.squeeze()

    with h5py.File(path, "r") as file:
        file.visititems(keep)
    return arrays


def _listed(arrays: Mapping[str, np.ndarray]) -> str:
    names = [f"{name} ({' x '.join(map(str, array.shape))})" for name, array in arrays.items() if array.size > 1]
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return ", ".join(names[:12]) + more if names else "no variable with numbers"


def _vector(path: Path, arrays: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    """Take what a name means, its sign turned round on request."""
    plain = name.removeprefix("-").strip()
    if plain not in arrays:
        raise recording_error(
            path,
            f"it has no variable '{plain}'",
            _listed(arrays),
            "a name in the file",
            f"Name the variables {_EXAMPLE}",
        )
    values = np.asarray(arrays[plain], dtype=float)
    return -values if name.startswith("-") else values


def _clock(path: Path, arrays: Mapping[str, np.ndarray], told: Told) -> Clock:
    if "time" in told.columns:
        unit = _TIME_UNITS[told.columns.get("time_unit", "s")]
        return SampleTimes(np.ravel(_vector(path, arrays, told.columns["time"])) * unit, shared=str(path))
    return Counter(told.sampling_rate_hz, shared=str(path))


def _sensor(
    path: Path, arrays: Mapping[str, np.ndarray], foot: Any, columns: Mapping[str, Any], clock: Clock
) -> SensorSignal:
    names = columns[foot]
    return SensorSignal(
        foot,
        clock,
        acc=_three_axes(path, arrays, names, "acc", foot),
        gyr=_three_axes(path, arrays, names, "gyr", foot),
        acc_unit=columns.get("acc_unit"),
        gyr_unit=columns.get("gyr_unit"),
        foot=foot,
    )


def _three_axes(
    path: Path, arrays: Mapping[str, np.ndarray], names: Mapping[str, str], kind: str, foot: str
) -> np.ndarray | None:
    if kind in names:
        values = _vector(path, arrays, names[kind])
        values = values.T if values.ndim == 2 and values.shape[0] == 3 != values.shape[1] else values
        found = f"'{names[kind]}' of the shape {' x '.join(map(str, values.shape))}"
    elif all(f"{kind}_{axis}" in names for axis in _AXES):
        axes = [np.ravel(_vector(path, arrays, names[f"{kind}_{axis}"])) for axis in _AXES]
        values = np.column_stack(axes) if len({len(axis) for axis in axes}) == 1 else np.empty(0)
        found = f"axes of {', '.join(str(len(axis)) for axis in axes)} samples"
    else:
        return None
    if values.ndim != 2 or values.shape[1] != 3:
        raise recording_error(
            path, f"'{kind}' of the {foot} foot has no three axes", found, "an array of n x 3", f"Name it {_EXAMPLE}"
        )
    return values
