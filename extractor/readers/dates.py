"""The date of a call in a file's name or heading. Not taken where it is ambiguous."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from extractor.patterns import regex

_MONTHS = {
    m: i
    for i, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july",
         "aug august", "sep sept september", "oct october", "nov november", "dec december"), 1)
    for m in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_GAP = r"[\s_.,-]{1,3}"
_MAYBE_GAP = r"[\s_.,-]{0,3}"
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?"
_WORD = rf"{_MAYBE_GAP}(?P<n>{_MONTH}){_MAYBE_GAP}"
_PATTERNS = (
    regex(r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<s>[-_./ ])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?!\d)"),
    regex(r"(?<!\d)(?P<y>20\d\d)(?P<m>\d\d)(?P<d>\d\d)(?=$|[^\d]|T?\d{6}(?!\d))"),
    regex(rf"(?<!\d){_DAY}{_WORD}(?P<y>20\d\d)(?!\d)", re.I),
    regex(rf"(?<![a-z])(?P<n>{_MONTH}){_MAYBE_GAP}{_DAY}{_GAP}(?P<y>20\d\d)(?!\d)", re.I),
    regex(rf"(?<!\d)(?P<y>20\d\d){_WORD}(?P<d>\d{{1,2}})(?!\d)", re.I),
)
_UNORDERED = regex(r"(?<!\d)(?P<a>\d{1,2})(?P<s>[-_./])(?P<b>\d{1,2})(?P=s)(?P<y>20\d\d)(?!\d)")


# As in the patterns above.
_YEARS = range(1900, 2100)
_STAMP = regex(r"\d{8}_\d{6}")


@dataclass(frozen=True)
class FoundDate:
    """`date` is None where nothing, several dates or an `ambiguous` one were found."""

    date: dt.date | None
    ambiguous: bool = False


def find_date(text: str) -> FoundDate:
    """The one date in a short text: 2026-03-12, 20260312, GMT20260312-153516, 12-Mar-2026, March 12, 2026.

    12.03.2026 is ambiguous (day or month first), 25.03.2026 is not. Several different dates are ambiguous.
    """
    dates: set[dt.date] = set()
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            groups = match.groupdict()
            month = _MONTHS[groups["n"].lower()] if groups.get("n") else int(groups["m"])
            _add(dates, int(groups["y"]), month, int(groups["d"]))
    unordered = False
    for match in _UNORDERED.finditer(text):
        year, a, b = int(match["y"]), int(match["a"]), int(match["b"])
        if a <= 12 and b <= 12 and a != b:
            unordered = True
        else:
            _add(dates, year, min(a, b), max(a, b))
    if unordered or len(dates) > 1:
        return FoundDate(None, ambiguous=True)
    return FoundDate(dates.pop() if dates else None)


def heading_date(lines: Iterable[str]) -> dt.date | None:
    """The one date in a document's heading; None where there is none or are several.

    Teams writes the day twice, where the call was and in UTC; of two that differ the first counts.
    """
    lines = list(lines)
    found = find_date("\n".join(lines))
    if found.ambiguous and len(plain := [ln for ln in lines if not _STAMP.search(ln)]) < len(lines):
        return find_date("\n".join(plain)).date
    return found.date


def _add(dates: set[dt.date], year: int, month: int, day: int) -> None:
    try:
        dates.add(dt.date(year, month, day))
    except ValueError:
        return


def date_of_stamp(seconds: float) -> dt.date | None:
    """The day of a file's time stamp, in seconds since 1970; None where no call can have been then.

    Some programs and file systems write stamps far beyond any calendar.
    """
    try:
        day = dt.date.fromtimestamp(seconds)
    except (ValueError, OverflowError, OSError):
        return None
    return day if day.year in _YEARS else None


def date_of_timestamp(value: object) -> dt.date | None:
    """The day of an ISO 8601 time stamp, in the zone that it names; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        return dt.datetime.fromisoformat(value.strip()).date()
    except ValueError:
        return None
