"""Compared with the outputs of gaitmap 2.6."""

import json

import numpy as np
import pandas as pd
import pytest

import gaitmap.data_transform as dt
from gaitmap.example_data import get_healthy_example_imu_data, get_healthy_example_stride_borders
from gaitmap.utils.coordinate_conversion import convert_to_fbf

pytestmark = [pytest.mark.reference, pytest.mark.recordings]
RATE = {"sampling_rate_hz": 204.8}
GROUPS = [("gyr_ml", dt.FixedScaler(scale=500)), (("acc_pa", "acc_si"), dt.AbsMaxScaler())]
TRAINED_GROUPS = [(("acc_pa", "acc_ml"), dt.TrainableAbsMaxScaler()), ("gyr_ml", dt.TrainableMinMaxScaler())]
CHAIN = [("a", dt.TrainableAbsMaxScaler(out_max=3)), ("b", dt.TrainableStandardScaler())]
SIDE_BY_SIDE = [("x", dt.FixedScaler(scale=2)), ("y", dt.SlidingWindowMean(0.1)), ("z", dt.ButterworthFilter(2, 10))]

# key of the reference: (transformer, rows of the left foot, columns or None)
PLAIN = {
    "fixed": (dt.FixedScaler(scale=500, offset=3), 500, None),
    "std": (dt.StandardScaler(), 500, None),
    "std_ddof0": (dt.StandardScaler(ddof=0), 500, None),
    "absmax": (dt.AbsMaxScaler(out_max=2.5), 500, None),
    "minmax": (dt.MinMaxScaler(), 500, None),
    "minmax_m1_2": (dt.MinMaxScaler((-1, 2)), 500, None),
    "grouped_keep": (dt.GroupedTransformer(GROUPS), 100, None),
    "grouped_drop": (dt.GroupedTransformer(GROUPS, keep_all_cols=False), 100, None),
    "parallel": (dt.ParallelTransformer(SIDE_BY_SIDE), 500, ["acc_pa", "gyr_ml"]),
    "bw_low": (dt.ButterworthFilter(4, 15), 500, None),
    "bw_high": (dt.ButterworthFilter(2, 1, "highpass"), 500, None),
    "bw_band": (dt.ButterworthFilter(2, (1, 20), "bandpass"), 500, None),
    "bw_stop": (dt.ButterworthFilter(1, (5, 10), "bandstop"), 500, None),
    "resample_100": (dt.Resample(100), 500, None),
    "resample_10": (dt.Resample(10), 500, None),
    "resample_409.6": (dt.Resample(409.6), 500, None),
    "resample_204.8": (dt.Resample(204.8), 500, None),
    **{
        f"SlidingWindow{name}_{size}": (getattr(dt, f"SlidingWindow{name}")(size), 300, None)
        for name in ("Mean", "Var", "Std", "Gradient")
        for size in (0.1, 0.23)
    },
    "gradient_series": (dt.SlidingWindowGradient(0.1), 300, "gyr_ml"),
}
TRAINED = {
    "t_std": dt.TrainableStandardScaler(),
    "t_absmax": dt.TrainableAbsMaxScaler(out_max=3),
    "t_minmax": dt.TrainableMinMaxScaler((-1, 1)),
    "grouped_trained": dt.GroupedTransformer(TRAINED_GROUPS),
    "chained_trained": dt.ChainedTransformer(CHAIN),
}
WITH_GAPS = {
    "nan_absmax": dt.AbsMaxScaler(),
    "nan_minmax": dt.MinMaxScaler(),
    "nan_mean": dt.SlidingWindowMean(0.05),
    "nan_gradient": dt.SlidingWindowGradient(0.05),
}


@pytest.fixture(scope="module")
def feet():
    data = convert_to_fbf(get_healthy_example_imu_data(), left_like="left_", right_like="right_")
    return data["left_sensor"].iloc[:500], data["right_sensor"].iloc[:500]


@pytest.fixture(scope="module")
def reference(reference_dir):
    folder = reference_dir / "foundation"
    index = json.loads((folder / "transforms_index.json").read_text())
    return np.load(folder / "transforms.npz"), {entry["key"]: entry for entry in index["entries"]}


def _assert_equal(found, reference, key):
    arrays, index = reference
    found = found.iloc[: len(arrays[key])]
    np.testing.assert_allclose(found, arrays[key], rtol=1e-9, atol=1e-9)
    if "columns" in index[key]:
        assert list(found.columns) == index[key]["columns"]
    else:
        assert found.name == index[key]["name"]
    # The gradient lost the index of the data in gaitmap 2.6.
    if "index_first_last" in index[key] and "radient" not in key:
        assert [found.index[0], found.index[-1]] == index[key]["index_first_last"]
        assert isinstance(found.index, pd.RangeIndex) == (index[key]["index"] == "RangeIndex")


@pytest.mark.parametrize("key", PLAIN)
def test_transforms(key, feet, reference):
    transformer, n_rows, columns = PLAIN[key]
    data = feet[0].iloc[:n_rows]
    _assert_equal(
        transformer.clone().transform(data if columns is None else data[columns], **RATE).transformed_data_,
        reference,
        key,
    )


@pytest.mark.parametrize("key", TRAINED)
def test_trained_transforms(key, feet, reference):
    trained = TRAINED[key].clone().self_optimize(feet)
    _assert_equal(trained.transform(feet[0], **RATE).transformed_data_, reference, key)
    if key.startswith("t_"):
        names = {"t_std": ("mean", "std"), "t_absmax": ("data_max",), "t_minmax": ("data_range",)}[key]
        learned = np.ravel([getattr(trained, name) for name in names])
        np.testing.assert_allclose(learned, reference[0][f"{key}_params"], rtol=1e-12)


@pytest.mark.parametrize("key", WITH_GAPS)
def test_transforms_of_data_with_gaps(key, feet, reference):
    data = feet[0].iloc[:100].copy()
    data.iloc[3, 2] = np.nan
    data.iloc[50:60, 5] = np.nan
    _assert_equal(WITH_GAPS[key].clone().transform(data, **RATE).transformed_data_, reference, key)


def test_borders_at_another_rate(reference):
    borders = get_healthy_example_stride_borders()["left_sensor"]
    found = dt.Resample(100).transform(roi_list=borders, **RATE).transformed_roi_list_
    np.testing.assert_array_equal(found[["start", "end"]], reference[0]["resample_roi_100"])
