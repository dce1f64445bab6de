"""Reading of recordings: every layout that is promised, and one named error for everything else."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.recordings import RecordingError, open_recording, read_recording
from gaitmap.results import build_provenance
from gaitmap.utils.consts import SF_COLS, SF_COLS_WITH_MAG

RATE = 100.0
N = 50


def signal(seed: int = 0, columns: list[str] = SF_COLS) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(seed).normal(size=(N, len(columns))), columns=columns)


def two_feet() -> pd.DataFrame:
    return pd.concat({"left_sensor": signal(1), "right_sensor": signal(2)}, axis=1, names=["sensor", "axis"])


def write(path: Path, frame: pd.DataFrame, **kwargs) -> Path:
    frame.to_csv(path, **kwargs)
    return path


def assert_two_feet(recording) -> None:
    assert list(recording.data) == ["left_sensor", "right_sensor"]
    expected = two_feet()
    for name, frame in recording.data.items():
        assert list(frame.columns) == SF_COLS
        np.testing.assert_allclose(frame, expected[name], rtol=1e-12)


class TestLayouts:
    def test_two_header_rows_with_a_sample_index(self, tmp_path):
        path = write(tmp_path / "walk.csv", two_feet())
        recording = read_recording(path, sampling_rate_hz=RATE)
        assert_two_feet(recording)
        assert recording.sampling_rate_hz == RATE
        assert recording.name == "walk"
        assert recording.start_time is None

    def test_what_the_reader_was_told_is_kept_but_not_its_defaults(self, tmp_path):
        path = write(tmp_path / "walk.csv", two_feet())
        recording = read_recording(path, sampling_rate_hz=100, acc_unit="g", gyr_unit="deg/s", left="left_sensor")
        assert recording.options == {"sampling_rate_hz": 100.0, "acc_unit": "g", "left": "left_sensor"}
        assert build_provenance(recording)["input"]["options"] == recording.options

    def test_two_header_rows_with_a_named_time_index(self, tmp_path):
        frame = two_feet()
        frame.index = pd.Index(np.arange(N) / RATE, name="time [s]")
        recording = read_recording(write(tmp_path / "walk.csv", frame))
        assert_two_feet(recording)
        assert recording.sampling_rate_hz == RATE

    def test_two_header_rows_without_an_index(self, tmp_path):
        path = tmp_path / "walk.csv"
        flat = two_feet()
        rows = [",".join(flat.columns.get_level_values(level)) for level in (0, 1)]
        body = flat.to_csv(index=False, header=False)
        path.write_text("\n".join(rows) + "\n" + body)
        assert_two_feet(read_recording(path, sampling_rate_hz=RATE))

    def test_a_sensor_name_over_merged_cells_holds_for_the_columns_to_its_right(self, tmp_path):
        path = tmp_path / "walk.csv"
        top = ",left_sensor,,,,,,right_sensor,,,,,"
        bottom = "time," + ",".join(SF_COLS * 2)
        frame = two_feet()
        frame.index = np.arange(N) / RATE
        path.write_text(f"{top}\n{bottom}\n" + frame.to_csv(header=False))
        assert_two_feet(read_recording(path))

    @pytest.mark.parametrize(
        "pattern", ["{sensor}_{axis}", "{axis}_{sensor}", "{sensor} {axis}", "('{sensor}', '{axis}')"]
    )
    def test_flattened_names(self, tmp_path, pattern):
        frame = two_feet()
        frame.columns = [pattern.format(sensor=sensor, axis=axis) for sensor, axis in frame.columns]
        assert_two_feet(read_recording(write(tmp_path / "walk.csv", frame, index=False), sampling_rate_hz=RATE))

    def test_side_alone_as_sensor_name(self, tmp_path):
        frame = two_feet()
        frame.columns = [f"{axis}_{sensor.split('_')[0]}" for sensor, axis in frame.columns]
        recording = read_recording(write(tmp_path / "walk.csv", frame), sampling_rate_hz=RATE)
        assert_two_feet(recording)
        assert any("'left' of the file is called 'left_sensor'" in note for note in recording.notes)

    def test_other_columns_are_left_out_and_named(self, tmp_path):
        frame = signal().assign(temperature=20.0, label="walk")
        frame.columns = [f"left_{c}" if c in SF_COLS else c for c in frame.columns]
        recording = read_recording(write(tmp_path / "x.csv", frame), sampling_rate_hz=RATE)
        assert list(recording.data["left_sensor"].columns) == SF_COLS
        assert "columns not used: temperature, label" in recording.notes

    def test_magnetometer_is_kept_behind_the_other_axes(self, tmp_path):
        frame = signal(columns=SF_COLS_WITH_MAG)[SF_COLS_WITH_MAG[::-1]]
        recording = read_recording(write(tmp_path / "left.csv", frame), sampling_rate_hz=RATE)
        assert list(recording.data["left_sensor"].columns) == SF_COLS_WITH_MAG

    @pytest.mark.parametrize(("delimiter", "decimal"), [(";", ","), (";", "."), ("\t", "."), ("\t", ",")])
    def test_delimiters_and_decimal_comma(self, tmp_path, delimiter, decimal):
        path = write(tmp_path / "walk.csv", two_feet(), sep=delimiter, decimal=decimal)
        assert_two_feet(read_recording(path, sampling_rate_hz=RATE))

    def test_byte_order_mark_and_windows_line_ends(self, tmp_path):
        path = tmp_path / "left.csv"
        path.write_bytes(b"\xef\xbb\xbf" + signal().to_csv(index=False, lineterminator="\r\n").encode())
        recording = read_recording(path, sampling_rate_hz=RATE)
        np.testing.assert_allclose(recording.data["left_sensor"], signal())

    def test_remarks_above_the_header_are_skipped(self, tmp_path):
        path = tmp_path / "left.csv"
        path.write_text("# recorder 7\n\n# 100 Hz\n" + signal().to_csv(index=False))
        np.testing.assert_allclose(read_recording(path, sampling_rate_hz=RATE).data["left_sensor"], signal())

    def test_last_row_that_was_cut_off_is_left_out(self, tmp_path):
        path = tmp_path / "left.csv"
        text = signal().to_csv(index=False)
        path.write_text(text.rstrip().rsplit(",", 2)[0])
        recording = read_recording(path, sampling_rate_hz=RATE)
        assert recording.n_samples == N - 1
        assert any("incomplete" in note for note in recording.notes)

    @pytest.mark.parametrize("flat", [False, True])
    def test_parquet_equals_csv(self, tmp_path, flat):
        frame = two_feet()
        frame.index = pd.Index(np.arange(N) / RATE, name="time")
        if flat:
            frame.columns = ["_".join(column) for column in frame.columns]
        frame.to_parquet(tmp_path / "walk.parquet")
        recording = read_recording(tmp_path / "walk.parquet")
        assert_two_feet(recording)
        assert recording.sampling_rate_hz == RATE

    def test_parquet_with_the_time_as_unnamed_index(self, tmp_path):
        frame = two_feet()
        frame.index = np.arange(N) / RATE
        frame.to_parquet(tmp_path / "walk.parquet")
        recording = read_recording(tmp_path / "walk.parquet")
        assert_two_feet(recording)
        assert recording.sampling_rate_hz == RATE

    def test_parquet_with_a_range_index_and_nulls(self, tmp_path):
        frame = signal().convert_dtypes()
        frame.loc[3:4, "acc_x"] = pd.NA
        frame.to_parquet(tmp_path / "left.parquet")
        recording = read_recording(tmp_path / "left.parquet", sampling_rate_hz=RATE)
        assert recording.data["left_sensor"]["acc_x"].isna().sum() == 2

    def test_whole_numbers_come_back_as_floats(self, tmp_path):
        frame = (signal() * 100).round().astype(int)
        recording = read_recording(write(tmp_path / "left.csv", frame), sampling_rate_hz=RATE)
        assert (recording.data["left_sensor"].dtypes == "float64").all()


class TestSides:
    def test_sensors_chosen_by_name(self, tmp_path):
        frame = pd.concat({"NP5": signal(1), "AB3": signal(2), "C": signal(3)}, axis=1)
        path = write(tmp_path / "walk.csv", frame)
        recording = read_recording(path, sampling_rate_hz=RATE, left="NP5", right="AB3")
        assert_two_feet(recording)
        assert "sensors not used: 'C'" in recording.notes

    def test_one_foot_only(self, tmp_path):
        path = write(tmp_path / "walk.csv", two_feet()[["right_sensor"]])
        assert list(read_recording(path, sampling_rate_hz=RATE).data) == ["right_sensor"]

    def test_side_of_an_unnamed_sensor_comes_from_the_file_name(self, tmp_path):
        recording = read_recording(write(tmp_path / "p01_Right.csv", signal()), sampling_rate_hz=RATE)
        assert list(recording.data) == ["right_sensor"]
        assert any("as the file name says" in note for note in recording.notes)

    def test_unnamed_sensor_of_unknown_side_keeps_its_name(self, tmp_path):
        recording = read_recording(write(tmp_path / "walk.csv", signal()), sampling_rate_hz=RATE)
        assert list(recording.data) == ["sensor"]
        assert recording.feet == []

    def test_unnamed_sensor_can_be_chosen(self, tmp_path):
        path = write(tmp_path / "walk.csv", signal())
        assert read_recording(path, sampling_rate_hz=RATE, left="sensor").feet == ["left"]

    def test_incomplete_sensor_that_is_not_used_does_no_harm(self, tmp_path):
        frame = pd.concat({"left": signal(1), "right": signal(2), "chest": signal(3)[SF_COLS[:3]]}, axis=1)
        assert_two_feet(read_recording(write(tmp_path / "walk.csv", frame), sampling_rate_hz=RATE))


class TestUnits:
    def test_g_and_rad_per_s_are_converted(self, tmp_path):
        path = write(tmp_path / "left.csv", signal())
        recording = read_recording(path, sampling_rate_hz=RATE, acc_unit="g", gyr_unit="rad/s")
        frame = recording.data["left_sensor"]
        np.testing.assert_allclose(frame[SF_COLS[:3]], signal()[SF_COLS[:3]] * 9.81)
        np.testing.assert_allclose(frame[SF_COLS[3:]], np.rad2deg(signal()[SF_COLS[3:]]))
        assert recording.units == {"acc": "g", "gyr": "rad/s"}

    @pytest.mark.parametrize("option", [{"acc_unit": "mg"}, {"gyr_unit": "rpm"}, {"sampling_rate_hz": -5}])
    def test_parameters_are_checked_before_the_file_is_touched(self, option):
        with pytest.raises(ValueError, match=f"'{next(iter(option))}' parameter of read_recording"):
            read_recording("not there.csv", **option)

    @pytest.mark.parametrize("impossible", [np.inf, -np.inf, 3.4e38, -1e20, 1.7e308])
    def test_missing_and_impossible_values_are_kept_as_missing_and_told(self, tmp_path, impossible):
        frame = signal()
        frame.iloc[3:5, 0] = np.nan
        frame.iloc[7, 4] = impossible
        path = write(tmp_path / "left.csv", frame)
        recording = read_recording(path, sampling_rate_hz=RATE, gyr_unit="rad/s")
        assert recording.data["left_sensor"].isna().sum().sum() == 3
        assert "3 of 50 samples of 'left_sensor' have missing values" in recording.notes
        assert "(infinite, or beyond 1e+12) are treated as missing: 1" in " ".join(recording.notes)
        file = open_recording(path, sampling_rate_hz=RATE, gyr_unit="rad/s")
        assert file.notes == recording.notes
        (block,) = file.blocks()
        pd.testing.assert_frame_equal(block["left_sensor"], recording.data["left_sensor"])

    def test_large_values_are_kept(self, tmp_path):
        frame = signal()
        frame.iloc[7, 4] = 1e11
        recording = read_recording(write(tmp_path / "left.csv", frame), sampling_rate_hz=RATE)
        assert recording.data["left_sensor"].iloc[7, 4] == 1e11


def bad_file(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


GOOD = signal().to_csv(index=False)


class TestBadInput:
    """One exception for all, and a text that says what is wrong and what to do."""

    @pytest.mark.parametrize(
        ("name", "content", "texts"),
        [
            ("x.csv", b"", ["the file is empty"]),
            ("x.csv", b"\n \n", ["the file is empty"]),
            ("x.csv", bytes(range(256)) * 20, ["neither text nor Parquet"]),
            ("x.parquet", b"PAR1 and then nothing", ["Parquet file cannot be read"]),
            ("x.parquet", GOOD, ["no Parquet file, although its name says so"]),
            ("x.csv", "a,b,c\n1,2,3\n", ["no column of a sensor", "'a', 'b', 'c'", "acc_x"]),
            ("x.csv", "1,2,3\n4,5,6\n", ["no header row"]),
            ("x.csv", GOOD.replace("_x", "_pa").replace("_y", "_ml").replace("_z", "_si"), ["body frame"]),
            ("x.csv", GOOD.splitlines()[0] + "\n", ["no samples"]),
            ("x.csv", GOOD.replace("gyr_z", "gyr_q"), ["'sensor' is incomplete", "gyr_z"]),
            ("x.csv", GOOD.replace("gyr_z", "acc_x"), ["'acc_x' of the sensor 'sensor' is there twice"]),
            ("x.csv", GOOD + "1,2,oops,4,5,6\n", ["acc_z", "'oops' in sample 50 (row 52"]),
            ("x.csv", GOOD + "1,2,3,4,5,6,7,8\n" * 3, ["rows cannot be read"]),
            ("x.csv", GOOD.replace(".", ","), ["more cells than the header"]),
            ("x.csv", GOOD.replace(",", " "), ["not separated by comma, semicolon or tab"]),
            ("x.csv", "a,a\nacc_pa,gyr_ml\n1,2\n", ["body frame", "'a acc_pa'"]),
            ("x.csv", GOOD.encode("utf-16"), ["neither text nor Parquet", "UTF-8"]),
        ],
    )
    def test_each_is_named(self, tmp_path, name, content, texts):
        path = bad_file(tmp_path / name, content)
        with pytest.raises(RecordingError) as error:
            read_recording(path, sampling_rate_hz=RATE)
        for text in [str(path), "Found", "Expected", *texts]:
            assert text in str(error.value)

    def test_no_such_file_lists_what_is_there(self, tmp_path):
        (tmp_path / "other.csv").touch()
        with pytest.raises(RecordingError, match=r"no such file.*other\.csv"):
            read_recording(tmp_path / "walk.csv")

    def test_a_folder(self, tmp_path):
        with pytest.raises(RecordingError, match="this is a folder"):
            read_recording(tmp_path)

    def test_no_rate(self, tmp_path):
        with pytest.raises(RecordingError, match=r"sampling rate is not known.*--sampling-rate"):
            read_recording(write(tmp_path / "left.csv", signal()))

    def test_time_of_a_single_sample_tells_no_rate(self, tmp_path):
        path = write(tmp_path / "left.csv", signal().iloc[:1].assign(time=0.0))
        with pytest.raises(RecordingError, match=r"sampling rate is not known. Found a single sample.*--sampling-rate"):
            read_recording(path)
        assert read_recording(path, sampling_rate_hz=RATE).sampling_rate_hz == RATE

    @pytest.mark.parametrize("sides", [{"left": "no"}, {"left": "a", "right": "a"}])
    def test_wrong_choice_of_sensors(self, tmp_path, sides):
        frame = pd.concat({"a": signal(1), "b": signal(2)}, axis=1)
        with pytest.raises(RecordingError, match=r"'a'|sensor 'no' is not there"):
            read_recording(write(tmp_path / "walk.csv", frame), sampling_rate_hz=RATE, **sides)

    def test_more_than_one_sensor_of_a_side(self, tmp_path):
        frame = pd.concat({"left_foot": signal(1), "left_shank": signal(2)}, axis=1)
        with pytest.raises(RecordingError, match=r"more than one sensor may be .* left='left_foot'"):
            read_recording(write(tmp_path / "walk.csv", frame), sampling_rate_hz=RATE)

    def test_jumping_sample_counter(self, tmp_path):
        frame = signal().drop(index=[20, 21])
        recording = read_recording(write(tmp_path / "left.csv", frame), sampling_rate_hz=RATE)
        assert recording.n_samples == len(signal())
        assert any("2 of" in note and "were lost" in note for note in recording.notes)
        assert any("2 missing samples in gaps of up to 0.1 s were bridged" in note for note in recording.notes)

    @settings(max_examples=60, deadline=None)
    @given(
        content=st.one_of(
            st.binary(max_size=200),
            st.text(max_size=200).map(str.encode),
            st.lists(
                st.sampled_from([*GOOD.splitlines()[:5], "", "x", ",,,,,", "acc_x;acc_y", "\x00"]), max_size=6
            ).map(lambda lines: "\n".join(lines).encode()),
        )
    )
    def test_nothing_but_a_recording_or_the_named_error(self, tmp_path_factory, content):
        path = bad_file(tmp_path_factory.mktemp("fuzz") / "x.csv", content)
        try:
            recording = read_recording(path, sampling_rate_hz=RATE)
        except RecordingError:
            return
        assert recording.n_samples > 0

    @settings(max_examples=40, deadline=None)
    @given(position=st.integers(0, 4000), byte=st.binary(min_size=1, max_size=4))
    def test_damaged_parquet_files(self, tmp_path_factory, position, byte):
        path = tmp_path_factory.mktemp("fuzz") / "left.parquet"
        signal().to_parquet(path)
        content = bytearray(path.read_bytes())
        position %= len(content)
        content[position : position + len(byte)] = byte
        path.write_bytes(content)
        try:
            read_recording(path, sampling_rate_hz=RATE)
        except RecordingError:
            return


@pytest.mark.recordings
@pytest.mark.parametrize(
    ("name", "rate", "expected_rate"),
    [
        ("imu_sample", 204.8, 204.8),
        ("imu_sample_not_rotated", 204.8, 204.8),
        ("imu_sample_healthy_stair_up", None, 204.8),
        ("imu_sample_healthy_stair_down", None, 204.8),
        ("aligned_data_with_mag_l_walks", 400, 400),
    ],
)
def test_public_recordings_are_read(name, rate, expected_rate):
    from gaitmap.example_data import get_example_data_path

    recording = read_recording(get_example_data_path(f"{name}.csv"), sampling_rate_hz=rate)
    assert recording.sampling_rate_hz == expected_rate
    assert not any(frame.isna().any(axis=None) for frame in recording.data.values())


@pytest.mark.recordings
def test_same_numbers_as_the_example_loader():
    from gaitmap.example_data import get_example_data_path, get_healthy_example_imu_data

    recording = read_recording(get_example_data_path("imu_sample.csv"), sampling_rate_hz=204.8)
    expected = get_healthy_example_imu_data()
    for sensor, frame in recording.data.items():
        np.testing.assert_array_equal(frame, expected[sensor][SF_COLS])
    assert recording.sha256 == "fdb91f0a1e58b1ac518a324d38c9177de6c4388137c1b1683e4a72460873bfd7"
