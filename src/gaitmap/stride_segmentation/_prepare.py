"""From a template and the data of one sensor to the arrays that are compared."""

import functools
import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gaitmap.stride_segmentation._cost_matrix import DtwInput
from gaitmap.utils._column_blocks import as_numeric_array
from gaitmap.utils.array_handling import multi_array_interpolation

# Of a short recording, a copy of all columns takes less time than access to a few of them one by one.
_FEW_VALUES = 1 << 20


class TemplateInUse:
    """A template during one run: what ``get_data`` returns is computed once for all sensors."""

    def __init__(self, template: Any) -> None:
        self._template = template

    def __getattr__(self, name: str) -> Any:
        return getattr(self._template, name)

    @functools.cached_property
    def _pattern(self) -> Any:
        return self._template.get_data()

    def get_data(self) -> Any:
        """Return the template after column selection and scaling, never to be changed."""
        return self._pattern


def template_rate(template: Any) -> float | None:
    """Return the sampling rate of a template in Hz; None where it is unknown."""
    return getattr(template, "sampling_rate_hz", None) or None


def check_can_resample(template: Any, resample_template: bool) -> None:
    """Require a template rate where it is needed."""
    if resample_template and template_rate(template) is None:
        raise ValueError(
            "To resample the template (`resample_template=True`), a `sampling_rate_hz` must be specified for the "
            "template. Set it, or use `resample_template=False`."
        )


def warn_if_rates_differ(template: Any, sampling_rate_hz: float, resample_template: bool) -> None:
    """Warn if a difference between the rates of the template and the data is ignored."""
    rate = template_rate(template)
    if not resample_template and rate is not None and rate != sampling_rate_hz:
        warnings.warn(
            f"The data and template sampling rate are different ({rate} Hz vs. {sampling_rate_hz} Hz), "
            "but `resample_template` is set to False. This might lead to unexpected results.",
            UserWarning,
            stacklevel=5,
        )


def prepare(
    template: Any,
    data: Any,
    sampling_rate_hz: float,
    *,
    resample_template: bool,
    max_template_stretch_ms: float | None,
    max_signal_stretch_ms: float | None,
) -> DtwInput:
    """Select and scale columns, resample the template, and express the limits in samples."""
    rate = template_rate(template)
    pattern = template.get_data()
    if isinstance(data, np.ndarray) and isinstance(pattern, np.ndarray):
        pattern, signal = _match_channels(pattern, data)
        signal = template.transform_data(signal, sampling_rate_hz)
    elif isinstance(data, pd.DataFrame) and isinstance(pattern, pd.DataFrame):
        signal = _select_columns(data, pattern.columns)
        signal = template.transform_data(signal, sampling_rate_hz)
    else:
        raise ValueError(
            "Invalid combination of data and template. "
            f"Found a template in a {type(pattern).__name__} and data in a {type(data).__name__}. "
            "Expected both to be arrays, or both to be DataFrames."
        )
    limit_rate = sampling_rate_hz if resample_template else rate
    if max_template_stretch_ms is not None and limit_rate is None:
        raise ValueError(
            "To use `max_template_stretch_ms`, a `sampling_rate_hz` must be specified for the template (or the "
            "template be resampled to the rate of the data)."
        )
    samples = _as_new_array(pattern)
    _check_template(samples)
    if resample_template and rate is not None and rate != sampling_rate_hz:
        samples = _resample(samples, int(len(samples) * sampling_rate_hz / rate))
    return DtwInput(
        samples,
        _as_new_array(signal),
        _to_samples(max_template_stretch_ms, limit_rate),
        _to_samples(max_signal_stretch_ms, sampling_rate_hz),
    )


def _match_channels(template: NDArray, data: NDArray) -> tuple[NDArray, NDArray]:
    """Bring both to (samples, channels); channels that only the data have are left out."""
    pattern = np.squeeze(template)
    # (1, n) and (n, 1) count as one channel, unless the template says that it is one sample of many channels.
    signal = data if pattern.ndim == data.ndim else np.squeeze(data)
    if pattern.ndim != signal.ndim or pattern.ndim not in (1, 2):
        raise ValueError(
            "Template and data must have the same number of dimensions (1 or 2). "
            f"Found a template of the shape {template.shape} and data of the shape {data.shape}."
        )
    if pattern.ndim == 1:
        return pattern[:, np.newaxis], signal[:, np.newaxis]
    if signal.shape[1] < pattern.shape[1]:
        raise ValueError(
            f"The provided data has less columns than the used template ({signal.shape[1]} < {pattern.shape[1]})."
        )
    return pattern, signal[:, : pattern.shape[1]]


def _select_columns(data: pd.DataFrame, columns: pd.Index) -> pd.DataFrame:
    of_data, wanted = data.columns.tolist(), columns.tolist()
    missing = [column for column in wanted if column not in of_data]
    if missing:
        raise KeyError(
            "Some columns of the template are not in the data. Usually the data are not in the expected coordinate "
            "frame: most templates need the body frame (see gaitmap.utils.coordinate_conversion.convert_to_fbf). "
            f"Found {of_data}, missing are {missing}"
        )
    # Not `data[columns]`: it builds and reorders indices, which takes longer than everything else here.
    values = column_values(data, [of_data.index(column) for column in wanted])
    return pd.DataFrame(values, index=data.index, columns=columns, copy=False)


def column_values(data: pd.DataFrame, positions: list[int]) -> NDArray[np.floating]:
    """Return some columns of a frame as an array (samples, columns); what is missing is NaN."""
    if data.size <= _FEW_VALUES:
        whole = data.to_numpy()
        if whole.dtype.kind == "f":
            return whole[:, positions]
    return np.stack([as_numeric_array(data.iloc[:, position]) for position in positions], axis=1)


def _as_new_array(values: Any) -> NDArray[np.float64]:
    return np.array(values.to_numpy() if isinstance(values, pd.DataFrame) else values, dtype=float, order="C")


def _check_template(samples: NDArray[np.float64]) -> None:
    if len(samples) < 2:
        raise ValueError(f"A template must have at least 2 samples. Found {len(samples)}.")
    if not np.isfinite(samples).all():
        raise ValueError("The template contains values that are NaN or infinite: it can never match. Repair them.")


def _resample(samples: NDArray[np.float64], n_samples: int) -> NDArray[np.float64]:
    if n_samples < 2:
        raise ValueError(
            f"Resampled to the rate of the data, the template of {len(samples)} samples would have {n_samples}. "
            "At least 2 are needed. Check the sampling rates of the data and the template."
        )
    return np.ascontiguousarray(multi_array_interpolation([samples], n_samples, kind="linear")[0].T)


def _to_samples(duration_ms: float | None, sampling_rate_hz: float | None) -> float:
    if duration_ms is None or sampling_rate_hz is None:
        return np.inf
    return float(np.rint(duration_ms / 1000 * sampling_rate_hz))
