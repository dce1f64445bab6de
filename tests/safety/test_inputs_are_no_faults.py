"""What is wrong with an input is told as such; a fault of gaitmap has a status of its own."""

import numpy as np
import pytest

pytest.importorskip("typer")
pytest.importorskip("pyarrow")

import typer
from typer.testing import CliRunner

from gaitmap.cli import _console
from gaitmap.cli._app import app
from gaitmap.cohort import _workers
from gaitmap.pipelines import GaitPipeline
from gaitmap.preprocessing.sensor_alignment import AutoAlignment, GravityAlignment
from gaitmap.simulation import Rest, Walk, simulate
from gaitmap.utils.exceptions import DataQualityError
from gaitmap.utils.rotations import get_gravity_rotation

HEADER = "acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z\n"


@pytest.mark.parametrize(
    "content",
    [
        HEADER + "1,2,3,4,5," + "6" * 200_000 + "\n",
        HEADER + '"' + "6" * 200_000 + '",1,2,3,4,5\n',
        "a" * 200_000 + "," + HEADER + "1,2,3,4,5,6,7\n",
        HEADER + "1,2,3,4,5,6\n" * 100 + "1,2,3,4,5," + "6" * 200_000 + "\n",
    ],
    ids=["cell", "quoted", "label", "later"],
)
def test_lines_without_end(tmp_path, content):
    path = tmp_path / "left.csv"
    path.write_text(content)
    result = CliRunner().invoke(app, ["analyze", str(path), "--out", str(tmp_path / "o"), "--sampling-rate", "100"])
    assert result.exit_code == 2
    assert "unexpected" not in result.stderr


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RuntimeError("can't start new thread"), 2),
        (RuntimeError("Unable to allocate memory"), 2),
        (MemoryError(), 2),
        (RecursionError("x"), 70),
        (RuntimeError("x"), 70),
        (AssertionError(), 70),
    ],
)
def test_faults_have_a_status_of_their_own(error, status, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(typer.Exit) as ended, _console.input_errors():
        raise error
    assert ended.value.exit_code == status


def test_a_worker_that_dies_while_it_is_asked_for_its_version():
    class Client:
        def run(self, _function):
            raise RuntimeError("Stream is closed")

    with pytest.raises(ConnectionError, match="worker of the cluster was lost"):
        _workers._check_versions(Client())


@pytest.mark.parametrize("vector", [[0, 0, 0], [1e-300, 0, 0], [np.nan, 0, 1], [np.inf, 0, 1]])
def test_no_direction_of_gravity(vector):
    with pytest.raises(DataQualityError, match="direction of gravity"):
        get_gravity_rotation(vector)


@pytest.mark.parametrize("alignment", [AutoAlignment(), GravityAlignment(), None], ids=["auto", "gravity", "none"])
@pytest.mark.parametrize("value", [1e-300, 0.0, 9e11, -1e8, 32767.0])
def test_values_that_no_sensor_measures_stop_one_foot_at_most(alignment, value):
    walk = simulate([Rest(2), Walk(n_steps=16), Rest(2)], 102.4, seed=1)
    data = {sensor: frame.copy() for sensor, frame in walk.data.items()}
    data["right_sensor"].loc[data["right_sensor"].index[60:], ["acc_x", "acc_y", "acc_z"]] = value
    run = GaitPipeline(alignment=alignment).analyze(data, 102.4)
    used = run.strides_[run.strides_["foot"] == "left"]
    assert len(used) > 4
    lengths = run.strides_["stride_length"].dropna()
    assert np.isfinite(lengths).all()
