"""Pieces of a turn: the sentence around some words of it, and text that patterns read in bounded time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache

from extractor.patterns import regex

_END = regex(r"(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)(?<![.?!])[.?!]+[\"'”’)]*(?=\s|$)")

_BLANKS = regex(r"\s{9,}")
_LETTERS = regex("[a-z]+")
# In texts of ASCII alone this finds them in half the time.
_BETWEEN_LETTERS = str.maketrans({c: " " for c in map(chr, range(128)) if not "a" <= c <= "z"})
# What a pattern takes for an "s", a "k" or an "i" where it is blind to case, besides those themselves.
_SAME_LETTERS = str.maketrans("ſKİı", "skii")


def calm(text: str) -> str:
    """`text` with long runs of blanks broken up by NULs, every offset unchanged.

    Patterns that allow blanks in several places take time that grows with a power of such a run's length.
    """
    return _BLANKS.sub(lambda m: " " + "\0" * (len(m[0]) - 2) + " ", text)


def plain(text: str) -> str:
    """A text in lower case, every offset unchanged; what patterns blind to case take for a to z is that."""
    return (text if text.isascii() else text.translate(_SAME_LETTERS)).lower()


def runs_of_letters(text: str) -> list[str]:
    """The runs of the letters a to z in a text, in lower case and in their order."""
    lower = plain(text)
    return lower.translate(_BETWEEN_LETTERS).split() if lower.isascii() else _LETTERS.findall(lower)


# Several readers ask for those of one turn, one after the other.
@lru_cache(maxsize=256)
def plain_words(text: str) -> frozenset[str]:
    """The runs of the letters a to z in a text, in lower case.

    Where none of the words is there that a pattern needs, the text need not be searched for it; that takes
    far longer.
    """
    return frozenset(runs_of_letters(text))


# Holds the turns of a long call; a turn is asked about as often as it names something.
@lru_cache(maxsize=4_096)
def _sentence_ends(text: str) -> tuple[int, ...]:
    return tuple(m.end() for m in _END.finditer(text))


def sentence_at(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentences begin and end that hold `text[start:end]`, blanks at the ends left out."""
    ends = _sentence_ends(text)
    after = bisect_right(ends, start)
    begin = ends[after - 1] if after else 0
    last = bisect_left(ends, end, lo=after)
    finish = ends[last] if last < len(ends) else len(text)
    while begin < start and text[begin].isspace():
        begin += 1
    return begin, finish
