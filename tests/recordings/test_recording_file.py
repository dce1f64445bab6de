"""A recording that is read in blocks is the recording that is read at once."""

import os
import pickle
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.quality import check_feet, check_plausible_units
from gaitmap.recordings import RecordingError, open_recording, read_recording
from gaitmap.results._provenance import build_provenance
from gaitmap.utils.consts import SF_COLS

RATE = 102.4
N = 500


@pytest.fixture
def small_chunks(monkeypatch):
    """Read few rows at a time, and keep no times, as for recordings of days."""
    for module in ("_csv", "_parquet"):
        monkeypatch.setattr(f"gaitmap.recordings.{module}._CHUNK_ROWS", 64)
    monkeypatch.setattr("gaitmap.recordings._time_base._MAX_KEPT", 0)


def table(n: int = N, seed: int = 0) -> pd.DataFrame:
    values = np.random.default_rng(seed).normal(size=(n, 12)).round(5)
    columns = [f"{side}_sensor_{axis}" for side in ("left", "right") for axis in SF_COLS]
    frame = pd.DataFrame(values, columns=columns)
    frame.insert(0, "time", np.arange(n) / RATE)
    return frame


def write(path: Path, frame: pd.DataFrame, **kwargs) -> Path:
    if path.suffix == ".csv":
        frame.to_csv(path, index=False, **kwargs)
    else:
        frame.to_parquet(path, **kwargs)
    return path


@pytest.fixture(params=["walk.csv", "walk.parquet"])
def path(request, tmp_path, small_chunks) -> Path:
    frame = table()
    frame.iloc[100:130, 3] = np.nan
    frame.iloc[200, 9] = np.inf
    kwargs = {} if request.param.endswith("csv") else {"row_group_size": 90}
    return write(tmp_path / request.param, frame, **kwargs)


def join(blocks) -> dict[str, pd.DataFrame]:
    blocks = list(blocks)
    return {name: pd.concat([block[name] for block in blocks]) for name in blocks[0]}


