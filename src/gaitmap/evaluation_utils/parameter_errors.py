"""Errors of gait parameters against a reference, per stride and summed up."""

import warnings
from collections.abc import Hashable, Mapping
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from gaitmap.evaluation_utils._agreement import (
    Estimate,
    absolute_agreement_icc,
    complete_rows,
    correlation,
    mean_with_interval,
    one_way_icc,
)
from gaitmap.utils._checks import check_option
from gaitmap.utils.datatype_helper import set_correct_index
from gaitmap.utils.exceptions import ValidationError

Parameters: TypeAlias = pd.DataFrame | Mapping[Hashable, pd.DataFrame]

_QUANTITIES = ["predicted", "reference", "error", "abs_error", "rel_error", "abs_rel_error"]
_COUNTS = ["n_additional_predicted", "n_additional_reference", "n_common"]
_LIMITS_OF_AGREEMENT = 1.96  # standard deviations (Bland & Altman 1986)
_MIN_TARGETS_FOR_ICC = 3
_ONE_SENSOR = None  # name of the sensor where there are no names


def calculate_parameter_errors(
    *, reference_parameter: Parameters, predicted_parameter: Parameters, id_column: str = "s_id"
) -> tuple[pd.DataFrame | dict[Hashable, pd.DataFrame], pd.DataFrame | dict[Hashable, pd.DataFrame]]:
    """Calculate the error of each parameter of each stride (or trial, or participant).

    Parameters
    ----------
    reference_parameter
        The true values: a table with one row per stride and one column per parameter, or a dict of such tables.
    predicted_parameter
        The values to judge, of the same kind.
    id_column
        Column or index level that tells which rows belong together: ``"s_id"`` for ``parameters_``, ``"stride id"`` for
        ``parameters_pretty_``.

    Returns
    -------
    errors
        One row per id of either side (first those of the prediction), two column levels: ``error_type`` (``predicted``,
        ``reference``, ``error``, ``abs_error``, ``rel_error``, ``abs_rel_error``) and ``parameter`` (those that both
        sides have, sorted). A value that one side lacks is NaN. A dict of such tables for dicts.
    common_rows_stats
        How many values both sides have (``n_common``), and how many more only one has (``n_additional_predicted``,
        ``n_additional_reference``), per parameter. A dict of such tables for dicts.

    Raises
    ------
    ValidationError
        If only one input is a dict, ids are missing or occur twice, or the inputs have no sensor, no parameter or no
        value in common.

    See Also
    --------
    gaitmap.evaluation_utils.calculate_aggregated_parameter_errors : The same, summed up over all strides.

    Notes
    -----
    The error is prediction minus reference, the relative error is the error divided by the reference.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.evaluation_utils import calculate_parameter_errors
    >>> found = pd.DataFrame({"s_id": [0, 1, 2], "stride_length": [1.5, 1.0, 1.2]})
    >>> truth = pd.DataFrame({"s_id": [0, 1], "stride_length": [1.2, 1.0]})
    >>> errors, common = calculate_parameter_errors(reference_parameter=truth, predicted_parameter=found)
    >>> errors["abs_rel_error"]
    parameter  stride_length
    s_id
    0                   0.25
    1                   0.00
    2                    NaN
    >>> common["stride_length"].to_dict()
    {'n_additional_predicted': 1, 'n_additional_reference': 0, 'n_common': 2}
    """
    errors, counts = _errors_per_sensor(predicted_parameter, reference_parameter, id_column)
    if isinstance(predicted_parameter, Mapping):
        return errors, counts
    return errors[_ONE_SENSOR], counts[_ONE_SENSOR]


