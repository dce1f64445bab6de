"""Commands for job arrays: as many as there are recordings, safe in a shell, and they do the same work."""

import shlex

import pandas as pd

from gaitmap.cohort import cohort_commands
from gaitmap.cohort._commands import _OPTIONS
from gaitmap.cohort._manifest import READER_COLUMNS


def test_every_reader_option_can_be_told_on_the_command_line():
    assert set(_OPTIONS) == set(READER_COLUMNS)


def test_words_survive_the_shell(tmp_path):
    evil = 'a\'b "c" $(touch x); rm -rf ~.csv'
    table = pd.DataFrame(
        {
            "path": [evil, "b.csv"],
            "recording": ["-x ü", "b"],
            "sampling_rate_hz": [102.4, None],
            "left": [None, "links 1"],
            "start_time": ["2026-05-04T09:30:00 Europe/Berlin", None],
        }
    )
    first, second = (
        shlex.split(line) for line in cohort_commands(table, tmp_path / "out dir", options=["--align", "auto"])
    )
    assert first[:2] == ["gaitmap", "analyze"]
    assert first[2].endswith("/" + evil)
    out = first[first.index("--out") + 1]
    assert out.startswith(str(tmp_path / "out dir" / "recordings"))
    assert first[first.index("--out") + 2 :] == [
        "--name=-x ü",
        "--sampling-rate=102.4",
        "--start-time=2026-05-04T09:30:00 Europe/Berlin",
        "--align",
        "auto",
    ]
    assert second[-4:] == ["--name=b", "--left=links 1", "--align", "auto"]
