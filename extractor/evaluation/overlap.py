"""When two quotes are the same evidence, and when two lists of quotes pair up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from extractor.patterns import regex

# The least run of shared words, for quotes that have as many.
MIN_RUN = 3

_PUNCTUATION = regex(r"[^\w\s]|_")


@lru_cache(maxsize=8192)
def words(quote: str) -> tuple[str, ...]:
    """The words of a quote in lower case, punctuation dropped."""
    return tuple(_PUNCTUATION.sub("", quote.lower()).split())


def overlap(a: str, b: str) -> bool:
    """Whether two quotes share a run of at least half of the shorter one's words and of at least three.

    Where the shorter one has fewer than three words, all of them. A quote without words overlaps nothing.
    """
    first, second = words(a), words(b)
    shorter = min(len(first), len(second))
    if not shorter:
        return False
    run = max((shorter + 1) // 2, min(MIN_RUN, shorter))
    return not _runs(first, run).isdisjoint(_runs(second, run))


def any_overlap(quotes: Iterable[str], others: Sequence[str]) -> bool:
    """Whether any of the quotes overlaps any of the others."""
    return any(overlap(q, o) for q in quotes for o in others)


def pair_up(left: Sequence[Sequence[str]], right: Sequence[Sequence[str]]) -> dict[int, int]:
    """A largest one-to-one matching of two lists, each member a list of quotes, by overlap of quotes.

    Members are placed in the order of `left`, each with its first free partner; others make room if they can.

    Returns:
        Indices of `right` by indices of `left`.
    """
    edges = [[j for j, others in enumerate(right) if any_overlap(quotes, others)] for quotes in left]
    partner: dict[int, int] = {}  # of right, by right

    def place(i: int, tried: set[int]) -> bool:
        for j in edges[i]:
            if j in tried:
                continue
            tried.add(j)
            if j not in partner or place(partner[j], tried):
                partner[j] = i
                return True
        return False

    for i in range(len(left)):
        place(i, set())
    return {i: j for j, i in sorted(partner.items(), key=lambda p: p[1])}


def _runs(of: tuple[str, ...], length: int) -> set[tuple[str, ...]]:
    return {of[i : i + length] for i in range(len(of) - length + 1)}
