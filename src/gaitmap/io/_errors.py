"""Exceptions of the readers and writers, all in one style."""

from pathlib import Path

from gaitmap.utils.exceptions import ValidationError


class RecordingError(ValidationError):
    """A file cannot be used as a recording; the message says what was found, what was expected, and what to do."""


class ResultsError(ValidationError):
    """A results folder cannot be read or written; the message says what was found and what to do."""


def recording_error(path: str | Path, wrong: str, found: str, expected: str, advice: str) -> RecordingError:
    """Build the error about a recording; every part is a sentence without its full stop."""
    return RecordingError(f"Reading '{path}': {wrong}. Found {found}. Expected {expected}. {advice}.")


def results_error(folder: str | Path, wrong: str, found: str, expected: str, advice: str) -> ResultsError:
    """Build the error about a results folder; every part is a sentence without its full stop."""
    return ResultsError(f"Results folder '{folder}': {wrong}. Found {found}. Expected {expected}. {advice}.")
