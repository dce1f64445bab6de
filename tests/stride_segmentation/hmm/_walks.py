"""A synthetic walk, and a small model trained with it: no data file is needed."""

import functools

import numpy as np
import pandas as pd

from gaitmap.stride_segmentation.hmm import RothSegmentationHmm, SimpleHmm

RATE = 102.4
STRIDE = 112  # samples
N_STRIDES = 8
FIRST = 300


@functools.cache
def walk(seed=0):
    """Angular rate with rest, eight strides, and rest; each stride starts and ends in a minimum."""
    phase = np.arange(STRIDE) / STRIDE
    stride = -150 * np.cos(2 * np.pi * phase) ** 3 + 200 * np.sin(np.pi * phase) ** 6
    signal = np.concatenate([np.zeros(FIRST), np.tile(stride, N_STRIDES), np.zeros(FIRST)])
    noise = np.random.default_rng(seed).normal(0, 3, (len(signal), 2))
    return pd.DataFrame({"gyr_ml": signal + noise[:, 0], "acc_pa": noise[:, 1]})


def strides():
    """Stride list of the walk."""
    start = FIRST + STRIDE * np.arange(N_STRIDES)
    return pd.DataFrame({"start": start, "end": start + STRIDE}, index=pd.Index(range(N_STRIDES), name="s_id"))


def small_model(**params):
    """Untrained model of few states."""
    parts = {
        "stride_model": SimpleHmm(
            n_states=6, n_gmm_components=1, algo_train="baum-welch", max_iterations=3, name="stride_model"
        ),
        "transition_model": SimpleHmm(
            n_states=2,
            n_gmm_components=1,
            algo_train="baum-welch",
            max_iterations=3,
            architecture="left-right-loose",
            name="transition_model",
        ),
    }
    quiet = {"verbose": False, "stride_model__verbose": False, "transition_model__verbose": False}
    return RothSegmentationHmm(**parts).set_params(**(quiet | params))


@functools.cache
def _trained():
    return small_model().self_optimize([walk(0), walk(1)], [strides(), strides()], sampling_rate_hz=RATE)


def trained_model():
    """Trained copy of the small model."""
    return _trained().clone()
