"""Agreement of two measurements of one parameter."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from gaitmap.plot._style import GREY, INK, axes_or_new, tell, tidy
from gaitmap.utils.exceptions import ValidationError

_LIMITS = 1.96  # standard deviations (Bland & Altman 1986)


def plot_bland_altman(measured: ArrayLike, reference: ArrayLike, *, unit: str = "", ax: Any = None) -> Any:
    """Plot the differences of two measurements over their means, with bias and limits of agreement.

    For tables of strides with several parameters see :func:`gaitmap.evaluation_utils.bland_altman`, which also gives
    the numbers.

    Parameters
    ----------
    measured, reference
        Paired values, shape (n,); pairs with a missing value are left out.
    unit
        Unit for the labels, for example ``"m"``.
    ax
        Axes to draw on; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.

    Raises
    ------
    ValidationError
        If there are not as many values on both sides.
    ImportError
        If matplotlib is not installed.

    References
    ----------
    .. [1] Bland, J. M., & Altman, D. G. (1986). The Lancet, 327, 307-310. doi:10.1016/S0140-6736(86)90837-8

    Examples
    --------
    >>> from gaitmap.plot import plot_bland_altman
    >>> ax = plot_bland_altman([1.31, 1.28, 1.40], [1.30, 1.31, 1.38], unit="m")  # doctest: +SKIP
    """
    first, second = np.asarray(measured, dtype=float), np.asarray(reference, dtype=float)
    if first.shape != second.shape or first.ndim != 1:
        raise ValidationError(
            f"Bland-Altman: values are not paired. Found the shapes {first.shape} and {second.shape}. Expected two "
            "lists of the same length. Match the strides first, for example with gaitmap.evaluation_utils.bland_altman."
        )
    ax = axes_or_new(ax, figsize=(5, 3.5))
    is_pair = np.isfinite(first) & np.isfinite(second)
    difference, mean = (first - second)[is_pair], ((first + second) / 2)[is_pair]
    if not len(difference):
        return tell(ax, "No pair of values")
    ax.scatter(mean, difference, s=14, color=INK, alpha=0.6, linewidths=0)
    bias = difference.mean()
    ax.axhline(bias, color=INK, linewidth=1)
    text = f"n {len(difference)}, bias {bias:.3g}"
    if len(difference) > 1:
        reach = _LIMITS * difference.std(ddof=1)
        for limit in (bias - reach, bias + reach):
            ax.axhline(limit, color=GREY, linestyle="--", linewidth=1)
        text += f", limits {bias - reach:.3g} to {bias + reach:.3g}"
    of = f" ({unit})" if unit else ""
    ax.set(xlabel=f"Mean of both{of}", ylabel=f"Measured - reference{of}", title=f"{text} {unit}".strip())
    return tidy(ax)
