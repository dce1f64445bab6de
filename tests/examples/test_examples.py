"""Every example of the documentation runs."""

import runpy
import warnings
from pathlib import Path

import pytest

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

FOLDER = Path(__file__).parents[2] / "examples"
#: Examples whose steps are asserted in a test of their own.
TESTED_ELSEWHERE = {"advanced_features/caching.py"}
EXAMPLES = [
    path for path in sorted(FOLDER.rglob("*.py")) if path.relative_to(FOLDER).as_posix() not in TESTED_ELSEWHERE
]


@pytest.mark.recordings
@pytest.mark.mad_data
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_example_runs(path, monkeypatch, tmp_path):
    import matplotlib.pyplot as plt

    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*non-interactive.*")
        runpy.run_path(str(path), run_name="__main__")
    plt.close("all")
    assert not list(tmp_path.iterdir()), "examples leave no files in the current folder"
