"""Public recordings for examples and tests.

The files are not part of the package. Each one is looked for, in this order:

1. in the folder named by the environment variable ``GAITMAP_DATA_DIR`` (only read, never written to);
2. in the user's cache folder (``pooch.os_cache("gaitmap")``);
3. by a download from the public repository, pinned to one release, into the user's cache folder;
4. in the source archive of ``gaitmap==2.6.0``, which pip gets from the package index. Only its ``example_data/*.csv``
   are unpacked, into the user's cache folder.

The SHA-256 of every file that comes from 2 to 4 is verified. Importing this module touches neither network nor disk.
All loaders return fresh objects that may be modified.
"""

import contextlib
import hashlib
import importlib.util
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from gaitmap.utils.consts import SF_COLS_WITH_MAG

if TYPE_CHECKING:
    from pooch import Pooch

__all__ = [
    "get_example_data_path",
    "get_healthy_example_imu_data",
    "get_healthy_example_imu_data_ic_stride",
    "get_healthy_example_imu_data_not_rotated",
    "get_healthy_example_imu_data_stair_down",
    "get_healthy_example_imu_data_stair_up",
    "get_healthy_example_mocap_data",
    "get_healthy_example_orientation",
    "get_healthy_example_position",
    "get_healthy_example_stride_borders",
    "get_healthy_example_stride_borders_ic_stride",
    "get_healthy_example_stride_events",
    "get_magnetometer_l_path_data",
    "get_ms_example_imu_data",
    "list_example_data",
]

#: Where the files are downloaded from (the recordings have not changed since this release).
GITHUB_FOLDER_PATH = "https://raw.githubusercontent.com/mad-lab-fau/gaitmap/v2.6.0/example_data/"

_DATA_DIR_VARIABLE = "GAITMAP_DATA_DIR"
_ARCHIVE_REQUIREMENT = "gaitmap==2.6.0"
_DOWNLOAD_TIMEOUT_S = 20
_ARCHIVE_TIMEOUT_S = 300

_SHA256 = {
    "imu_sample.csv": "fdb91f0a1e58b1ac518a324d38c9177de6c4388137c1b1683e4a72460873bfd7",
    "imu_sample_not_rotated.csv": "5136b5c7e086997d4a7423d9320a7abf2c8e467821920387157620959f427311",
    "imu_sample_healthy_stair_up.csv": "91c66d4370fa2c152ab280df3ac2c607c71bf788f3a4bff7e690030aa6f5d5fe",
    "imu_sample_healthy_stair_down.csv": "935442b1ec74ad69211ff3364e1d949c2811f1e24afa7f2f5322ce167976980e",
    "imu_sample_ms_left.csv": "5308a0833629a6ea76f3cdba3dca4ac185eabfd93e00b85f9cdaaa2a7c599b62",
    "imu_sample_ms_right.csv": "5349aeed45fbdb491c16f633b1f10a0d1c42b1bb2f56b429ce5fa9b9cd484376",
    "imu_sample_ic_stride.csv": "577299bddf766fbd8dcc70081542b6c261eb88c1cec26372e832174cae7ec462",
    "stride_borders_sample.csv": "6b93f875b7369bc9f6edd5842771dba79aef4e5922f7542786900852029ca914",
    "stride_borders_sample_ic_stride.csv": "53ab867cd47559056eea54a3ad8a5c84d31827fa88d44ccc19ebd68284d97bc7",
    "stride_events_sample.csv": "9fa47ac00ebe96fb6dc8447c49cf2ae1cf9559300101700a6875f094e4d5c274",
    "mocap_sample.csv": "e27e89a75b38cb53520385eb252786c951a74a8f4a3d252322330ab672f6c00e",
    "orientation_sample.csv": "fe8f1c7fd12fccbbff916ab98f299b250f5c887634fbc2bb636fbcd02b114b0c",
    "position_sample.csv": "12cf9b837f51a01c1b5caf3e24d767307cf5d6619a372baf627481ff2c1e2703",
    "aligned_data_with_mag_l_walks.csv": "b767c307e2a5545e1e54f740c2b67dce0ad0ef56dddc09ed00ccc5b07cceeb76",
}


def list_example_data() -> list[str]:
    """Name all files that :func:`get_example_data_path` knows.

    Returns
    -------
    list of str
        File names, whether or not they are on this computer yet.

    Examples
    --------
    >>> "imu_sample.csv" in list_example_data()
    True
    """
    return list(_SHA256)


