"""Loggers without gyroscope are recognised and refused with the reason."""

import zipfile

import pytest

from gaitmap.recordings import RecordingError
from gaitmap.recordings._device import Told
from gaitmap.recordings._no_gyroscope import ActigraphGt3x, GeneActiv


def _write_geneactiv(path):
    path.write_bytes(b"Device Identity\nDevice Unique Serial Code:000001\nDevice Type:GENEActiv   \n" + b"\n" * 500)


def _write_gt3x(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("info.txt", "Serial Number: TAS1\n")
        archive.writestr("log.bin", b"\x1e\x00")


@pytest.mark.parametrize(("kind", "write"), [(GeneActiv, _write_geneactiv), (ActigraphGt3x, _write_gt3x)])
def test_it_is_recognised_by_content_and_refused(tmp_path, kind, write):
    write(path := tmp_path / "left_foot.csv")
    assert kind().recognises(path.read_bytes(), path)
    with pytest.raises(RecordingError, match="holds no angular rate"):
        kind().read(path, Told())


def test_spreadsheets_and_other_archives_are_not_taken(tmp_path):
    with zipfile.ZipFile(path := tmp_path / "walk.gt3x", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    assert not ActigraphGt3x().recognises(path.read_bytes(), path)


def test_a_damaged_archive_is_still_recognised(tmp_path):
    _write_gt3x(path := tmp_path / "hip.gt3x")
    path.write_bytes(content := path.read_bytes()[:-10])
    assert ActigraphGt3x().recognises(content, path)
