"""Axivity CWA files (AX3, AX6): blocks of 512 bytes, each with a time of its own."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pandas as pd

from gaitmap.recordings._device import BlockTimes, DeviceFile, SensorSignal, Told
from gaitmap.recordings._errors import recording_error

_HEADER_BYTES = 1024
_BLOCK_BYTES = 512
#: A data block as published by the maker ("cwa.md" of the Open Movement project).
_BLOCK = np.dtype(
    [
        ("tag", "S2"),
        ("length", "<u2"),
        ("fraction", "<u2"),
        ("session", "<u4"),
        ("sequence", "<u4"),
        ("time", "<u4"),
        ("scale", "<u2"),
        ("temperature", "<u2"),
        ("events", "u1"),
        ("battery", "u1"),
        ("rate", "u1"),
        ("layout", "u1"),
        ("offset", "<i2"),
        ("count", "<u2"),
        ("data", "V480"),
        ("checksum", "<u2"),
    ]
)
_AX6 = 0x64
#: Decoded at once; bounds the memory beside the result.
_CHUNK_BLOCKS = 2**14


class AxivityCwa:
    """Files of the loggers AX3 and AX6.

    The configured rate is not the true one (1 to 2 % off), so time is taken from the blocks. A damaged block loses its
    samples and nothing else: the blocks are numbered.
    """

    name = "Axivity CWA"
    extra = None

    def recognises(self, head: bytes, path: Path) -> bool:
        """Tell by the tag of the header and of the first block that is whole."""
        del path
        tags = {head[start : start + 2] for start in range(_HEADER_BYTES, len(head) - 1, _BLOCK_BYTES)}
        return head[:2] == b"MD" and (b"AX" in tags or len(head) == _HEADER_BYTES)

    def read(self, path: Path, told: Told) -> DeviceFile:
        """Read the file."""
        del told
        with path.open("rb") as file:
            header = file.read(_HEADER_BYTES)
        blocks, n_damaged = _whole_blocks(path)
        if not len(blocks):
            raise recording_error(
                path,
                "the file holds no data",
                f"{n_damaged} damaged blocks" if n_damaged else "a header alone",
                "blocks of samples",
                "Copy the file from the logger again",
            )
        first = blocks[0]
        blocks, n_other = _of_one_kind(blocks)
        n_axes = int(first["layout"]) >> 4
        timing = _Timing.of(blocks)
        values = _decode(blocks, n_axes)
        remarks = []
        if n_damaged:
            remarks.append(
                f"{n_damaged} of {len(blocks) + n_other + n_damaged} blocks are damaged; their samples are missing"
            )
        if n_other:
            remarks.append(f"{n_other} blocks were recorded with other settings than the first ones and are left out")
        annotation = _annotation(header)
        has_gyr = n_axes >= 6
        model = "AX6" if header[4] == _AX6 else "AX3"
        if not has_gyr:
            remarks.append(
                "an AX3 measures no angular rate; an AX6 does"
                if model == "AX3"
                else "angular rate was switched off; set the gyroscope's range when the AX6 is configured"
            )
        serial = int.from_bytes(header[5:7], "little")
        if (upper := int.from_bytes(header[11:13], "little")) != 0xFFFF:  # the older header has nothing there
            serial |= upper << 16
        signal = SensorSignal(
            label=annotation.get("_p") or f"{model} {serial}",
            clock=BlockTimes(timing.seconds, timing.lengths, rate_hz=timing.rate_configured_hz, shared="wall clock"),
            acc=values[:, 3:6] if has_gyr else values[:, :3],
            gyr=values[:, :3] if has_gyr else None,
            mag=values[:, 6:9] if n_axes == 9 else None,
            acc_unit="g",
            gyr_unit="deg/s" if has_gyr else None,
            site=annotation.get("_p"),
        )
        return DeviceFile(
            path,
            self.name,
            (signal,),
            device=f"Axivity {model} {serial}",
            wall_clock=pd.Timestamp(timing.seconds[0], unit="s").round("us"),
            rate_configured_hz=timing.rate_configured_hz,
            unused=("temperature", "light", "battery"),
            remarks=tuple(remarks),
        )


def _whole_blocks(path: Path) -> tuple[np.ndarray, int]:
    """Map the file and choose the blocks whose tag and checksum are right; also count the others."""
    n_blocks = (path.stat().st_size - _HEADER_BYTES) // _BLOCK_BYTES
    if n_blocks <= 0:
        return np.empty(0, _BLOCK), 0
    raw = np.memmap(path, dtype="u1", mode="r", offset=_HEADER_BYTES, shape=(n_blocks * _BLOCK_BYTES,))
    is_whole = np.empty(n_blocks, dtype=bool)
    for start in range(0, n_blocks, _CHUNK_BLOCKS):
        some = raw[start * _BLOCK_BYTES : (start + _CHUNK_BLOCKS) * _BLOCK_BYTES]
        words = some.view("<u2").reshape(-1, _BLOCK_BYTES // 2)
        blocks = some.view(_BLOCK)
        # The checksum makes the sum of all words zero; early firmware leaves it out.
        adds_up = (words.sum(axis=1, dtype=np.uint64) & 0xFFFF == 0) | (blocks["checksum"] == 0)
        is_whole[start : start + _CHUNK_BLOCKS] = (blocks["tag"] == b"AX") & adds_up & (blocks["count"] > 0)
    return raw.view(_BLOCK)[is_whole], int(n_blocks - is_whole.sum())


def _of_one_kind(blocks: np.ndarray) -> tuple[np.ndarray, int]:
    """Leave out blocks of another session, rate or layout than the first."""
    same = np.ones(len(blocks), dtype=bool)
    for name in ("session", "rate", "layout"):
        same &= blocks[name] == blocks[name][0]
    return (blocks, 0) if same.all() else (blocks[same], int((~same).sum()))


@dataclass(frozen=True)
class _Timing:
    """When the blocks began, in s of the wall clock counted from 1970."""

    seconds: np.ndarray
    lengths: np.ndarray
    rate_configured_hz: float

    @classmethod
    def of(cls, blocks: np.ndarray) -> "_Timing":
        rate = 3200.0 / (1 << (15 - (int(blocks["rate"][0]) & 0x0F)))
        lengths = blocks["count"].astype(np.int64)
        # A block tells the time of one sample, which need not be its own. Files of older firmware have whole seconds;
        # the newer one shifted that sample by the configured rate so that readers of whole seconds remain right.
        has_fraction = blocks["fraction"] & 0x8000 > 0
        fraction = np.where(has_fraction, (blocks["fraction"] & 0x7FFF) / 32768.0, 0.0)
        stamped = blocks["offset"] + np.where(has_fraction, np.floor(fraction * rate), 0.0)
        at = _seconds(blocks["time"].astype(np.int64)) + fraction
        # Numbered blocks keep their place where others are damaged.
        steps = np.diff(blocks["sequence"].astype(np.int64))
        per_block = int(np.median(lengths))
        begins = np.concatenate([[0], np.cumsum(lengths[:-1] + np.where(steps > 1, (steps - 1) * per_block, 0))])
        position = begins + stamped
        # The rate is the measured one where there are two times to measure it between.
        moved = position[-1] - position[0]
        step = (at[-1] - at[0]) / moved if moved > 0 and at[-1] > at[0] else 1.0 / rate
        order = np.argsort(position, kind="stable")
        seconds = np.interp(begins, position[order], at[order])
        outside = (begins < position[order[0]], begins > position[order[-1]])
        for where, edge in zip(outside, (order[0], order[-1]), strict=True):
            seconds[where] = at[edge] + (begins[where] - position[edge]) * step
        return cls(seconds, lengths, rate)


def _seconds(packed: np.ndarray) -> np.ndarray:
    """Seconds since 1970 of the clock times in blocks."""
    months = ((packed >> 26 & 0x3F) + 30) * 12 + (packed >> 22 & 0x0F) - 1
    days = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + (packed >> 17 & 0x1F) - 1
    return days * 86400.0 + (packed >> 12 & 0x1F) * 3600 + (packed >> 6 & 0x3F) * 60 + (packed & 0x3F)


def _decode(blocks: np.ndarray, n_axes: int) -> np.ndarray:
    """Values of all samples: angular rate (deg/s) if there is one, acceleration (g), magnetic field."""
    is_packed = int(blocks["layout"][0]) & 0x0F == 0
    values = np.empty((int(blocks["count"].sum()), n_axes), dtype=np.float32)
    done = 0
    for start in range(0, len(blocks), _CHUNK_BLOCKS):
        some = blocks[start : start + _CHUNK_BLOCKS]
        data = np.ascontiguousarray(some["data"])
        if is_packed:
            words = data.view("<u4").reshape(len(some), -1, 1)
            # Three values of 10 bits share an exponent of 2 bits.
            numbers = np.concatenate(
                [((words >> shift & 0x3FF) ^ 0x200).astype(np.int32) - 0x200 for shift in (0, 10, 20)], axis=2
            )
            numbers <<= (words >> 30).astype(np.int32)
        else:
            per_block = data.view("<i2").reshape(len(some), -1)
            n_samples = per_block.shape[1] // n_axes
            numbers = per_block[:, : n_samples * n_axes].reshape(len(some), n_samples, n_axes)
        scaled = numbers * _scale(some["scale"], n_axes)[:, None, :]
        is_sample = np.arange(numbers.shape[1]) < some["count"][:, None]
        n_here = int(is_sample.sum())
        values[done : done + n_here] = scaled[is_sample]
        done += n_here
    return values[:done]


def _scale(codes: np.ndarray, n_axes: int) -> np.ndarray:
    """Give the unit of one count per block and axis."""
    acc = 1.0 / (1 << (8 + (codes >> 13 & 7).astype(np.int64)))
    scale = np.repeat(acc[:, None], n_axes, axis=1)
    if n_axes >= 6:
        scale[:, :3] = (8000.0 / (1 << (codes >> 10 & 7).astype(np.int64)) / 32768.0)[:, None]
    return scale


def _annotation(header: bytes) -> dict[str, str]:
    """Read what was written down when the logger was configured."""
    text = header[64:512].split(b"\xff")[0].decode("latin-1").strip("\x00 ")
    return {key: values[0].strip() for key, values in parse_qs(text).items()}
