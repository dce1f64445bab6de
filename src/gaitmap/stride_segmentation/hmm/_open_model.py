"""A trained model that is part of this package."""

from importlib import resources
from pathlib import Path
from typing import Any

from gaitmap.stride_segmentation.hmm._pretrained import _read_model
from gaitmap.stride_segmentation.hmm._roth_hmm import RothSegmentationHmm

_FILE = "_data/open_model.json"
_FILE_SMALL_STRIDES = "_data/open_model_small_strides.json"


class PreTrainedOpenSegmentationModel(RothSegmentationHmm):
    """A trained model under the licence of gaitmap, made from public recordings with the method of Roth et al. [1]_.

    Calling it returns a :class:`~gaitmap.stride_segmentation.hmm.RothSegmentationHmm` with all trained numbers. Needs
    ``gyr_ml`` of a foot-worn sensor in the body frame in deg/s, at 51.2 Hz or above.

    Parameters
    ----------
    small_strides
        True: a second model, trained with ``standardization="local"``, that also finds strides of less than half the
        usual size (shuffling, low stairs) beside usual ones, and takes more of other movements for strides. Use it on
        sequences of gait.
    params
        Parameters of the model to set to other values.

    Notes
    -----
    Trained with 524 strides of 11 feet in six recordings: level walking (one of them of a patient with multiple
    sclerosis), stairs up, stairs down. ``tools/train_open_hmm.py`` makes it (``open_model_provenance.json`` beside the
    numbers lists recordings and strides). Differences from the model of [1]_:

    - Features are standardised with the active parts of a recording (``standardization="active"``): rest does not
      change the strides. They contain frequencies up to 6 Hz instead of 10 Hz.
    - Each stride state is one Gaussian with variances of at least 0.2, where a whole recording has 1: with few people
      to learn from, narrow mixtures know these people only.
    - The training recordings are also used 1.25 times slower and faster than they were.
    - The state of the last sample is kept (``keep_last_state=True``).

    The guide "An open hidden Markov model" tells how well it does.

    References
    ----------
    .. [1] N. Roth et al., "Hidden Markov Model based stride segmentation on unsupervised free-living gait data in
           Parkinson's disease patients," Journal of NeuroEngineering and Rehabilitation, vol. 18, 93, 2021,
           doi:10.1186/s12984-021-00883-7.

    See Also
    --------
    gaitmap.stride_segmentation.hmm.PreTrainedRothSegmentationModel : The published model, under another licence.
    gaitmap.stride_segmentation.OpenStrideTemplate : A template made from the same strides.

    Examples
    --------
    >>> from gaitmap.stride_segmentation.hmm import HmmStrideSegmentation, PreTrainedOpenSegmentationModel
    >>> PreTrainedOpenSegmentationModel().n_states
    25
    >>> hmm = HmmStrideSegmentation(PreTrainedOpenSegmentationModel())
    >>> hmm = hmm.segment(data, sampling_rate_hz=204.8)  # doctest: +SKIP
    """

    def __new__(cls, *, small_strides: bool = False, **params: Any) -> RothSegmentationHmm:  # type: ignore[misc]
        """Return a new, independent model."""
        file = _FILE_SMALL_STRIDES if small_strides else _FILE
        with resources.as_file(resources.files(__package__).joinpath(file)) as path:
            model = _read_model(Path(path), False)
        return model.clone().set_params(**params)
