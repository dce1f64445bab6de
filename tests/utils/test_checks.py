import numpy as np
import pytest

from gaitmap.utils._checks import check_number, check_option, check_sampling_rate
from gaitmap.utils._imports import require


def test_the_error_names_owner_parameter_expectation_and_value():
    with pytest.raises(
        ValueError, match=r"'metric' parameter of align must be one of 'mean', 'median'\. Got 'x' instead"
    ):
        check_option("align", "metric", "x", ("mean", "median"))


@pytest.mark.parametrize("value", [0, -1, np.nan, np.inf, None, "100", True])
def test_what_is_no_positive_number_is_no_sampling_rate(value):
    with pytest.raises(ValueError, match=r"'sampling_rate_hz' parameter of detect must be a finite number > 0"):
        check_sampling_rate("detect", value)


@pytest.mark.parametrize("value", [1, 204.8, np.float32(51.2), np.int64(100)])
def test_numbers_of_all_kinds_are_sampling_rates(value):
    check_sampling_rate("detect", value)


def test_bounds_are_exclusive_or_inclusive_as_named():
    check_number("f", "x", 0, at_least=0)
    with pytest.raises(ValueError, match=">= 0"):
        check_number("f", "x", -1e-9, at_least=0)


def test_a_missing_package_is_named_with_its_purpose_and_extra():
    with pytest.raises(ImportError, match=r"The report needs the package 'no_such_package'.*gaitmap\[app\]"):
        require("no_such_package.sub", "The report", "app")
    assert require("json", "Nothing", "app").dumps(1) == "1"
