"""How words that name a time turn into an interval of days, resolved against the call's date."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dateutil.relativedelta import relativedelta

from extractor.parsing.feasts import Days, feast

WhenKind = Literal[
    "date", "weekday", "week", "month", "quarter", "year", "season", "holiday", "fiscal", "span", "asap",
    "open",
]  # fmt: skip
Match = re.Match[str]

MONTHS = "january february march april may june july august september october november december".split()
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
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
    the end of the interval ("month end"), `day_only` a day of the month without its month.
    """

    kind: WhenKind
    days: Days | None = None
    length: int | None = None
    loose: bool = False
    ends: bool = False
    day_only: bool = False


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
    return next(n for n, m in enumerate(MONTHS, 1) if m.startswith(name[:3]))


def _weekday_number(name: str) -> int:
    return next(n for n, w in enumerate(WEEKDAYS) if w.startswith(name[:3]))


def read_iso(m: Match, call: dt.date | None) -> Reading | None:
    """"2026-05-01"."""
    days = _day_of(int(m["year"]), int(m["mon"]), int(m["day"]))
    return Reading("date", days) if days else None


def read_numeric(m: Match, call: dt.date | None) -> Reading | None:
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


def read_dated(m: Match, call: dt.date | None) -> Reading | None:
    """A month and a day of it."""
    month, day = _month_number(m["month"]), int(m["day"])
    if not 1 <= day <= 31:
        return None
    year = _year(m, call)
    days = _day_of(year, month, day) if year else _first(lambda y: _day_of(y, month, day), call)
    return Reading("date", days) if days or call is None else None


def read_nth_day(m: Match, call: dt.date | None) -> Reading | None:
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


def read_month(m: Match, call: dt.date | None) -> Reading | None:
    """A month, the first that is not over."""
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


def read_quarter(m: Match, call: dt.date | None) -> Reading | None:
    """A quarter of the calendar year."""
    number = int(m["q"] or m["q2"] or m["q3"] or 4)
    return Reading("quarter", _months_of_year(m, call, 3 * number - 2, 3))


def read_half(m: Match, call: dt.date | None) -> Reading | None:
    """A half of the calendar year."""
    first = m["h"] == "1" or m["half"] in ("1st", "front")
    if m["nexthalf"] and call:
        return Reading("quarter", _months_from(dt.date(call.year + 1, 1 if first else 7, 1), 6))
    return Reading("quarter", _months_of_year(m, call, 1 if first else 7, 6))


def read_period(m: Match, call: dt.date | None) -> Reading | None:
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


def read_new_year(m: Match, call: dt.date | None) -> Reading | None:
    """The January to come."""
    return Reading("month", _month_days(call.year + 1, 1) if call else None)


def read_calendar_year(m: Match, call: dt.date | None) -> Reading | None:
    """A year by its number."""
    return Reading("year", _months_from(dt.date(int(m["num"]), 1, 1), 12))


def read_week(m: Match, call: dt.date | None) -> Reading | None:
    """A calendar week by its number (ISO 8601)."""
    number = int(m["week"] or m["late"])

    def days(year: int) -> Days | None:
        try:
            monday = dt.date.fromisocalendar(year, number, 1)
        except ValueError:
            return None
        return monday, monday + dt.timedelta(days=6)

    found = _first(days, call)
    return Reading("week", found) if found or call is None else None


def read_weekday(m: Match, call: dt.date | None) -> Reading | None:
    """The next such weekday."""
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


def read_near_day(m: Match, call: dt.date | None) -> Reading | None:
    """Today, tomorrow and the day after."""
    ahead = 2 if m["after"] else 1 if m["tomorrow"] else 0
    day = call + dt.timedelta(days=ahead) if call else None
    return Reading("date", (day, day) if day else None, length=ahead)


def read_fiscal(m: Match, call: dt.date | None) -> Reading | None:
    """A year of somebody's own, which begins nobody knows when."""
    return Reading("fiscal")


def read_asap(m: Match, call: dt.date | None) -> Reading | None:
    """As soon as possible."""
    return Reading("asap", (call, call) if call else None, length=0)


def read_open(m: Match, call: dt.date | None) -> Reading | None:
    """No time at all."""
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


def read_span(m: Match, call: dt.date | None) -> Reading | None:
    """So many days, weeks, months or years ahead."""
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


def feast_rule(index: int) -> Rule:
    """How the words of `FEASTS[index]` turn into days."""
    def rule(m: Match, call: dt.date | None) -> Reading | None:
        year = _year(m, call)
        days = feast(index, year) if year else _first(lambda y: feast(index, y), call, m["rel"] == "next")
        long = days is not None and (days[1] - days[0]).days > 40
        return Reading("season" if long else "holiday", days)

    return rule
