"""Names of recordings and of their folders."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

# File names have at most 255 bytes, a letter up to four of them.
_MAX_LENGTH = 60
# Hexadecimal digits that tell names apart: at first few, for people; more only where they are not enough.
_DIGITS = 6
# Windows keeps these for devices.
_RESERVED_NAMES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def folder_names(recordings: Iterable[str]) -> list[str]:
    """Names of folders for recordings: safe on every file system, different from each other, and always the same.

    Two names are different if a file system that takes upper and lower case, or composed and decomposed letters, for
    the same keeps them apart. A name that is safe as it is belongs to the recording that has it; names that are made
    give way to it, and to those before them.

    Raises
    ------
    ValueError
        If two recordings have the same name.
    """
    recordings = list(recordings)
    if len(set(recordings)) < len(recordings):
        raise ValueError("Two recordings have the same name. Give each a name of its own.")
    safe = {recording: _safe(recording) for recording in recordings}
    names: dict[str, str] = {}
    taken: set[str] = set()
    for recording, name in safe.items():
        if name == recording and not _RESERVED_NAMES.fullmatch(name) and _folded(name) not in taken:
            names[recording] = name
            taken.add(_folded(name))
    for recording, name in safe.items():
        if recording not in names:
            names[recording] = _with_digest(name, recording, taken)
            taken.add(_folded(names[recording]))
    return [names[recording] for recording in recordings]


def name_recording(path: Path, base: Path, taken: Iterable[str]) -> str:
    """Name a recording by the place of its file; the name depends on others only where it would be the same.

    ``taken`` are the names that there are, as :func:`str.casefold` gives them.
    """
    name = _safe(_relative_name(path, base))
    others = set(taken)
    return _with_digest(name, str(path), others) if _folded(name) in others else name


def _relative_name(path: Path, base: Path) -> str:
    stem = path.with_suffix("") if path.name else path
    parts = stem.relative_to(base).parts if stem.is_relative_to(base) else stem.parts[1:]
    return "_".join(parts)


def _safe(name: str) -> str:
    cleaned = re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFC", name)).strip("._")
    return cleaned[:_MAX_LENGTH].rstrip("._") or "recording"


def _with_digest(name: str, text: str, taken: set[str]) -> str:
    """Add so many digits of the hash of a text that nothing else has the name."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    candidates = (f"{name}_{digest[:n]}" for n in range(_DIGITS, len(digest) + 1))
    found = next((candidate for candidate in candidates if _folded(candidate) not in taken), None)
    if found is None:
        raise ValueError(f"There is no free name for the folder of '{text}'. Rename the recording.")
    return found


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
