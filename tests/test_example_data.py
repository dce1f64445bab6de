import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pooch
import pytest

from gaitmap import example_data
from gaitmap.utils.consts import SF_COLS, SF_COLS_WITH_MAG
from gaitmap.utils.datatype_helper import is_sensor_data, is_stride_list

LOADERS = sorted(name for name in example_data.__all__ if name.startswith("get_") and name != "get_example_data_path")
# Loaders whose files are not always among the shared ones.
FILES_OF_LOADER = {
    "get_healthy_example_imu_data_ic_stride": ["imu_sample_ic_stride.csv"],
    "get_healthy_example_stride_borders_ic_stride": ["stride_borders_sample_ic_stride.csv"],
    "get_ms_example_imu_data": ["imu_sample_ms_left.csv", "imu_sample_ms_right.csv"],
}
SENSORS = ["left_sensor", "right_sensor"]


@pytest.fixture
def known_file(monkeypatch):
    """Register a tiny file of known content, so that no recording is needed."""
    content = b"a,b\n1,2\n"
    monkeypatch.setitem(example_data._SHA256, "tiny.csv", hashlib.sha256(content).hexdigest())
    return content


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """Use an empty user cache, no folder of the user, and neither repository nor package index."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(pooch, "os_cache", lambda project: folder)
    monkeypatch.delenv("GAITMAP_DATA_DIR", raising=False)
    monkeypatch.setattr(pooch, "HTTPDownloader", lambda **_: _no_network)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "no-such-pip.conf"))
    return folder


def _require(*names):
    """Skip unless the files are on this computer: a test run starts no downloads."""
    folders = [Path(os.environ.get("GAITMAP_DATA_DIR", "no-such-folder")), Path(pooch.os_cache("gaitmap"))]
    for name in names:
        if not any((folder / name).is_file() for folder in folders):
            pytest.skip(f"the recording {name} is not on this computer")


def _require_files_of(loader):
    _require(*FILES_OF_LOADER.get(loader, ()))


def _no_network(url, output_file, pooch):
    raise ConnectionError("no route to the repository")


def _archive(path, members):
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def test_import_touches_neither_network_nor_disk():
    code = (
        "import sys\n"
        "seen = []\n"
        "touches = ('socket.', 'os.mkdir', 'subprocess.', 'tempfile.')\n"
        "sys.addaudithook(lambda event, args: seen.append(event) if event.startswith(touches) else None)\n"
        "import gaitmap.example_data\n"
        "assert 'pooch' not in sys.modules\n"
        "assert not seen, seen"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_folder_of_the_user_comes_first_and_is_only_read(monkeypatch, tmp_path, cache, known_file):
    (tmp_path / "tiny.csv").write_bytes(b"the user's own version")
    monkeypatch.setenv("GAITMAP_DATA_DIR", str(tmp_path))
    assert example_data.get_example_data_path("tiny.csv") == tmp_path / "tiny.csv"
    assert not cache.exists()


def test_folder_of_the_user_is_verified_on_request(monkeypatch, tmp_path, cache, known_file):
    (tmp_path / "tiny.csv").write_bytes(b"the user's own version")
    monkeypatch.setenv("GAITMAP_DATA_DIR", str(tmp_path))
    with pytest.raises(ValueError, match="differs from the published file"):
        example_data.get_example_data_path("tiny.csv", verify=True)


def test_each_file_is_looked_for_on_its_own(monkeypatch, tmp_path, cache, known_file):
    monkeypatch.setenv("GAITMAP_DATA_DIR", str(tmp_path))
    cache.mkdir()
    (cache / "tiny.csv").write_bytes(known_file)
    assert example_data.get_example_data_path("tiny.csv") == cache / "tiny.csv"


def test_download_lands_in_the_cache_and_is_verified(monkeypatch, cache, known_file):
    def download(url, output_file, pooch):
        assert url == example_data.GITHUB_FOLDER_PATH + "tiny.csv"
        Path(output_file).write_bytes(known_file)

    monkeypatch.setattr(pooch, "HTTPDownloader", lambda **_: download)
    assert example_data.get_example_data_path("tiny.csv").read_bytes() == known_file
    monkeypatch.setattr(pooch, "HTTPDownloader", lambda **_: _no_network)
    assert example_data.get_example_data_path("tiny.csv") == cache / "tiny.csv"


@pytest.mark.parametrize("where", ["cache", "download"])
def test_damaged_file_is_never_handed_out(monkeypatch, cache, known_file, where):
    if where == "cache":
        cache.mkdir()
        (cache / "tiny.csv").write_bytes(b"damaged")
    else:
        monkeypatch.setattr(
            pooch, "HTTPDownloader", lambda **_: lambda url, file, _: Path(file).write_bytes(b"damaged")
        )
    with pytest.raises(FileNotFoundError, match=r"tiny\.csv"):
        example_data.get_example_data_path("tiny.csv")


def test_archive_gives_verified_example_files_and_nothing_else(monkeypatch, tmp_path, cache, known_file):
    monkeypatch.setitem(example_data._SHA256, "other.csv", "0" * 64)
    archive = _archive(
        tmp_path / "a.tar.gz",
        {
            "gaitmap-2.6.0/example_data/tiny.csv": known_file,
            "gaitmap-2.6.0/example_data/other.csv": b"not the published file",
            "gaitmap-2.6.0/example_data/../../evil.csv": known_file,
            "gaitmap-2.6.0/example_data/code.py": b"print()",
            "gaitmap-2.6.0/tests/tiny.csv": b"no",
        },
    )

    def pip_download(command, **_):
        assert command[1:4] == ["-m", "pip", "download"]
        (Path(command[command.index("--dest") + 1]) / "gaitmap-2.6.0.tar.gz").write_bytes(archive.read_bytes())
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", pip_download)
    assert example_data.get_example_data_path("tiny.csv").read_bytes() == known_file
    assert sorted(p.name for p in cache.iterdir()) == ["tiny.csv"]
    with pytest.raises(FileNotFoundError, match=r"does not contain the published file 'other\.csv'"):
        example_data.get_example_data_path("other.csv")


def test_archive_replaces_a_damaged_file_in_the_cache(monkeypatch, tmp_path, cache, known_file):
    cache.mkdir()
    (cache / "tiny.csv").write_bytes(b"damaged")
    example_data._unpack_example_files(_archive(tmp_path / "a.tar.gz", {"x/example_data/tiny.csv": known_file}), cache)
    assert example_data.get_example_data_path("tiny.csv").read_bytes() == known_file


def test_offline_error_names_file_folders_and_variable(monkeypatch, tmp_path, cache):
    monkeypatch.setenv("GAITMAP_DATA_DIR", str(tmp_path / "mine"))
    with pytest.raises(FileNotFoundError) as error:
        example_data.get_healthy_example_imu_data()
    for part in ("'imu_sample.csv'", str(tmp_path / "mine"), str(cache), "GAITMAP_DATA_DIR", "no route", "pip"):
        assert part in str(error.value)


@pytest.mark.slow
def test_source_archive_of_the_package_index_holds_all_files(monkeypatch, tmp_path):
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path)
    monkeypatch.setattr(pooch, "HTTPDownloader", lambda **_: _no_network)
    monkeypatch.delenv("GAITMAP_DATA_DIR", raising=False)
    try:
        first = example_data.get_example_data_path("imu_sample_ms_left.csv")
    except FileNotFoundError as error:
        if "pip failed" not in str(error):
            raise
        pytest.skip(f"no package index: {error}")
    assert first.parent == tmp_path
    assert {path.name for path in tmp_path.iterdir()} == set(example_data.list_example_data())


def test_missing_pip_is_named(monkeypatch, cache, known_file):
    find_spec = example_data.importlib.util.find_spec
    monkeypatch.setattr(
        example_data.importlib.util, "find_spec", lambda name: None if name == "pip" else find_spec(name)
    )
    with pytest.raises(FileNotFoundError, match="pip is not installed"):
        example_data.get_example_data_path("tiny.csv")


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"imu_sample\.csv"):
        example_data.get_example_data_path("imu_sample")


def test_constants_of_older_scripts_are_read_when_asked_for(monkeypatch, cache):
    monkeypatch.setenv("GAITMAP_DATA_DIR", "/somewhere")
    assert Path("/somewhere") == example_data.LOCAL_EXAMPLE_PATH
    assert cache == example_data.PC_EXAMPLE_PATH
    assert set(example_data.BRIAN.registry) == set(example_data.list_example_data())
    with pytest.raises(AttributeError, match="no attribute 'NOTHING'"):
        _ = example_data.NOTHING


@pytest.mark.recordings
@pytest.mark.parametrize("name", example_data.list_example_data())
def test_files_are_the_published_ones(name):
    _require(name)
    assert example_data.get_example_data_path(name, verify=True).is_file()


@pytest.mark.recordings
@pytest.mark.parametrize("name", LOADERS)
def test_loaders_return_fresh_objects(name):
    _require_files_of(name)
    loader = getattr(example_data, name)
    first, second = loader(), loader()
    one = first["left_sensor"] if isinstance(first, dict) else first
    two = second["left_sensor"] if isinstance(second, dict) else second
    one.iloc[:, -1] = 0
    one.index = one.index[::-1]
    assert (two.iloc[:, -1] != 0).any()
    assert not two.index.equals(one.index)


@pytest.mark.recordings
@pytest.mark.parametrize(
    ("name", "shape", "rate"),
    [
        ("get_healthy_example_imu_data", (7928, 12), 204.8),
        ("get_healthy_example_imu_data_not_rotated", (7928, 12), 204.8),
        ("get_healthy_example_imu_data_ic_stride", (4053, 12), 102.4),
        ("get_healthy_example_imu_data_stair_up", (5130, 12), 204.8),
        ("get_healthy_example_imu_data_stair_down", (4488, 12), 204.8),
    ],
)
def test_recordings_of_two_feet(name, shape, rate):
    _require_files_of(name)
    data = getattr(example_data, name)()
    assert data.shape == shape
    assert is_sensor_data(data, frame="sensor") == "multi"
    assert list(data.columns.get_level_values(0).unique()) == SENSORS
    assert list(data["left_sensor"].columns) == SF_COLS
    np.testing.assert_array_equal(data.index, np.arange(len(data)) / rate)
    assert data.index.name is None
    named = "stair" not in name and "ic_stride" not in name
    assert list(data.columns.names) == (["sensor", "axis"] if named else [None, None])


@pytest.mark.recordings
def test_axes_are_interleaved_as_in_the_file():
    columns = list(example_data.get_healthy_example_imu_data().columns[:4])
    assert columns == [(sensor, axis) for axis in ("acc_x", "acc_y") for sensor in SENSORS]


@pytest.mark.recordings
def test_unsynchronised_recording():
    _require_files_of("get_ms_example_imu_data")
    data = example_data.get_ms_example_imu_data()
    assert list(data) == SENSORS
    assert is_sensor_data(data, frame="sensor") == "multi"
    for sensor in SENSORS:
        assert list(data[sensor].columns) == ["index", *SF_COLS]
        assert pd.api.types.is_integer_dtype(data[sensor]["index"])
        np.testing.assert_array_equal(data[sensor].index, np.arange(7000) / 102.4)


@pytest.mark.recordings
def test_magnetometer_recording():
    data = example_data.get_magnetometer_l_path_data()
    assert list(data.columns) == SF_COLS_WITH_MAG
    np.testing.assert_array_equal(data.index, np.arange(100000) / 400)


@pytest.mark.recordings
@pytest.mark.parametrize(
    ("name", "stride_type", "n_strides"),
    [
        ("get_healthy_example_stride_borders", "any", (28, 30)),
        ("get_healthy_example_stride_borders_ic_stride", "any", (7, 7)),
        ("get_healthy_example_stride_events", "min_vel", (28, 29)),
    ],
)
def test_stride_lists(name, stride_type, n_strides):
    _require_files_of(name)
    strides = getattr(example_data, name)()
    assert list(strides) == SENSORS
    assert is_stride_list(strides, stride_type=stride_type) == "multi"
    assert tuple(map(len, strides.values())) == n_strides
    assert list(strides["right_sensor"].index) == list(range(n_strides[1]))
    assert strides["right_sensor"]["s_id"].iloc[0] == strides["left_sensor"]["s_id"].iloc[-1] + 1


@pytest.mark.recordings
def test_motion_capture_trajectories_belong_to_the_strides():
    events = example_data.get_healthy_example_stride_events()
    for load in (example_data.get_healthy_example_orientation, example_data.get_healthy_example_position):
        for sensor, trajectory in load().items():
            assert list(trajectory.index.names) == ["s_id", "sample"]
            assert list(trajectory.index.levels[0]) == list(events[sensor]["s_id"])


@pytest.mark.reference
@pytest.mark.recordings
def test_loaders_give_what_gaitmap_2_6_gave(reference_dir):
    summary = json.loads((reference_dir / "foundation" / "example_data_summary.json").read_text())
    for name, expected in summary.items():
        found = getattr(example_data, name)()
        parts = [(found, expected)] if "shape" in expected else [(found[key], expected[key]) for key in expected]
        for data, want in parts:
            assert list(data.shape) == want["shape"]
            assert [list(c) if isinstance(c, tuple) else c for c in data.columns] == want["columns"]
            assert list(data.columns.names) == want["column_level_names"]
            assert [str(t) if t.kind in "if" else "object" for t in data.dtypes] == want["dtypes"]
            assert list(data.index.names) == want["index_names"]
            for position, key in ((0, "index_first"), (-1, "index_last")):
                assert np.ravel(data.index[position]).tolist() == np.ravel(want[key]).tolist()
            np.testing.assert_allclose(data.select_dtypes("number").sum().to_numpy(), want["sums"], rtol=1e-12)
