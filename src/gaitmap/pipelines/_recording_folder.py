"""A folder of recordings as a dataset, for grid searches and cross validation."""

import copy
from collections.abc import Sequence
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from tpcp import Dataset

from gaitmap.recordings import Recording, read_recording


@lru_cache(maxsize=2)
def _read(path: Path, _modified: int, options: tuple[tuple[str, Any], ...]) -> Recording:
    """Read a file once for all properties of a datapoint (and anew when it has been modified)."""
    return read_recording(path, **dict(options))


class RecordingFolder(Dataset):
    """Recordings in a folder, one file each, as a :class:`tpcp.Dataset`.

    Parameters
    ----------
    folder
        The folder.
    pattern
        Which files are recordings, for example ``"*.csv"`` or ``"**/*.parquet"``.
    read_options
        Keyword arguments for :func:`gaitmap.recordings.read_recording` (rate, sensor names, units), the
        same for all files.
    groupby_cols, subset_index
        As in :class:`tpcp.Dataset`.

    Examples
    --------
    >>> from gaitmap.pipelines import GaitPipeline, RecordingFolder
    >>> recordings = RecordingFolder("study", "*.csv", {"sampling_rate_hz": 204.8})  # doctest: +SKIP
    >>> GaitPipeline().run(recordings[0]).strides_  # doctest: +SKIP
    """

    def __init__(
        self,
        folder: Any,
        pattern: str = "*.csv",
        read_options: dict[str, Any] | None = None,
        *,
        groupby_cols: list[str] | str | None = None,
        subset_index: pd.DataFrame | None = None,
    ) -> None:
        self.folder = folder
        self.pattern = pattern
        self.read_options = read_options
        super().__init__(groupby_cols=groupby_cols, subset_index=subset_index)

    def create_index(self) -> pd.DataFrame:
        """List the files, sorted by name."""
        folder = Path(self.folder)
        files = sorted(path.relative_to(folder).as_posix() for path in folder.glob(self.pattern) if path.is_file())
        if not files:
            raise ValueError(f"There is no file that matches {self.pattern!r} in the folder {str(folder)!r}.")
        return pd.DataFrame({"recording": files})

    def __getitem__(self, subscript: int | Sequence[int] | np.ndarray | slice | tuple) -> Self:
        """Take some of the datapoints by their numbers.

        scikit-learn asks with the tuple ``(numbers, ...)``, which an index of Arrow strings refuses.
        """
        if isinstance(subscript, tuple) and len(subscript) == 2 and subscript[1] is Ellipsis:
            subscript = subscript[0]
        return super().__getitem__(subscript)

    @property
    def recording(self) -> Recording:
        """The recording of this (single) datapoint, read from its file; a copy that can be changed."""
        self.assert_is_single(None, "recording")
        path = Path(self.folder) / self.index["recording"].iloc[0]
        shared = _read(path, path.stat().st_mtime_ns, tuple(sorted((self.read_options or {}).items())))
        # pandas copies samples only when either side is written to.
        data = {sensor: frame.copy(deep=False) for sensor, frame in shared.data.items()}
        known = {
            field.name: copy.deepcopy(getattr(shared, field.name)) for field in fields(shared) if field.name != "data"
        }
        return type(shared)(data=data, **known)

    @property
    def data(self) -> dict[str, pd.DataFrame]:
        """Sensor-frame data, ``{sensor: DataFrame}``."""
        return self.recording.data

    @property
    def sampling_rate_hz(self) -> float:
        """Sampling rate in Hz."""
        return self.recording.sampling_rate_hz

    @property
    def start_time(self) -> pd.Timestamp | None:
        """Clock time of the first sample, where known."""
        return self.recording.start_time

    @property
    def name(self) -> str:
        """Name of the recording (its file, without the folder)."""
        return self.index["recording"].iloc[0]
