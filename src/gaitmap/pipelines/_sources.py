"""Where the signals of a run come from: from memory as one block, or from a file in many."""

from collections.abc import Collection, Hashable, Iterator, Mapping
from typing import Protocol

import pandas as pd

from gaitmap.recordings import RecordingFile

Block = Mapping[Hashable, pd.DataFrame]


class Source(Protocol):
    """Signals of one recording in the sensor frame, as they were recorded.

    Attributes
    ----------
    is_whole
        Whether the recording is one block, so that every step sees all of it at once.
    """

    is_whole: bool

    @property
    def name(self) -> str:
        """Name of the recording."""

    @property
    def start_time(self) -> pd.Timestamp | None:
        """Clock time of the first sample."""

    @property
    def n_samples(self) -> dict[Hashable, int]:
        """Number of samples of each sensor, in their order."""

    def blocks(self, columns: Collection[str] | None = None, *, start: int = 0) -> Iterator[Block]:
        """Give the signals of all sensors from a sample on, one block after the other."""


class MemorySource:
    """A recording in memory."""

    is_whole = True

    def __init__(self, data: Block, name: str = "recording", start_time: pd.Timestamp | None = None) -> None:
        self._data = data
        self.name = name
        self.start_time = start_time
        self.n_samples = {sensor: len(frame) for sensor, frame in data.items()}

    def blocks(self, columns: Collection[str] | None = None, *, start: int = 0) -> Iterator[Block]:
        """Give all signals at once."""
        del columns
        if start < max(self.n_samples.values(), default=0) or start == 0:
            yield self._data


class FileSource:
    """A recording that stays in its file."""

    is_whole = False

    def __init__(self, recording: RecordingFile, block_length: int) -> None:
        self._recording = recording
        self._block_length = block_length
        self.name = recording.name
        self.start_time = recording.start_time
        self.n_samples: dict[Hashable, int] = dict.fromkeys(recording.sensors, recording.n_samples)

    def blocks(self, columns: Collection[str] | None = None, *, start: int = 0) -> Iterator[Block]:
        """Read the signals from the file."""
        return self._recording.blocks(columns, block_length=self._block_length, start=start)  # type: ignore[return-value]
