"""Bland-Altman plot and error tables of gait parameters in one call."""

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gaitmap.evaluation_utils._agreement import mean_with_interval
from gaitmap.evaluation_utils.parameter_errors import (
    Parameters,
    calculate_aggregated_parameter_errors,
    calculate_parameter_errors,
)
from gaitmap.utils._imports import require
from gaitmap.utils.exceptions import ValidationError

_LIMITS_OF_AGREEMENT = 1.96  # standard deviations (Bland & Altman 1986)
_COLUMNS_OF_PLOTS = 3
#: Okabe and Ito: told apart with every kind of colour vision.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")


class BlandAltman(NamedTuple):
    """Comparison of predicted with reference parameters.

    Attributes
    ----------
    errors
        The errors of every stride, as :func:`~gaitmap.evaluation_utils.calculate_parameter_errors` returns them.
    aggregated
        The extended table of :func:`~gaitmap.evaluation_utils.calculate_aggregated_parameter_errors`.
    agreement
        One row per parameter (for dicts: over all sensors): ``n``, ``bias`` with its 95 % confidence interval
        ``bias_ci_lower``, ``bias_ci_upper``, ``sd``, ``loa_lower``, ``loa_upper``, and ``share_inside`` (of the errors
        that lie between the limits).
    figure
        The matplotlib figure with one panel per parameter; None if it was not asked for.
    """

    errors: pd.DataFrame | dict[Hashable, pd.DataFrame]
    aggregated: pd.DataFrame
    agreement: pd.DataFrame
    figure: Any


def bland_altman(
    *,
    reference_parameter: Parameters,
    predicted_parameter: Parameters,
    parameters: Sequence[str] | None = None,
    id_column: str = "s_id",
    plot: bool = True,
) -> BlandAltman:
    """Compare predicted with reference parameters: errors, limits of agreement and the plot of Bland and Altman.

    Parameters
    ----------
    reference_parameter
        The true values: a table with one row per stride and one column per parameter, or a dict of such tables.
    predicted_parameter
        The values to judge, of the same kind.
    parameters
        The parameters to compare; None takes all that both sides have.
    id_column
        Column or index level that tells which rows belong together.
    plot
        If False, there is no figure and matplotlib is not needed.

    Returns
    -------
    BlandAltman
        Errors per stride, aggregated errors, agreement per parameter, and the figure.

    Raises
    ------
    ValidationError
        As :func:`~gaitmap.evaluation_utils.calculate_parameter_errors`, or if a parameter is not on both sides.
    ImportError
        If a figure is asked for and matplotlib is not installed.

    Notes
    -----
    Each mark of the plot is one stride: the error (predicted minus reference) over the mean of both values. Lines show
    the bias (mean error, with its confidence interval as a band) and the limits of agreement, bias -+ 1.96 SD [1]_.
    Values of a dict are pooled over the sensors, which are told apart by colour. Strides of one person are not
    independent: the limits hold for these recordings, and confidence intervals are too narrow.

    References
    ----------
    .. [1] Bland, J. M., & Altman, D. G. (1986). Statistical methods for assessing agreement between two methods of
       clinical measurement. The Lancet, 327, 307-310. https://doi.org/10.1016/S0140-6736(86)90837-8

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.evaluation_utils import bland_altman
    >>> found = pd.DataFrame({"s_id": [0, 1, 2], "stride_length": [1.2, 1.3, 1.4]})
    >>> truth = pd.DataFrame({"s_id": [0, 1, 2], "stride_length": [1.1, 1.3, 1.5]})
    >>> result = bland_altman(reference_parameter=truth, predicted_parameter=found, plot=False)
    >>> result.agreement[["n", "bias", "loa_lower", "loa_upper"]].round(3)
                   n  bias  loa_lower  loa_upper
    parameter
    stride_length  3  -0.0     -0.196      0.196
    """
    if parameters is not None:
        reference_parameter = _selected(reference_parameter, list(parameters), id_column)
        predicted_parameter = _selected(predicted_parameter, list(parameters), id_column)
    errors, _ = calculate_parameter_errors(
        reference_parameter=reference_parameter, predicted_parameter=predicted_parameter, id_column=id_column
    )
    aggregated = calculate_aggregated_parameter_errors(
        reference_parameter=reference_parameter,
        predicted_parameter=predicted_parameter,
        id_column=id_column,
        extended=True,
        scoring_errors="ignore",
    )
    by_sensor: dict[Hashable, pd.DataFrame] = errors if isinstance(errors, dict) else {None: errors}
    pooled = pd.concat(by_sensor, names=["sensor"])
    names = list(parameters) if parameters is not None else list(pooled["error"].columns)
    agreement = _agreement(pooled["error"][names])
    return BlandAltman(errors, aggregated, agreement, _plot(pooled, agreement, list(by_sensor)) if plot else None)


