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


class StreamsStrides:
    """Promise of a segmentation: it goes on from block to block, and finds the strides of the whole recording.

    What ``stream`` returns has ``push(block)`` and ``finish()``, which give the strides that have become final,
    ``open_from`` (first sample that strides to come may touch) and ``max_delay_s`` (longest time in s from the end of a
    stride to its report), and can be pickled between two blocks.
    """

    def stream(self, sampling_rate_hz: float, sensor: Any = None) -> Any:
        """Find the strides of one sensor in blocks."""
        raise NotImplementedError


class StreamsGait:
    """Promise of a gait detection: it goes on from block to block, and finds the sequences of the whole recording.

    What ``stream`` returns has ``push(block)`` and ``finish()``, which give the sequences that have become final,
    ``open_sequence`` (the one that is going on, as far as it is certain), ``open_from`` and ``max_delay_s`` as for
    strides, and can be pickled between two blocks.
    """

    def stream(self, sampling_rate_hz: float, sensors: Any = None) -> Any:
        """Find the gait sequences of synchronised sensors in blocks."""
        raise NotImplementedError


class BoundToStrides:
    """Promise of a step: what it finds in a stride depends on the stride and a known time beside it.

    Attributes
    ----------
    context_s
        This time in s, before and after the stride.
    """

    context_s: float