def calculate_aggregated_parameter_errors(
    *,
    reference_parameter: Parameters,
    predicted_parameter: Parameters,
    calculate_per_sensor: bool = True,
    scoring_errors: Literal["ignore", "warn", "raise"] = "warn",
    id_column: str = "s_id",
    restrict_to_common: bool = False,
    extended: bool = False,
) -> pd.DataFrame:
    """Calculate mean error, limits of agreement, intraclass correlation and more for each parameter.

    Parameters
    ----------
    reference_parameter
        The true values: a table with one row per stride and one column per parameter, or a dict of such tables.
    predicted_parameter
        The values to judge, of the same kind.
    calculate_per_sensor
        If False, the values of all sensors of a dict are pooled first.
    scoring_errors
        What to do about parameters with less than three common values, for which there is no intraclass correlation:
        NaN with (``"warn"``) or without a warning (``"ignore"``), or an ``AssertionError`` (``"raise"``).
    id_column
        Column or index level that tells which rows belong together: ``"s_id"`` for ``parameters_``, ``"stride id"`` for
        ``parameters_pretty_``.
    restrict_to_common
        If True, the statistics of ``predicted`` and ``reference`` use the values that both sides have. By default they
        use all values of their own side.
    extended
        If True, further rows follow (see Notes).

    Returns
    -------
    aggregated_errors
        One column per parameter (two column levels, sensor and parameter, for dicts with ``calculate_per_sensor``), one
        row per statistic (see Notes), all float.

    Raises
    ------
    ValidationError
        As :func:`calculate_parameter_errors`.
    AssertionError
        If ``scoring_errors="raise"`` and an intraclass correlation cannot be calculated.
    ValueError
        If ``scoring_errors`` is not valid.

    Notes
    -----
    The rows, in this order:

    - ``{quantity}_{statistic}``, with the statistics mean, std (of a sample), median, q05, q95, max, min, loa_lower and
      loa_upper (limits of agreement, mean -+ 1.96 std [1]_), and within each the quantities predicted, reference,
      error, abs_error, rel_error, abs_rel_error. NaN is left out.
    - ``icc, icc_q05, icc_q95``: intraclass correlation ICC(1,1) of the values that both sides have [2]_ [3]_, with the
      bounds of its 95 % confidence interval rounded to two digits.
    - ``n_additional_predicted, n_additional_reference, n_common``.

    With ``extended`` also, of the values that both sides have:

    - ``icc_ci_lower, icc_ci_upper``: the bounds from above, not rounded.
    - ``icc_a1, icc_a1_ci_lower, icc_a1_ci_upper``: ICC(A,1), two-way model with absolute agreement [3]_ [4]_.
    - ``rmse``, and ``bias_ci_lower, bias_ci_upper``: 95 % confidence interval of the mean error.
    - ``sem``: standard error of measurement, std of the error / sqrt(2), and ``mdc95``: minimal detectable change,
      1.96 sqrt(2) sem [5]_.
    - ``pearson_r, spearman_r``.

    References
    ----------
    .. [1] Bland, J. M., & Altman, D. G. (1986). Statistical methods for assessing agreement between two methods of
       clinical measurement. The Lancet, 327, 307-310. https://doi.org/10.1016/S0140-6736(86)90837-8
    .. [2] Shrout, P. E., & Fleiss, J. L. (1979). Intraclass correlations: uses in assessing rater reliability.
       Psychological Bulletin, 86(2), 420-428. https://doi.org/10.1037/0033-2909.86.2.420
    .. [3] McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some intraclass correlation coefficients.
       Psychological Methods, 1(1), 30-46. https://doi.org/10.1037/1082-989X.1.1.30
    .. [4] Kluge, F., Gaßner, H., Hannink, J., Pasluosta, C., Klucken, J., & Eskofier, B. M. (2017). Towards mobile gait
       analysis: concurrent validity and test-retest reliability of an inertial measurement system for the assessment
       of spatio-temporal gait parameters. Sensors, 17(7), 1522. https://doi.org/10.3390/s17071522
    .. [5] Weir, J. P. (2005). Quantifying test-retest reliability using the intraclass correlation coefficient and the
       SEM. Journal of Strength and Conditioning Research, 19(1), 231-240.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.evaluation_utils import calculate_aggregated_parameter_errors
    >>> found = pd.DataFrame({"s_id": [0, 1, 2], "stride_length": [7, 3, 5]})
    >>> truth = pd.DataFrame({"s_id": [0, 1, 2], "stride_length": [3, 6, 7]})
    >>> errors = calculate_aggregated_parameter_errors(reference_parameter=truth, predicted_parameter=found)
    >>> errors.loc[["error_mean", "error_std", "abs_error_mean", "icc", "n_common"]].round(3)
                    stride_length
    error_mean             -0.333
    error_std               3.786
    abs_error_mean          3.000
    icc                    -0.611
    n_common                3.000
    """
    check_option("calculate_aggregated_parameter_errors", "scoring_errors", scoring_errors, ("ignore", "warn", "raise"))
    errors, counts = _errors_per_sensor(predicted_parameter, reference_parameter, id_column)

    def aggregate(errors: pd.DataFrame, counts: pd.DataFrame, sensor: Hashable = _ONE_SENSOR) -> pd.DataFrame:
        _report_missing_icc(errors, sensor, scoring_errors)
        return _aggregate(errors, counts, restrict_to_common, extended)

    if not isinstance(predicted_parameter, Mapping):
        return aggregate(errors[_ONE_SENSOR], counts[_ONE_SENSOR])
    if calculate_per_sensor:
        return pd.concat({sensor: aggregate(errors[sensor], counts[sensor], sensor) for sensor in errors}, axis=1)
    return aggregate(*_pooled(errors, counts))


