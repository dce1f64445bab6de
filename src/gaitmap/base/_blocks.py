"""What steps promise of recordings that come in blocks; a class says so by inheriting from one of these."""

from collections.abc import Callable, Iterator
from typing import Any, Self

#: Called with the columns needed (None: all), gives a fresh iterator over the consecutive blocks of a recording.
BlockSource = Callable[..., Iterator[Any]]


class EstimatesFromBlocks:
    """Promise of a step: it finds out what it needs in passes over the recording, in bounded memory.

    Attributes
    ----------
    problems_
        ``{sensor: reason}`` of sensors whose data do not allow the step; they have no other results.
    """

    problems_: dict[Any, str]

    def estimate(self, blocks: BlockSource, *, sampling_rate_hz: float) -> Self:
        """Go through the blocks; the results are those of the recording as a whole, whatever their lengths."""
        raise NotImplementedError
