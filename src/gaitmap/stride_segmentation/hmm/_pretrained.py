"""The pre-trained model of Roth et al., whose file is part of another package."""

import functools
import hashlib
import importlib.metadata
import warnings
from pathlib import Path
from typing import Any

from tpcp import BaseFactory

from gaitmap.base._json import _BaseSerializable
from gaitmap.stride_segmentation.hmm._roth_hmm import RothSegmentationHmm

_DISTRIBUTION = "gaitmap_mad"
_FILE = "gaitmap_mad/stride_segmentation/hmm/_pre_trained_models/fallriskpd_at_lab_model.json"
_SHA256 = "58f06c6dcadd67a4be9256a360473869f5f3958abbcf152a4ad6e2dfcb1c7cca"


class PreTrainedRothSegmentationModel(RothSegmentationHmm):
    """The model that Roth et al. [1]_ trained with at-lab recordings of 28 patients with Parkinson's disease.

    Calling it returns a :class:`~gaitmap.stride_segmentation.hmm.RothSegmentationHmm` with all trained numbers. Level
    walking; ``gyr_ml`` of a foot-worn sensor in the body frame in deg/s, at 51.2 Hz or above.

    The numbers are licensed under the AGPL-3.0-or-later. They are not part of gaitmap, but read from the package
    gaitmap-mad when that is installed (``pip install 'gaitmap[mad-data]'``), and only when they are needed; none of its
    code is used.

    Parameters
    ----------
    path
        File of another trained model (as written by ``to_json``). None: the one of gaitmap-mad.
    params
        Parameters of the model to set to other values.

    Raises
    ------
    ImportError
        If the package gaitmap-mad, which holds the numbers, is not installed.
    ValueError
        If the file has another content.

    References
    ----------
    .. [1] N. Roth et al., "Hidden Markov Model based stride segmentation on unsupervised free-living gait data in
           Parkinson's disease patients," Journal of NeuroEngineering and Rehabilitation, vol. 18, 93, 2021,
           doi:10.1186/s12984-021-00883-7.

    Examples
    --------
    >>> model = PreTrainedRothSegmentationModel()  # doctest: +SKIP
    >>> model.n_states  # doctest: +SKIP
    25
    """

    def __new__(cls, path: str | Path | None = None, **params: Any) -> RothSegmentationHmm:  # type: ignore[misc]
        """Return a new, independent model."""
        model = _read_model(_locate() if path is None else Path(path), path is None).clone()
        return model.set_params(**params)


class DefaultModel(BaseFactory):
    """Default of a parameter: the pre-trained model, read when an instance is made without another one."""

    def __init__(self) -> None:
        """Read nothing."""

    def get_value(self) -> RothSegmentationHmm:
        """Return a new model."""
        return PreTrainedRothSegmentationModel()

    def __repr__(self) -> str:
        """Short text for signatures."""
        return "cf(PreTrainedRothSegmentationModel())"


@functools.lru_cache(maxsize=4)
def _read_model(path: Path, is_from_package: bool) -> RothSegmentationHmm:
    content = path.read_bytes()
    if is_from_package and hashlib.sha256(content).hexdigest() != _SHA256:
        warnings.warn(
            f"The pre-trained model in {path} is not the one that gaitmap is tested with. Results may differ.",
            UserWarning,
            stacklevel=4,
        )
    try:
        model = _BaseSerializable.from_json(content.decode())
        is_usable = isinstance(model, RothSegmentationHmm) and model.model is not None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"The file {path} does not hold a model of a known format: {error}") from error
    if not is_usable:
        raise ValueError(
            f"The file {path} does not hold a trained RothSegmentationHmm. Found {type(model).__name__}. Expected the "
            "text that `to_json` writes for a trained model."
        )
    return model


def _locate() -> Path:
    """Path of the file, without importing the package that it is part of."""
    try:
        distribution = importlib.metadata.distribution(_DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        raise _not_installed() from None
    listed = [file for file in distribution.files or () if str(file) == _FILE]
    path = Path(str(listed[0].locate() if listed else distribution.locate_file(_FILE)))
    if not path.is_file():  # an editable install has its files elsewhere
        raise _not_installed()
    return path


def _not_installed() -> ImportError:
    return ImportError(
        "The pre-trained model (the default `model` of HmmStrideSegmentation) is not installed. It is part of the "
        "package gaitmap-mad (AGPL-3.0-or-later), of which only this file is read: pip install 'gaitmap[mad-data]'. "
        "Alternatives: PreTrainedRothSegmentationModel(path=...) with a copy of the file, or as `model` another one: "
        "PreTrainedOpenSegmentationModel(), which is part of gaitmap, or an own one "
        "(RothSegmentationHmm().self_optimize(...))."
    )
