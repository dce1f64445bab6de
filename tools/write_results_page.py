"""Write the page about the results folder (docs/guides/results_folder.md) from the table of terms."""

import sys
from pathlib import Path

from gaitmap.base import TABLE_TERMS

PAGE = Path(__file__).parents[1] / "docs" / "guides" / "results_folder.md"
_ABOUT = {
    "strides": "One row per stride that was found, of both feet; every count is counted from it.",
    "bouts": "One row per walking bout.",
    "turns": "One row per turn.",
    "days": "One row per day, also without gait. Names with two underscores are daily outcomes.",
    "statistics": "One row per bout, day and recording, per parameter, foot and choice of strides.",
    "trajectory": "One row per sample of each analysed stride; n + 1 rows per stride.",
}
_FIRST_LINES = """\
<!-- Written by tools/write_results_page.py from the table of terms; edit it there. -->
"""


def tables() -> str:
    """Lay out the columns of all tables."""
    parts = []
    for name, terms in TABLE_TERMS.items():
        parts.append(f"## `{name}`\n\n{_ABOUT[name]}\n\n| column | unit | decimals | meaning |\n|---|---|---|---|\n")
        for term in terms.values():
            reference = f" [{term.reference}]" if term.reference else ""
            decimals = str(term.decimals) if term.unit or term.decimals else ""
            meaning = term.meaning.replace("|", "\\|")
            parts.append(f"| `{term.name}` | {term.unit} | {decimals} | {meaning}{reference} |\n")
        parts.append("\n")
    return "".join(parts)


def page() -> str:
    """Fill the page."""
    head = (Path(__file__).parent / "results_page_head.md").read_text(encoding="utf-8")
    return _FIRST_LINES + head + "\n" + tables().rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
