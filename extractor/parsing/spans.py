"""Pieces of a turn: the sentence around some words of it, and text that patterns read in bounded time."""

from __future__ import annotations

import re

_END = re.compile(r"(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)(?<![.?!])[.?!]+[\"'”’)]*(?=\s|$)")

_BLANKS = re.compile(r"\s{9,}")


def calm(text: str) -> str:
    """`text` with long runs of blanks broken up by NULs, every offset unchanged.

    Patterns that allow blanks in several places take time that grows with a power of such a run's length.
    """
    return _BLANKS.sub(lambda m: " " + "\0" * (len(m[0]) - 2) + " ", text)


def sentence_at(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentences begin and end that hold `text[start:end]`, blanks at the ends left out."""
    begin, finish = 0, len(text)
    for m in _END.finditer(text):
        if m.end() <= start:
            begin = m.end()
        elif m.end() >= end:
            finish = m.end()
            break
    while begin < start and text[begin].isspace():
        begin += 1
    return begin, finish
