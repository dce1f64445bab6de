"""The algorithm classes that a JSON text may name. A text from elsewhere is data: it reaches nothing else.

Another package makes its classes known by an entry point of the group ``gaitmap.algorithms``, whose name is that of the
class::

    [project.entry-points."gaitmap.algorithms"]
    MyStrideSegmentation = "my_package.segmentation:MyStrideSegmentation"
"""

import importlib
import importlib.metadata
from typing import Any

#: Modules with public classes; those written by gaitmap 2.6 are found in them by their name alone.
_PUBLIC_MODULES = (
    "gaitmap.data_transform",
    "gaitmap.stride_segmentation",
    "gaitmap.event_detection",
    "gaitmap.trajectory_reconstruction",
    "gaitmap.zupt_detection",
    "gaitmap.parameters",
    "gaitmap.gait_detection",
    "gaitmap.preprocessing",
    "gaitmap.preprocessing.sensor_alignment",
    "gaitmap.stride_segmentation.hmm",
    "gaitmap.pipelines",
)
#: Group of the entry points of other packages.
ENTRY_POINTS = "gaitmap.algorithms"


def find_algorithm_class(name: Any, module: Any, base: type) -> type:
    """Find a class by its name.

    Parameters
    ----------
    name
        Its name.
    module
        The module that the text names; tells classes of one name apart, and is never imported.
    base
        What it must be a subclass of.

    Raises
    ------
    ValueError
        If there is no such algorithm.
    """
    if isinstance(name, str):
        of_gaitmap = module is None or str(module).split(".")[0] in ("gaitmap", "gaitmap_mad")
        for find in (_find_public, _find_loaded) if of_gaitmap else (_find_loaded, _find_public):
            found = find(name, module, base)
            if found is not None:
                return found
        found = _find_installed(name, base)
        if found is not None:
            return found
    raise ValueError(
        f"No algorithm class with name {str(name)[:80]!r} exists. Expected a public algorithm class of gaitmap, or one "
        f"that an installed package registers (entry points '{ENTRY_POINTS}'). If it is a class of your own, import "
        "its module before loading."
    )


def _find_public(name: str, _module: Any, base: type) -> type | None:
    for place in map(importlib.import_module, _PUBLIC_MODULES):
        if name in place.__all__ and _is_algorithm(found := getattr(place, name), base):
            return found
    return None


def _find_loaded(name: str, module: Any, base: type) -> type | None:
    """Class of the user that is loaded already; what gaitmap does not make public stays private."""
    candidates = [cls for cls in _all_subclasses(base) if cls.__name__ == name and not _is_of_gaitmap(cls)]
    return next((cls for cls in candidates if cls.__module__ == module), candidates[0] if candidates else None)


def _find_installed(name: str, base: type) -> type | None:
    for entry in importlib.metadata.entry_points(group=ENTRY_POINTS, name=name):
        found = entry.load()
        if _is_algorithm(found, base) and found.__name__ == name:
            return found
    return None


def _is_algorithm(found: Any, base: type) -> bool:
    return isinstance(found, type) and issubclass(found, base)


def _is_of_gaitmap(cls: type) -> bool:
    return cls.__module__.split(".")[0] == "gaitmap"


def _all_subclasses(cls: type) -> list[type]:
    direct: list[type] = cls.__subclasses__()
    return [*direct, *(sub for child in direct for sub in _all_subclasses(child))]
