"""What decides the results of a run."""

import json
from dataclasses import replace

import joblib
import pytest

from gaitmap.pipelines import GaitPipeline
from gaitmap.recordings import open_recording, read_recording
from gaitmap.recordings._recording_file import content_sha256
from gaitmap.results import RunIdentity, build_provenance
from gaitmap.simulation import simulate_walk
from gaitmap.stride_segmentation import CalibratedBarthDtw, OpenStrideTemplate
from tests.pipelines._recording import write_recording


@pytest.fixture
def pipeline():
    return GaitPipeline(segmentation=CalibratedBarthDtw(OpenStrideTemplate()))


@pytest.fixture
def identity(pipeline):
    return RunIdentity.of_run("a" * 64, {"left": "A", "sampling_rate_hz": 100.0}, pipeline)


@pytest.mark.parametrize(
    "changes", [{"content": "b" * 64}, {"options": {"left": "B", "sampling_rate_hz": 100.0}}, {"parameters": "c"}]
)
def test_input_options_and_parameters_make_another_analysis(identity, changes):
    other = replace(identity, **changes)
    assert other != identity
    assert not identity.is_same_analysis(other)


def test_parameters_count_and_caches_do_not(identity, pipeline, tmp_path):
    cached = pipeline.clone().set_params(segmentation__memory=joblib.Memory(tmp_path))
    other = pipeline.clone().set_params(segmentation__max_cost=0.2)
    assert RunIdentity.of_run(identity.content, identity.options, cached) == identity
    assert RunIdentity.of_run(identity.content, identity.options, other) != identity


@pytest.mark.parametrize(
    "package", ["gaitmap", "gaitmap source", "numpy", "scipy", "numba", "scikit-learn", "tpcp", "vqf"]
)
def test_versions_make_another_run_of_the_same_analysis(identity, package):
    assert package in identity.versions
    other = replace(identity, versions={**identity.versions, package: "0"})
    assert other != identity
    assert identity.is_same_analysis(other)


def test_provenance_tells_the_identity(pipeline, tmp_path):
    walk = simulate_walk(duration_s=10, sampling_rate_hz=100)
    path = write_recording(tmp_path, walk.data)

    for recording in (read_recording(path, sampling_rate_hz=100), open_recording(path, sampling_rate_hz=100)):
        told = json.loads(json.dumps(build_provenance(recording, parameters=pipeline.to_json())))
        expected = RunIdentity.of_run(content_sha256(path), {"sampling_rate_hz": 100}, pipeline)
        assert RunIdentity.of_provenance(told) == expected


def test_results_that_do_not_tell_their_identity_equal_none(identity):
    assert RunIdentity.of_provenance({"input": {}}) is None
    assert not identity.is_same_analysis(None)


def test_the_content_of_a_folder_is_that_of_all_its_files(tmp_path):
    folder = tmp_path / "recording"
    folder.mkdir()
    assert content_sha256(folder) == ""
    seen = set()
    for name, text in (("left.csv", "1"), ("right.csv", "2"), ("right.csv", "3")):
        (folder / name).write_text(text)
        seen.add(content_sha256(folder))
    (folder / "left.csv").rename(folder / "other.csv")
    seen.add(content_sha256(folder))
    assert len(seen) == 4
