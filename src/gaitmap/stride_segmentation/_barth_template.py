"""The template of Barth et al., whose data file is part of another package."""

import functools
import importlib.metadata
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from tpcp import cf

from gaitmap.data_transform import BaseTransformer, FixedScaler
from gaitmap.stride_segmentation._templates import BaseDtwTemplate

_DISTRIBUTION = "gaitmap_mad"
_FOLDER = "gaitmap_mad/stride_segmentation/dtw/_dtw_templates"
_COLUMNS = ["gyr_pa", "gyr_si", "gyr_ml"]
_N_SAMPLES = 200


class BarthOriginalTemplate(BaseDtwTemplate):
    """The stride template of Barth et al. [1]_.

    Mean of manually segmented strides of healthy and Parkinson's disease subjects, recorded at the shoe with 102.4 Hz
    and interpolated to 200 samples. It spans one stride from the minimum of ``gyr_ml`` before terminal contact to the
    same minimum of the next cycle, and holds ``gyr_pa``, ``gyr_si`` and ``gyr_ml`` (body frame) in deg/s.

    The data are licensed under the AGPL-3.0-or-later. They are not part of gaitmap, but read from the package
    gaitmap-mad when that is installed (``pip install 'gaitmap[mad-data]'``); none of its code is used.

    Parameters
    ----------
    scaling
        Transformer that is applied to the template and, with the same parameters, to the recording.
    use_cols
        Names of the columns to use, in this order. None: all. ``("gyr_ml", "gyr_si")`` also finds many strides in
        turns and of patients, which differ from the template in ``gyr_pa``.

    Notes
    -----
    The nominal rate of 204.8 Hz (class attribute ``sampling_rate_hz``) is chosen such that data of this common rate
    need no resampling of the template.

    References
    ----------
    .. [1] J. Barth et al., "Subsequence dynamic time warping as a method for robust step segmentation using gyroscope
           signals of daily life activities," 35th Annual International Conference of the IEEE EMBC, 2013,
           doi:10.1109/EMBC.2013.6611104.

    See Also
    --------
    gaitmap.stride_segmentation.OpenStrideTemplate : A template that is part of gaitmap.
    gaitmap.stride_segmentation.DtwTemplate : Use an own template.
    gaitmap.stride_segmentation.InterpolatedDtwTemplate : Make a template from strides.

    Examples
    --------
    >>> template = BarthOriginalTemplate(use_cols=("gyr_ml",)).get_data()  # doctest: +SKIP
    >>> template.shape  # doctest: +SKIP
    (200, 1)
    """

    template_file_name = "barth_original_template.csv"
    sampling_rate_hz = 204.8

    def __init__(
        self,
        *,
        scaling: BaseTransformer | None = cf(FixedScaler(scale=500.0)),
        use_cols: Sequence[str] | None = None,
    ) -> None:
        super().__init__(scaling=scaling, use_cols=use_cols)

    def get_data(self) -> pd.DataFrame:
        """Return the template after column selection and scaling.

        Returns
        -------
        template
            DataFrame with 200 rows.

        Raises
        ------
        ImportError
            If the package gaitmap-mad, which holds the data, is not installed.
        """
        return self._select_and_scale(_read_template(self.template_file_name).copy(deep=False))


@functools.lru_cache
def _read_template(file_name: str) -> pd.DataFrame:
    path = _locate(file_name)
    if path is None:
        raise ImportError(
            "The data of the BarthOriginalTemplate (the default template) are not installed. They are part of the "
            "package gaitmap-mad (AGPL-3.0-or-later), of which only this file is read: "
            "pip install 'gaitmap[mad-data]'. Alternatives: OpenStrideTemplate(), which is part of gaitmap "
            "(gaitmap analyze --template open), or your own `template`, either from data with "
            "DtwTemplate(data=..., sampling_rate_hz=...), or made from strides with "
            "InterpolatedDtwTemplate().self_optimize(strides, sampling_rate_hz=...)."
        )
    template = pd.read_csv(path)
    if list(template.columns) != _COLUMNS or len(template) != _N_SAMPLES:
        raise ValueError(
            f"The template in {path} is not the expected one. Found {len(template)} rows of the columns "
            f"{list(template.columns)}. Expected {_N_SAMPLES} rows of {_COLUMNS}. Reinstall the package gaitmap-mad."
        )
    return template.astype(float)


def _locate(file_name: str) -> Path | None:
    """Path of the data file, without importing the package that it is part of."""
    try:
        distribution = importlib.metadata.distribution(_DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        return None
    path = Path(str(distribution.locate_file(f"{_FOLDER}/{file_name}")))
    return path if path.is_file() else None  # an editable install has its files elsewhere
