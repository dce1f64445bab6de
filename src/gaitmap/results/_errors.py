"""The exception of results folders."""

from pathlib import Path

from gaitmap.utils.exceptions import ValidationError


class ResultsError(ValidationError):
    """A results folder cannot be read or written; the message says what was found and what to do."""


def results_error(folder: str | Path, wrong: str, found: str, expected: str, advice: str) -> ResultsError:
    """Build the error about a results folder; every part is a sentence without its full stop."""
    return ResultsError(f"Results folder '{folder}': {wrong}. Found {found}. Expected {expected}. {advice}.")
