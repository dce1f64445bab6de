"""The example of caching computes and loads exactly what its text says."""

import itertools
import runpy
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "advanced_features" / "caching.py"

pytestmark = [pytest.mark.recordings, pytest.mark.mad_data]

# Heading printed by the example -> (lines "Calling", lines "Loading") printed below it.
EXPECTED = {
    "First call": (2, 0),
    "Second call": (0, 2),
    "Another threshold": (0, 2),
    "A whole call": (1, 0),
    "The same call again": (0, 1),
    "Only the stride list": (1, 1),
}


def test_counts_of_the_example_are_those_of_its_text(capsys):
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    starts = [*(lines.index(heading) for heading in EXPECTED), len(lines)]
    sections = [lines[start:end] for start, end in itertools.pairwise(starts)]
    counted = {
        section[0]: (
            sum("[Memory] Calling" in line for line in section),
            sum(line.startswith("[Memory]") and ": Loading" in line for line in section),
        )
        for section in sections
    }

    assert counted == EXPECTED
    assert sum("subsequence_cost_matrix..." in line for line in sections[0]) == 2
