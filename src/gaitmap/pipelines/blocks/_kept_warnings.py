"""Warnings of work that goes on over many parts of a recording, and over interruptions."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

# Warnings that differ in numbers only are told so many times.
_MAX_ALIKE = 3


class KeptWarnings:
    """Collects warnings, so that they can be told at the end of the work, and each once (can be pickled)."""

    def __init__(self) -> None:
        # {text without its numbers: [category, texts to tell, number of further ones]}
        self._kept: dict[str, tuple[type[Warning], list[str], int]] = {}

    @contextmanager
    def collect(self) -> Iterator[None]:
        """Keep the warnings of a part of the work."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
        for warning in caught:
            self._keep(warning.category, str(warning.message))

    def tell(self) -> None:
        """Give all of them."""
        for category, texts, n_more in self._kept.values():
            more = f" (and {n_more} more like this)" if n_more else ""
            for text in [*texts[:-1], f"{texts[-1]}{more}"]:
                warnings.warn(text, category, stacklevel=3)

    def _keep(self, category: type[Warning], text: str) -> None:
        key = f"{category.__name__} {re.sub(r'[0-9.]+', '#', text)}"
        _, texts, n_more = self._kept.setdefault(key, (category, [], 0))
        if text in texts:
            return
        if len(texts) < _MAX_ALIKE:
            texts.append(text)
        else:
            self._kept[key] = (category, texts, n_more + 1)