class TestAgreement:
    def test_everything_known_about_the_recording(self, path):
        file = open_recording(path, acc_unit="g", start_time="2024-05-01T09:30Z")
        whole = read_recording(path, acc_unit="g", start_time="2024-05-01T09:30Z")
        names = "sampling_rate_hz start_time name sha256 source units notes options n_samples duration_s sensors feet"
        for name in names.split():
            assert getattr(file, name) == getattr(whole, name)
        assert file.feet == ["left", "right"]
        assert "30 of 500 samples of 'left_sensor' have missing values" in file.notes
        assert "impossible values of 'right_sensor' (infinite, or beyond 1e+12) are treated as missing: 1" in file.notes

    @settings(max_examples=25, deadline=None)
    @given(
        kind=st.sampled_from(["csv", "parquet"]),
        row_group_size=st.integers(1, 600),
        chunk=st.integers(1, 600),
        block_length=st.integers(1, 700),
        start=st.integers(0, N + 10),
        columns=st.sampled_from([None, ["acc_x"], ["gyr_y", "acc_z", "acc_x"]]),
    )
    def test_blocks_joined_are_the_recording(
        self, tmp_path_factory, kind, row_group_size, chunk, block_length, start, columns
    ):
        frame = table()
        frame.iloc[100:130, 3] = np.nan
        kwargs = {"row_group_size": row_group_size} if kind == "parquet" else {}
        path = write(tmp_path_factory.mktemp("walk") / f"walk.{kind}", frame, **kwargs)
        with pytest.MonkeyPatch.context() as patch:
            for module in ("_csv", "_parquet"):
                patch.setattr(f"gaitmap.recordings.{module}._CHUNK_ROWS", chunk)
            whole = read_recording(path, gyr_unit="rad/s")
            file = open_recording(path, gyr_unit="rad/s")
            blocks = list(file.blocks(columns, block_length=block_length, start=start))
        assert all(len(b["left_sensor"]) == block_length for b in blocks[:-1])
        assert len(blocks) == -(-max(0, N - start) // block_length)
        if blocks:
            for name, joined in join(blocks).items():
                expected = whole.data[name].iloc[start:]
                expected = expected if columns is None else expected[[c for c in SF_COLS if c in columns]]
                pd.testing.assert_frame_equal(joined, expected, check_exact=True)

    def test_text_and_parquet_agree(self, tmp_path, small_chunks):
        frames = [join(open_recording(write(tmp_path / f"walk.{k}", table())).blocks()) for k in ("csv", "parquet")]
        for name in frames[0]:
            pd.testing.assert_frame_equal(frames[0][name], frames[1][name], check_exact=True)

    @pytest.mark.filterwarnings("error")
    @pytest.mark.parametrize("n_cut", [0, 1, 2])
    def test_rows_may_have_fewer_or_more_cells_than_the_header(self, tmp_path, n_cut, small_chunks):
        frame = table()
        frame["comment"], frame["mark"] = "", ""
        text = frame.to_csv(index=False)
        rows = [line if i == 0 or n_cut == 0 else line[:-n_cut] for i, line in enumerate(text.splitlines())]
        for name, lines in (("fewer", rows), ("more", [rows[0].replace(",comment,mark", ""), *rows[1:]])):
            path = tmp_path / f"{name}.csv"
            path.write_text("\n".join(lines) + "\n")
            joined = join(open_recording(path).blocks(block_length=100))
            for sensor, whole in read_recording(path).data.items():
                pd.testing.assert_frame_equal(joined[sensor], whole, check_exact=True)

    def test_a_last_channel_without_cells_is_missing(self, tmp_path, small_chunks):
        frame = table()
        header, *rows = frame.drop(columns=frame.columns[-1]).to_csv(index=False).splitlines()
        path = tmp_path / "walk.csv"
        path.write_text("\n".join([f"{header},{frame.columns[-1]}", *rows]) + "\n")
        sensor, _, axis = frame.columns[-1].rpartition("_sensor_")
        joined = join(open_recording(path).blocks(block_length=100))
        for name, whole in read_recording(path).data.items():
            pd.testing.assert_frame_equal(joined[name], whole, check_exact=True)
        assert joined[f"{sensor}_sensor"][axis].isna().all()

    def test_each_call_reads_anew(self, path):
        file = open_recording(path)
        first, second = file.blocks(block_length=64), file.blocks(block_length=64)
        next(first)
        pd.testing.assert_frame_equal(next(second)["left_sensor"], next(file.blocks(block_length=64))["left_sensor"])

    def test_blocks_can_be_written_to(self, path):
        frame = next(open_recording(path).blocks(block_length=10))["left_sensor"]
        frame.iloc[0, 0] = 7.0
        assert frame["acc_x"].to_numpy()[0] == 7

    def test_survives_pickling(self, path):
        file = open_recording(path)
        dumped = pickle.dumps(file)
        assert len(dumped) < 20_000
        again = pickle.loads(dumped)
        assert again.sha256 == file.sha256
        for name, frame in join(again.blocks()).items():
            pd.testing.assert_frame_equal(frame, read_recording(path).data[name])

    def test_provenance_is_the_same(self, path):
        assert build_provenance(open_recording(path))["input"] == build_provenance(read_recording(path))["input"]

    def test_sides_and_units_are_checked_alike(self, tmp_path, small_chunks):
        frame = (
            table()
            .drop(columns="time")
            .rename(columns=lambda c: c.replace("left_sensor", "a").replace("right_sensor", "b"))
        )
        still = frame * 0.01 + 1.0
        path = write(tmp_path / "walk.parquet", still)
        file, whole = open_recording(path, sampling_rate_hz=RATE), read_recording(path, sampling_rate_hz=RATE)
        found = check_plausible_units(file, raise_error=False)
        assert found == check_plausible_units(whole, raise_error=False)
        assert found
        for recording in (file, whole):
            with pytest.raises(RecordingError, match="Found the sensors 'a', 'b'"):
                check_feet(recording)

    def test_units_of_long_recordings_are_judged_by_the_same_samples(self, tmp_path, monkeypatch, small_chunks):
        for module in ("recordings._contents", "utils.unit_check"):
            monkeypatch.setattr(f"gaitmap.{module}.MAX_JUDGED_SAMPLES", 50)
        path = write(tmp_path / "walk.parquet", table(777).drop(columns="time") * 30)
        file, whole = open_recording(path, sampling_rate_hz=RATE), read_recording(path, sampling_rate_hz=RATE)
        found = check_plausible_units(file, raise_error=False)
        assert found == check_plausible_units(whole, raise_error=False)
        assert found


class TestParameters:
    @pytest.mark.parametrize(
        ("arguments", "name"),
        [
            ({"block_length": 0}, "block_length"),
            ({"start": -1}, "start"),
            ({"columns": ["acc_q"]}, "columns"),
            ({"columns": "acc_x"}, "columns"),
            ({"columns": []}, "columns"),
        ],
    )
    def test_are_checked_at_once(self, path, arguments, name):
        file = open_recording(path)
        with pytest.raises(ValueError, match=f"'{name}' parameter of blocks"):
            file.blocks(**arguments)

    def test_of_opening_carry_its_name(self):
        with pytest.raises(ValueError, match="'acc_unit' parameter of open_recording"):
            open_recording("x.csv", acc_unit="mg")


class TestColumnTypes:
    @pytest.mark.parametrize("dtype", ["float32", "int16", "float16", "Int32", "category"])
    def test_numbers_of_any_type(self, tmp_path, small_chunks, dtype):
        frame = (table() * 100).round().assign(time=table()["time"])
        written = frame.astype({c: dtype for c in frame if c != "time"})
        file = open_recording(write(tmp_path / "walk.parquet", written, row_group_size=70))
        for name, found in join(file.blocks(block_length=33)).items():
            np.testing.assert_array_equal(found, frame[[f"{name}_{axis}" for axis in SF_COLS]])
            assert (found.dtypes == "float64").all()

    def test_decimals(self, tmp_path, small_chunks):
        frame = table()
        frame["left_sensor_acc_x"] = [Decimal(str(value)) for value in frame["left_sensor_acc_x"]]
        frame.loc[70, "left_sensor_acc_x"] = None
        found = join(open_recording(write(tmp_path / "walk.parquet", frame)).blocks())["left_sensor"]["acc_x"]
        np.testing.assert_array_equal(found.drop(index=70), table()["left_sensor_acc_x"].drop(index=70))
        assert np.isnan(found[70])

    @pytest.mark.parametrize(
        ("values", "shown"),
        [
            ([True] * N, "True in sample 0 (row 1 of the file) and 499 more"),
            (
                ["x" if i in (300, 400) else "1.5" for i in range(N)],
                "'x' in sample 300 (row 301 of the file) and 1 more",
            ),
            (pd.date_range("2024-05-01", periods=N), "Timestamp('2024-05-01 00:00:00') in sample 0"),
            ([[1.0, 2.0]] * N, "in sample 0"),
            ([{"a": 1.0}] * N, "in sample 0"),
        ],
    )
    def test_anything_else_is_refused_with_its_place(self, tmp_path, small_chunks, values, shown):
        path = write(tmp_path / "walk.parquet", table().assign(left_sensor_gyr_x=values))
        with pytest.raises(RecordingError) as error:
            open_recording(path)
        assert "'left_sensor gyr_x' holds something else than numbers" in str(error.value)
        assert shown in str(error.value)


class TestLongFiles:
    """Problems far behind the first chunk have the same words as in a short file."""

    @pytest.mark.parametrize("suffix", ["csv", "parquet"])
    @pytest.mark.parametrize(
        ("change", "text"),
        [
            (lambda t: np.where(t == t[300], t[10], t), "1 such places, the first after sample 299"),
            (lambda t: t.round(1), "too coarse"),
        ],
    )
    def test_times(self, tmp_path, small_chunks, suffix, change, text):
        frame = table()
        frame["time"] = change(np.arange(N + 1) / RATE)[:N]
        with pytest.raises(RecordingError) as error:
            open_recording(write(tmp_path / f"walk.{suffix}", frame))
        assert text in str(error.value)

    @pytest.mark.parametrize("suffix", ["csv", "parquet"])
    @pytest.mark.parametrize(
        ("change", "text"),
        [
            (lambda t: np.delete(t, 400), f"1 of {N + 1} samples"),
            (lambda t: np.where(t == t[300], t[299], t), "1 rows repeat the time of the row before"),
            (lambda t: np.where(t == t[300], np.nan, t), "1 rows without a time were left out"),
            (lambda t: t * np.linspace(1, 1.05, len(t)), "the samples are uneven"),
        ],
    )
    def test_times_that_tell_what_was_lost(self, tmp_path, small_chunks, suffix, change, text):
        frame = table()
        frame["time"] = change(np.arange(N + 1) / RATE)[:N]
        file = open_recording(write(tmp_path / f"walk.{suffix}", frame))
        assert any(text in note for note in file.notes), file.notes

    def test_times_of_uneven_steps_that_are_accepted(self, tmp_path, small_chunks):
        frame = table()
        frame["time"] += np.random.default_rng(0).uniform(-0.2, 0.2, N) / RATE
        assert open_recording(write(tmp_path / "walk.csv", frame)).sampling_rate_hz == pytest.approx(RATE, rel=1e-3)

    def test_counter(self, tmp_path, small_chunks):
        frame = table().drop(columns="time").assign(counter=np.arange(N) + (np.arange(N) > 250) * 3)
        file = open_recording(write(tmp_path / "walk.csv", frame), sampling_rate_hz=RATE)
        assert file.n_samples == N + 3
        assert any(f"3 of {N + 3} samples" in note for note in file.notes)

    def test_index_with_times(self, tmp_path, small_chunks):
        frame = table().set_index("time")
        frame.index.name = None
        file = open_recording(write(tmp_path / "walk.parquet", frame))
        assert file.sampling_rate_hz == RATE
        assert "the time column '(index)'" in file.notes[0]

    def test_timestamps_with_a_zone_that_changes_to_summer_time(self, tmp_path, small_chunks):
        start = pd.Timestamp("2024-03-31T01:59:58", tz="Europe/Berlin")
        frame = table().assign(time=pd.date_range(start, periods=N, freq="10ms"))
        for suffix in ("csv", "parquet"):
            file = open_recording(write(tmp_path / f"walk.{suffix}", frame))
            assert (file.sampling_rate_hz, file.start_time) == (100, start)

    def test_a_clock_that_stops_making_sense(self, tmp_path, small_chunks):
        times = pd.date_range("2024-05-01", periods=N, freq="10ms").astype(str).to_list()
        times[433] = "soon"
        file = open_recording(write(tmp_path / "walk.csv", table().assign(time=times)))
        assert any("1 rows without a time were left out" in note for note in file.notes)
        assert file.n_samples == N

    def test_whole_seconds_in_a_thinned_column_are_not_taken_for_rounded_times(self, tmp_path):
        # Every 100th time of this recording is a whole second.
        times = pd.Series(np.arange(1_000_000) / 100)
        frame = pd.DataFrame(0.5, index=range(len(times)), columns=SF_COLS, dtype="float32").assign(time=times)
        assert open_recording(write(tmp_path / "left.parquet", frame)).sampling_rate_hz == 100

    @pytest.mark.parametrize(
        ("row", "problem"), [(",9", "Expected 13 fields in line 402, saw 14"), (',"', "EOF inside string")]
    )
    def test_broken_row(self, tmp_path, small_chunks, row, problem):
        path = write(tmp_path / "walk.csv", table())
        lines = path.read_text().splitlines()
        lines[401] += row
        path.write_text("\n".join(lines) + "\n")
        with pytest.raises(RecordingError, match=problem):
            open_recording(path)

    def test_text_in_a_row(self, tmp_path, small_chunks):
        frame = table().astype({"right_sensor_acc_z": object})
        frame.loc[[444, 450], "right_sensor_acc_z"] = "oops"
        with pytest.raises(
            RecordingError, match=r"'right_sensor acc_z' .* 'oops' in sample 444 \(row 446 of the file\) and 1 more"
        ):
            open_recording(write(tmp_path / "walk.csv", frame))


class TestDamage:
    @pytest.mark.parametrize("n", [0, 1])
    @pytest.mark.parametrize("suffix", ["csv", "parquet"])
    def test_hardly_any_rows(self, tmp_path, suffix, n):
        path = write(tmp_path / f"walk.{suffix}", table(n))
        if n == 0:
            with pytest.raises(RecordingError, match="there are no samples"):
                open_recording(path, sampling_rate_hz=RATE)
        else:
            file = open_recording(path, sampling_rate_hz=RATE)
            assert len(join(file.blocks())["left_sensor"]) == file.n_samples == 1

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
    def test_parquet_that_was_cut(self, tmp_path, share):
        path = write(tmp_path / "walk.parquet", table())
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
        with pytest.raises(RecordingError, match="Parquet file cannot be read"):
            open_recording(path)

    @settings(max_examples=30, deadline=None)
    @given(length=st.integers(0, 30_000))
    def test_text_that_was_cut(self, tmp_path_factory, length):
        path = write(tmp_path_factory.mktemp("cut") / "walk.csv", table(200))
        path.write_bytes(path.read_bytes()[:length])
        try:
            file = open_recording(path, sampling_rate_hz=RATE)
        except RecordingError:
            return
        whole = table(200)[[f"left_sensor_{axis}" for axis in SF_COLS]].to_numpy()
        found = join(file.blocks(block_length=17))["left_sensor"].to_numpy()
        np.testing.assert_array_equal(found[:-1], whole[: len(found) - 1])

    def test_a_channel_without_any_value(self, tmp_path, small_chunks):
        frame = table()
        frame.iloc[:, 1:] = np.nan
        for suffix in ("csv", "parquet"):
            file = open_recording(write(tmp_path / f"walk.{suffix}", frame))
            assert join(file.blocks())["left_sensor"].isna().all(axis=None)
            assert "500 of 500 samples of 'left_sensor' have missing values" in file.notes

    def test_a_file_that_was_changed_or_removed_after_opening(self, path):
        file = open_recording(path)
        os.utime(path, (1, 1))
        with pytest.raises(RecordingError, match="the file has changed since it was opened"):
            next(file.blocks())
        path.unlink()
        with pytest.raises(RecordingError, match="there is no such file"):
            next(file.blocks())
