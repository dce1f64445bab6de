"""Code of the package gaitmap_mad was written for gaitmap 2.6 and does not run with gaitmap 3."""

from typing import Never


def refuse_name(name: str) -> Never:
    """Tell what to import instead: the ``__getattr__`` of private modules that the code of gaitmap_mad imports from."""
    if name.startswith("__"):
        raise AttributeError(name)
    raise ImportError(
        "gaitmap: code of the package gaitmap_mad does not run with gaitmap 3. All of its algorithms are part of "
        "gaitmap itself now, under the MIT licence: write `gaitmap` for `gaitmap_mad` in the import, for example "
        "`from gaitmap.stride_segmentation import BarthDtw`. The wheel gaitmap-mad is needed for its data files only."
    )
