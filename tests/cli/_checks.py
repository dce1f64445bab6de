"""What holds for every call of ``gaitmap analyze``, whatever is wrong with the recording."""

import functools
import html
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gaitmap.recordings import read_recording
from gaitmap.results import Results, read_results

# A run of equal values from which on a channel counts as stuck, in s.
_STUCK_S = 1.0


@contextmanager
def in_blocks(block_length: int | None) -> Iterator[None]:
    """Treat short recordings as long ones; None: as they are."""
    import pytest

    from gaitmap.cohort import _recording
    from gaitmap.pipelines import BlockRun

    with pytest.MonkeyPatch.context() as patch:
        if block_length is not None:
            patch.setattr(_recording, "IN_MEMORY_LIMIT_S", 0.0)
            patch.setattr(_recording, "_LARGE_FILE_BYTES", 0)
            patch.setattr(_recording, "BlockRun", functools.partial(BlockRun, block_length=block_length))
        yield


def analyze(path: Path, out: Path, *options: object, block_length: int | None = None) -> Any:
    """Call the command, and check what is said on the way."""
    from typer.testing import CliRunner

    from gaitmap.cli._app import app

    words = ["analyze", f"--out={out}", *map(str, options), "--", str(path)]
    with in_blocks(block_length), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = CliRunner().invoke(app, words)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in (0, 2), result.output
    assert "Traceback" not in result.output
    assert [str(warning) for warning in caught] == []
    if result.exit_code == 2:
        _check_refusal(result.output, path, out)
    else:
        _check_results(out)
    return result


def check_nothing_is_hidden(results: Results, path: Path, **reading: Any) -> None:
    """Check that the findings name what can be seen in the file."""
    recording = read_recording(path, **reading)
    for sensor, data in recording.data.items():
        said = " ".join(results.summary["quality"][sensor]["findings"])
        values = data[[column for column in data if str(column)[:3] in ("acc", "gyr")]]
        n_missing = int(values.isna().any(axis=1).sum())
        tells = re.search(r"samples? (\([\d.]+%\) )?(is|are) missing", said) is not None  # events may be missing, too
        assert (n_missing > 0) == tells, said
        for channel, signal in values.items():
            if signal.isna().all():
                assert f"{channel} " in said or f"{channel}," in said or "recorded nothing" in said, (channel, said)
            elif _longest_run(signal.to_numpy()) >= _STUCK_S * recording.sampling_rate_hz:
                assert f"{channel} " in said or f"{channel}," in said or "All channels repeat" in said, (channel, said)
        if values.abs().max().max() > 1e4:
            assert "more than sensors on a foot measure" in said


def quality_section(out: Path) -> str:
    """Text of the section about data quality in the report."""
    page = (out / "report.html").read_text(encoding="utf-8")
    section = page[page.index('<section id="quality">') :]
    words = re.sub(r"<[^>]*>", " ", section[: section.index("</section>")])
    return " ".join(html.unescape(words).split())


def _check_refusal(output: str, path: Path, out: Path) -> None:
    """Check that the message names its subject, and that nothing is left behind."""
    words = "".join(output.split())
    assert "Notpossible:" in words or "Usage:" in words
    subjects = ("".join(path.name.split()), "--", "starttime", "samplingrate", "sampling_rate_hz")
    assert any(subject in words for subject in subjects), output
    assert not out.exists() or not list(out.iterdir())


def _check_results(out: Path) -> None:
    """Check that all strides are counted, and that the report tells all findings."""
    results = read_results(out)
    summary = results.summary
    section = quality_section(out)
    for sensor, quality in summary["quality"].items():
        foot = sensor.split("_", 1)[0]
        counts = summary["strides"][foot]
        n_left_out = sum(summary["left_out"][foot].values())
        assert quality["n_strides_found"] == counts["n_found"] == counts["n_analysed"] + n_left_out
        assert counts["n_found"] == int((results.strides["foot"] == foot).sum())
        assert quality["n_strides_analyzed"] == counts["n_analysed"] == counts["by_status"]["analysed"]
        for finding in quality["findings"]:
            assert " ".join(finding.split()) in section
    others = results.strides[results.strides["status"] != "analysed"]
    assert (others["reason"] != "").all()
    assert (results.strides["start"] >= 0).all()
    assert (results.strides["end"] <= summary["duration_s"] * summary["sampling_rate_hz"] + 0.5).all()
    numbers = results.strides.select_dtypes("number").to_numpy(dtype=float, na_value=np.nan)
    assert not np.isinf(numbers).any()
    assert not list(out.glob(".*"))


def _longest_run(values: np.ndarray) -> int:
    runs = (pd.Series(values).diff() != 0).cumsum()
    return int(runs[~np.isnan(values)].value_counts().max()) if len(values) else 0
