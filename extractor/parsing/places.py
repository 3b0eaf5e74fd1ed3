"""Things that stand in a text, thousands of them perhaps, asked for by where they stand."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate
from operator import itemgetter
from typing import Generic, Protocol, TypeVar


class Placed(Protocol):
    """Something that stands in `text[start:end]`; it is not empty."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where it ends."""


# What is asked for one thing may take no longer where thousands stand in its turn; no talk has so many.
MOST = 50

T = TypeVar("T", bound=Placed)


class Apart(Generic[T]):
    """Things of which no two overlap. `in_order` has them in the order of the text."""

    def __init__(self) -> None:
        self.in_order: list[T] = []
        self._starts: list[int] = []

    def add(self, thing: T) -> None:
        """Add it, unless something stands there already."""
        after = bisect_right(self._starts, thing.start)
        begun = after and self.in_order[after - 1].end > thing.start
        if begun or (after < len(self._starts) and self._starts[after] < thing.end):
            return
        self._starts.insert(after, thing.start)
        self.in_order.insert(after, thing)


class Places(Generic[T]):
    """Things that may overlap, in the order in which they were given."""

    def __init__(self, things: Iterable[T]) -> None:
        self._things = sorted(enumerate(things), key=lambda t: t[1].start)
        self._starts = [thing.start for _, thing in self._things]
        # How far those up to each of them reach.
        self._reach = list(accumulate((thing.end for _, thing in self._things), max))

    def within(self, start: int, end: int, near: int = 0) -> list[T]:
        """Those that overlap `text[start:end]`; of more than `MOST` the ones that begin nearest to `near`."""
        first, last = bisect_right(self._reach, start), bisect_left(self._starts, end)
        if last - first > MOST:
            middle = bisect_left(self._starts, near) - MOST // 2
            first = max(first, min(middle, last - MOST))
            last = first + MOST
        found = [(n, thing) for n, thing in self._things[first:last] if thing.end > start]
        return [thing for _, thing in sorted(found, key=itemgetter(0))]
