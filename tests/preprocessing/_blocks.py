"""Block sources of recordings that are in memory."""

from itertools import pairwise


def in_blocks(data, cuts):
    """Block source of a recording (of one sensor, or a dict of several) that is cut before these samples."""

    def blocks(columns=None):
        parts = {}
        for sensor, frame in data.items() if isinstance(data, dict) else [(None, data)]:
            used = frame if columns is None else frame[list(columns)]
            parts[sensor] = [used.iloc[a:b] for a, b in pairwise([0, *sorted(cuts), len(used)])]
        for block in zip(*parts.values(), strict=True):
            yield dict(zip(parts, block, strict=True)) if isinstance(data, dict) else block[0]

    return blocks
