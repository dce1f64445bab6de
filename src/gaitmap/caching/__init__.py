"""Caching of calculation steps and of whole method calls, on top of ``joblib.Memory``."""

from gaitmap.caching._bounded import BoundedMemory
from gaitmap.caching._calls import cached_call_action, cached_call_method
from gaitmap.caching._code import versions_of_numbers
from gaitmap.caching._function import cache_function
from gaitmap.caching._hashing import hash_object
from gaitmap.caching._limits import enforce_limits
from gaitmap.caching._stats import cache_stats
from gaitmap.caching._store import CacheEntry, NotACacheError, inspect_cache
from gaitmap.caching._warnings import CacheCorruptionWarning, CacheStoreWarning

__all__ = [
    "BoundedMemory",
    "CacheCorruptionWarning",
    "CacheEntry",
    "CacheStoreWarning",
    "NotACacheError",
    "cache_function",
    "cache_stats",
    "cached_call_action",
    "cached_call_method",
    "enforce_limits",
    "hash_object",
    "inspect_cache",
    "versions_of_numbers",
]
