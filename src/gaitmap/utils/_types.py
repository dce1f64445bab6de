"""Looked for by the code of the package gaitmap_mad, which does not run with gaitmap 3."""

from gaitmap.utils._legacy._second_package import refuse_name as __getattr__

__all__ = ["__getattr__"]
