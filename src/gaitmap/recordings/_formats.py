"""All formats that are read, in the order in which a file is held against them."""

from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from gaitmap.recordings._apdm import ApdmH5
from gaitmap.recordings._axivity import AxivityCwa
from gaitmap.recordings._bids import BidsMotion
from gaitmap.recordings._c3d import C3d
from gaitmap.recordings._delimited import DelimitedText
from gaitmap.recordings._device import DeviceFormat
from gaitmap.recordings._matlab import Matlab
from gaitmap.recordings._nilspod import NilsPod
from gaitmap.recordings._no_gyroscope import ActigraphGt3x, Excel, GeneActiv
from gaitmap.recordings._text_devices import IMeasureU, MetaWear, Physilog, Shimmer, XsensDot, XsensMtw
from gaitmap.recordings._xdf import Xdf

_HEAD_BYTES = 65536
_FORMATS: tuple[Any, ...] = (
    AxivityCwa(),
    ApdmH5(),
    Matlab(),
    Xdf(),
    GeneActiv(),
    ActigraphGt3x(),
    Excel(),
    C3d(),
    NilsPod(),
    BidsMotion(),
    Physilog(),
    XsensDot(),
    XsensMtw(),
    IMeasureU(),
    MetaWear(),
    Shimmer(),
    DelimitedText(),
)


@lru_cache(maxsize=1)
def all_formats() -> tuple[DeviceFormat, ...]:
    """Give all formats; those of other packages (entry points of the group ``gaitmap.recordings``) come first."""
    others = tuple(point.load()() for point in entry_points(group="gaitmap.recordings"))
    return (*others, *_FORMATS)


def find_format(path: Path) -> DeviceFormat | None:
    """Find the format of a file by its content; None if nothing fits."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return next((one for one in all_formats() if one.recognises(head, path)), None)