def get_example_data_path(name: str, *, verify: bool = False) -> Path:
    """Find an example file on this computer, or download it.

    Parameters
    ----------
    name
        File name as given by :func:`list_example_data`.
    verify
        Verify the SHA-256 of a file in the folder of ``GAITMAP_DATA_DIR``, too. Files of the user's cache folder and
        downloads are always verified.

    Returns
    -------
    pathlib.Path
        Path of the file. Do not modify it.

    Raises
    ------
    ValueError
        If no example file has this name, or (with ``verify``) if the file differs from the published one.
    FileNotFoundError
        If the file is neither on this computer nor can be downloaded.

    Notes
    -----
    The module documentation says where files are looked for.
    """
    if name not in _SHA256:
        raise ValueError(f"No example file is called {name!r}. Expected one of {list_example_data()}.")
    folder = _data_dir()
    if folder is not None and (folder / name).is_file():
        if verify and _sha256((folder / name).read_bytes()) != _SHA256[name]:
            raise ValueError(
                f"Example data: '{folder / name}' differs from the published file. Expected "
                f"the SHA-256 {_SHA256[name]}. "
                f"Replace the file, or remove it so that it is looked for elsewhere."
            )
        return folder / name
    failures = []
    for source, get in (
        (f"Download from {GITHUB_FOLDER_PATH}", _get_from_cache_or_repository),
        (f"Source archive {_ARCHIVE_REQUIREMENT} from the package index", _get_from_source_archive),
    ):
        try:
            return get(name)
        except (OSError, ValueError, subprocess.SubprocessError, tarfile.TarError) as error:
            failures.append(f"{source}: {_one_line(error)}.")
    variable = f"folder of {_DATA_DIR_VARIABLE} ({'not set' if folder is None else repr(str(folder))})"
    raise FileNotFoundError(
        f"Example data: the file '{name}' was not found. Searched: {variable}; user cache {str(_user_cache())!r}. "
        f"Could not be downloaded either. {' '.join(failures)} Connect to the network once, or set the environment "
        f"variable {_DATA_DIR_VARIABLE} to a folder that holds '{name}'."
    )


def _data_dir() -> Path | None:
    folder = os.environ.get(_DATA_DIR_VARIABLE)
    return Path(folder).expanduser() if folder else None


def _user_cache() -> Path:
    import pooch

    return Path(pooch.os_cache("gaitmap"))


def _pooch() -> "Pooch":
    import pooch

    return pooch.create(
        path=_user_cache(),
        base_url=GITHUB_FOLDER_PATH,
        registry={name: f"sha256:{digest}" for name, digest in _SHA256.items()},
    )


def _get_from_cache_or_repository(name: str) -> Path:
    import pooch

    return Path(_pooch().fetch(name, downloader=pooch.HTTPDownloader(timeout=_DOWNLOAD_TIMEOUT_S)))


def _get_from_source_archive(name: str) -> Path:
    """Unpack all example files of the source archive at once, because getting it is the slow part."""
    if importlib.util.find_spec("pip") is None:
        raise OSError(f"pip is not installed in this Python environment ({sys.executable})")
    cache = _user_cache()
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
        command += ["--retries", "1", "--no-deps", "--no-binary", ":all:", "--dest", folder, _ARCHIVE_REQUIREMENT]
        run = subprocess.run(command, capture_output=True, text=True, timeout=_ARCHIVE_TIMEOUT_S, check=False)
        archives = list(Path(folder).glob("*.tar.gz"))
        if run.returncode != 0 or not archives:
            errors = [line for line in run.stderr.splitlines() if line.strip()]
            raise OSError(f"pip failed with status {run.returncode} ({errors[-1] if errors else 'no message'})")
        _unpack_example_files(archives[0], cache)
    if not (cache / name).is_file() or _sha256((cache / name).read_bytes()) != _SHA256[name]:
        raise OSError(f"the archive does not contain the published file '{name}'")
    return cache / name


def _unpack_example_files(archive: Path, cache: Path) -> None:
    with tarfile.open(archive) as tar:
        for member in tar:
            folder, _, name = member.name.rpartition("/")
            if not (member.isfile() and folder.endswith("/example_data") and name in _SHA256):
                continue
            file = tar.extractfile(member)
            content = b"" if file is None else file.read()
            if _sha256(content) == _SHA256[name]:
                _write_atomically(cache / name, content)


