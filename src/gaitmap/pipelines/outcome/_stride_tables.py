"""What is found out about the strides of a recording, or of a part of it."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from itertools import islice
from typing import Self

import pandas as pd

from gaitmap.pipelines._steps import StepRunner, Steps
from gaitmap.pipelines.outcome._both_feet import heading_between_strides

Tables = dict[Hashable, pd.DataFrame]

_PARTS_AT_ONCE = 32
_PER_STRIDE = ("trajectory", "temporal", "spatial", "foot")


@dataclass
class StrideTables:
    """Tables of each sensor; a sensor is absent where the step was not asked for, or not possible.

    All but the first three have one row per stride (or more), indexed by ``s_id`` of :attr:`events`.
    """

    strides: Tables = field(default_factory=dict)  #: as found by the segmentation
    events: Tables = field(default_factory=dict)  #: from mid-stance to mid-stance
    reasons: Tables = field(default_factory=dict)  #: why strides are missing among the events
    trajectory: Tables = field(default_factory=dict)
    temporal: Tables = field(default_factory=dict)
    spatial: Tables = field(default_factory=dict)
    foot: Tables = field(default_factory=dict)
    between: Tables = field(default_factory=dict)  #: turning angle of the gaps between strides

    @classmethod
    def joined(cls, parts: Iterable[Self], sensors: Iterable[Hashable] | None = None) -> Self:
        """Join the tables of consecutive parts of a recording, in the order of the sensors given, as if it were one.

        A step that was possible only in parts without strides was not possible.
        """
        # In groups: thousands of small tables at a time would need more memory than what is in them.
        remaining, groups = iter(parts), []
        while group := list(islice(remaining, _PARTS_AT_ONCE)):
            groups.append(cls._joined(group))
        whole = cls._joined(groups)
        order = list(whole.strides if sensors is None else sensors)
        for name in (entry.name for entry in fields(cls)):
            tables: Tables = getattr(whole, name)
            known = [sensor for sensor in order if sensor in tables]
            if name in _PER_STRIDE:
                known = [s for s in known if len(tables[s]) > 0 or len(whole.events[s]) == 0]
            setattr(whole, name, {sensor: tables[sensor] for sensor in known})
        return whole

    @classmethod
    def _joined(cls, parts: list[Self]) -> Self:
        names = [entry.name for entry in fields(cls)]
        # Own dicts, from which tables are taken once they are joined: of a week, two copies of all would be a lot.
        given = [{name: dict(getattr(part, name)) for name in names} for part in parts]
        parts.clear()
        whole = cls()
        for name in names:
            sensors = dict.fromkeys(sensor for part in given for sensor in part[name])
            for sensor in sensors:
                pieces = [part[name].pop(sensor) for part in given if sensor in part[name]]
                getattr(whole, name)[sensor] = _concat(pieces)
        return whole


def analyze_strides(
    steps: Steps,
    run: StepRunner,
    data: Mapping,
    body: Mapping,
    strides: Mapping,
    regions: dict | None,
    previous: Mapping | None = None,
) -> StrideTables:
    """Find events, path and parameters of strides, from the data around them.

    Parameters
    ----------
    steps, run
        The algorithms, and what runs them.
    data, body
        ``{sensor: DataFrame}`` in the aligned sensor frame and in the body frame.
    strides
        ``{sensor: stride list}`` in samples of these data.
    regions
        Gait sequences in samples of these data; None takes the data as one region.
    previous
        ``{sensor: table}`` of the last stride (mid-stance to mid-stance) before these, if there is one.
    """
    found = run("events", lambda some: steps.detect_events(_of(body, some), _of(strides, some)), strides)
    tables = StrideTables(dict(strides))
    tables.events = {sensor: events for sensor, (events, _) in found.items()}
    tables.reasons = {sensor: reasons for sensor, (_, reasons) in found.items()}
    events = tables.events
    tables.trajectory = run(
        "trajectory", lambda some: steps.reconstruct(_of(data, some), _of(events, some), regions), events
    )
    tables.temporal = run("temporal", lambda some: steps.temporal(_of(events, some)), events)
    path = tables.trajectory
    tables.spatial = run("spatial", lambda some: steps.spatial(_of(events, some), _of(path, some)), path)
    tables.foot = run("foot", lambda some: steps.foot(_of(events, some), _of(path, some)), path)
    if steps.pipeline.bouts is not None:
        for sensor, found_here in events.items():
            known = [previous[sensor], found_here] if previous and len(previous[sensor]) else [found_here]
            tables.between[sensor] = heading_between_strides(data[sensor], pd.concat(known), steps.rate)
    return tables


def _of(tables: Mapping, sensors: Iterable[Hashable]) -> dict:
    return {sensor: tables[sensor] for sensor in sensors}


def _concat(pieces: list[pd.DataFrame]) -> pd.DataFrame:
    """Join tables with equal columns; empty ones must not change the dtypes."""
    filled = [piece for piece in pieces if len(piece) > 0]
    if not filled:
        return pieces[0]
    return filled[0] if len(filled) == 1 else pd.concat(filled)
