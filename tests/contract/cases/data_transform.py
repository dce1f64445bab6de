"""Data transforms: one sensor, no strides."""

import numpy as np

import gaitmap.data_transform as dt
from tests.contract._case import Case, gives, raises


def _transform(algorithm, walk):
    return algorithm.transform(walk.sensor_frame)


def _transform_with_rate(algorithm, walk):
    return algorithm.transform(walk.sensor_frame, sampling_rate_hz=walk.rate)


def _transform_data_and_regions(algorithm, walk):
    return algorithm.transform(walk.sensor_frame, roi_list=walk.segmented, sampling_rate_hz=walk.rate)


def _same_rows(algorithm, walk):
    assert algorithm.transformed_data_.index.equals(walk.sensor_frame.index)


def _all_nan(algorithm, walk):
    _same_rows(algorithm, walk)
    assert algorithm.transformed_data_.isna().all(axis=None)


def _nan_where_the_data_is(algorithm, walk):
    _same_rows(algorithm, walk)
    np.testing.assert_array_equal(algorithm.transformed_data_.isna(), walk.sensor_frame.isna())


def _no_nan(algorithm, walk):
    _same_rows(algorithm, walk)
    assert not algorithm.transformed_data_.isna().any(axis=None)


def _nan_around_the_gap(algorithm, walk):
    _same_rows(algorithm, walk)
    rows = np.flatnonzero(algorithm.transformed_data_.isna().all(axis=1))
    gap = np.flatnonzero(walk.sensor_frame.isna().all(axis=1))
    half_window = algorithm.effective_window_size_samples_ // 2
    assert list(rows) == list(range(gap[0] - half_window, gap[-1] + half_window + 1))


def _both_parts(algorithm, walk):
    assert algorithm.transformed_data_.shape == (1, 6)
    assert list(algorithm.transformed_roi_list_.columns) == list(walk.segmented.columns)


def _nan_everywhere_else_regions(algorithm, walk):
    assert algorithm.transformed_data_.isna().all(axis=None)
    assert len(algorithm.transformed_roi_list_) == len(walk.segmented)


def _no_regions(algorithm, walk):
    assert len(algorithm.transformed_roi_list_) == 0
    assert list(algorithm.transformed_roi_list_.dtypes) == list(walk.segmented.dtypes)


def _case(
    make, changed, *, call=_transform, empty=_same_rows, one_sample=_same_rows, nan_gap=_nan_where_the_data_is, **kw
):
    outcomes = {
        name: outcome if hasattr(outcome, "verify") else gives(outcome)
        for name, outcome in (("empty", empty), ("one_sample", one_sample), ("nan_gap", nan_gap))
    }
    return Case(make=make, call=call, changed=changed, sensors="single", **outcomes, **kw)


CASES = [
    _case(dt.IdentityTransformer, {}),
    _case(dt.FixedScaler, {"scale": 2}),
    _case(dt.StandardScaler, {"ddof": 0}, one_sample=_same_rows, nan_gap=_all_nan),
    _case(lambda: dt.TrainableStandardScaler(mean=1.0, std=2.0), {"mean": 0.0}),
    _case(dt.AbsMaxScaler, {"out_max": 2}, empty=raises(ValueError, "empty")),
    _case(lambda: dt.TrainableAbsMaxScaler(data_max=3.0), {"data_max": 4.0}),
    _case(dt.MinMaxScaler, {"out_range": (0, 2)}, empty=raises(ValueError, "empty")),
    _case(lambda: dt.TrainableMinMaxScaler(data_range=(-1.0, 3.0)), {"data_range": (0.0, 1.0)}),
    _case(dt.MovementScaler, {"min_level": 50}),
    _case(
        lambda: dt.GroupedTransformer([("gyr_y", dt.FixedScaler(scale=500)), (("acc_x", "acc_z"), dt.FixedScaler())]),
        {"keep_all_cols": False},
    ),
    _case(
        lambda: dt.ChainedTransformer([("a", dt.FixedScaler(scale=2)), ("b", dt.IdentityTransformer())]),
        {"chain__a__scale": 3},
    ),
    _case(
        lambda: dt.ParallelTransformer([("a", dt.FixedScaler(scale=2))]),
        {"transformers__a__scale": 3},
    ),
    _case(
        lambda: dt.ButterworthFilter(2, 10),
        {"cutoff_freq_hz": 12},
        call=_transform_with_rate,
        empty=raises(ValueError),
        one_sample=raises(ValueError),
        nan_gap=_all_nan,
    ),
    _case(
        lambda: dt.Resample(100),
        {"method": "polyphase"},
        call=_transform_data_and_regions,
        empty=raises(ValueError, "nothing is left"),
        one_sample=_both_parts,
        nan_gap=_nan_everywhere_else_regions,
        no_strides=gives(_no_regions),
    ),
    *(
        _case(
            lambda feature=feature: feature(0.1),
            {"window_size_s": 0.2},
            call=_transform_with_rate,
            nan_gap=_nan_around_the_gap if feature is dt.SlidingWindowGradient else _no_nan,
        )
        for feature in (dt.SlidingWindowMean, dt.SlidingWindowVar, dt.SlidingWindowStd, dt.SlidingWindowGradient)
    ),
]
