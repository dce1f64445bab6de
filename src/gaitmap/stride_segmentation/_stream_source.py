"""From the blocks of a stream to the arrays that are compared: as in memory, as far as they are known."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gaitmap.data_transform._zero_phase import ZeroPhaseStream
from gaitmap.stride_segmentation._streamable import (
    FixedTemplate,
    can_scale_arrays,
    scale_array,
    values_of_columns,
)


class PlainSignal:
    """Columns of the template, scaled sample by sample.

    Parameters
    ----------
    algorithm
        The segmentation, with its sampling rate.
    template
        The template, scaled and resampled.
    has_short_cut
        Whether the algorithm does no more to the signal than to scale it.

    Attributes
    ----------
    delay
        Samples that must follow a sample before it is known.
    """

    delay = 0

    def __init__(self, algorithm: Any, template: FixedTemplate, *, has_short_cut: bool) -> None:
        self._algorithm = algorithm
        self._template = template
        pattern = template.get_data()
        self._columns: list | None = None
        if has_short_cut and isinstance(pattern, pd.DataFrame) and can_scale_arrays(template.template):
            self._columns = list(pattern.columns)

    def push(self, part: Any) -> NDArray[np.float64]:
        """Take in the next samples; return the rows that are known since."""
        values = values_of_columns(part, self._columns) if self._columns is not None else None
        if values is None:
            return self._algorithm._prepare(part, self._template, self._algorithm.sampling_rate_hz).signal
        # Without a DataFrame, whose labels cost more than the values of a short block.
        return np.array(scale_array(self._template.template, values), dtype=float, order="C")

    def finish(self) -> NDArray[np.float64] | None:
        """Return the remaining rows; None: there are none."""
        return None


class SmoothedSignal:
    """Columns of the template, smoothed without phase shift, then scaled.

    Parameters
    ----------
    columns
        The columns.
    make_filter
        Makes the filter of one column.
    scale
        Scales smoothed rows, sample by sample. None: they stay as they are.
    """

    def __init__(
        self,
        columns: list,
        make_filter: Callable[[], ZeroPhaseStream],
        scale: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None,
    ) -> None:
        self._columns = columns
        self._filters = [make_filter() for _ in columns]
        self._known = [np.empty(0) for _ in columns]  # what one column has and others have not yet
        self._scale = scale
        self.delay = max((column.delay for column in self._filters), default=0)

    def push(self, part: pd.DataFrame) -> NDArray[np.float64]:
        """Take in the next samples; return the rows that are known since."""
        missing = [name for name in self._columns if name not in part.columns]
        if missing:
            raise KeyError(
                "Some columns of the template are not in the data. Usually the data are not in the expected coordinate "
                f"frame. Found {part.columns.tolist()}, missing are {missing}"
            )
        values = [part[name].to_numpy(dtype=float) for name in self._columns]
        return self._rows([column.push(new) for column, new in zip(self._filters, values, strict=True)])

    def finish(self) -> NDArray[np.float64]:
        """Return the remaining rows."""
        return self._rows([column.finish() for column in self._filters])

    def _rows(self, new: list[NDArray[np.float64]]) -> NDArray[np.float64]:
        self._known = [np.concatenate(parts) for parts in zip(self._known, new, strict=True)]
        n_rows = min(map(len, self._known))
        rows = np.stack([known[:n_rows] for known in self._known], axis=1)
        self._known = [known[n_rows:] for known in self._known]
        return rows if self._scale is None else np.array(self._scale(rows), dtype=float, order="C")


class BorderAxis:
    """The column whose minima the borders snap to, filtered if need be.

    Attributes
    ----------
    delay
        Samples that must follow a sample before it is known.
    """

    def __init__(self, name: Any, axis_filter: ZeroPhaseStream | None = None) -> None:
        self.name = name
        self._filter = axis_filter
        self.delay = 0 if axis_filter is None else axis_filter.delay

    def push(self, part: pd.DataFrame) -> NDArray[np.float64]:
        """Take in the next samples; return the values that are known since."""
        values = part[self.name].to_numpy(dtype=float)
        return values if self._filter is None else self._filter.push(values)

    def finish(self) -> NDArray[np.float64]:
        """Return the remaining values."""
        return np.empty(0) if self._filter is None else self._filter.finish()
