"""Recordings with all kinds of damage: results or a message, never a traceback, never a silent loss."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

pytest.importorskip("typer")
pytest.importorskip("plotly")
pytest.importorskip("pyarrow")

from gaitmap.results import read_results
from tests.cli._checks import analyze, check_nothing_is_hidden, quality_section
from tests.cli._damage import CHANNELS, DAMAGES, Input, damaged_walk, sound_walk
from tests.contract._walk import RATE
from tests.pipelines.test_gait_pipeline import _synthetic_pipeline

_FUZZ = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], print_blob=True
)
_DAMAGES = st.lists(st.tuples(st.sampled_from(sorted(DAMAGES)), st.integers(0, 999)), min_size=1, max_size=3)
# Damage that leaves a file which can be read, so that memory and blocks can be compared.
_READABLE = sorted(
    {
        *("rows_removed_unseen", "missing_values", "missing_channel", "clipped", "stuck", "foot_stops", "foot_missing"),
        *("swapped_feet", "turned_sensor", "integers", "all_zero", "spikes", "few_rows", "extra_columns"),
    }
)


@pytest.fixture(scope="module")
def parameters(tmp_path_factory):
    """A template cut from the walk itself; with all steps, and without the ones that take most of the time."""
    folder = tmp_path_factory.mktemp("parameters")
    (folder / "all.json").write_text(_synthetic_pipeline().to_json())
    (folder / "few.json").write_text(_synthetic_pipeline(bilateral=None, foot=None, bouts=None).to_json())
    return folder


def _analyze(recording: Input, folder: Path, config: Path, *, ending="csv", block_length=None):
    path = recording.write(folder, ending)
    out = folder / f"out{block_length or ''}"
    result = analyze(path, out, *recording.arguments(), "--config", config, block_length=block_length)
    if result.exit_code == 0 and not recording.options:
        check_nothing_is_hidden(read_results(out), path, sampling_rate_hz=recording.rate)
    return result, out


def _fuzz(tmp_path_factory, parameters, damages, ending, block_length, all_steps):
    config = parameters / ("all.json" if all_steps else "few.json")
    _analyze(damaged_walk(*damages), tmp_path_factory.mktemp("walk"), config, ending=ending, block_length=block_length)


_ANY_CALL = {
    "damages": _DAMAGES,
    "ending": st.sampled_from(["csv", "parquet"]),
    "block_length": st.sampled_from([None, 100, 333, 5000]),
    "all_steps": st.booleans(),
}


@settings(_FUZZ, max_examples=20, derandomize=True)
@given(**_ANY_CALL)
def test_any_damage_gives_results_that_tell_of_it_or_a_message(
    tmp_path_factory, parameters, damages, ending, block_length, all_steps
):
    _fuzz(tmp_path_factory, parameters, damages, ending, block_length, all_steps)


@pytest.mark.slow
@settings(_FUZZ, max_examples=100)
@given(**_ANY_CALL)
def test_any_damage_gives_results_that_tell_of_it_or_a_message_at_length(
    tmp_path_factory, parameters, damages, ending, block_length, all_steps
):
    _fuzz(tmp_path_factory, parameters, damages, ending, block_length, all_steps)


@pytest.mark.slow
@settings(_FUZZ, max_examples=30)
@given(
    damages=st.lists(st.tuples(st.sampled_from(_READABLE), st.integers(0, 999)), min_size=1, max_size=3),
    block_length=st.integers(60, 1000),
)
@example(damages=[("integers", 0), ("turned_sensor", 511)], block_length=60)
def test_damaged_recordings_give_the_same_in_memory_and_in_blocks(tmp_path_factory, parameters, damages, block_length):
    folder = tmp_path_factory.mktemp("walk")
    results = []
    for length in (None, block_length):
        recording = damaged_walk(*damages)
        result, out = _analyze(recording, folder, parameters / "all.json", ending="parquet", block_length=length)
        results.append((result.exit_code, read_results(out) if result.exit_code == 0 else None))
    (status, whole), (status_of_blocks, parts) = results
    assert status == status_of_blocks
    if whole is not None:
        pd.testing.assert_frame_equal(parts.strides, whole.strides, rtol=1e-9, atol=1e-9)
        assert parts.summary["left_out"] == whole.summary["left_out"]
        for sensor, quality in whole.summary["quality"].items():
            said = [text.partition(" (in ")[0] for text in parts.summary["quality"][sensor]["findings"]]
            assert said == [text.partition(" (in ")[0] for text in quality["findings"]]


def _set(rows: slice, channels: list[str], value):
    def change(there: Input) -> None:
        for channel in channels:
            values = there.table[channel].to_numpy(copy=True)
            values[rows] = value
            there.table[channel] = values

    return change


def _times(change_times):
    def change(there: Input) -> None:
        times = np.arange(len(there.table)) / RATE
        there.table.insert(0, "time", times)
        there.table = change_times(there.table).reset_index(drop=True)

    return change


def _backwards(table):
    return table.assign(time=np.where(table.index < 400, table["time"], table["time"] - 2.0))


def _repeated(table):
    return table.assign(time=np.where(table.index == 500, table["time"].shift(1), table["time"]))


def _jitter(table):
    return table.assign(time=table["time"] + np.random.default_rng(0).normal(0, 0.01, len(table)))


def _scale(kind: str, factor: float):
    def change(there: Input) -> None:
        channels = [channel for channel in CHANNELS if kind in channel]
        there.table[channels] *= factor

    return change


def _text(there: Input) -> None:
    there.table["left_sensor_gyr_y"] = there.table["left_sensor_gyr_y"].astype(str)
    there.table.loc[7, "left_sensor_gyr_y"] = "lost"


def _rate(rate: float):
    def change(there: Input) -> None:
        there.rate = rate

    return change


def _clip(there: Input) -> None:
    there.table["left_sensor_gyr_y"] = there.table["left_sensor_gyr_y"].clip(-300, 300)


def _rows(n: int):
    def change(there: Input) -> None:
        there.table = there.table.iloc[:n]

    return change


def _foot_removed(there: Input) -> None:
    there.table = there.table[[channel for channel in CHANNELS if channel.startswith("left")]]


_LEFT = [channel for channel in CHANNELS if channel.startswith("left")]
_NAMED = {
    "rows are missing": (_times(lambda table: table.drop(index=range(300, 330))), 2, "uneven. Found 1 steps"),
    "time runs backwards": (_times(_backwards), 2, "time runs backwards"),
    "times are repeated": (_times(_repeated), 2, "repeats times. Found 1 samples"),
    "times are uneven": (_times(_jitter), 2, "'time'"),
    "samples are missing": (_set(slice(300, 330), _LEFT[:2], np.nan), 0, "30 samples (3.35%) are missing, in 1 gap"),
    "a channel is missing": (_set(slice(None), _LEFT[:1], np.nan), 0, "Left foot: acc_x holds no values at all."),
    "a foot stops": (_set(slice(400, None), _LEFT, np.nan), 0, "from 3.91 s after the start on: the sensor stopped"),
    "a foot holds its last value": (_set(slice(400, None), _LEFT, 1.0), 0, "All channels repeat one value in the last"),
    "a foot is missing": (_set(slice(None), _LEFT, np.nan), 0, "Left foot: The sensor recorded nothing"),
    "a foot has no columns": (_foot_removed, 0, "Left foot"),
    "a channel is stuck": (_set(slice(100, 400), _LEFT[1:2], 0.5), 0, "acc_y repeats one value for up to 2.93 s"),
    "a channel is clipped": (_clip, 0, "gyr_y is clipped in"),
    "nothing was measured": (_set(slice(None), CHANNELS, 0.0), 0, "the sensor did not measure"),
    "spikes": (_set(slice(200, 202), _LEFT[:1], 1e9), 0, "The acceleration reaches 1e+09 m/s^2"),
    "infinite values": (_set(slice(200, 202), _LEFT[:1], np.inf), 0, "treated as missing: 2"),
    "acceleration in g": (_scale("acc", 1 / 9.81), 2, "--acc-unit g"),
    "acceleration in mg": (_scale("acc", 1000 / 9.81), 2, "it looks like mg"),
    "angular rate in rad/s": (_scale("gyr", np.pi / 180), 2, "--gyr-unit rad/s"),
    "acceleration of an unknown unit": (_scale("acc", 2.0), 0, "The acceleration at rest is 19.6"),
    "text": (_text, 2, "'lost' in sample 7 (row 9 of the file)"),
    "1 Hz": (_rate(1.0), 2, "the sampling rate is too low"),
    "half the rate": (_rate(RATE / 2), 0, "too long for walking: check the sampling rate (51.2 Hz was used)"),
    "twice the rate": (_rate(RATE * 2), 0, "the sampling rate (204.8 Hz was used) is wrong"),
    "10 kHz": (_rate(10_000.0), 0, "896 samples is shorter than the window"),
    "no rows": (_rows(0), 2, "there are no samples"),
    "one row": (_rows(1), 0, "not possible"),
}


@pytest.mark.parametrize("what", _NAMED)
def test_damage_is_named_in_the_report_or_in_the_message(tmp_path, parameters, what):
    change, status, says = _NAMED[what]
    recording = sound_walk()
    change(recording)
    result, out = _analyze(recording, tmp_path, parameters / "few.json")
    assert result.exit_code == status, result.output
    assert says in (quality_section(out) if status == 0 else " ".join(result.output.split()))


_HARMLESS = {
    "semicolons": {"delimiter": ";", "decimal": ","},
    "tabs": {"delimiter": "\t"},
    "blank in the name": {"name": "Gang links"},
    "umlaut in the name": {"name": "Übung"},
    "new line in the name": {"name": "a\nb"},
    "markup in the name": {"name": "[bold]x[dim]"},
    "name like an option": {"name": "-rf"},
    "remark in Latin-1": {"edit": lambda content: "# gemessen in Köln\n".encode("latin-1") + content},
    "byte order mark": {"edit": lambda content: b"\xef\xbb\xbf" + content},
    "line ends of Windows": {"edit": lambda content: content.replace(b"\n", b"\r\n")},
    "further columns": {},
}


@pytest.fixture(scope="module")
def strides_of_the_sound_walk(tmp_path_factory, parameters):
    _, out = _analyze(sound_walk(), tmp_path_factory.mktemp("sound"), parameters / "few.json")
    return read_results(out).strides.drop(columns="recording")


@pytest.mark.parametrize("what", _HARMLESS)
def test_what_does_no_harm_changes_nothing(tmp_path, parameters, strides_of_the_sound_walk, what):
    recording = replace(sound_walk(), **_HARMLESS[what])
    if what == "further columns":
        DAMAGES["extra_columns"](recording, np.random.default_rng(0))
    result, out = _analyze(recording, tmp_path, parameters / "few.json")
    assert result.exit_code == 0, result.output
    strides = read_results(out).strides.drop(columns="recording")
    pd.testing.assert_frame_equal(strides, strides_of_the_sound_walk, rtol=1e-9)


@pytest.mark.parametrize(("what", "status"), [("text", 2), ("samples are missing", 0)])
def test_a_process_of_its_own_says_the_same(tmp_path, parameters, what, status):
    recording = sound_walk()
    _NAMED[what][0](recording)
    path = recording.write(tmp_path, "csv")
    options = [*recording.arguments(), "--config", parameters / "few.json", "--out", tmp_path / "out"]
    command = [sys.executable, "-m", "gaitmap", "analyze", path, *options]
    environment = os.environ | {"COLUMNS": "500", "NO_COLOR": "1"}
    run = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, env=environment)
    assert run.returncode == status, run.stderr
    assert _NAMED[what][2] in run.stderr
    assert "Traceback" not in run.stderr
    assert "Warning" not in run.stderr
