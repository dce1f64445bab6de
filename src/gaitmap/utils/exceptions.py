"""Exceptions and warnings of gaitmap."""


class ValidationError(Exception):
    """A data object breaks the format rules; the message says what was found, where, and what to do."""


class MissingSensorError(ValidationError, KeyError):
    """A multi-sensor object lacks a sensor that another one has.

    Also a ``KeyError``, because that is what gaitmap 2.6 raised.
    """

    __str__ = Exception.__str__


class UnusableRegionWarning(UserWarning):
    """Some strides or regions could not be evaluated. Their results are NaN; the message names them and says why."""


class MissingEventWarning(UserWarning):
    """Events of some strides could not be found; the message and ``left_out_`` name the strides and say why."""


class MovingFootWarning(UserWarning):
    """Strides begin and end while the foot moves; their paths are wrong. ``min_vel`` has to lie in mid-stance."""


class VqfWarning(UserWarning):
    """The heading that VQF finds drifts, because the bias of the gyroscope is too large or not known."""


class UnitSuspectWarning(UserWarning):
    """Signals do not look like m/s^2 and deg/s. Convert them, or tell the reader which units the file has."""


class UncertainAlignmentWarning(UserWarning):
    """The recording hardly tells how the sensor is mounted. Use one with more straight walking, or align by hand."""


class DataQualityError(ValidationError, ValueError):
    """The data have the right format, but do not allow this step (for example: the sensor never rests).

    Pipelines record it with its reason and go on with the other foot. Also a ``ValueError``, because that is what
    gaitmap 2.6 raised.
    """


class UnusableSignalError(DataQualityError):
    """One stretch of a recording cannot be evaluated (NaN, no moment of rest, too short); others may well be."""


class GaitmapMadImportError(ImportError):
    """Never raised by gaitmap 3; importable for code that catches it (all algorithms are part of one package now)."""

    def __init__(self, object_name: str, module_name: str) -> None:
        self.object_name = object_name
        self.module_name = module_name
        super().__init__(
            f"The object `{object_name}` of the module `{module_name}` was part of the separate package gaitmap_mad "
            f"up to gaitmap 2.6. In gaitmap 3 import it from `{module_name}` of the package gaitmap."
        )


class BlocksNotPossibleError(ValueError):
    """A step needs the whole recording at once, and cannot work on data that arrive in blocks."""
