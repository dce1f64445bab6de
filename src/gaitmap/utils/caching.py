"""The public path of :mod:`gaitmap.caching`, where gaitmap 2.6 has its helpers for caching."""

from gaitmap.caching import *  # noqa: F403
from gaitmap.caching import __all__  # noqa: F401
