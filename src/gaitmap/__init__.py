"""gaitmap: gait analysis with foot-worn inertial sensors."""

__version__ = "3.0.0.dev0"

__all__ = ["__version__"]
