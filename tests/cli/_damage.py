"""Everything that may be wrong with a recording on its way to the command line; a name and a seed tell what it is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from gaitmap.utils.consts import SF_COLS
from tests.contract._walk import RATE, SENSORS, make_walk

CHANNELS = [f"{sensor}_{axis}" for sensor in SENSORS for axis in SF_COLS]


@dataclass
class Input:
    """A file to be, and the options of the command.

    Attributes
    ----------
    table
        One column per channel; times, where there are any, in the column ``time``.
    rate
        The option ``--sampling-rate``; None leaves it out.
    options
        Further options.
    name
        File name without its ending.
    edit
        Changes the bytes of a text file.
    delimiter, decimal
        Of a text file.
    """

    table: pd.DataFrame
    rate: float | None = RATE
    options: list[str] = field(default_factory=list)
    name: str = "walk"
    edit: Callable[[bytes], bytes] | None = None
    delimiter: str = ","
    decimal: str = "."

    def write(self, folder: Path, ending: str) -> Path:
        """Write the file, as CSV where Parquet cannot hold it."""
        path = folder / f"{self.name}.{ending}"
        if ending == "parquet" and self.edit is None:
            self.table.to_parquet(path, index=False)
            return path
        path = folder / f"{self.name}.csv"
        self.table.to_csv(path, index=False, sep=self.delimiter, decimal=self.decimal)
        if self.edit is not None:
            path.write_bytes(self.edit(path.read_bytes()))
        return path

    def arguments(self) -> list[str]:
        """Options of the command."""
        return [*(["--sampling-rate", f"{self.rate:g}"] if self.rate else []), *self.options]


def sound_walk() -> Input:
    """Build the recording before anything happens to it."""
    table = pd.concat(make_walk().sensor_frame, axis=1).reset_index(drop=True)
    table.columns = [f"{sensor}_{axis}" for sensor, axis in table.columns]
    return Input(table)


def _with_time(there: Input) -> None:
    if "time" not in there.table.columns:
        there.table.insert(0, "time", np.arange(len(there.table)) / RATE)


def _channels(there: Input) -> list[str]:
    """Channels that still hold numbers."""
    numeric = there.table.select_dtypes("number").columns
    return [channel for channel in CHANNELS if channel in numeric]


def _some_channels(there: Input, rng: np.random.Generator) -> list[str]:
    channels = _channels(there)
    n = int(rng.choice([1, 2, 6, len(channels)])) if channels else 0
    return list(rng.permutation(channels)[: min(n, len(channels))])


def _span(there: Input, rng: np.random.Generator) -> slice:
    n = len(there.table)
    length = int(rng.choice([1, 2, 30, 150, n // 2, n]))
    start = int(rng.integers(0, max(1, n - length + 1)))
    return slice(start, start + length)


def _of_foot(there: Input, foot: str) -> list[str]:
    return [channel for channel in _channels(there) if channel.startswith(foot)]


def rows_removed(there: Input, rng: np.random.Generator) -> None:
    _with_time(there)
    span = _span(there, rng)
    there.table = there.table.drop(index=there.table.index[span]).reset_index(drop=True)


def rows_removed_unseen(there: Input, rng: np.random.Generator) -> None:
    span = _span(there, rng)
    there.table = there.table.drop(index=there.table.index[span]).reset_index(drop=True)


def missing_values(there: Input, rng: np.random.Generator) -> None:
    span, channels = _span(there, rng), _some_channels(there, rng)
    for channel in channels:
        values = there.table[channel].astype(float).to_numpy(copy=True)
        values[span] = np.nan
        there.table[channel] = values


def missing_channel(there: Input, rng: np.random.Generator) -> None:
    there.table[_some_channels(there, rng)] = np.nan


def removed_column(there: Input, rng: np.random.Generator) -> None:
    there.table = there.table.drop(columns=_some_channels(there, rng)[:1])


def clipped(there: Input, rng: np.random.Generator) -> None:
    for channel in _some_channels(there, rng):
        limit = float(rng.uniform(0.05, 0.9)) * there.table[channel].abs().max()
        there.table[channel] = there.table[channel].clip(-limit, limit)


def stuck(there: Input, rng: np.random.Generator) -> None:
    span = _span(there, rng)
    for channel in _some_channels(there, rng):
        values = there.table[channel].to_numpy(copy=True)
        if len(values) > span.start:
            values[span] = values[span.start]
        there.table[channel] = values


def foot_stops(there: Input, rng: np.random.Generator) -> None:
    foot = str(rng.choice(["left", "right"]))
    start = int(rng.integers(0, len(there.table) + 1))
    for channel in _of_foot(there, foot):
        values = there.table[channel].astype(float).to_numpy(copy=True)
        values[start:] = np.nan
        there.table[channel] = values


def foot_missing(there: Input, rng: np.random.Generator) -> None:
    foot = str(rng.choice(["left", "right"]))
    there.table = there.table.drop(columns=[c for c in there.table.columns if str(c).startswith(foot)])


def _change_times(there: Input, rng: np.random.Generator, change: Callable[[np.ndarray, int], None]) -> None:
    _with_time(there)
    times = there.table["time"].to_numpy(copy=True)
    if len(times) > 2:
        change(times, int(rng.integers(1, len(times))))
    there.table["time"] = times


def time_backwards(there: Input, rng: np.random.Generator) -> None:
    def change(times: np.ndarray, at: int) -> None:
        times[at:] -= float(rng.choice([0.02, 1.0, 1000.0]))

    _change_times(there, rng, change)


def time_repeated(there: Input, rng: np.random.Generator) -> None:
    def change(times: np.ndarray, at: int) -> None:
        times[at : at + int(rng.choice([1, 3, 50]))] = times[at - 1]

    _change_times(there, rng, change)


def time_jitter(there: Input, rng: np.random.Generator) -> None:
    def change(times: np.ndarray, _at: int) -> None:
        times += rng.normal(0, float(rng.choice([1e-5, 1e-3, 1e-2])), len(times))

    _change_times(there, rng, change)


def time_jump(there: Input, rng: np.random.Generator) -> None:
    def change(times: np.ndarray, at: int) -> None:
        times[at:] += float(rng.choice([0.02, 5.0, 86400.0]))

    _change_times(there, rng, change)


def time_damaged(there: Input, rng: np.random.Generator) -> None:
    kind = str(rng.choice(["nan", "inf", "zero", "text", "unix", "ms", "huge"]))

    def change(times: np.ndarray, at: int) -> None:
        if kind in ("nan", "inf"):
            times[at] = float(kind)
        elif kind == "zero":
            times[:] = 0
        elif kind == "ms":
            times *= 1000
        elif kind == "huge":
            times *= 1e300
        elif kind == "unix":
            times += 1.7e9

    _change_times(there, rng, change)
    if kind == "text":
        there.table["time"] = there.table["time"].map(lambda t: f"{t:.3f} sec")


def wrong_units(there: Input, rng: np.random.Generator) -> None:
    kind, factor = [("acc", 1 / 9.81), ("acc", 1000 / 9.81), ("acc", 9.81), ("gyr", np.pi / 180), ("gyr", 180 / np.pi)][
        int(rng.integers(5))
    ]
    feet = [("left", "right"), ("left",)][int(rng.integers(2))]
    channels = [c for c in _channels(there) if kind in c and c.startswith(feet)]
    there.table[channels] = there.table[channels] * factor


def wrong_unit_option(there: Input, rng: np.random.Generator) -> None:
    there.options += [["--acc-unit", "g"], ["--gyr-unit", "rad/s"]][int(rng.integers(2))]


def swapped_feet(there: Input, rng: np.random.Generator) -> None:
    del rng
    swap = {"left": "right", "right": "left"}
    there.table.columns = [
        f"{swap[str(c).split('_', 1)[0]]}_{str(c).split('_', 1)[1]}" if c in CHANNELS else c
        for c in there.table.columns
    ]


def turned_sensor(there: Input, rng: np.random.Generator) -> None:
    foot = str(rng.choice(["left", "right"]))
    axes = ["xy", "xz", "yz"][int(rng.integers(3))]
    channels = [c for c in _of_foot(there, foot) if c[-1] in axes]
    there.table[channels] = -there.table[channels]


def wrong_rate(there: Input, rng: np.random.Generator) -> None:
    there.rate = float(rng.choice([1.0, RATE / 2, RATE * 2, 25.0, 10_000.0, 1e-9, 1e9]))


def odd_rate(there: Input, rng: np.random.Generator) -> None:
    there.rate = None
    there.options += ["--sampling-rate", str(rng.choice(["-100", "0", "nan", "inf", "hundred", ""]))]


def no_rate(there: Input, rng: np.random.Generator) -> None:
    del rng
    there.rate = None


def integers(there: Input, rng: np.random.Generator) -> None:
    channels = _some_channels(there, rng)
    there.table[channels] = there.table[channels].fillna(0).clip(-2e9, 2e9).round().astype("int32")


def text_in_cell(there: Input, rng: np.random.Generator) -> None:
    channels = _some_channels(there, rng)[:1]
    for channel in channels:
        cells = there.table[channel].astype(str)
        if len(cells):
            cells.iloc[int(rng.integers(len(cells)))] = str(
                rng.choice(["x", "-", "1,5", "#N/A", "None", "1e", "+inf", "0x1F"])
            )
        there.table[channel] = cells


def extra_columns(there: Input, rng: np.random.Generator) -> None:
    n = len(there.table)
    there.table["comment"] = "walk [bold]x[/] <b>"
    there.table["acc_norm"] = rng.normal(size=n)
    there.table[str(rng.choice(["left_sensor_mag_x", "back_acc_x", "unnamed: 0", "sample", "", "time.1"]))] = np.arange(
        n
    )


def all_zero(there: Input, rng: np.random.Generator) -> None:
    channels = _channels(there)
    there.table[channels] = float(rng.choice([0.0, 9.81]))


def spikes(there: Input, rng: np.random.Generator) -> None:
    size = float(rng.choice([1e3, 1e9, 1e200, 1.7e308, np.inf, -np.inf]))
    for channel in _some_channels(there, rng):
        values = there.table[channel].astype(float).to_numpy(copy=True)
        if len(values):
            values[rng.integers(0, len(values), size=int(rng.choice([1, 5, 100])))] = size
        there.table[channel] = values


def few_rows(there: Input, rng: np.random.Generator) -> None:
    there.table = there.table.iloc[: int(rng.choice([0, 1, 2, 3, 10, 60]))]


def shuffled_rows(there: Input, rng: np.random.Generator) -> None:
    there.table = there.table.sample(frac=1, random_state=int(rng.integers(2**31))).reset_index(drop=True)


def odd_bytes(there: Input, rng: np.random.Generator) -> None:
    kind = int(rng.integers(7))

    def edit(content: bytes) -> bytes:
        at = int(rng.integers(0, max(1, len(content))))
        return [
            lambda: content[:at] + b"\xff\xfe\xe4" + content[at:],
            lambda: content[:at],
            lambda: b"\xef\xbb\xbf" + content,
            lambda: content.replace(b"\n", b"\r\n"),
            lambda: content[:at] + b"\n\n" + content[at:],
            lambda: "# gemessen in Köln\n".encode("latin-1") + content,
            lambda: content[:at] + b"\x00" + content[at:],
        ][kind]()

    there.edit = edit


def odd_header(there: Input, rng: np.random.Generator) -> None:
    kind = int(rng.integers(6))

    def edit(content: bytes) -> bytes:
        head, _, rest = content.partition(b"\n")
        return [
            lambda: rest,
            lambda: content + head + b"\n" + rest,
            lambda: head.upper() + b"\n" + rest,
            lambda: head + b"," + b"\n" + rest,
            lambda: head.replace(b"left_sensor_", b"").replace(b"right_sensor_", b"") + b"\n" + rest,
            lambda: head + b"\nm/s^2" + b"," * head.count(b",") + b"\n" + rest,
        ][kind]()

    there.edit = edit


def other_csv(there: Input, rng: np.random.Generator) -> None:
    there.delimiter, there.decimal = [(";", ","), (";", "."), ("\t", ","), (",", ","), ("|", ".")][int(rng.integers(5))]
    there.edit = there.edit or (lambda content: content)


def odd_types(there: Input, rng: np.random.Generator) -> None:
    kind = str(
        rng.choice(["float32", "float16", "Float64", "Int64", "string", "category", "bool", "object", "datetime"])
    )
    for channel in _some_channels(there, rng):
        column = there.table[channel]
        if kind == "Int64":
            column = column.clip(-1e9, 1e9).round().astype("Int64")
        elif kind == "bool":
            column = column > 0
        elif kind == "object":
            column = pd.Series([[v] for v in column], dtype=object)
        elif kind == "datetime":
            column = pd.to_datetime(column.fillna(0).clip(-1e6, 1e6), unit="s")
        else:
            with np.errstate(over="ignore"):
                column = column.astype(kind)
        there.table[channel] = column


def odd_name(there: Input, rng: np.random.Generator) -> None:
    there.name = str(
        rng.choice(
            ["Gang links", "Übung_größe", "a\nb", "walk [bold red]x[dim]", "-rf", "C:walk", "x" * 200, "%s {0}", "左"]
        )
    )


def odd_option(there: Input, rng: np.random.Generator) -> None:
    choices = [
        ["--name", "[red]A/B\n<script>alert(1)</script>"],
        ["--start-time", "2026-05-04T09:30:00+02:00"],
        ["--start-time", "yesterday"],
        ["--start-time", "2026-03-29T02:30:00 Europe/Berlin"],
        ["--start-time", "1600-01-01T00:00:00Z"],
        ["--left", "right_sensor"],
        ["--left", "right_sensor", "--right", "left_sensor"],
        ["--left", "nobody"],
        ["--align", "auto"],
        ["--align", "none"],
        ["--gait-detection"],
        ["--format", "csv"],
    ]
    there.options += choices[int(rng.integers(len(choices)))]


DAMAGES: dict[str, Callable[[Input, np.random.Generator], None]] = {
    damage.__name__: damage
    for damage in (
        rows_removed, rows_removed_unseen, missing_values, missing_channel, removed_column, clipped, stuck, foot_stops,
        foot_missing, time_backwards, time_repeated, time_jitter, time_jump, time_damaged, wrong_units,
        wrong_unit_option, swapped_feet, turned_sensor, wrong_rate, odd_rate, no_rate, integers, text_in_cell,
        extra_columns, all_zero, spikes, few_rows, shuffled_rows, odd_bytes, odd_header, other_csv, odd_types, odd_name,
        odd_option,
    )
}  # fmt: skip


def damaged_walk(*damages: tuple[str, int]) -> Input:
    """Build a recording with damages: names and seeds."""
    there = sound_walk()
    for name, seed in damages:
        DAMAGES[name](there, np.random.default_rng(seed))
    return there
