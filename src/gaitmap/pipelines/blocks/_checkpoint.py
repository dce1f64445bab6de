"""What a long run keeps on disk, so that it can go on after an interruption."""

import json
import pickle
import shutil
from pathlib import Path
from typing import Any

_KEY = "run.json"
_STATE = "state.pickle"


class Checkpoint:
    """A folder with the state of a run after its last finished block, and the results of all blocks before.

    The files are pickles: they are read only by the run that they belong to, and removed at its end.

    Parameters
    ----------
    folder
        The folder; made if it does not exist.
    key
        What the run depends on, in plain JSON types. The folder of a run with another key is emptied.
    """

    def __init__(self, folder: str | Path, key: dict[str, Any]) -> None:
        self.folder = Path(folder)
        self._key = json.dumps(key, sort_keys=True)
        if self._read_key() != self._key:
            self.remove()
            self.folder.mkdir(parents=True)
            (self.folder / _KEY).write_text(self._key, encoding="utf-8")

    def load(self) -> Any:
        """Read the last state; None if there is none that can be read, with the results of all blocks before."""
        try:
            state = pickle.loads((self.folder / _STATE).read_bytes())
            for i in range(state.n_parts):
                self.part(i)
        except Exception:  # noqa: BLE001 (a damaged pickle raises anything; the run then starts at the beginning)
            return None
        return state

    def save(self, state: Any, n_parts: int, part: Any = None) -> None:
        """Keep the results of a block as the last of ``n_parts``, then the state after it."""
        if part is not None:
            self._write(self._path(n_parts - 1), part)
        self._write(self.folder / _STATE, state)

    def part(self, i: int) -> Any:
        """Read the results of a block."""
        return pickle.loads(self._path(i).read_bytes())

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _read_key(self) -> str | None:
        try:
            return (self.folder / _KEY).read_text(encoding="utf-8")
        except OSError:
            return None

    def _path(self, i: int) -> Path:
        return self.folder / f"part-{i:05d}.pickle"

    @staticmethod
    def _write(path: Path, content: Any) -> None:
        """Write so that a stop on the way leaves the file as it was."""
        unfinished = path.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            pickle.dump(content, file, protocol=pickle.HIGHEST_PROTOCOL)
        unfinished.replace(path)
