"""Which foot a sensor was on: from its label, the site the maker gives, or whole words in the name of the file."""

import re
from pathlib import Path
from typing import Literal

from gaitmap.recordings._device import SensorSignal

Foot = Literal["left", "right"]
_NAMES: dict[Foot, str] = {
    "left": "left l links gauche izquierdo sinistro lf leftfoot lfoot lft",
    "right": "right r rechts droit droite derecho destro rf rightfoot rfoot rft",
}
_SIDES: dict[str, Foot] = {word: side for side, words in _NAMES.items() for word in words.split()}
#: Words of sites that are no feet: a sensor with one of them is left out, not taken for a foot.
_SITES = (
    "lh rh ls rs hand wrist shank tibia thigh leg knee lumbar back lowback waist pelvis sternum chest head trunk arm "
    "forearm hip sacrum ltibia rtibia"
)
OTHER_SITES = frozenset(_SITES.split())
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-zà-ÿ]+|[A-Z]+")


def words_of(text: str) -> list[str]:
    """Split a name into words: at separators, digits and capitals."""
    return [word.lower() for word in _WORDS.findall(text)]


def side_in(text: str) -> Foot | None:
    """Tell the side that whole words in a text name; None if none or both do."""
    found = {_SIDES[word] for word in words_of(text) if word in _SIDES}
    return found.pop() if len(found) == 1 else None


def is_other_site(text: str) -> bool:
    """Tell whether a text names a site that is no foot."""
    words = words_of(text)
    return any(word in OTHER_SITES for word in words) and not any(
        word in ("foot", "feet", "shoe", "ankle") for word in words
    )


def foot_of_signal(signal: SensorSignal, path: Path) -> Foot | None:
    """Tell the foot of a sensor; None if nothing says it, or something says that it is no foot."""
    for text in (signal.label, signal.site or ""):
        if is_other_site(text):
            return None
    if signal.foot is not None:
        return signal.foot
    side = side_in(signal.label) or side_in(signal.site or "")
    if side is not None:
        return side
    return None if is_other_site(path.stem) else side_in(path.stem)
