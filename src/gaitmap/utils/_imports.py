"""Loading of optional packages."""

import importlib
from types import ModuleType


def require(package: str, purpose: str, extra: str) -> ModuleType:
    """Import ``package``, or say what it is needed for and which extra installs it."""
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        raise ImportError(
            f"{purpose} needs the package '{package.partition('.')[0]}', which is not installed. "
            f"Install it with: pip install 'gaitmap[{extra}]'"
        ) from error
