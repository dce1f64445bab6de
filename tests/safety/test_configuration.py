"""A configuration from a stranger is data: it names algorithms and values, and reaches nothing else."""

import importlib.metadata
import json
import sys

import pytest

pytest.importorskip("typer")
pytest.importorskip("pyarrow")

from typer.testing import CliRunner

from gaitmap.base import BaseAlgorithm
from gaitmap.cli._app import app
from gaitmap.pipelines import GaitPipeline
from gaitmap.stride_segmentation import BarthDtw


def analyze(tmp_path, content):
    path = tmp_path / "parameters.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return CliRunner().invoke(
        app, ["analyze", "no_such_recording.csv", "--out", str(tmp_path / "o"), "--config", str(path)]
    )


def with_parameter(name, value):
    content = json.loads(GaitPipeline().to_json())
    content["params"][name] = value
    return content


def named(name, module, **params):
    return {"_gaitmap_obj": name, "_gaitmap_module": module, "params": params}


#: Harmless functions and classes that are no algorithms; some that would do harm with other parameters.
STRANGERS = [
    named("file_sha256", "gaitmap.recordings._recording_file", path="/etc/hostname"),
    named("write_results", "gaitmap.results", folder="x"),
    named("RecordingFolder", "gaitmap.pipelines", folder="x"),
    named("Checkpoint", "gaitmap.pipelines.blocks._checkpoint", folder="x", key={}),
    named("BoundedMemory", "gaitmap.utils.caching", location="x"),
    named("Memory", "joblib", location="x"),
    named("Path", "gaitmap.cli._config"),
    named("config", "gaitmap.cli._config"),
    named("importlib", "gaitmap.base._registry"),
    named("system", "os", command="true"),
    named("__class__", "gaitmap.pipelines"),
    named("BaseAlgorithm", "gaitmap.base._algorithms"),
    named("FixedTemplate", "gaitmap.stride_segmentation._streamable"),
    named(["BarthDtw"], None),
    named("Gaussian", "gaitmap.stride_segmentation.hmm._hidden_markov_model"),
]


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda stranger: str(stranger["_gaitmap_obj"]))
def test_what_is_no_algorithm_is_refused_before_the_recording_is_looked_for(tmp_path, stranger):
    result = analyze(tmp_path, with_parameter("gait_detection", stranger))
    assert result.exit_code == 2
    assert "No algorithm class" in result.stderr
    assert "no_such_recording" not in result.stderr
    with pytest.raises(ValueError, match="No algorithm class"):
        BaseAlgorithm.from_json(json.dumps(stranger))


def test_no_module_is_imported_because_a_text_names_it(tmp_path, monkeypatch):
    (tmp_path / "gaitmap_stranger.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    for module in ("gaitmap_stranger", "gaitmap.__main__", "antigravity"):
        with pytest.raises(ValueError, match="No algorithm class"):
            BaseAlgorithm.from_json(json.dumps(named("Anything", module)))
        assert BaseAlgorithm.from_json(json.dumps(named("BarthDtw", module))).to_json() == BarthDtw().to_json()
        assert module not in sys.modules


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("segmentation", "BarthDtw", "an algorithm"),
        ("segmentation", 3, "an algorithm"),
        ("segmentation", {"_gaitmap_obj": "BarthDtw"}, "no parameters"),
        ("segmentation", named("BarthDtw", None, memory="/tmp/cache"), "--cache"),
        ("segmentation", named("BarthDtw", None, max_cost="much"), "a number"),
        ("segmentation", named("BarthDtw", None, max_csot=3), "max_cost"),
        ("segmentation", {"_obj_type": "Strange"}, "Unknown object type"),
        ("segmentation", {"_obj_type": "Array", "array": ["a"], "dtype": "U1000000000"}, "numbers and texts"),
        ("segmentation", {"_obj_type": "Array"}, "wrong form"),
        ("segmentation", {"_obj_type": "Tuple", "tuple": 3}, "wrong form"),
        ("segmentation", {"_obj_type": "HiddenMarkovModel", "hmm": {}}, "hidden Markov"),
    ],
)
def test_values_of_other_kinds_are_refused(tmp_path, name, value, told):
    result = analyze(tmp_path, with_parameter(name, value))
    assert result.exit_code == 2
    assert told in result.stderr
    assert "no_such_recording" not in result.stderr


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"parameters": ' * 300 + "1" + "}" * 300,
        json.dumps(with_parameter("gait_detection", json.loads("[" * 200 + "]" * 200))),
        " " * 50_000_001,
    ],
    ids=["open", "tables", "closed", "inside", "long"],
)
def test_too_deep_and_too_long_texts_are_refused(tmp_path, text):
    result = analyze(tmp_path, text)
    assert result.exit_code == 2
    assert "parameters.json" in result.stderr
    assert "no_such_recording" not in result.stderr


def test_a_folder_and_a_device_are_no_configuration(tmp_path):
    for path in (str(tmp_path), "/dev/zero"):
        result = CliRunner().invoke(app, ["analyze", "x.csv", "--out", str(tmp_path / "o"), "--config", path])
        assert result.exit_code == 2


class OwnDtw(BarthDtw):
    """A segmentation of another package."""


def test_installed_packages_register_algorithms(monkeypatch):
    class Entry:
        def __init__(self, found):
            self.load = lambda: found

    registered = {"OwnDtw": OwnDtw, "print": print, "Renamed": OwnDtw}

    def entry_points(*, group, name):
        assert group == "gaitmap.algorithms"
        return [Entry(registered[name])] if name in registered else []

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
    monkeypatch.setattr("gaitmap.base._registry._find_loaded", lambda *_: None)
    assert type(BaseAlgorithm.from_json(OwnDtw().to_json())) is OwnDtw
    for name in ("print", "Renamed"):
        with pytest.raises(ValueError, match="No algorithm class"):
            BaseAlgorithm.from_json(json.dumps(named(name, "other_package")))


@pytest.mark.parametrize("pipeline", [GaitPipeline(), GaitPipeline.like_2_6()])
def test_the_chains_of_gaitmap_can_be_named(pipeline):
    assert BaseAlgorithm.from_json(pipeline.to_json()).to_json() == pipeline.to_json()
