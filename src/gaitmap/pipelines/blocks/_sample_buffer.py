"""The last part of a signal that arrives in blocks."""

import numpy as np
import pandas as pd


class SampleBuffer:
    """Keeps the samples of one sensor from some point on; positions count from the start of the recording.

    Attributes
    ----------
    first, end
        First sample that is kept, and the one behind the last.
    """

    def __init__(self) -> None:
        self.first = 0
        self.end = 0
        self._columns: pd.Index | None = None
        self._blocks: list[np.ndarray] = []

    def append(self, block: pd.DataFrame) -> None:
        """Add the next samples."""
        self._columns = block.columns
        if len(block) > 0:
            values = block.to_numpy()
            self._blocks.append(values if values.dtype.kind == "f" else block.to_numpy(dtype=float, na_value=np.nan))
            self.end += len(block)

    def cut(self, start: int, end: int) -> pd.DataFrame:
        """Copy of a part that is kept."""
        offset, pieces = self.first, []
        for block in self._blocks:
            piece = block[max(start - offset, 0) : max(end - offset, 0)]
            if len(piece) > 0:
                pieces.append(piece)
            offset += len(block)
        n_channels = 0 if self._columns is None else len(self._columns)
        return pd.DataFrame(np.concatenate(pieces) if pieces else np.empty((0, n_channels)), columns=self._columns)

    def forget_before(self, start: int) -> None:
        """Release the samples before a position."""
        while self._blocks and self.first + len(self._blocks[0]) <= start:
            self.first += len(self._blocks.pop(0))
        # The rest of a large block would keep all of it in memory.
        if self._blocks and (surplus := start - self.first) > len(self._blocks[0]) // 2:
            self._blocks[0] = self._blocks[0][surplus:].copy()
            self.first = start
