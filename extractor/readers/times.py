"""Clock-like times in transcripts: `0:14`, `00:01:02`, `1:02:03.500`, in seconds."""

from __future__ import annotations

import re

from extractor.patterns import regex

TIME = r"(?:\d{1,3}:)?\d{1,3}:\d{2}(?:[.,]\d{1,6})?"
_SECONDS = regex(r"^\d{1,6}(?:\.\d{1,6})?$", re.ASCII)
_WHOLE = regex(rf"^{TIME}$")


def seconds(time: str) -> float:
    """Seconds of `h:mm:ss` or `m:ss`, with a fraction after a point or a comma.

    Raises:
        ValueError: not such a time.
    """
    if not _WHOLE.match(time):
        raise ValueError("not a time")
    total = 0.0
    for part in time.replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return round(total, 3)


def maybe_seconds(cell: str) -> float | None:
    """Seconds of a table's cell: a clock-like time, or a number of seconds with or without an `s`."""
    cell = cell.strip().removesuffix("s").strip()
    if _WHOLE.match(cell):
        return seconds(cell)
    return float(cell) if _SECONDS.match(cell) else None
