"""A stride template that is part of this package."""

import functools
from collections.abc import Sequence
from importlib import resources

import pandas as pd
from tpcp import cf

from gaitmap.data_transform import BaseFilter, BaseTransformer, ButterworthFilter, MovementScaler
from gaitmap.data_transform._filter import filter_between_gaps
from gaitmap.data_transform._zero_phase import zero_phase_between_gaps
from gaitmap.stride_segmentation._templates import BaseDtwTemplate, scale
from gaitmap.utils._checks import check_sampling_rate
from gaitmap.utils.datatype_helper import SingleSensorData

_FOLDER = "_data"
# Between two gaps that are closer than this (s) nothing is looked for: it is far too short for a stride.
_SHORTEST_PART_S = 0.3


class OpenStrideTemplate(BaseDtwTemplate):
    """A stride template under the licence of gaitmap, made from public recordings.

    Needs ``gyr_ml`` (body frame, deg/s) of a sensor at the foot. That channel is the same for both feet, and changes
    little with the place of the sensor on the foot.

    Parameters
    ----------
    smoothing
        Low-pass filter that is applied to the recording (each part between gaps by itself). The template was made from
        strides that were smoothed by the default one: with another filter the two fit together less well. None: none.
    scaling
        Transformer that is applied to the template and to the smoothed recording. The default brings both to the
        same level of movement, so that costs do not depend on the amplitude of the signal.
    use_cols
        Names of the columns to use; there is ``gyr_ml`` alone. None: all.

    Notes
    -----
    The template is the DTW barycentre of the mean strides of 11 feet in six recordings: level walking (one of them of a
    patient with multiple sclerosis), stairs up, stairs down. It spans one stride from the minimum of ``gyr_ml`` before
    terminal contact to the next. ``tools/train_open_template.py`` makes it
    (``open_template.json`` beside the data lists recordings and strides); the guide "An open stride template" tells how
    it was chosen and how well it does.

    Of all choices the smoothing matters most: below 3 Hz strides of different people, on level ground and on stairs,
    look alike, while impacts at heel strike and in loading, which differ most, are gone. Borders of strides keep
    their resolution, because :class:`~gaitmap.stride_segmentation.BarthDtw` snaps them to minima of the raw signal.

    With the default scaling and :class:`~gaitmap.stride_segmentation.BarthDtw`, ``max_cost=4.0`` is meant for rates of
    100 to 250 Hz; :class:`~gaitmap.stride_segmentation.CalibratedBarthDtw` has a cost that does not depend on the rate.

    See Also
    --------
    gaitmap.stride_segmentation.BarthOriginalTemplate : The published template, under another licence.
    gaitmap.stride_segmentation.CalibratedBarthDtw : Segmentation with a threshold that transfers.

    Examples
    --------
    >>> from gaitmap.stride_segmentation import BarthDtw, OpenStrideTemplate
    >>> OpenStrideTemplate().get_data().columns.tolist()
    ['gyr_ml']
    >>> dtw = BarthDtw(OpenStrideTemplate()).segment(data, sampling_rate_hz=204.8)  # doctest: +SKIP
    """

    template_file_name = "open_template.csv"
    sampling_rate_hz = 102.4

    def __init__(
        self,
        *,
        smoothing: BaseFilter | None = cf(ButterworthFilter(order=2, cutoff_freq_hz=3.0)),
        scaling: BaseTransformer | None = cf(MovementScaler(out_level=0.75, min_level=50.0)),
        use_cols: Sequence[str] | None = None,
    ) -> None:
        self.smoothing = smoothing
        super().__init__(scaling=scaling, use_cols=use_cols)

    def get_data(self) -> pd.DataFrame:
        """Return the template after column selection and scaling.

        Returns
        -------
        template
            DataFrame with the column ``gyr_ml``.
        """
        # Not smoothed: it was made from smoothed strides.
        samples = self._select(_read_template(self.template_file_name).copy())
        return scale(samples, self._own_scaling(), self.sampling_rate_hz)

    def transform_data(self, data: SingleSensorData, sampling_rate_hz: float | None) -> SingleSensorData:
        """Smooth and scale recorded data.

        Parameters
        ----------
        data
            Recorded data with the columns of the template.
        sampling_rate_hz
            Sampling rate of these data in Hz.

        Returns
        -------
        transformed_data
            Of the shape of the data. Parts between gaps (NaN) that are shorter than 0.3 s are NaN.

        Raises
        ------
        TypeError
            If there is a scaling, and the data are not in a DataFrame.
        ValueError
            If the smoothing cannot be applied at this sampling rate.
        """
        if self.smoothing is not None and isinstance(data, pd.DataFrame):
            check_sampling_rate(self, sampling_rate_hz)
            rate = float(sampling_rate_hz)  # type: ignore[arg-type]
            # The usual filter as in a stream, to the last bit.
            smoothen = zero_phase_between_gaps if type(self.smoothing) is ButterworthFilter else filter_between_gaps
            smooth = {
                name: smoothen(column.to_numpy(dtype=float), self.smoothing, rate, shortest_part(rate))
                for name, column in data.items()
            }
            data = pd.DataFrame(smooth, index=data.index, copy=False)
        return super().transform_data(data, sampling_rate_hz)


def shortest_part(sampling_rate_hz: float) -> int:
    """Return the length in samples below which a part between gaps is left out."""
    return int(_SHORTEST_PART_S * sampling_rate_hz)


@functools.lru_cache
def _read_template(file_name: str) -> pd.DataFrame:
    with resources.files(__package__).joinpath(_FOLDER, file_name).open(encoding="utf-8") as file:
        return pd.read_csv(file).astype(float)
