"""Dates and times of day as chats write them: any order, any separator, am and pm in many languages."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from extractor.patterns import regex
from extractor.readers.dates import find_date
from extractor.readers.jsonparts import FIRST, LAST

_AM = "am a.m. a.m 上午 凌晨 早上 清晨 午前 오전 ص πμ π.μ. öö dop. sa vm de.".split()
_PM = "pm p.m. p.m 下午 中午 晚上 午後 오후 م μμ μ.μ. ös odp. ch nm du.".split()
_HALVES = {word.replace(".", ""): pm for words, pm in ((_AM, False), (_PM, True)) for word in words}
_BEFORE = "上午|凌晨|早上|清晨|午前|오전|下午|中午|晚上|午後|오후|AM|PM"
_AFTER = r"[ap]\.?\s?m\b\.?|ص|م|[πμ]\.?\s?μ\.?|öö|ös|dop\.|odp\.|sa|ch|vm|nm|de\.|du\."

DATE = (
    r"(?P<a>\d{1,4})\s?(?P<sep>[./年년-])\s?(?P<b>\d{1,2})\s?[./月월-]\s?(?P<c>\d{1,4})[日일.]?"
)
TIME = (
    rf"(?:(?P<before>{_BEFORE})\s?)?(?P<h>\d{{1,2}})[:.](?P<m>\d{{2}})(?:[:.](?P<s>\d{{2}}))?"
    rf"(?:\s?(?P<after>{_AFTER}))?"
)
# "12/03/2026, 14:08", "12.3.2022 klo 14.08.18", "2021/1/2 上午10:15"; the word is "at" in some language.
MOMENT = rf"{DATE}(?:\s?[,،])?\s?(?:[^\W\d_]{{1,4}}\.?\s)??{TIME}"
_WRITTEN = regex(rf"^\s?{DATE}(?:(?:[,T]|\s?-)?\s?{TIME})?", re.I)
_TIME = regex(TIME, re.I)
_EPOCH = regex(r"\d{9,10}(?:\.\d{1,6})?|\d{12,13}")
# Seconds of the year 5138; milliseconds of 1973.
_LEAST_MS = 1e11


@dataclass(frozen=True)
class Moment:
    """A date in the order in which it is written, and a time of day."""

    a: int
    b: int
    c: int
    separator: str
    time: dt.time
    capital_half: bool = False

    @property
    def year_first(self) -> bool:
        """Whether the year comes first: it has more than two digits, or the date is written in Chinese."""
        return self.a > 99 or self.separator in "年년"


def moment(match: re.Match[str]) -> Moment | None:
    """What a match of MOMENT says; None where it is no time of day, or no date in any order."""
    hour = int(match["h"] or 0)
    half = (match["before"] or match["after"] or "").replace(".", "").replace(" ", "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if _HALVES.get(half) else 0)
    try:
        time = dt.time(hour, int(match["m"] or 0), int(match["s"] or 0))
    except ValueError:
        return None
    numbers = int(match["a"]), int(match["b"]), int(match["c"])
    months = sum(0 < n <= 12 for n in numbers)
    if not months or min(numbers) < 1 or sorted(numbers)[1] > 31:
        return None
    capital = (match["before"] or match["after"] or "") in ("AM", "PM")
    return Moment(*numbers, match["sep"], time, capital)


def resolve(moments: Sequence[Moment]) -> tuple[list[dt.datetime | None], str | None]:
    """The moments of a file as dates, where day and month stand in the same order throughout.

    Which order is told by a number over 12; else by the separator (with dots and hyphens the day comes
    first); else by which order lets time go forward; else by which makes the shorter chat. Where even that
    leaves both, the month comes first with capital AM and PM, and the day without.

    Returns:
        A date for each moment, None where it is none; and a warning where the order is a guess.
    """
    day_first = [_date(m, day_first=True) for m in moments]
    month_first = [_date(m, day_first=False) for m in moments]
    if day_first == month_first:
        return day_first, None
    right = sum(d is not None for d in day_first) - sum(d is not None for d in month_first)
    if right:
        return (day_first if right > 0 else month_first), None
    if any(m.separator in ".-" for m in moments):
        return day_first, None
    disorder = _backwards(day_first) - _backwards(month_first)
    if disorder:
        return (day_first if disorder < 0 else month_first), None
    longer = _span(day_first) - _span(month_first)
    by_month = longer > dt.timedelta() if longer else any(m.capital_half for m in moments)
    order = "month first" if by_month else "day first"
    warning = f"Day and month can't be told apart in the dates of this chat: they were read {order}."
    return (month_first if by_month else day_first), warning


def timestamps(written: Sequence[str]) -> tuple[list[dt.datetime | None], str | None]:
    """The moments of a column of time stamps: ISO 8601, seconds or milliseconds since 1970, or any of MOMENT.

    Returns:
        For each a moment without a zone (in that of the first which names one), None where it is none; and a
        warning where the order of day and month is a guess.
    """
    exact = [_iso(w) or _since_1970(w) for w in written]
    void = [e is not None and not FIRST <= e.date() <= LAST for e in exact]
    exact = [None if v else e for e, v in zip(exact, void, strict=True)]
    zone = next((e.tzinfo for e in exact if e and e.tzinfo), None)
    plain = [e.astimezone(zone).replace(tzinfo=None) if e and e.tzinfo else e for e in exact]
    moments = [None if e or v else _loose(w) for e, v, w in zip(exact, void, written, strict=True)]
    dates, guess = resolve([m for m in moments if isinstance(m, Moment)])
    resolved = iter(dates)
    found = [
        e or (next(resolved) if isinstance(m, Moment) else m) for e, m in zip(plain, moments, strict=True)
    ]
    return found, guess


def _iso(written: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(written.removesuffix(" UTC")) if "-" in written else None
    except ValueError:
        return None


def _since_1970(written: str) -> dt.datetime | None:
    if not _EPOCH.fullmatch(written):
        return None
    number = float(written)
    return dt.datetime.fromtimestamp(number / 1000 if number > _LEAST_MS else number, dt.UTC)


def _loose(written: str) -> Moment | dt.datetime | None:
    """A moment in numbers, or one whose month is a word."""
    written = written[:80]
    match = _WRITTEN.match(written)
    if match:
        return moment(match)
    date = find_date(written).date
    time = _TIME.search(written)
    if date is None:
        return None
    when = moment(match) if time and (match := _WRITTEN.match(f"{date:%Y-%m-%d} {time[0]}")) else None
    return dt.datetime.combine(date, when.time if when else dt.time())


def _date(moment: Moment, *, day_first: bool) -> dt.datetime | None:
    if moment.year_first:
        year, month, day = moment.a, moment.b, moment.c
    else:
        day, month, year = moment.a, moment.b, moment.c
        if not day_first:
            day, month = month, day
    if year < 100:
        year += 2000
    elif 2400 < year < 2700:
        # Thai phones count from the Buddha.
        year -= 543
    try:
        return dt.datetime.combine(dt.date(year, month, day), moment.time)
    except ValueError:
        return None


def _backwards(times: Sequence[dt.datetime | None]) -> int:
    """How often time goes back by a day or more: a chat is written in order."""
    known = [t.date() for t in times if t]
    return sum(b < a for a, b in itertools.pairwise(known))


def _span(times: Sequence[dt.datetime | None]) -> dt.timedelta:
    known = [t for t in times if t]
    return max(known) - min(known) if known else dt.timedelta()
