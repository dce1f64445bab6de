"""Recordings: files of sensors in, one even grid of samples out."""

from gaitmap.recordings._errors import RecordingError
from gaitmap.recordings._labels import read_labels, stride_lists_of, write_labels
from gaitmap.recordings._read_recording import Recording, open_recording, read_recording
from gaitmap.recordings._recording_file import RecordingFile

__all__ = [
    "Recording",
    "RecordingError",
    "RecordingFile",
    "open_recording",
    "read_labels",
    "read_recording",
    "stride_lists_of",
    "write_labels",
]
