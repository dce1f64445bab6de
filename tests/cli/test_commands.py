"""The command line as a user types it; every problem is a message and exit status 2, never a traceback."""

import json

import numpy as np
import pandas as pd
import pytest

typer_testing = pytest.importorskip("typer.testing")
pytest.importorskip("plotly")
pytest.importorskip("pyarrow")

from gaitmap.cli._app import app  # noqa: E402
from gaitmap.pipelines import GaitPipeline  # noqa: E402
from gaitmap.results import read_results  # noqa: E402
from tests.contract._walk import RATE, make_walk  # noqa: E402

RATE_OPTION = ["--sampling-rate", str(RATE)]


def _run(*arguments):
    result = typer_testing.CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """Parameters with a template cut from the synthetic walk: nothing but this package is needed."""
    from tests.pipelines.test_gait_pipeline import _synthetic_pipeline

    path = tmp_path_factory.mktemp("config") / "parameters.json"
    path.write_text(_synthetic_pipeline().to_json())
    return path


@pytest.fixture(scope="module")
def walk():
    return pd.concat(make_walk().sensor_frame, axis=1)


@pytest.fixture
def csv(tmp_path, walk):
    path = tmp_path / "walk.csv"
    walk.to_csv(path)
    return path


def test_help_names_the_commands():
    text = _run("--help").output
    assert all(name in text for name in ("analyze", "cohort", "demo", "config", "simulate"))
    assert "gaitmap" in _run("--version").output


def test_config_prints_parameters_that_can_be_read_again():
    text = _run("config").output
    assert json.loads(text)["_gaitmap_obj"] == "GaitPipeline"
    assert GaitPipeline.from_json(text).to_json() == GaitPipeline().to_json()


@pytest.mark.parametrize("table_format", ["parquet", "csv"])
def test_analyze_writes_the_results_folder(tmp_path, csv, config, table_format):
    out = tmp_path / "results"
    result = _run("analyze", csv, "--out", out, *RATE_OPTION, "--config", config, "--format", table_format)
    assert result.exit_code == 0, result.output
    assert {entry.name for entry in out.iterdir()} >= {
        f"strides.{table_format}",
        "trajectory",
        "summary.json",
        "provenance.json",
        "report.html",
        "COMPLETE",
    }
    strides = read_results(out).strides
    assert set(strides["foot"]) == {"left", "right"}
    assert "Report:" in result.output


def test_a_recording_can_be_given_a_name(tmp_path, csv, config):
    out = tmp_path / "results"
    assert _run("analyze", csv, "--out", out, *RATE_OPTION, "--config", config, "--name", "P 7").exit_code == 0
    results = read_results(out)
    assert set(results.strides["recording"]) == {"P 7"}
    assert results.summary["recording"] == "P 7"


def test_the_folder_holds_what_the_pipeline_returns(tmp_path, csv, config, walk):
    out = tmp_path / "results"
    _run("analyze", csv, "--out", out, *RATE_OPTION, "--config", config, "--start-time", "2026-05-04T09:30:00+02:00")
    from gaitmap.base import BaseAlgorithm

    expected = BaseAlgorithm.from_json(config.read_text()).analyze(walk, RATE).strides_
    strides = read_results(out).strides
    pd.testing.assert_frame_equal(
        strides.drop(columns=["recording", "start_time"]), expected.drop(columns="recording"), rtol=1e-9
    )
    first = pd.Timestamp("2026-05-04T09:30:00+02:00") + pd.to_timedelta(strides["start_s"].iloc[0], unit="s")
    assert abs(strides["start_time"].iloc[0] - first) < pd.Timedelta("1us")


def test_provenance_can_be_handed_back_as_config(tmp_path, csv, config):
    first, second = tmp_path / "first", tmp_path / "second"
    _run("analyze", csv, "--out", first, *RATE_OPTION, "--config", config)
    result = _run("analyze", csv, "--out", second, *RATE_OPTION, "--config", first / "provenance.json")
    assert result.exit_code == 0, result.output
    pd.testing.assert_frame_equal(read_results(first).strides, read_results(second).strides)


