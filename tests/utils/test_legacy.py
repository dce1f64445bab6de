"""Imports of scripts written for gaitmap 2.6."""

import importlib
import sys

import pytest


def test_the_scalers_are_where_published_examples_look_for_them():
    from gaitmap import data_transform
    from gaitmap.data_transform._scaler import TrainableAbsMaxScaler

    assert TrainableAbsMaxScaler is data_transform.TrainableAbsMaxScaler


@pytest.mark.mad_data
@pytest.mark.parametrize(
    "module", ["stride_segmentation", "event_detection", "gait_detection", "preprocessing.sensor_alignment"]
)
def test_imports_from_the_second_package_say_what_to_write(module):
    pytest.importorskip("gaitmap_mad")
    before = set(sys.modules)
    try:
        with pytest.raises(ImportError, match="write `gaitmap` for `gaitmap_mad`"):
            importlib.import_module(f"gaitmap_mad.{module}")
        importlib.import_module(f"gaitmap.{module}")
    finally:
        for name in set(sys.modules) - before:
            if name.startswith("gaitmap_mad"):
                del sys.modules[name]


@pytest.mark.parametrize("module", ["utils._types", "utils._algo_helper", "_event_detection_common"])
def test_the_modules_that_tell_so_can_be_listed(module):
    found = importlib.import_module(f"gaitmap.{module}")
    assert not hasattr(found, "__wrapped__")
    with pytest.raises(ImportError, match="gaitmap_mad"):
        _ = found.anything
