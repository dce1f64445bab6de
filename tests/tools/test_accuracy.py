"""The accuracy page: its tables, and that its figures are those of the code."""

import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def accuracy():
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import accuracy
    finally:
        sys.path.pop(0)
    return accuracy


def test_missing_values_are_counted_out(accuracy):
    summary = accuracy.describe([1.0, None, -3.0, float("nan")])
    assert summary == {"n": 2, "mean": -1.0, "sd": pytest.approx(np.sqrt(8)), "mae": 2.0}
    assert accuracy.describe([None])["n"] == 0


def test_tables_are_markdown_with_numbers_on_the_right(accuracy):
    assert accuracy.table(["method", "n>"], [["a", "1"]]) == "| method | n |\n| --- | ---: |\n| a | 1 |\n"
    assert accuracy.number(1.25, 1, sign=True) == "+1.2"
    assert accuracy.number(float("nan")) == "-"


def test_without_the_peer_there_are_no_columns_for_it(accuracy):
    own = {"lengths": {"stride|A": {"length": [1.0, -2.0], "straight": [True, False]}}}
    table = accuracy.lengths_table(own, None, "lengths", ["level", "method"])
    assert table.splitlines()[0] == "| level | method | n | mean | SD | MAE | MAE straight |"
    assert table.splitlines()[2] == "| stride | A | 2 | -0.5 | 2.1 | 1.5 | 1.0 |"
    with_peer = accuracy.lengths_table(own, {"lengths": {}}, "lengths", ["level", "method"])
    assert with_peer.splitlines()[2].endswith("| 1.0 | - |")


@pytest.mark.slow
@pytest.mark.recordings
@pytest.mark.mad_data
def test_figures_of_the_page_are_those_of_the_code(accuracy, tmp_path):
    pytest.importorskip("vqf")
    accuracy.collect_recordings(tmp_path)
    own = accuracy.measure(tmp_path)
    page = accuracy.PAGE.read_text(encoding="utf-8").splitlines()
    tables = [
        accuracy.events_table(own, None),
        accuracy.lengths_table(own, None, "lengths", ["level", "orientation / method", "position / moments of rest"]),
        accuracy.lengths_table(accuracy.chain_without_events(own), None, "chain", ["alignment", "strides"]),
    ]
    for line in "".join(tables).splitlines():
        if not line.startswith("| ---"):
            assert any(written.startswith(line) for written in page), line