def test_parquet_in_gives_the_same_as_csv_in(tmp_path, csv, config, walk):
    flat = walk.copy()
    flat.columns = [f"{sensor}_{axis}" for sensor, axis in walk.columns]
    flat.to_parquet(tmp_path / "walk.parquet")
    _run("analyze", csv, "--out", tmp_path / "a", *RATE_OPTION, "--config", config)
    result = _run("analyze", tmp_path / "walk.parquet", "--out", tmp_path / "b", *RATE_OPTION, "--config", config)
    assert result.exit_code == 0, result.output
    pd.testing.assert_frame_equal(read_results(tmp_path / "a").strides, read_results(tmp_path / "b").strides, rtol=1e-9)


def test_units_are_converted(tmp_path, config, walk):
    path = tmp_path / "walk.csv"
    scaled = walk.copy()
    for sensor in ("left_sensor", "right_sensor"):
        for axis in "xyz":
            scaled[sensor, f"acc_{axis}"] /= 9.81
            scaled[sensor, f"gyr_{axis}"] = np.deg2rad(scaled[sensor, f"gyr_{axis}"])
    scaled.to_csv(path)
    wrong = _run("analyze", path, "--out", tmp_path / "x", *RATE_OPTION, "--config", config)
    assert wrong.exit_code == 2
    assert "--acc-unit g" in wrong.output
    assert "--gyr-unit rad/s" in wrong.output
    options = ["--acc-unit", "g", "--gyr-unit", "rad/s"]
    right = _run("analyze", path, "--out", tmp_path / "y", *RATE_OPTION, "--config", config, *options)
    assert right.exit_code == 0, right.output


def test_results_of_another_run_are_not_replaced_unasked(tmp_path, csv, config, walk):
    out = tmp_path / "results"
    _run("analyze", csv, "--out", out, *RATE_OPTION, "--config", config)
    other = tmp_path / "other.csv"
    walk.iloc[:-30].to_csv(other)
    result = _run("analyze", other, "--out", out, *RATE_OPTION, "--config", config)
    assert result.exit_code == 2
    assert "another run" in result.output
    assert _run("analyze", other, "--out", out, *RATE_OPTION, "--config", config, "--overwrite").exit_code == 0


def test_a_cache_that_is_no_folder_is_a_message(tmp_path, csv, config):
    (tmp_path / "file").touch()
    for cache in (tmp_path / "file", tmp_path / "file" / "cache"):
        result = _run("analyze", csv, "--out", tmp_path / "a", "--config", config, "--cache", cache, *RATE_OPTION)
        assert result.exit_code == 2
        assert "--cache:" in result.output


def test_a_cache_gives_the_same_results(tmp_path, csv, config):
    options = ["--config", config, "--cache", tmp_path / "cache", *RATE_OPTION]
    for name in ("a", "b"):
        assert _run("analyze", csv, "--out", tmp_path / name, *options).exit_code == 0
    _run("analyze", csv, "--out", tmp_path / "c", *RATE_OPTION, "--config", config)
    tables = [read_results(tmp_path / name).strides for name in ("a", "b", "c")]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    pd.testing.assert_frame_equal(tables[0], tables[2])
    assert any((tmp_path / "cache").rglob("output.pkl"))
    assert "cache" not in (tmp_path / "a" / "provenance.json").read_text()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "no such file"),
        (lambda path: path.mkdir(), "folder"),
        (lambda path: path.write_text(""), "empty"),
        (lambda path: path.write_bytes(b"\x00\x01\x02" * 500), "binary"),
        (lambda path: path.write_text("a,b\n1,2\n3,4\n"), "no column of a sensor"),
        (lambda path: path.write_text("PAR1 but not really"), "Parquet"),
    ],
)
def test_unusable_files_are_a_message(tmp_path, config, make, says):
    path = tmp_path / "input.csv"
    make(path)
    result = _run("analyze", path, "--out", tmp_path / "out", *RATE_OPTION, "--config", config)
    assert result.exit_code == 2
    assert says.lower() in result.output.lower()
    assert not (tmp_path / "out" / "COMPLETE").exists()


def test_a_missing_rate_is_a_message(tmp_path, config, walk):
    path = tmp_path / "walk.csv"
    walk.to_csv(path, index=False)
    result = _run("analyze", path, "--out", tmp_path / "out", "--config", config)
    assert result.exit_code == 2
    assert "--sampling-rate" in result.output


@pytest.mark.parametrize(
    ("content", "says"),
    [("{", "no valid JSON"), ("[]", "GaitPipeline"), ('{"_gaitmap_obj": "FixedScaler"}', "GaitPipeline")],
)
def test_a_wrong_config_is_a_message(tmp_path, csv, content, says):
    path = tmp_path / "config.json"
    path.write_text(content)
    result = _run("analyze", csv, "--out", tmp_path / "out", *RATE_OPTION, "--config", path)
    assert result.exit_code == 2
    assert says in result.output


