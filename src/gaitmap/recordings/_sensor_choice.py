"""Which sensors of a file are those of the left and the right foot."""

from pathlib import Path

from gaitmap.recordings._columns import UNNAMED_SENSOR, ColumnLayout, missing_axes
from gaitmap.recordings._errors import recording_error


def choose_sensors(
    layout: ColumnLayout, left: str | None, right: str | None, path: Path, notes: list[str]
) -> dict[str, str]:
    """Names in the file -> names in the recording, left before right; sensors of no foot are left out."""
    found = list(layout.sensors)
    sides = {"left": left, "right": right}
    for side, given in sides.items():
        if given is not None and given not in found:
            raise recording_error(
                path,
                f"there is no sensor '{given}'",
                f"the sensors {_quoted(found)}",
                f"the name of the sensor of the {side} foot",
                "Choose one of the names found",
            )
    if left is not None and left == right:
        raise recording_error(
            path, "both feet have the same sensor", f"'{left}' twice", "two sensors", "Choose different names"
        )
    for side, other in (("left", right), ("right", left)):
        if sides[side] is None:
            sides[side] = _guess_side(side, [name for name in found if name != other], path)
    if found == [UNNAMED_SENSOR] and not any(sides.values()):
        sides = _side_from_file_name(path, notes)
    chosen = {name: f"{side}_sensor" for side, name in sides.items() if name is not None} or {n: n for n in found}
    _check_axes(layout, chosen, path)
    notes += [
        f"the sensor '{name}' of the file is called '{new_name}'"
        for name, new_name in chosen.items()
        if name not in (new_name, UNNAMED_SENSOR)
    ]
    left_out = [name for name in found if name not in chosen]
    if left_out:
        notes.append(f"sensors not used: {_quoted(left_out)}")
    return chosen


def _check_axes(layout: ColumnLayout, chosen: dict[str, str], path: Path) -> None:
    for name in chosen:
        missing = missing_axes(layout.sensors[name])
        if missing:
            raise recording_error(
                path,
                f"the sensor '{name}' is incomplete",
                f"no column for {', '.join(missing)}",
                "acceleration and angular rate in three axes each",
                "Add the columns, or choose another sensor with left and right (--left, --right)",
            )


def _guess_side(side: str, names: list[str], path: Path) -> str | None:
    matching = [name for name in names if side in name.lower()]
    if len(matching) > 1:
        raise recording_error(
            path,
            f"more than one sensor may be the one of the {side} foot",
            f"the sensors {_quoted(matching)}",
            f"one sensor with '{side}' in its name",
            f"Name it with {side}='{matching[0]}' (--{side} on the command line)",
        )
    return matching[0] if matching else None


def _side_from_file_name(path: Path, notes: list[str]) -> dict[str, str | None]:
    stem = path.stem.lower()
    sides = [side for side in ("left", "right") if side in stem]
    if len(sides) != 1:
        return {"left": None, "right": None}
    notes.append(f"the file names no sensor; it is taken as the {sides[0]} foot, as the file name says")
    return {"left": None, "right": None, sides[0]: UNNAMED_SENSOR}


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
