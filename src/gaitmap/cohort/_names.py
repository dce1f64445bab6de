"""Names of recordings and of their folders."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

# File names have at most 255 bytes, a letter up to four of them.
_MAX_LENGTH = 60
# Windows keeps these for devices.
_RESERVED_NAMES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def folder_names(recordings: Iterable[str]) -> list[str]:
    """Names of folders for recordings: safe on every file system, different from each other, and always the same."""
    taken: set[str] = set()
    names = []
    for recording in recordings:
        name = _safe(recording)
        if name != recording or name.casefold() in taken or _RESERVED_NAMES.fullmatch(name):
            name = f"{name}_{_digest(recording)}"
        taken.add(name.casefold())
        names.append(name)
    return names


def name_recording(path: Path, base: Path, taken: Iterable[str]) -> str:
    """Name a recording by the place of its file; the name depends on others only where it would be the same."""
    name = _safe(_relative_name(path, base))
    return f"{name}_{_digest(str(path))}" if name.casefold() in taken else name


def _relative_name(path: Path, base: Path) -> str:
    stem = path.with_suffix("") if path.name else path
    parts = stem.relative_to(base).parts if stem.is_relative_to(base) else stem.parts[1:]
    return "_".join(parts)


def _safe(name: str) -> str:
    cleaned = re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFC", name)).strip("._")
    return cleaned[:_MAX_LENGTH].rstrip("._") or "recording"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]