def test_a_wrong_parameter_in_the_config_is_a_message(tmp_path, csv, config):
    path = tmp_path / "config.json"
    path.write_text(config.read_text().replace('"find_peaks"', '"find_valleys"'))
    result = _run("analyze", csv, "--out", tmp_path / "out", *RATE_OPTION, "--config", path)
    assert result.exit_code == 2
    assert "find_matches_method" in result.output


def test_a_misspelt_parameter_in_the_config_is_a_message(tmp_path, csv, config):
    path = tmp_path / "config.json"
    path.write_text(config.read_text().replace('"max_cost"', '"max_cots"'))
    result = _run("analyze", csv, "--out", tmp_path / "out", *RATE_OPTION, "--config", path)
    assert result.exit_code == 2
    assert "BarthDtw has no parameter 'max_cots'. Did you mean 'max_cost'?" in result.output


def test_an_unknown_template_is_a_message(tmp_path, csv):
    result = _run("analyze", csv, "--out", tmp_path / "out", *RATE_OPTION, "--template", "nonsense")
    assert result.exit_code == 2
    assert "--template: there is no template 'nonsense'. Expected one of original" in result.output


@pytest.mark.parametrize(
    ("align", "name"), [("auto", "AutoAlignment"), ("gravity", "GravityAlignment"), ("none", "none")]
)
def test_the_alignment_can_be_chosen_and_is_recorded(tmp_path, csv, config, align, name):
    out = tmp_path / "results"
    result = _run("analyze", csv, "--out", out, *RATE_OPTION, "--config", config, "--align", align)
    assert result.exit_code == 0, result.output
    assert read_results(out).provenance["alignment"] == name
    again = _run("analyze", csv, "--out", tmp_path / "again", *RATE_OPTION, "--config", out / "provenance.json")
    assert again.exit_code == 0, again.output
    assert read_results(tmp_path / "again").provenance["alignment"] == name


def test_doubts_of_the_alignment_are_shown_once(tmp_path, csv, config):
    result = _run("analyze", csv, "--out", tmp_path / "out", *RATE_OPTION, "--config", config, "--align", "auto")
    words = " ".join(result.output.split())
    assert words.count("Check the alignment in the report") == 1


def test_strides_that_are_left_out_are_told_but_for_the_last_one_of_a_walk():
    from gaitmap.cli._show import _left_out
    from gaitmap.event_detection._reasons import NO_NEXT_STRIDE

    counts = {"left": {NO_NEXT_STRIDE: 3}, "right": {NO_NEXT_STRIDE: 3, "no ic": 1, "no tc": 4}}
    assert _left_out(counts) == ["Right foot: 5 strides were left out (no tc; the report has all reasons)."]
    assert _left_out({"left": {"no ic": 1}, "right": {}}) == ["Left foot: 1 stride was left out (no ic)."]


def test_an_unknown_alignment_is_a_message(tmp_path, csv):
    result = _run("analyze", csv, "--out", tmp_path / "out", *RATE_OPTION, "--align", "magic")
    assert result.exit_code == 2
    assert "auto" in result.output


def test_an_alignment_of_the_same_kind_keeps_its_parameters():
    from gaitmap.cohort import prepare_pipeline
    from gaitmap.preprocessing.sensor_alignment import GravityAlignment
    from tests.pipelines.test_gait_pipeline import _synthetic_pipeline

    pipeline = _synthetic_pipeline(alignment=GravityAlignment(static_signal_th=5.0))
    assert prepare_pipeline(pipeline, align="gravity").alignment.static_signal_th == 5.0
    with pytest.raises(ValueError, match="there is no alignment 'magic'"):
        prepare_pipeline(pipeline, align="magic")


def test_one_foot_gaps_clipping_and_no_gait_are_results(tmp_path, config, walk):
    one_foot = walk[["left_sensor"]]
    gap = walk.copy()
    gap.iloc[300:320] = np.nan
    clipped = walk.clip(lower=-150, upper=150)
    still = walk * 0 + np.tile([0, 0, 9.81, 0, 0, 0.0], 2)
    for name, data, says in (
        ("one_foot", one_foot, "left"),
        ("gap", gap, "missing"),
        ("clipped", clipped, "clipped"),
        ("still", still, "No strides were found"),
    ):
        path = tmp_path / f"{name}.csv"
        data.to_csv(path)
        result = _run("analyze", path, "--out", tmp_path / name, *RATE_OPTION, "--config", config)
        assert result.exit_code == 0, result.output
        assert says in result.output
        assert (tmp_path / name / "COMPLETE").exists()


