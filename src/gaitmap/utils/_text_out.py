"""Text from files stays text, wherever it goes: one function for each of shell, terminal, HTML and tables.

Names of recordings, sensors and columns come from files that anybody may have written. No other module quotes or
escapes (``tests/safety/test_text.py`` holds it).
"""

import csv
import html
import re
import shlex
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

# Control characters of both kinds, and those that turn the direction of writing; not the line break.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE_BREAKS = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]")
# Spreadsheet programs take a cell that begins so for a formula.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_MASKED = re.compile(r"'+[=+\-@\t\r]")


def to_shell(words: Iterable[Any]) -> str:
    """Quote words for a POSIX shell, as one line.

    Raises
    ------
    ValueError
        If a word holds a line break or another control character: the lines of a job array are commands of their own.
    """
    texts = [str(word) for word in words]
    for text in texts:
        if _LINE_BREAKS.search(text):
            raise ValueError(
                f"Writing a command line: a word holds a line break or another control character. Found {text!r}. "
                "Expected printable text, since each line is run as a command. Rename the file or the recording."
            )
    return shlex.join(texts)


def to_terminal(text: str) -> str:
    """Show control characters instead of having the terminal follow them; line breaks and tabs stay."""
    return _CONTROLS.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def to_html(text: str) -> str:
    """Escape text where tags are taken for formats, as in hover texts of plots; templates escape by themselves."""
    return html.escape(text, quote=False)


def to_csv_texts(table: "pd.DataFrame") -> "pd.DataFrame":
    """Put an apostrophe before texts that a spreadsheet program would take for formulas."""
    masked = {}
    for name in _text_columns(table):
        values = table[name]
        begins = values.astype(object).map(lambda value: isinstance(value, str) and bool(_FORMULA.match(value)))
        if begins.any():
            masked[name] = values.astype(object).where(~begins, "'" + values.astype(object).astype(str))
    return table.assign(**masked).rename(columns=_mask_name)


def from_csv_texts(table: "pd.DataFrame") -> "pd.DataFrame":
    """Take the apostrophes of :func:`to_csv_texts` away again."""
    whole = {}
    for name in _text_columns(table):
        values = table[name]
        begins = values.astype(object).map(lambda value: isinstance(value, str) and bool(_MASKED.match(value)))
        if begins.any():
            whole[name] = values.where(~begins, values.str[1:])
    return table.assign(**whole)


def write_csv(table: "pd.DataFrame", path: Any, **options: Any) -> None:
    """Write a table as CSV, without its index; texts in it are no formulas."""
    table = to_csv_texts(table)
    # A carriage return ends a row where it is not quoted, which the writer of Python leaves out.
    returns = any(table[name].astype(str).str.contains("\r").any() for name in _text_columns(table))
    quoting = csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL
    table.to_csv(path, index=False, quoting=quoting, **options)


def _text_columns(table: "pd.DataFrame") -> list[Any]:
    return [name for name in table.columns if table[name].dtype.kind == "O"]


def _mask_name(name: Any) -> Any:
    return f"'{name}" if isinstance(name, str) and _FORMULA.match(name) else name