def pooled_parameter_errors(
    *, reference_parameter: Parameters, predicted_parameter: Parameters, id_column: str
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Calculate errors and statistics over the strides of all sensors, also where nothing can be compared.

    Returns
    -------
    errors, statistics, n_common
        As of :func:`calculate_parameter_errors`; extended statistics per parameter, NaN where there is nothing; number
        of values that both sides have.
    """
    errors, counts = _pooled(
        *_errors_per_sensor(predicted_parameter, reference_parameter, id_column, needs_common=False)
    )
    statistics = _aggregate(errors, counts, restrict_to_common=False, extended=True)
    return errors, statistics, counts.loc["n_common"]


def _pooled(
    errors: dict[Hashable, pd.DataFrame], counts: dict[Hashable, pd.DataFrame]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    pooled = pd.concat(errors).sort_index(axis=1, level="parameter", sort_remaining=False)[_QUANTITIES]
    return pooled, pd.concat(counts).groupby(level=1).sum()


def _errors_per_sensor(
    predicted: Parameters, reference: Parameters, id_column: str, *, needs_common: bool = True
) -> tuple[dict[Hashable, pd.DataFrame], dict[Hashable, pd.DataFrame]]:
    """Errors and counts of each sensor that both sides have."""
    for side in (predicted, reference):
        if not isinstance(side, pd.DataFrame | Mapping):
            raise ValidationError(f"Predicted and reference must be tables, or dicts of tables. Found {type(side)}.")
    if isinstance(predicted, Mapping) != isinstance(reference, Mapping):
        raise ValidationError(
            "Predicted and reference must be of the same type. Pass two tables, or two dicts of tables."
        )
    predicted, reference = _as_dict(predicted), _as_dict(reference)
    sensors = sorted(set(predicted) & set(reference))  # type: ignore[type-var]
    if not sensors:
        raise ValidationError(
            "The predicted values and the reference do not have any common sensors! Found "
            f"{list(predicted)} and {list(reference)}."
        )
    errors, counts = {}, {}
    for sensor in sensors:
        of_sensor = _set_ids(predicted[sensor], id_column), _set_ids(reference[sensor], id_column)
        errors[sensor], counts[sensor] = _errors_of_sensor(*of_sensor, sensor, needs_common)
    return errors, counts


def _as_dict(parameters: Parameters) -> Mapping[Hashable, pd.DataFrame]:
    return {_ONE_SENSOR: parameters} if isinstance(parameters, pd.DataFrame) else parameters


def _set_ids(parameters: pd.DataFrame, id_column: str) -> pd.DataFrame:
    if id_column not in [*parameters.index.names, *parameters.columns]:
        raise ValidationError(
            f"Predicted and reference need to have either an index or a column named `{id_column}`. Found the columns "
            f"{list(parameters.columns)}. The name is set by `id_column`; for `parameters_pretty_` it is 'stride id'."
        )
    parameters = set_correct_index(parameters, [id_column])
    if not parameters.index.is_unique:
        twice = parameters.index[parameters.index.duplicated()].unique()
        raise ValidationError(
            f"Each id may occur only once in `{id_column}`. Found these more often: {list(twice[:10])}. "
            "Make the ids unique, or split the table by sensor."
        )
    return parameters


def _errors_of_sensor(
    predicted: pd.DataFrame, reference: pd.DataFrame, sensor: Hashable, needs_common: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    where = "" if sensor is _ONE_SENSOR else f"For sensor {sensor} no"
    parameters = sorted(set(predicted.columns) & set(reference.columns))
    if not parameters:
        raise ValidationError(f"{where or 'No'} common parameter columns are found between predicted and reference.")
    ids = predicted.index.append(reference.index.difference(predicted.index, sort=False))
    values = {
        "predicted": _as_float(predicted, parameters).reindex(ids),
        "reference": _as_float(reference, parameters).reindex(ids),
    }
    values["error"] = values["predicted"] - values["reference"]
    values["abs_error"] = values["error"].abs()
    values["rel_error"] = values["error"] / values["reference"]
    values["abs_rel_error"] = values["rel_error"].abs()
    there = {side: values[side].notna() for side in ("predicted", "reference")}
    n_common = (there["predicted"] & there["reference"]).sum()
    if needs_common and not n_common.any():
        raise ValidationError(f"{where or 'No'} common entries are found between predicted and reference!")
    counts = pd.DataFrame(
        [there["predicted"].sum() - n_common, there["reference"].sum() - n_common, n_common], index=_COUNTS
    )
    return pd.concat(values, axis=1, names=["error_type", "parameter"]), counts


def _as_float(parameters: pd.DataFrame, columns: list) -> pd.DataFrame:
    not_numeric = [column for column in columns if not pd.api.types.is_numeric_dtype(parameters[column].dtype)]
    if not_numeric:
        raise ValidationError(
            f"Only numeric columns can be compared. Found other types in the columns {not_numeric}, which prediction "
            "and reference have in common. Drop them from one of the two."
        )
    values = {column: parameters[column].to_numpy(dtype=float, na_value=np.nan) for column in columns}
    return pd.DataFrame(values, index=parameters.index, columns=columns)


def _aggregate(errors: pd.DataFrame, counts: pd.DataFrame, restrict_to_common: bool, extended: bool) -> pd.DataFrame:
    parameters = list(errors["predicted"].columns)
    both = _both_sides(errors)
    if restrict_to_common:
        errors = errors.mask(np.tile(np.isnan(both).any(axis=0), len(_QUANTITIES)))
    rows = _describe(errors, parameters)
    icc = _where_enough(one_way_icc(both), both)
    rows |= {"icc": icc.value, "icc_q05": np.round(icc.lower, 2), "icc_q95": np.round(icc.upper, 2)}
    rows |= {name: counts.loc[name, parameters].to_numpy(dtype=float) for name in _COUNTS}
    if extended:
        rows |= {"icc_ci_lower": icc.lower, "icc_ci_upper": icc.upper} | _extended_rows(both)
    return pd.DataFrame.from_dict(rows, orient="index", columns=parameters, dtype=float)


def _both_sides(errors: pd.DataFrame) -> np.ndarray:
    """Predicted and reference values, (2, ids, parameters)."""
    return np.stack([errors[side].to_numpy() for side in ("predicted", "reference")])


def _describe(errors: pd.DataFrame, parameters: list) -> dict[str, np.ndarray]:
    """Statistics of all six quantities; infinite relative errors give infinite or NaN statistics without a warning."""
    with np.errstate(invalid="ignore"):
        quantiles = errors.quantile([0.05, 0.5, 0.95])
        mean, std = errors.mean(), errors.std()
        statistics = {
            "mean": mean,
            "std": std,
            "median": quantiles.loc[0.5],
            "q05": quantiles.loc[0.05],
            "q95": quantiles.loc[0.95],
            "max": errors.max(),
            "min": errors.min(),
            "loa_lower": mean - _LIMITS_OF_AGREEMENT * std,
            "loa_upper": mean + _LIMITS_OF_AGREEMENT * std,
        }
    return {
        f"{quantity}_{name}": values[quantity].loc[parameters].to_numpy()
        for name, values in statistics.items()
        for quantity in _QUANTITIES
    }


def _report_missing_icc(errors: pd.DataFrame, sensor: Hashable, scoring_errors: str) -> None:
    n_complete = complete_rows(_both_sides(errors))[1]
    where = "" if sensor is _ONE_SENSOR else f" of sensor {sensor}"
    for parameter, n in zip(errors["predicted"].columns, n_complete, strict=True):
        message = (
            f"Calculating the intraclass correlation coefficient for {parameter} failed{where}. Found {n} ids with "
            f"finite values on both sides. Expected at least {_MIN_TARGETS_FOR_ICC}."
        )
        if n < _MIN_TARGETS_FOR_ICC and scoring_errors == "raise":
            raise AssertionError(message)
        if n < _MIN_TARGETS_FOR_ICC and scoring_errors == "warn":
            warnings.warn(message, UserWarning, stacklevel=4)


def _where_enough(estimate: Estimate, both: np.ndarray) -> Estimate:
    enough = complete_rows(both)[1] >= _MIN_TARGETS_FOR_ICC
    return Estimate(*(np.where(enough, part, np.nan) for part in estimate))


def _extended_rows(both: np.ndarray) -> dict[str, np.ndarray]:
    (predicted, reference), _ = complete_rows(both)
    error = predicted - reference
    bias = mean_with_interval(error)
    icc = _where_enough(absolute_agreement_icc(both), both)
    ranks = [pd.DataFrame(side).rank().to_numpy() for side in (predicted, reference)]
    sem = pd.DataFrame(error).std().to_numpy() / np.sqrt(2)
    return {
        "icc_a1": icc.value,
        "icc_a1_ci_lower": icc.lower,
        "icc_a1_ci_upper": icc.upper,
        "rmse": np.sqrt(pd.DataFrame(error**2).mean().to_numpy()),
        "bias_ci_lower": bias.lower,
        "bias_ci_upper": bias.upper,
        "sem": sem,
        "mdc95": _LIMITS_OF_AGREEMENT * np.sqrt(2) * sem,
        "pearson_r": correlation(predicted, reference),
        "spearman_r": correlation(*ranks),
    }