def _write_atomically(path: Path, content: bytes) -> None:
    """Write so that other processes see either no file or the whole file."""
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(partial).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(partial).unlink()
        raise


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _one_line(error: Exception, longest: int = 240) -> str:
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text if len(text) <= longest else text[:longest] + "..."


def __getattr__(name: str) -> Any:
    """Give the constants of gaitmap 2.6 that depend on the environment, when they are read."""
    if name == "BRIAN":
        return _pooch()
    if name == "LOCAL_EXAMPLE_PATH":
        return _data_dir()
    if name == "PC_EXAMPLE_PATH":
        return _user_cache()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _read(name: str, **kwargs: Any) -> pd.DataFrame:
    return pd.read_csv(get_example_data_path(name), **kwargs)


def _read_two_feet(name: str, *, sampling_rate_hz: float | None, level_names: list[str | None]) -> pd.DataFrame:
    data = _read(name, header=[0, 1], index_col=0)
    data.columns = data.columns.set_names(level_names)
    data.index.name = None
    if sampling_rate_hz is not None:
        data.index = data.index / sampling_rate_hz
    return data


def _split_by_foot(data: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {f"{foot}_sensor": data[data["foot"] == foot].reset_index(drop=True) for foot in ("left", "right")}


def get_healthy_example_imu_data() -> pd.DataFrame:
    """Load two walks of 20 m of a healthy subject, measured on both feet.

    Returns
    -------
    pd.DataFrame
        Sensors `left_sensor` and `right_sensor` in the foot sensor frame (`acc_*` in m/s^2, `gyr_*` in deg/s),
        204.8 Hz, 7928 samples, index in seconds.

    See Also
    --------
    get_healthy_example_stride_borders : Hand-labelled strides of this recording.
    get_healthy_example_stride_events : Events of this recording from motion capture.
    get_healthy_example_mocap_data : Marker positions of this recording.
    """
    return _read_two_feet("imu_sample.csv", sampling_rate_hz=204.8, level_names=["sensor", "axis"])


def get_healthy_example_imu_data_not_rotated() -> pd.DataFrame:
    """Load the walk of :func:`get_healthy_example_imu_data` in the axes of the sensors as they were mounted.

    Returns
    -------
    pd.DataFrame
        Sensors `left_sensor` and `right_sensor` (`acc_*` in m/s^2, `gyr_*` in deg/s; axes are those of the sensor, not
        of the foot), 204.8 Hz, 7928 samples, index in seconds.
    """
    return _read_two_feet("imu_sample_not_rotated.csv", sampling_rate_hz=204.8, level_names=["sensor", "axis"])


def get_healthy_example_imu_data_ic_stride() -> pd.DataFrame:
    """Load four walks of 10 m of a healthy subject, whose strides are labelled from initial contact.

    Returns
    -------
    pd.DataFrame
        Sensors `left_sensor` and `right_sensor` in the foot sensor frame (`acc_*` in m/s^2, `gyr_*` in deg/s),
        102.4 Hz, 4053 samples, index in seconds.

    See Also
    --------
    get_healthy_example_stride_borders_ic_stride : Strides of this recording.
    """
    return _read_two_feet("imu_sample_ic_stride.csv", sampling_rate_hz=102.4, level_names=[None, None])


def get_ms_example_imu_data() -> dict[str, pd.DataFrame]:
    """Load a walk of a subject with multiple sclerosis; the two sensors are not synchronised.

    Returns
    -------
    dict of pd.DataFrame
        Sensors `left_sensor` and `right_sensor` in the foot sensor frame (`acc_*` in m/s^2, `gyr_*` in deg/s),
        102.4 Hz, 7000 samples each, index in seconds, with the sample number of the original file as first column
        `index`.
    """
    data = {}
    for foot in ("left", "right"):
        sensor = _read(f"imu_sample_ms_{foot}.csv", index_col=0)
        sensor.index = sensor.index / 102.4
        sensor.index.name = None
        data[f"{foot}_sensor"] = sensor
    return data


def get_healthy_example_imu_data_stair_up() -> pd.DataFrame:
    """Load a recording of a healthy subject who climbs stairs.

    Returns
    -------
    pd.DataFrame
        Sensors `left_sensor` and `right_sensor` (`acc_*` in m/s^2, `gyr_*` in deg/s), not aligned to gravity, 204.8 Hz,
        5130 samples, index in seconds.
    """
    return _read_two_feet("imu_sample_healthy_stair_up.csv", sampling_rate_hz=None, level_names=[None, None])


def get_healthy_example_imu_data_stair_down() -> pd.DataFrame:
    """Load a recording of a healthy subject who goes down stairs.

    Returns
    -------
    pd.DataFrame
        Sensors `left_sensor` and `right_sensor` (`acc_*` in m/s^2, `gyr_*` in deg/s), not aligned to gravity, 204.8 Hz,
        4488 samples, index in seconds.
    """
    return _read_two_feet("imu_sample_healthy_stair_down.csv", sampling_rate_hz=None, level_names=[None, None])


def get_magnetometer_l_path_data() -> pd.DataFrame:
    """Load walks along an L-shaped path with one foot sensor that has a magnetometer.

    Returns
    -------
    pd.DataFrame
        One sensor in the foot sensor frame (`acc_*` in m/s^2, `gyr_*` in deg/s, `mag_*` normalised), 400 Hz, 100000
        samples, index in seconds. The foot is not documented; the signals are those of a right foot.
    """
    data = _read("aligned_data_with_mag_l_walks.csv", index_col=0)[SF_COLS_WITH_MAG]
    data.index = data.index / 400
    return data


def get_healthy_example_stride_borders() -> dict[str, pd.DataFrame]:
    """Load the hand-labelled strides of :func:`get_healthy_example_imu_data`.

    Returns
    -------
    dict of pd.DataFrame
        Per sensor the columns `s_id`, `foot`, `start`, `end` (samples at 204.8 Hz) and `gsd_id` (number of the walk).
        Strides start and end at the minimum of `gyr_ml` before toe-off. `s_id` runs on from left to right.
    """
    return _split_by_foot(_read("stride_borders_sample.csv"))


def get_healthy_example_stride_borders_ic_stride() -> dict[str, pd.DataFrame]:
    """Load the strides of :func:`get_healthy_example_imu_data_ic_stride`.

    Returns
    -------
    dict of pd.DataFrame
        Per sensor the columns `s_id`, `foot`, `start`, `end` (samples at 102.4 Hz) and `gsd_id`. Strides start and end
        at the initial contacts found in motion capture data.
    """
    return _split_by_foot(_read("stride_borders_sample_ic_stride.csv"))


def get_healthy_example_stride_events() -> dict[str, pd.DataFrame]:
    """Load the gait events of :func:`get_healthy_example_imu_data`, found in motion capture data.

    Returns
    -------
    dict of pd.DataFrame
        Per sensor the columns `s_id`, `start`, `end`, `ic`, `tc`, `min_vel`, `pre_ic` (samples at 204.8 Hz). Strides
        start and end at `min_vel`.
    """
    events = _split_by_foot(_read("stride_events_sample.csv"))
    return {sensor: strides.drop(columns="foot") for sensor, strides in events.items()}


def get_healthy_example_mocap_data() -> pd.DataFrame:
    """Load the optical motion capture data of :func:`get_healthy_example_imu_data`.

    Returns
    -------
    pd.DataFrame
        Two column levels, marker and axis: `L_TOE`, `R_TOE` (toe), `L_FCC`, `R_FCC` (heel), `R_FM5`, `L_FM5` (fifth
        metatarsal), `x`, `y`, `z` in mm. 100 Hz, 3870 samples, index in seconds. A sample of the inertial sensors is
        the sample of this frame times 204.8 / 100.
    """
    return _read_two_feet("mocap_sample.csv", sampling_rate_hz=100, level_names=[None, None])


def _read_trajectory(name: str) -> dict[str, pd.DataFrame]:
    data = _read(name, index_col=0)
    sensors = ("left_sensor", "right_sensor")
    return {sensor: data.loc[sensor].set_index(["s_id", "sample"]) for sensor in sensors}


def get_healthy_example_orientation() -> dict[str, pd.DataFrame]:
    """Load foot orientations of the strides of :func:`get_healthy_example_stride_events`, from motion capture.

    Returns
    -------
    dict of pd.DataFrame
        Per sensor the quaternion columns `q_x`, `q_y`, `q_z`, `q_w`, index levels `s_id` and `sample`, 100 Hz.
    """
    return _read_trajectory("orientation_sample.csv")


def get_healthy_example_position() -> dict[str, pd.DataFrame]:
    """Load foot positions of the strides of :func:`get_healthy_example_stride_events`, from motion capture.

    Returns
    -------
    dict of pd.DataFrame
        Per sensor the columns `pos_x`, `pos_y`, `pos_z` in m (heel marker, relative to the start of the stride), index
        levels `s_id` and `sample`, 100 Hz.
    """
    return _read_trajectory("position_sample.csv")
