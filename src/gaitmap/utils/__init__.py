"""Helpers shared by all algorithms: data types, rotations, array handling, constants, caching."""
