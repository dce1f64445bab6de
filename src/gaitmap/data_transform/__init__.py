"""Transformers: scalers, filters, resampling, sliding-window features, and ways to combine them.

All of them take the data of one sensor and return the data (or features) of one sensor.
"""

from gaitmap.data_transform._base import BaseTransformer, IdentityTransformer, TrainableTransformerMixin
from gaitmap.data_transform._filter import BaseFilter, ButterworthFilter
from gaitmap.data_transform._grouped import GroupedTransformer
from gaitmap.data_transform._meta import ChainedTransformer, ParallelTransformer
from gaitmap.data_transform._movement_scaler import MovementScaler
from gaitmap.data_transform._range_scaler import (
    AbsMaxScaler,
    MinMaxScaler,
    TrainableAbsMaxScaler,
    TrainableMinMaxScaler,
)
from gaitmap.data_transform._resample import Resample
from gaitmap.data_transform._scaler import FixedScaler, StandardScaler, TrainableStandardScaler
from gaitmap.data_transform._sliding_window import (
    BaseSlidingWindowFeatureTransform,
    SlidingWindowGradient,
    SlidingWindowMean,
    SlidingWindowStd,
    SlidingWindowVar,
)

__all__ = [
    "AbsMaxScaler",
    "BaseFilter",
    "BaseSlidingWindowFeatureTransform",
    "BaseTransformer",
    "ButterworthFilter",
    "ChainedTransformer",
    "FixedScaler",
    "GroupedTransformer",
    "IdentityTransformer",
    "MinMaxScaler",
    "MovementScaler",
    "ParallelTransformer",
    "Resample",
    "SlidingWindowGradient",
    "SlidingWindowMean",
    "SlidingWindowStd",
    "SlidingWindowVar",
    "StandardScaler",
    "TrainableAbsMaxScaler",
    "TrainableMinMaxScaler",
    "TrainableStandardScaler",
    "TrainableTransformerMixin",
]
