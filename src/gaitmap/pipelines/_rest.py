"""Segmentation of recordings that are mostly rest."""

from collections.abc import Hashable

import pandas as pd

from gaitmap.base import BaseStrideSegmentation
from gaitmap.base._step_results import tables_of
from gaitmap.stride_segmentation.hmm import HmmStrideSegmentation, RothHmmFeatureTransformer
from gaitmap.stride_segmentation.hmm._feature_transform import MOSTLY_REST, share_of_activity
from gaitmap.utils.consts import SL_COLS


def segment_despite_rest(
    algorithm: BaseStrideSegmentation, body: dict[Hashable, pd.DataFrame], sampling_rate_hz: float
) -> dict[Hashable, tuple[pd.DataFrame, list[str]]]:
    """Find strides; where rest would change the features of a hidden Markov model, standardise them without it.

    Parameters
    ----------
    algorithm
        Any segmentation. Only an HMM with ``standardization=True`` is treated in a special way, on a copy.
    body
        Body-frame data of each sensor.
    sampling_rate_hz
        Sampling rate in Hz.

    Returns
    -------
    strides
        ``{sensor: (stride list, findings)}``; the findings tell what was done to the features of that sensor.
    """
    shares = {sensor: _share_of_activity(algorithm, data, sampling_rate_hz) for sensor, data in body.items()}
    resting = [sensor for sensor, share in shares.items() if share < MOSTLY_REST]
    usual = [sensor for sensor in body if sensor not in resting]
    strides: dict[Hashable, pd.DataFrame] = {}
    if usual:
        of_usual = {sensor: body[sensor] for sensor in usual}
        strides |= _strides_of(algorithm.clone(), of_usual, sampling_rate_hz)
    if resting:
        robust = algorithm.clone().set_params(model__feature_transform__standardization="active")
        of_resting = {sensor: body[sensor] for sensor in resting}
        strides |= _strides_of(robust, of_resting, sampling_rate_hz)
    findings = {sensor: [_finding(shares[sensor])] for sensor in resting}
    # In the order of the recording. An algorithm may leave sensors out (those without a template, for example).
    return {sensor: (strides[sensor], findings.get(sensor, [])) for sensor in body if sensor in strides}


def _strides_of(
    algorithm: BaseStrideSegmentation, body: dict[Hashable, pd.DataFrame], sampling_rate_hz: float
) -> dict[Hashable, pd.DataFrame]:
    returned = algorithm.segment(body, sampling_rate_hz=sampling_rate_hz)
    return tables_of(algorithm, returned, "stride_list_", body, SL_COLS, may_leave_out=True)


def _share_of_activity(algorithm: BaseStrideSegmentation, data: pd.DataFrame, sampling_rate_hz: float) -> float:
    """Part of the recording that is active; 1 where it does not matter to the segmentation."""
    transform = (
        getattr(algorithm.model, "feature_transform", None) if isinstance(algorithm, HmmStrideSegmentation) else None
    )
    if not isinstance(transform, RothHmmFeatureTransformer) or transform.standardization is not True or len(data) == 0:
        return 1.0
    try:
        return share_of_activity(transform, data, sampling_rate_hz)
    except (ValueError, KeyError, TypeError):
        return 1.0  # the segmentation stops for the same reason, and tells at which sensor


def _finding(share: float) -> str:
    return (
        f"Only {share:.1%} of the recording is active. The features of the hidden Markov model were standardised with "
        "these parts alone (standardization='active' instead of True), because rest would have cost it strides."
    )
