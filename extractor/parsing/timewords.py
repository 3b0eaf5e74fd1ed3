"""The words that name a time, each with how it turns into an interval of days.

Every rule reads lower-cased text in which number words are figures already ("the 27th of march").
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from dateutil.relativedelta import relativedelta  # type: ignore[import-untyped]

from extractor.parsing.feasts import FEASTS, Days, feast

WhenKind = Literal[
    "date", "weekday", "week", "month", "quarter", "year", "season", "holiday", "fiscal", "span", "asap",
    "open",
]  # fmt: skip
Match = re.Match[str]

_MONTHS = "january february march april may june july august september october november december".split()
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?"
_WEEKDAY = rf"(?P<weekday>{'|'.join(_WEEKDAYS)}|mon|tues?|wed|thurs?|fri)"
_WEEKDAY_ALSO = _WEEKDAY.replace("<weekday>", "<weekday2>")
_ON_WEEKDAY = rf"(?:(?:(?:the|next|this|on)\s+)?{_WEEKDAY},?\s+)?(?:the\s+)?"
_YEAR = r"(?:,?\s+(?:of\s+|in\s+)?(?:(?P<year>20\d\d|(?<=of\s)2[4-9]\b)|(?P<relyear>this|next)\s+year))?"
_DAY = r"(?P<day>[0-3]?\d)"
_TAIL = r"(?:st|nd|rd|th)"
# "The 15th" is no day of the month where a noun follows that it counts.
_NO_NOUN = (
    r"(?!\s+(?:quarter|half|floor|week|month|year|grade|time|thing|one|part|step|stage|place|round|party|"
    r"person|option|"
    r"question|point|item|meeting|call|piece|generation|version|of\s+(?!this|next|the\s+month))\b)"
)
_COUNT = (
    r"(?P<n>\d+(?:\.\d+)?|(?:an?\s+)?(?:good\s+)?couple(?:\s+of)?|(?:an?\s+)?few|several|half\s+an?|"
    r"an?\s+half|another|an?)"
)
_UNIT = (
    r"(?:(?:business|working|calendar|more|short|full|solid)\s+)*"
    r"(?P<unit>day|week|wk|fortnight|month|mo|quarter|year|yr)s?\b"
)
SPAN = (
    rf"{_COUNT}\s*(?:(?:to|or|,|-|–|and)?\s*(?:maybe\s+)?(?P<n2>\d+)\s*)?[\s-]*{_UNIT}"
    r"(?P<more>\s+and\s+a\s+half)?(?:\s+or\s+(?P<n3>\d+|so)\b)?"
)
DAYS_IN = {"day": 1.0, "week": 7.0, "fortnight": 14.0, "month": 30.4, "quarter": 91.3, "year": 365.0}
_WORDED = {"couple": 2.0, "few": 3.0, "several": 4.0, "half": 0.5}
_PERIODS: dict[str, WhenKind] = {
    "week": "week", "month": "month", "quarter": "quarter", "year": "year",
    "eow": "week", "eom": "month", "eoq": "quarter", "eoy": "year",
}  # fmt: skip
_SHORT_UNITS = {"wk": "week", "mo": "month", "yr": "year"}


@dataclass(frozen=True)
class Reading:
    """What a rule made of its words.

    `length` is how many days ahead a span ends, `loose` marks a mere length of time, `ends` words that mean
    the end of the interval ("month end").
    """

    kind: WhenKind
    days: Days | None = None
    length: int | None = None
    loose: bool = False
    ends: bool = False
    day_only: bool = False


@dataclass(frozen=True)
class Found:
    """A reading and where its words stand."""

    start: int
    end: int
    reading: Reading


Rule = Callable[[Match, dt.date | None], Reading | None]


def _month_days(year: int, month: int) -> Days:
    begin = dt.date(year, month, 1)
    return begin, begin + relativedelta(months=1, days=-1)


def _months_from(begin: dt.date, months: int) -> Days:
    return begin, begin + relativedelta(months=months, days=-1)


def _first(make: Callable[[int], Days | None], call: dt.date | None, after: bool = False) -> Days | None:
    """The first interval, a year at a time, that is not over at the call (`after`: not begun)."""
    if call is None:
        return None
    for year in range(call.year - 1, call.year + 9):
        days = make(year)
        if days and (days[0] > call if after else days[1] >= call):
            return days
    return None


def _year(m: Match, call: dt.date | None) -> int | None:
    """The year that the words name."""
    if m["year"]:
        return int(m["year"]) if len(m["year"]) == 4 else 2000 + int(m["year"])
    if m["relyear"] and call:
        return call.year + (m["relyear"] == "next")
    return None


def _day_of(year: int, month: int, day: int) -> Days | None:
    try:
        found = dt.date(year, month, day)
    except ValueError:
        return None
    return found, found


def _month_number(name: str) -> int:
    return next(n for n, m in enumerate(_MONTHS, 1) if m.startswith(name[:3]))


def _weekday_number(name: str) -> int:
    return next(n for n, w in enumerate(_WEEKDAYS) if w.startswith(name[:3]))


def _iso(m: Match, call: dt.date | None) -> Reading | None:
    days = _day_of(int(m["year"]), int(m["mon"]), int(m["day"]))
    return Reading("date", days) if days else None


def _numeric(m: Match, call: dt.date | None) -> Reading | None:
    """5/31 and 31/5 tell themselves apart; else a slash has the month first and a point the day."""
    a, b = int(m["a"]), int(m["b"])
    month, day = (a, b) if m["sep"] == "/" else (b, a)
    if month > 12:
        month, day = day, month
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    year = _year(m, call) if m["year"] else None
    days = _day_of(year, month, day) if year else _first(lambda y: _day_of(y, month, day), call)
    return Reading("date", days) if days or call is None else None


def _dated(m: Match, call: dt.date | None) -> Reading | None:
    month, day = _month_number(m["month"]), int(m["day"])
    if not 1 <= day <= 31:
        return None
    year = _year(m, call)
    days = _day_of(year, month, day) if year else _first(lambda y: _day_of(y, month, day), call)
    return Reading("date", days) if days or call is None else None


def _nth_day(m: Match, call: dt.date | None) -> Reading | None:
    """The next day of the month with this number, on the named weekday if one was named."""
    number = int(m["day"])
    if not 1 <= number <= 31:
        return None
    if call is None:
        return Reading("date")
    weekday = m["weekday"] or m["weekday2"]
    month = call.replace(day=1) + relativedelta(months=1 if m["rel"] == "next" else 0)
    for ahead in range(13):
        at = month + relativedelta(months=ahead)
        days = _day_of(at.year, at.month, number)
        fits = not weekday or (days and days[0].weekday() == _weekday_number(weekday))
        if days and days[0] >= call and fits:
            return Reading("date", days, day_only=not (weekday or m["rel"]))
    return None


def _month(m: Match, call: dt.date | None) -> Reading | None:
    number = _month_number(m["month"])
    year = _year(m, call)
    days = _month_days(year, number) if year else _first(
        lambda y: _month_days(y, number), call, after=m["rel"] == "next"
    )  # fmt: skip
    return Reading("month", days)


def _months_of_year(m: Match, call: dt.date | None, first: int, months: int) -> Days | None:
    year = _year(m, call)
    if year:
        return _months_from(dt.date(year, first, 1), months)
    return _first(lambda y: _months_from(dt.date(y, first, 1), months), call)


def _quarter(m: Match, call: dt.date | None) -> Reading | None:
    number = int(m["q"] or m["q2"] or m["q3"] or 4)
    return Reading("quarter", _months_of_year(m, call, 3 * number - 2, 3))


def _half(m: Match, call: dt.date | None) -> Reading | None:
    first = m["h"] == "1" or m["half"] in ("1st", "front")
    if m["nexthalf"] and call:
        return Reading("quarter", _months_from(dt.date(call.year + 1, 1 if first else 7, 1), 6))
    return Reading("quarter", _months_of_year(m, call, 1 if first else 7, 6))


def _period(m: Match, call: dt.date | None) -> Reading | None:
    """This or next week, month, quarter or year, or the end of the present one ("month end")."""
    unit = m["unit"] or m["closing"] or m["next"]
    kind = _PERIODS[unit]
    unit = str(kind)
    if call is None:
        return Reading(kind, ends=bool(m["closing"]))
    ahead = 2 if m["after"] else 1 if m["rel"] in ("next", "coming", "following") else 0
    if unit == "week":
        begin = call - dt.timedelta(days=call.weekday() - 7 * ahead)
        days = (begin, begin + dt.timedelta(days=6))
    else:
        size = {"month": 1, "quarter": 3, "year": 12}[unit]
        first = dt.date(call.year, (call.month - 1) // size * size + 1, 1)
        begin = first + relativedelta(months=size * ahead)
        days = _months_from(begin, size)
    if not ahead:
        days = (call, days[1])
    return Reading(kind, days, ends=bool(m["closing"]))


def _new_year(m: Match, call: dt.date | None) -> Reading | None:
    return Reading("month", _month_days(call.year + 1, 1) if call else None)


def _calendar_year(m: Match, call: dt.date | None) -> Reading | None:
    return Reading("year", _months_from(dt.date(int(m["num"]), 1, 1), 12))


def _weekday(m: Match, call: dt.date | None) -> Reading | None:
    if call is None:
        return Reading("weekday")
    ahead = (_weekday_number(m["weekday"]) - call.weekday()) % 7 or 7
    week = m["week"] or ""
    if "next" in week or (m["rel"] == "next" and not week):
        monday = call + dt.timedelta(days=7 - call.weekday())
        day = monday + dt.timedelta(days=_weekday_number(m["weekday"]))
    else:
        day = call + dt.timedelta(days=ahead + (7 if week == "week" else 0))
    return Reading("weekday", (day, day))


def _near_day(m: Match, call: dt.date | None) -> Reading | None:
    ahead = 2 if m["after"] else 1 if m["tomorrow"] else 0
    day = call + dt.timedelta(days=ahead) if call else None
    return Reading("date", (day, day) if day else None, length=ahead)


def _fiscal(m: Match, call: dt.date | None) -> Reading | None:
    return Reading("fiscal")


def _asap(m: Match, call: dt.date | None) -> Reading | None:
    return Reading("asap", (call, call) if call else None, length=0)


def _open(m: Match, call: dt.date | None) -> Reading | None:
    return Reading("open")


def _number_of(words: str) -> float:
    if words[0].isdigit():
        return float(words)
    return next((n for w, n in _WORDED.items() if w in words), 1.0)


def _ahead(call: dt.date, count: float, unit: str) -> dt.date:
    """The day that lies `count` units after the call."""
    if unit in ("month", "quarter", "year"):
        months = count * {"month": 1, "quarter": 3, "year": 12}[unit]
        day: dt.date = call + relativedelta(months=int(months))
        return day + dt.timedelta(days=round((months - int(months)) * 30))
    return call + dt.timedelta(days=round(count * DAYS_IN[unit]))


def span_length(m: Match) -> tuple[float, float, str]:
    """The least and the greatest number of units that a `SPAN` tells, and its unit."""
    least = _number_of(m["n"]) + (0.5 if m["more"] else 0)
    others = [float(x) for x in (m["n2"], m["n3"]) if x and x[0].isdigit()]
    unit = _SHORT_UNITS.get(m["unit"], m["unit"])
    return least, max([least, *others]), unit


def _span(m: Match, call: dt.date | None) -> Reading | None:
    loose = not (m["within"] or m["ahead"] or m["out"])
    if loose and m["n"] in ("a", "an", "another"):
        return None
    least, most, unit = span_length(m)
    if most > 400 or (unit == "year" and most > 10):
        return None
    days = None
    if call:
        finish = _ahead(call, most, unit)
        days = (call if m["within"] else _ahead(call, least, unit), finish)
    return Reading("span", days, length=round(most * DAYS_IN[unit]), loose=loose)


def _feast_rule(index: int) -> Rule:
    def rule(m: Match, call: dt.date | None) -> Reading | None:
        year = _year(m, call)
        days = feast(index, year) if year else _first(lambda y: feast(index, y), call, m["rel"] == "next")
        long = days is not None and (days[1] - days[0]).days > 40
        return Reading("season" if long else "holiday", days)

    return rule


def _rules() -> Iterator[tuple[re.Pattern[str], Rule]]:
    def rule(pattern: str, read: Rule) -> tuple[re.Pattern[str], Rule]:
        return re.compile(rf"(?<![\w])(?:{pattern})(?!\w)"), read

    yield rule(r"(?P<year>20\d\d)-(?P<mon>\d\d)-(?P<day>\d\d)", _iso)
    yield rule(
        r"(?P<a>\d{1,2})(?P<sep>[/.])(?P<b>\d{1,2})(?:(?P=sep)(?P<year>20\d\d|\d\d))?(?P<relyear>)"
        r"(?!\s*(?:%|k\b|mil|thousand|percent|per)|\.?\d)",
        _numeric,
    )
    yield rule(rf"{_ON_WEEKDAY}{_DAY}{_TAIL}?\s+(?:of\s+)?(?:next\s+)?{_MONTH}{_YEAR}", _dated)
    yield rule(
        rf"{_ON_WEEKDAY}{_MONTH}\s*(?:the\s+)?{_DAY}{_TAIL}?(?!\s*(?:\d|%|k\b|thousand|"
        rf"people)){_YEAR}", _dated
    )
    # "First" to "third" alone mostly count something: as days they come after a preposition or with a month.
    yield rule(
        rf"(?:{_ON_WEEKDAY}(?![1-3](?:st|nd|rd)\b)|(?:(?:the|next|this|"
        rf"on)\s+)?{_WEEKDAY_ALSO},?\s+(?:the\s+)?"
        r"|(?<=by\s)the\s+|(?<=fore\s)the\s+|(?<=on\s)the\s+|(?<=til\s)the\s+|(?<=till\s)the\s+|"
        r"(?<=from\s)the\s+|(?=[0-3]?\d(?:st|nd|rd)\s+of\s+(?:this|next|the)\s+month))"
        rf"{_DAY}{_TAIL}(?:,?\s+(?:of\s+)?(?P<rel>this|next|the)\s+month)?{_NO_NOUN}",
        _nth_day,
    )
    yield rule(rf"(?:(?P<rel>this|next|coming)\s+)?{_MONTH}{_YEAR}", _month)
    yield rule(
        rf"(?:q\s?(?P<q>[1-4])|(?P<q2>[1-4]){_TAIL}\s+(?:calendar\s+)?quarter|quarter\s+(?P<q3>[1-4])"
        rf"|last\s+quarter(?=\s+of\s+(?:the|this)\s+year))(?:\s+of\s+(?:the|this)\s+year)?{_YEAR}",
        _quarter,
    )
    yield rule(
        rf"(?:h\s?(?P<h>[12])|(?P<half>1st|2nd|back|front|latter|other)\s+half"
        rf"(?:\s+of\s+(?:the|this|(?P<nexthalf>next))\s+year|(?=\s+of\s+20\d\d))){_YEAR}",
        _half,
    )
    yield rule(
        r"(?:(?P<rel>this|the\s+current|the|the\s+coming|coming|next|following)\s+(?:calendar\s+)?"
        r"(?P<unit>week|month|quarter|year)(?!\s+(?:ago|old|plan|deal|contract|after|of\s+\d))"
        r"|(?P<closing>eow|eom|eoq|eoy|(?:week|month|quarter|year)(?=['’]?s?[-\s]end))(?:['’]?s?[-\s]end)?"
        r"|(?P<after>(?:the\s+)?(?P<next>week|month|quarter)\s+after\s+next))",
        _period,
    )
    yield rule(r"(?:the\s+)?new\s+year|the\s+turn\s+of\s+the\s+year", _new_year)
    yield rule(r"(?P<num>20[2-5]\d)", _calendar_year)
    yield rule(
        r"(?:(?:the|this|next|our|new|a|coming)\s+)*(?:financial|fiscal|tax|budget|business|book|school|"
        r"academic)\s+(?:year|quarter)(?:[-\s]end)?|fy\s?\d*",
        _fiscal,
    )
    yield rule(
        rf"(?:(?P<rel>this|next|coming)\s+)?{_WEEKDAY}(?:\s+(?P<week>week|(?:of\s+)?next\s+week|"
        rf"(?:of\s+)?this\s+week))?",
        _weekday,
    )
    yield rule(
        r"(?P<after>(?:the\s+)?day\s+after\s+tomorrow)|(?P<tomorrow>tomorrow)"
        r"|today|tonight|this\s+(?:afternoon|morning|evening)|end\s+of\s+(?:the\s+)?(?:day|business|play)|"
        r"eod|close\s+of\s+play",
        _near_day,
    )
    yield rule(
        r"as\s+(?:soon|quick|quickly|fast|early)\s+as\s+(?:(?:we|i|you)\s+(?:possibly\s+)?can|"
        r"humanly\s+possible|possible)"
        r"|asap|a\.s\.a\.p|a\s+s\s+a\s+p|right\s+away|straight\s*away|immediately|at\s+once|right\s+now|"
        r"the\s+sooner\s+the\s+better"
        r"|(?:need(?:ed)?|want(?:ed)?|ideally|preferably|liked?|should['’]?ve\s+been|due|"
        r"done)\b[^.?!]{0,40}?\byesterday"
        r"|yesterday\s+(?:would|if\s+possible|ideally)|(?:weeks|days),?\s+(?:and\s+)?not\s+(?:months|weeks|"
        r"quarters)",
        _asap,
    )
    yield rule(
        r"no\s+(?:(?:great|real|big|particular|mad|fixed|set|hard|firm)\s+)?(?:rush|hurry|deadline|timeline|"
        r"timeframe|date)"
        r"|not\s+in\s+(?:a|any)\s+(?:big\s+)?(?:rush|hurry)|some\s?day|one\s+of\s+these\s+days|whenever|"
        r"eventually|at\s+some\s+(?:point|stage)|down\s+the\s+(?:road|line|track)|sooner\s+or\s+later",
        _open,
    )
    yield rule(
        r"(?:(?P<within>within|inside(?:\s+of)?|in\s+under|under|less\s+than|no\s+more\s+than|"
        r"no\s+later\s+than"
        r"|(?:(?:in|over|during|for|across)\s+)?(?:the\s+)?(?:next|coming)|at\s+most)\s+(?:the\s+next\s+|"
        r"about\s+|like\s+)?"
        r"|(?P<ahead>(?:in|give\s+(?:it|us|me))\s+(?:(?:about|around|roughly|like|maybe|say|uh|um|probably|"
        r"another|the|at\s+least|more\s+than|no\s+less\s+than),?\s+)*))?"
        rf"{SPAN}"
        r"(?P<out>['’]?,?(?:\s+(?:out|away)(?=\s+from))?\s+(?:from\s+(?:now|today|here|tomorrow)|out|away|time|hence|tops|max(?:imum)?"
        r"|at\s+(?:the\s+)?(?:most|latest)|or\s+(?:less|sooner)))?"
        r"(?!['’]?\s+(?:ago|back|old|earlier|later|long|contract|term|deal|trial|notice|rolling|agreement|"
        r"plan|lease|warranty|"
        r"pilot|of|rent|either\s+side|in\s+a\s+row|sooner|running|early|late|window|guarantee|turnaround|"
        r"before|after|ahead)\b)",
        _span,
    )
    for index, (pattern, _) in enumerate(FEASTS):
        yield rule(rf"(?:(?P<rel>this|next|coming)\s+)?(?:{pattern}){_YEAR}", _feast_rule(index))


_RULES = tuple(_rules())


def find_words(text: str, call: dt.date | None) -> list[Found]:
    """What the rules find in prepared `text`, in order; where two overlap, the longer one."""
    found = [
        Found(m.start(), m.end(), reading)
        for pattern, read in _RULES
        for m in pattern.finditer(text)
        if (reading := read(m, call)) is not None
    ]
    kept: list[Found] = []
    for f in sorted(found, key=lambda f: (f.start - f.end, f.start)):
        if all(f.end <= k.start or f.start >= k.end for k in kept):
            kept.append(f)
    return sorted(kept, key=lambda f: f.start)
