"""Caching of calculation steps and of whole method calls, on top of ``joblib.Memory``."""

from gaitmap.utils.caching._function import cache_function

__all__ = ["cache_function"]
