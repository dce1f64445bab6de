"""The level of movement that templates scale data by: measured in blocks, and fixed."""

import functools
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gaitmap.base import BlockSource
from gaitmap.data_transform import ButterworthFilter, MovementScaler
from gaitmap.data_transform._movement_scaler import MovementLevel
from gaitmap.data_transform._zero_phase import ZeroPhaseStream
from gaitmap.stride_segmentation._open_template import shortest_part
from gaitmap.stride_segmentation._stream_source import SmoothedSignal
from gaitmap.stride_segmentation._streamable import can_scale_arrays, scale_array
from gaitmap.stride_segmentation._templates import BaseDtwTemplate
from gaitmap.utils.exceptions import BlocksNotPossibleError


def has_level(template: Any) -> bool:
    """Whether a template scales data by their level of movement."""
    return type(getattr(template, "scaling", None)) is MovementScaler


def needs_level(template: Any) -> bool:
    """Whether a template scales data by a level of movement that it measures itself."""
    return has_level(template) and template.scaling.level is None


def measure_levels(templates: Any, blocks: BlockSource, sampling_rate_hz: float) -> dict[Any, float]:
    """Measure the level of movement of each sensor, as its template (or the template of all) scales it.

    Parameters
    ----------
    templates
        A template, or a dict of one per sensor; sensors without one are left out.
    blocks
        Called with ``columns``, gives an iterator over consecutive blocks ``{sensor: body-frame data}``.
    sampling_rate_hz
        Sampling rate in Hz.
    """
    every = list(templates.values()) if isinstance(templates, dict) else [templates]
    columns = sorted({name for template in every for name in template.get_data().columns})
    levels: dict[Any, LevelOfSensor] = {}
    for block in blocks(columns=columns):
        for sensor in (sensor for sensor in block if not isinstance(templates, dict) or sensor in templates):
            if sensor not in levels:
                template = templates[sensor] if isinstance(templates, dict) else templates
                levels[sensor] = LevelOfSensor(template, sampling_rate_hz)
            levels[sensor].add(block[sensor])
    return {sensor: level.finish() for sensor, level in levels.items()}


def check_has_level(owner: Any, template: Any) -> None:
    """Require a template that scales data by their level of movement."""
    if not has_level(template):
        raise ValueError(
            f"{type(owner).__name__}: there is no level of movement to measure or to set. Found a template with the "
            f"scaling {getattr(template, 'scaling', None)!r}. Expected a MovementScaler. Use `level=None`."
        )


def at_level(template: Any, level: float) -> Any:
    """Make a copy of a template that scales data by a fixed level; its own samples stay as they are."""
    return template.clone().set_params(scaling=template.scaling.clone().set_params(level=float(level)))


class TemplateAtLevel:
    """A template that scales data by a fixed level."""

    def __init__(self, template: Any, level: float) -> None:
        self._template = template
        self._for_data = at_level(template, level)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._template, name)

    def transform_data(self, data: Any, sampling_rate_hz: float | None) -> Any:
        """Smooth and scale recorded data."""
        return self._for_data.transform_data(data, sampling_rate_hz)


class LevelOfSensor:
    """Measures the level of movement of one sensor in blocks."""

    def __init__(self, template: Any, sampling_rate_hz: float) -> None:
        self._columns = list(template.get_data().columns)
        self._level = MovementLevel()
        is_smooth = is_smoothing(template)
        self._smooth = smoothed_signal(template, sampling_rate_hz, None) if is_smooth else None

    def add(self, data: pd.DataFrame) -> None:
        """Take in the next samples."""
        if self._smooth is not None:
            self._level.add(self._smooth.push(data))
        else:
            self._level.add(np.stack([data[name].to_numpy(dtype=float) for name in self._columns], axis=1))

    def finish(self) -> float:
        """Return the level."""
        if self._smooth is not None:
            self._level.add(self._smooth.finish())
        return self._level.level


class ScaledRows:
    """Scales smoothed rows as a template does, sample by sample, and divides them by a norm (0: does not)."""

    def __init__(self, template: Any, norm: float = 0.0) -> None:
        self._template = template
        self._norm = norm
        self._columns = list(template.get_data().columns)

    def __call__(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scale the rows."""
        if can_scale_arrays(self._template):
            scaled = scale_array(self._template, rows)
        else:
            frame = pd.DataFrame(rows, columns=self._columns)
            scaled = BaseDtwTemplate.transform_data(self._template, frame, None).to_numpy()
        return scaled / self._norm if self._norm > 0 else scaled


def is_smoothing(template: Any) -> bool:
    """Whether a template smooths the data before they are scaled."""
    return getattr(template, "smoothing", None) is not None


def check_can_smooth(owner: Any, template: Any) -> None:
    """Refuse a smoothing that cannot be used on blocks."""
    if is_smoothing(template) and type(template.smoothing) is not ButterworthFilter:
        raise BlocksNotPossibleError(
            f"{type(owner).__name__}: the smoothing of the template cannot be used on data that arrive in blocks. "
            f"Found {type(template.smoothing).__name__}. Expected a ButterworthFilter, or None."
        )


def smoothed_signal(template: Any, sampling_rate_hz: float, scale: ScaledRows | None) -> SmoothedSignal:
    """Make the smoothed columns of a template from blocks, and scale them."""
    make_filter = functools.partial(
        ZeroPhaseStream, template.smoothing, sampling_rate_hz, shortest_part(sampling_rate_hz)
    )
    return SmoothedSignal(list(template.get_data().columns), make_filter, scale)
