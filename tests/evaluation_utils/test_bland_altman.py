import numpy as np
import pandas as pd
import pytest

from gaitmap.evaluation_utils import bland_altman, calculate_aggregated_parameter_errors
from gaitmap.utils.exceptions import ValidationError


def _tables(n=40, seed=0):
    rng = np.random.default_rng(seed)
    true = pd.DataFrame({"stride_length": rng.normal(1.3, 0.1, n), "stride_time": rng.normal(1.1, 0.05, n)})
    true = true.rename_axis("s_id")
    return true, true + rng.normal([0.02, 0], [0.03, 0.01], (n, 2))


def test_limits_of_agreement_are_those_of_the_error_tables():
    true, found = _tables()
    result = bland_altman(reference_parameter=true, predicted_parameter=found, plot=False)
    table = calculate_aggregated_parameter_errors(reference_parameter=true, predicted_parameter=found, extended=True)
    pd.testing.assert_frame_equal(result.aggregated, table)
    pairs = {"bias": "error_mean", "sd": "error_std", "loa_lower": "error_loa_lower", "loa_upper": "error_loa_upper"}
    for name, row in (pairs | {"bias_ci_lower": "bias_ci_lower", "n": "n_common"}).items():
        np.testing.assert_allclose(result.agreement[name], table.loc[row, result.agreement.index], err_msg=name)
    assert (result.agreement["share_inside"] > 0.85).all()
    assert result.figure is None


def test_sensors_are_pooled_for_the_agreement():
    true, found = _tables()
    sides = [{"a": table.iloc[:15], "b": table.iloc[15:]} for table in (true, found)]
    result = bland_altman(reference_parameter=sides[0], predicted_parameter=sides[1], plot=False)
    expected = bland_altman(reference_parameter=true, predicted_parameter=found, plot=False)
    pd.testing.assert_frame_equal(result.agreement, expected.agreement)
    assert set(result.errors) == {"a", "b"}


def test_the_figure_shows_every_stride_and_the_three_lines():
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    true, found = _tables()
    sides = [{"a": table.iloc[:15], "b": table.iloc[15:]} for table in (true, found)]
    figure = bland_altman(
        reference_parameter=sides[0], predicted_parameter=sides[1], parameters=["stride_length"]
    ).figure
    (axis,) = (axis for axis in figure.axes if axis.get_visible())
    assert axis.get_title() == "stride_length"
    assert [len(part.get_offsets()) for part in axis.collections[:2]] == [15, 25]
    assert len(axis.lines) == 3
    figure.canvas.draw()


def test_missing_parameters_are_named():
    true, found = _tables()
    with pytest.raises(ValidationError, match="step_time"):
        bland_altman(reference_parameter=true, predicted_parameter=found, parameters=["step_time"], plot=False)
