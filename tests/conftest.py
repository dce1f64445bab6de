"""Fixtures shared by all tests: where recordings and reference vectors are, and a cache folder for compiled kernels."""

import importlib.metadata
import os
import tempfile
from pathlib import Path

_ROOT = Path(__file__).parent.parent


# Machine code of the kernels outlives the checkout; its folders are named after the content of all kernels.
os.environ["NUMBA_CACHE_DIR"] = os.environ.get(
    "GAITMAP_TEST_CACHE", str(Path(tempfile.gettempdir()) / "gaitmap-test-kernels")
)
# The key that signs the progress of analyses is not that of the user.
_CONFIG = tempfile.TemporaryDirectory(prefix="gaitmap-test-config-")
os.environ["GAITMAP_CONFIG_DIR"] = _CONFIG.name

import pytest  # noqa: E402 - numba reads its settings when it is imported


@pytest.fixture(scope="session")
def reference_dir() -> Path:
    """Folder of the reference vectors (outputs of gaitmap 2.6)."""
    folder = os.environ.get("GAITMAP_REFERENCE_DIR")
    if not folder or not Path(folder).is_dir():
        pytest.skip("no reference vectors: GAITMAP_REFERENCE_DIR does not name a folder")
    return Path(folder)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, what needs data that cannot be had here."""
    reasons = {
        "reference": None if os.environ.get("GAITMAP_REFERENCE_DIR") else "GAITMAP_REFERENCE_DIR is not set",
        "mad_data": _missing_wheel(),
        "recordings": _missing_recordings(),
    }
    for item in items:
        for marker, reason in reasons.items():
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def _missing_wheel() -> str | None:
    try:
        importlib.metadata.distribution("gaitmap_mad")
    except importlib.metadata.PackageNotFoundError:
        return "the wheel gaitmap-mad (data files, AGPL) is not installed"
    return None


def _missing_recordings() -> str | None:
    """Recordings are looked for locally only: a test run does not start downloads by itself."""
    import pooch

    folders = [Path(os.environ.get("GAITMAP_DATA_DIR", "")), Path(pooch.os_cache("gaitmap"))]
    if any((folder / "imu_sample.csv").is_file() for folder in folders):
        return None
    return "no public recordings in GAITMAP_DATA_DIR or the user cache"
