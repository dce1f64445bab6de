"""Whether a recording can be what its reader was told it is: units, and which foot is which."""

from gaitmap.recordings._errors import RecordingError
from gaitmap.recordings._read_recording import Recording
from gaitmap.recordings._recording_file import RecordingFile
from gaitmap.utils.unit_check import check_units

#: What a signal looks like -> what to do about it. Anything else is a remark, no error.
_REMEDIES = {
    "g": "say so with acc_unit='g' (--acc-unit g).",
    "mg": "convert it to m/s^2 or g first.",
    "m/s^2 converted from g": "it is m/s^2 already, leave acc_unit (--acc-unit) out.",
    "rad/s": "say so with gyr_unit='rad/s' (--gyr-unit rad/s).",
    "deg/s converted from rad/s": "it is deg/s already, leave gyr_unit (--gyr-unit) out.",
}


def check_plausible_units(recording: Recording | RecordingFile, *, raise_error: bool = True) -> list[str]:
    """Check that the signals have the units that they were read with.

    Parameters
    ----------
    recording
        The recording, as :func:`read_recording` or :func:`open_recording` returns it.
    raise_error
        Raise when a unit is plainly wrong; else only return what was found.

    Returns
    -------
    list of str
        Findings, one sentence each; empty if all is plausible.

    Raises
    ------
    RecordingError
        If the median acceleration norm of the quiet samples is near 1 (g given as m/s^2) or near 96 (m/s^2 converted
        as if it were g), or if a moving foot turns at most at 20 deg/s (rad/s given as deg/s) or beyond 4000 deg/s
        (deg/s converted as if it were rad/s); the 99th percentile is what counts.

    Notes
    -----
    A foot at rest says nothing about the unit of its angular rate; only recordings with movement are judged.
    """
    wrong, remarks = [], []
    # Of a file, they were found when it was opened.
    findings = recording.unit_findings if isinstance(recording, RecordingFile) else check_units(recording.data)
    for finding in findings:
        if finding.looks_like in _REMEDIES:
            wrong.append(f"{finding.message.removesuffix('.')}: {_REMEDIES[finding.looks_like]}")
        else:
            remarks.append(finding.message)
    if wrong and raise_error:
        raise RecordingError(f"Units of '{recording.source or recording.name}': " + " ".join(wrong))
    return wrong + remarks


def check_feet(recording: Recording | RecordingFile) -> None:
    """Check that it is known which foot each sensor is on.

    Raises
    ------
    RecordingError
        If a sensor is neither ``left_sensor`` nor ``right_sensor``.
    """
    unknown = [name for name in recording.sensors if name not in ("left_sensor", "right_sensor")]
    if unknown:
        raise RecordingError(
            f"Reading '{recording.source or recording.name}': it is not known on which foot the sensors are. "
            f"Found the sensors {', '.join(repr(name) for name in unknown)}. "
            "Expected names with 'left' and 'right' in them, or the choice made by hand. "
            f"Say which is which, for example left='{unknown[0]}' (on the command line --left {unknown[0]})."
        )
