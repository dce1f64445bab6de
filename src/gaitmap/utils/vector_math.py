"""Elementary vector operations on single vectors and on stacks of vectors (one per row)."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

_X_AXIS = np.array([1.0, 0.0, 0.0])
_Y_AXIS = np.array([0.0, 1.0, 0.0])


def row_wise_dot(v1: ArrayLike, v2: ArrayLike, squeeze: bool = False) -> NDArray:
    """Calculate the inner product of each row of ``v1`` with the row of ``v2``.

    Parameters
    ----------
    v1, v2
        Vectors of shape ``(m,)`` or ``(n, m)``. A single vector is combined with every row of the other input.
    squeeze
        Remove the row dimension, if there is only one row.

    Returns
    -------
    numpy.ndarray
        Shape ``(n,)``; for two single vectors ``(1,)``, or ``()`` with ``squeeze``. Integer inputs give integers.

    Examples
    --------
    >>> row_wise_dot([[1, 2, 3], [4, 5, 6]], [1, 0, 2])
    array([ 7, 16])
    """
    product = np.vecdot(np.atleast_2d(v1), np.atleast_2d(v2))
    return np.squeeze(product) if squeeze else product


def normalize(v: ArrayLike) -> NDArray[np.float64]:
    """Scale one vector, or every row of a stack of vectors, to the length 1.

    Parameters
    ----------
    v
        Vector(s) of shape ``(m,)`` or ``(n, m)``.

    Returns
    -------
    numpy.ndarray
        Unit vectors of the same shape. A zero vector has no direction and becomes NaN, without a warning.

    Examples
    --------
    >>> normalize([0, 3, 4])
    array([0. , 0.6, 0.8])
    """
    vectors = np.asarray(v, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def is_almost_parallel_or_antiparallel(
    v1: ArrayLike, v2: ArrayLike, rtol: float = 1e-5, atol: float = 1e-8
) -> NDArray[np.bool_]:
    """Tell whether vectors point in (almost) the same or (almost) opposite directions.

    Parameters
    ----------
    v1, v2
        Vectors of shape ``(m,)`` or ``(n, m)`` and any length.
    rtol, atol
        Relative and absolute tolerance of the comparison of the absolute cosine of their angle with 1. The default
        takes everything within 0.256 deg as parallel.

    Returns
    -------
    numpy.ndarray
        Shape ``(n,)``; ``(1,)`` for two single vectors.

    Examples
    --------
    >>> is_almost_parallel_or_antiparallel([0, 0, 1], [0, 0, -3])
    array([ True])
    """
    return np.isclose(np.abs(row_wise_dot(normalize(v1), normalize(v2))), 1, rtol=rtol, atol=atol)


def find_random_orthogonal(v: ArrayLike) -> NDArray[np.float64]:
    """Find a unit vector orthogonal to ``v``.

    Of all these vectors it is an arbitrary one, but always the same: ``v x [1, 0, 0]``, or ``v x [0, 1, 0]`` if ``v``
    lies on the x-axis.

    Parameters
    ----------
    v
        Vector of shape ``(3,)`` and any length.

    Returns
    -------
    numpy.ndarray
        Unit vector of shape ``(3,)``.

    Examples
    --------
    >>> find_random_orthogonal([0, 0, 2])
    array([0., 1., 0.])
    """
    vector = np.asarray(v, dtype=float)
    on_x_axis = is_almost_parallel_or_antiparallel(vector, _X_AXIS)[0]
    # Adding zero turns a negative zero into a positive one.
    return normalize(np.cross(vector, _Y_AXIS if on_x_axis else _X_AXIS)) + 0.0


def find_orthogonal(v1: ArrayLike, v2: ArrayLike) -> NDArray[np.float64]:
    """Find the unit vector orthogonal to two vectors, in the direction of ``v1 x v2``.

    Parameters
    ----------
    v1, v2
        Vectors of shape ``(3,)`` and any length.

    Returns
    -------
    numpy.ndarray
        Unit vector of shape ``(3,)``. For (almost) parallel or antiparallel vectors that of
        :func:`find_random_orthogonal` for ``v1``.

    Raises
    ------
    ValueError
        If one of the inputs is not a single vector.

    Examples
    --------
    >>> find_orthogonal([2, 0, 0], [1, 1, 0])
    array([0., 0., 1.])
    """
    first, second = np.asarray(v1, dtype=float), np.asarray(v2, dtype=float)
    if first.ndim != 1 or second.ndim != 1:
        raise ValueError(
            f"find_orthogonal: v1 and v2 must be single vectors of shape (3,). Found the shapes {first.shape} and "
            f"{second.shape}. Call it once per pair of vectors."
        )
    if is_almost_parallel_or_antiparallel(first, second)[0]:
        return find_random_orthogonal(first)
    return normalize(np.cross(first, second)) + 0.0
