"""The exception of the readers."""

from pathlib import Path

from gaitmap.utils.exceptions import ValidationError


class RecordingError(ValidationError):
    """A file cannot be used as a recording; the message says what was found, what was expected, and what to do."""


def recording_error(path: str | Path, wrong: str, found: str, expected: str, advice: str) -> RecordingError:
    """Build the error about a recording; every part is a sentence without its full stop."""
    return RecordingError(f"Reading '{path}': {wrong}. Found {found}. Expected {expected}. {advice}.")
