"""The template of Barth et al."""

import hashlib
import importlib.metadata
import sys

import joblib
import numpy as np
import pandas as pd
import pytest

from gaitmap.base import BaseAlgorithm
from gaitmap.stride_segmentation import BarthDtw, BarthOriginalTemplate, _barth_template

SHA256_OF_FILE = "0fbb7dc297fbb4044bd215b5abcf106f1c3b3b39152e386109a48964a67ff768"


@pytest.fixture
def without_wheel(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    _barth_template._read_template.cache_clear()
    yield
    _barth_template._read_template.cache_clear()


@pytest.fixture
def without_file(monkeypatch, tmp_path):
    class Editable:
        def locate_file(self, path):
            return tmp_path / path

    monkeypatch.setattr(importlib.metadata, "distribution", lambda _: Editable())
    _barth_template._read_template.cache_clear()
    yield
    _barth_template._read_template.cache_clear()


@pytest.mark.mad_data
def test_it_is_the_published_file_divided_by_the_scale():
    path = _barth_template._locate(BarthOriginalTemplate.template_file_name)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == SHA256_OF_FILE
    template = BarthOriginalTemplate().get_data()
    assert list(template.columns) == ["gyr_pa", "gyr_si", "gyr_ml"]
    assert template.index.equals(pd.RangeIndex(200))
    assert (template.dtypes == np.float64).all()
    pd.testing.assert_frame_equal(template, pd.read_csv(path) / 500)


@pytest.mark.mad_data
def test_columns_can_be_selected_and_scaling_left_out():
    template = BarthOriginalTemplate(use_cols=("gyr_ml", "gyr_si"), scaling=None).get_data()
    assert list(template.columns) == ["gyr_ml", "gyr_si"]
    assert template["gyr_ml"].min() == template["gyr_ml"].iloc[-1] == -499.625


@pytest.mark.mad_data
def test_changing_what_was_read_does_not_change_the_template():
    template = BarthOriginalTemplate(scaling=None).get_data()
    template.iloc[:] = 0
    assert BarthOriginalTemplate(scaling=None).get_data().to_numpy().any()


@pytest.mark.mad_data
def test_reading_imports_no_foreign_code_and_leaves_no_trace():
    template = BarthOriginalTemplate()
    before = joblib.hash(template)
    template.get_data()
    assert joblib.hash(template) == before
    assert "gaitmap_mad" not in sys.modules


def test_the_rate_is_no_parameter():
    template = BarthOriginalTemplate()
    assert template.sampling_rate_hz == 204.8
    assert set(template.get_params(deep=False)) == {"scaling", "use_cols"}


@pytest.mark.usefixtures("without_wheel")
def test_without_the_wheel_everything_but_the_data_works():
    dtw = BaseAlgorithm.from_json(BarthDtw().clone().to_json())
    assert isinstance(dtw.template, BarthOriginalTemplate)


@pytest.mark.parametrize("installation", ["without_wheel", "without_file"])
def test_the_error_says_what_to_install_and_names_the_alternatives(installation, request):
    request.getfixturevalue(installation)
    with pytest.raises(ImportError, match=r"pip install 'gaitmap\[mad-data\]'") as error:
        BarthDtw().segment(pd.DataFrame({"gyr_ml": [0.0]}), 100)
    assert "DtwTemplate(data=" in str(error.value)
    assert "InterpolatedDtwTemplate()" in str(error.value)


def test_a_changed_file_is_refused(monkeypatch, tmp_path):
    (tmp_path / "changed.csv").write_text("gyr_ml\n1\n")
    monkeypatch.setattr(_barth_template, "_locate", lambda name: tmp_path / name)
    with pytest.raises(ValueError, match="not the expected one"):
        _barth_template._read_template("changed.csv")