def _selected(side: Parameters, parameters: list[str], id_column: str) -> Parameters:
    if isinstance(side, dict):
        return {sensor: _selected(table, parameters, id_column) for sensor, table in side.items()}  # type: ignore[misc]
    missing = [name for name in parameters if name not in side]
    if missing:
        raise ValidationError(f"Bland-Altman: there is no column {missing}. Found {list(side.columns)}.")  # type: ignore[union-attr]
    ids = [id_column] if id_column in side.columns else []  # type: ignore[union-attr]
    return side[[*ids, *parameters]]  # type: ignore[index]


def _agreement(error: pd.DataFrame) -> pd.DataFrame:
    bias = mean_with_interval(error.to_numpy(dtype=float))
    sd = error.std().to_numpy()
    lower, upper = bias.value - _LIMITS_OF_AGREEMENT * sd, bias.value + _LIMITS_OF_AGREEMENT * sd
    inside = ((error >= lower) & (error <= upper)).sum() / error.notna().sum()
    return pd.DataFrame(
        {
            "n": error.notna().sum(),
            "bias": bias.value,
            "bias_ci_lower": bias.lower,
            "bias_ci_upper": bias.upper,
            "sd": sd,
            "loa_lower": lower,
            "loa_upper": upper,
            "share_inside": inside,
        }
    ).rename_axis("parameter")


def _plot(errors: pd.DataFrame, agreement: pd.DataFrame, sensors: list[Hashable]) -> Any:
    figure_class = require("matplotlib.figure", "Bland-Altman plots", extra="plot").Figure
    n_columns = min(_COLUMNS_OF_PLOTS, len(agreement))
    n_rows = -(-len(agreement) // n_columns)
    # A figure without pyplot: nothing stays open, and no display is needed.
    figure = figure_class(figsize=(4.2 * n_columns, 3.2 * n_rows), layout="constrained")
    axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for axis, (name, row) in zip(axes, agreement.iterrows(), strict=False):
        for sensor, colour in zip(sensors, np.resize(_COLOURS, len(sensors)), strict=True):
            own = errors.xs(sensor, level="sensor") if sensor is not None else errors
            mean = (own["predicted"][name] + own["reference"][name]) / 2
            axis.scatter(mean, own["error"][name], s=12, alpha=0.6, color=colour, linewidths=0, label=sensor)
        axis.axhspan(row["bias_ci_lower"], row["bias_ci_upper"], color="#2b4c66", alpha=0.15, linewidth=0)
        axis.axhline(row["bias"], color="#2b4c66")
        for limit in (row["loa_lower"], row["loa_upper"]):
            axis.axhline(limit, color="#2b4c66", linestyle="--", linewidth=1)
        axis.set(title=str(name), xlabel="mean of both", ylabel="predicted - reference")
    for axis in axes[len(agreement) :]:
        axis.set_visible(False)
    if sensors != [None]:
        axes[0].legend(frameon=False, fontsize="small")
    return figure