@pytest.mark.recordings
@pytest.mark.mad_data
def test_demo_finds_the_strides_and_compares_them_with_motion_capture(tmp_path):
    result = _run("demo", "--out", tmp_path / "demo")
    assert result.exit_code == 0, result.output
    strides = read_results(tmp_path / "demo").strides
    assert strides.groupby("foot").size().to_dict() == {"left": 32, "right": 31}
    assert "motion capture" in result.output
    assert (tmp_path / "demo" / "report.html").stat().st_size < 10e6


@pytest.fixture
def without_template_data(monkeypatch):
    import importlib.metadata

    from gaitmap.stride_segmentation import _barth_template

    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    _barth_template._read_template.cache_clear()
    yield
    _barth_template._read_template.cache_clear()


@pytest.mark.usefixtures("without_template_data")
def test_without_the_original_template_the_old_chain_takes_the_open_one_and_names_it(tmp_path, csv):
    result = _run("analyze", csv, "--out", tmp_path / "out", *RATE_OPTION, "--chain", "2.6")
    assert result.exit_code == 0, result.output
    assert " ".join(result.output.split()).count("searched with the open template") == 1
    results = read_results(tmp_path / "out")
    assert results.provenance["template"] == "OpenStrideTemplate"
    assert any("open template" in text for text in results.summary["warnings"])
    assert (results.strides.groupby("foot").size() >= 3).all()


@pytest.mark.usefixtures("without_template_data")
@pytest.mark.parametrize("names_it", ["option", "config"])
def test_asked_for_by_name_the_original_template_is_never_replaced(tmp_path, csv, names_it):
    (tmp_path / "config.json").write_text(GaitPipeline.like_2_6().to_json())
    choice = {"option": ["--template", "original"], "config": ["--config", tmp_path / "config.json"]}[names_it]
    result = _run("analyze", csv, "--out", tmp_path / "out", *RATE_OPTION, *choice)
    assert result.exit_code == 2
    assert "mad-data" in result.output
    assert "--template open" in " ".join(result.output.split())


def test_the_open_template_can_be_asked_for(tmp_path, csv):
    result = _run("analyze", csv, "--out", tmp_path / "out", *RATE_OPTION, "--template", "open")
    assert result.exit_code == 0, result.output
    assert "searched with the open template" not in " ".join(result.output.split())
    assert read_results(tmp_path / "out").provenance["template"] == "OpenStrideTemplate"


@pytest.mark.mad_data
def test_with_its_data_installed_the_old_chain_takes_the_original_template(tmp_path, csv):
    result = _run("analyze", csv, "--out", tmp_path / "out", *RATE_OPTION, "--chain", "2.6")
    assert result.exit_code == 0, result.output
    provenance = read_results(tmp_path / "out").provenance
    assert (provenance["template"], provenance["chain"]) == ("BarthOriginalTemplate", "2.6")


@pytest.mark.usefixtures("without_template_data")
def test_the_default_chain_needs_no_template_and_says_its_name(tmp_path, csv):
    result = _run("analyze", csv, "--out", tmp_path / "out", *RATE_OPTION)
    assert result.exit_code == 0, result.output
    results = read_results(tmp_path / "out")
    assert results.provenance["chain"] == "3"
    assert "template" not in result.output
    assert (results.strides.groupby("foot").size() >= 5).all()


def test_a_chain_and_a_config_together_are_refused(tmp_path, csv, config):
    result = _run("analyze", csv, "--out", tmp_path / "out", *RATE_OPTION, "--config", config, "--chain", "2.6")
    assert result.exit_code == 2
    assert "--chain and --config" in result.output


@pytest.mark.recordings
@pytest.mark.usefixtures("without_template_data")
def test_the_demo_runs_without_the_original_template(tmp_path):
    result = _run("demo", "--out", tmp_path / "demo")
    assert result.exit_code == 0, result.output
    strides = read_results(tmp_path / "demo").strides
    assert strides.groupby("foot").size().to_dict() == {"left": 32, "right": 31}
