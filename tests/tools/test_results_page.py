"""The page about the results folder is what the table of terms says."""

import importlib.util
from pathlib import Path

TOOL = Path(__file__).parents[2] / "tools" / "write_results_page.py"


def test_the_page_is_up_to_date():
    spec = importlib.util.spec_from_file_location("write_results_page", TOOL)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.PAGE.read_text(encoding="utf-8") == tool.page(), "run tools/write_results_page.py"
