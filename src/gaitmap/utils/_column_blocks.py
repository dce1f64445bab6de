"""New frames of sensor data, written column by column into one preallocated block."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

# Samples that are worked on at a time: small enough for the processor cache, large enough to hide the call overhead.
_CHUNK_LENGTH = 16384


class ColumnBlocks:
    """Columns of a new frame; those of equal dtype share one contiguous block.

    Parameters
    ----------
    dtypes
        The dtype of each column; None for a column that :meth:`take_over` provides.
    n_rows
        Number of rows.
    """

    def __init__(self, dtypes: Sequence[np.dtype | None], n_rows: int) -> None:
        counts = Counter(dtype for dtype in dtypes if dtype is not None)
        blocks = {dtype: np.empty((count, n_rows), dtype=dtype) for dtype, count in counts.items()}
        rows = {dtype: iter(block) for dtype, block in blocks.items()}
        self._columns: list[Any] = [None if dtype is None else next(rows[dtype]) for dtype in dtypes]
        self._only_block = next(iter(blocks.values())) if len(blocks) == 1 and None not in dtypes else None

    def __getitem__(self, position: int) -> NDArray:
        """Return the column as an array to write into."""
        return self._columns[position]

    def take_over(self, position: int, values: Any) -> None:
        """Use existing values as a column."""
        self._columns[position] = values

    def to_frame(self, index: pd.Index, labels: Any) -> pd.DataFrame:
        """Wrap the columns into a frame, without copying them."""
        if self._only_block is not None:
            return pd.DataFrame(self._only_block.T, index=index, columns=labels, copy=False)
        frame = pd.DataFrame(dict(enumerate(self._columns)), index=index, copy=False)
        frame.columns = labels
        return frame


def take_columns_with_sign(
    frame: pd.DataFrame, positions: Sequence[int] | NDArray, signs: Sequence[int], labels: Any
) -> pd.DataFrame:
    """Build a frame from (sign-flipped) columns of another one; values are exact and dtypes are kept.

    Parameters
    ----------
    frame
        Where the columns come from.
    positions, signs
        For each new column the position of its source, and -1 or 1.
    labels
        Names of the new columns.
    """
    sources = [frame.iloc[:, position] for position in positions]
    dtypes = [source.dtype if isinstance(source.dtype, np.dtype) else None for source in sources]
    if None in dtypes or any(dtype.hasobject for dtype in dtypes if dtype is not None):
        signed = {
            i: source if sign > 0 else -source for i, (source, sign) in enumerate(zip(sources, signs, strict=True))
        }
        result = pd.DataFrame(signed, index=frame.index)
        result.columns = labels
        return result
    new = ColumnBlocks(dtypes, len(frame))
    for i, (source, sign) in enumerate(zip(sources, signs, strict=True)):
        if sign > 0:
            np.copyto(new[i], source.to_numpy())
        else:
            np.negative(source.to_numpy(), out=new[i])
    return new.to_frame(frame.index, labels)


def rotate_columns(
    frame: pd.DataFrame,
    triplets: Sequence[tuple[Sequence[int], Rotation | None]],
    *,
    keep_float32: bool = False,
) -> pd.DataFrame:
    """Rotate triplets of columns, each with its own rotation; all other columns are passed on as they are.

    Parameters
    ----------
    frame
        Where the columns come from.
    triplets
        Positions of the x, y and z column of each vector, with a single rotation, a rotation per sample, or None for
        vectors that only become float64.
    keep_float32
        Store the rotation of float32 columns as float32.
    """
    sources = [frame.iloc[:, position] for position in range(frame.shape[1])]
    rotated = {position for positions, _ in triplets for position in positions}
    dtypes: list[np.dtype | None] = []
    for position, source in enumerate(sources):
        if position in rotated:
            stays = keep_float32 and source.dtype == np.float32
            dtypes.append(np.dtype(np.float32 if stays else np.float64))
        else:
            dtypes.append(np.dtype(np.float64) if source.dtype == np.float64 else None)
    new = ColumnBlocks(dtypes, len(frame))
    for positions, rotation in triplets:
        old_columns = [as_numeric_array(sources[i]) for i in positions]
        _rotate_triplet(rotation, old_columns, [new[i] for i in positions])
    for position, source in enumerate(sources):
        if position not in rotated:
            if dtypes[position] is None:
                new.take_over(position, source.array.copy())
            else:
                np.copyto(new[position], source.to_numpy())
    return new.to_frame(frame.index, frame.columns)


def as_numeric_array(column: pd.Series) -> NDArray:
    """Values of a column, not copied where they are plain numbers; a missing value becomes NaN."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "fiub":
        return column.to_numpy()
    return column.to_numpy(dtype=float, na_value=np.nan)


def _rotate_triplet(rotation: Rotation | None, old: list[NDArray], new: list[NDArray]) -> None:
    if rotation is None:
        for source, target in zip(old, new, strict=True):
            np.copyto(target, source, casting="same_kind")
        return
    matrix = rotation.as_matrix() if rotation.single else None
    for start in range(0, len(old[0]), _CHUNK_LENGTH):
        part = slice(start, start + _CHUNK_LENGTH)
        vectors = np.stack([column[part] for column in old]).astype(float, copy=False)
        result = rotation[part].apply(vectors.T).T if matrix is None else matrix @ vectors
        for target, values in zip(new, result, strict=True):
            target[part] = values
