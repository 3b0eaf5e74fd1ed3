"""The days and seasons that people name instead of a date: holidays, school breaks, seasons of the year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import lru_cache

import holidays
from dateutil.easter import easter
from dateutil.relativedelta import MO, SU, TH, TU, relativedelta, weekday

Days = tuple[dt.date, dt.date]
_Rule = Callable[[int], Days | None]


def _fixed(month: int, day: int, length: int = 1) -> _Rule:
    return lambda year: (
        dt.date(year, month, day),
        dt.date(year, month, day) + dt.timedelta(days=length - 1),
    )


def _nth(month: int, which: weekday, plus: int = 0) -> _Rule:
    """The n-th weekday of a month (negative: from its end), `plus` days."""
    first_try = 31 if which.n and which.n < 0 else 1

    def rule(year: int) -> Days:
        day = dt.date(year, month, 1) + relativedelta(day=first_try, weekday=which) + dt.timedelta(days=plus)
        return day, day

    return rule


def _easter(plus: int) -> _Rule:
    def rule(year: int) -> Days:
        day = easter(year) + dt.timedelta(days=plus)
        return day, day

    return rule


# The years for which the `holidays` package knows the movable days; it warns outside of them.
_KNOWN_YEARS = range(2001, 2036)


@lru_cache(maxsize=64)
def _observed(country: str, year: int, name: str) -> dt.date | None:
    if year not in _KNOWN_YEARS:
        return None
    days = holidays.country_holidays(country, years=year, language="en_US")
    return min((day for day, title in days.items() if name in title), default=None)


def _listed(country: str, name: str) -> _Rule:
    """A holiday whose date the `holidays` package knows, by country and part of its English name."""

    def rule(year: int) -> Days | None:
        day = _observed(country, year, name)
        return (day, day) if day else None

    return rule


def _ramadan(year: int) -> Days | None:
    """The thirty days before Eid al-Fitr."""
    eid = _observed("SG", year, "Eid al-Fitr")
    return (eid - dt.timedelta(days=30), eid - dt.timedelta(days=1)) if eid else None


def _season(month: int) -> _Rule:
    def rule(year: int) -> Days:
        begin = dt.date(year, month, 1)
        return begin, begin + relativedelta(months=3, days=-1)

    return rule


# Patterns over lower-cased text in which ordinals are figures ("4th of july"); longer names come first.
FEASTS: tuple[tuple[str, _Rule], ...] = (
    (r"christmas eve", _fixed(12, 24)),
    (r"(?:christmas|xmas|winter|year[- ]end|festive) (?:break|holidays?|shutdown|season|"
     r"vacation)", _fixed(12, 24, 9)),
    (r"(?:the )?holiday season|the holidays", _fixed(12, 24, 9)),
    (r"christmas(?: day)?|x-?mas", _fixed(12, 25)),
    (r"boxing day", _fixed(12, 26)),
    (r"new year['’]?s eve", _fixed(12, 31)),
    (r"(?:chinese|lunar) new year|cny", _listed("SG", "Chinese New Year")),
    (r"new year['’]?s(?: day)?", _fixed(1, 1)),
    (r"valentine['’]?s(?: day)?", _fixed(2, 14)),
    (r"(?:st\.? |saint )?(?:paddy|patrick)['’]?s(?: day)?", _fixed(3, 17)),
    (r"burns night", _fixed(1, 25)),
    (r"nowruz", _fixed(3, 21)),
    (r"songkran", _fixed(4, 13, 3)),
    (r"(?:st\.? |saint )george['’]?s(?: day)?", _fixed(4, 23)),
    (r"king['’]?s day", _fixed(4, 27)),
    (r"midsummer(?:['’]?s)?(?: eve| day)?", _fixed(6, 24)),
    (r"(?:the )?feast of the assumption|assumption day", _fixed(8, 15)),
    (r"la rentr[ée]e", _fixed(9, 1)),
    (r"all saints['’]?(?: day)?", _fixed(11, 1)),
    (r"melbourne cup(?: day)?", _nth(11, TU(+1))),
    (r"(?:st\.? |saint )andrew['’]?s(?: day)?", _fixed(11, 30)),
    (r"sinterklaas|(?:st\.? |saint )nicholas(?: day)?", _fixed(12, 6)),
    (r"(?:the )?clocks (?:go|going|change|spring|are put) (?:forward|ahead)", _nth(3, SU(-1))),
    (r"(?:the )?clocks (?:go|going|fall) back", _nth(10, SU(-1))),
    (r"australia day", _fixed(1, 26)),
    (r"anzac day", _fixed(4, 25)),
    (r"canada day", _fixed(7, 1)),
    (r"(?:4th of july|july 4th|independence day)", _fixed(7, 4)),
    (r"juneteenth", _fixed(6, 19)),
    (r"bastille day", _fixed(7, 14)),
    (r"heritage day", _fixed(9, 24)),
    (r"halloween", _fixed(10, 31)),
    (r"bonfire night|guy fawkes", _fixed(11, 5)),
    (r"veterans['’]? day|remembrance day|armistice day", _fixed(11, 11)),
    (r"golden week", _fixed(4, 29, 7)),
    (r"canadian thanksgiving", _nth(10, MO(+2))),
    (r"thanksgiving(?: day)?", _nth(11, TH(+4))),
    (r"black friday", _nth(11, TH(+4), 1)),
    (r"cyber monday", _nth(11, TH(+4), 4)),
    (r"labou?r day", _nth(9, MO(+1))),
    (r"memorial day", _nth(5, MO(-1))),
    (r"(?:martin luther king|mlk) day", _nth(1, MO(+3))),
    (r"presidents['’]? day", _nth(2, MO(+3))),
    (r"columbus day|indigenous peoples['’]? day", _nth(10, MO(+2))),
    (r"(?:the )?(?:late |summer )?august bank holiday", _nth(8, MO(-1))),
    (r"(?:the )?(?:early |first )?may bank holiday", _nth(5, MO(+1))),
    (r"mother['’]?s day", _nth(5, SU(+2))),
    (r"father['’]?s day", _nth(6, SU(+3))),
    (r"good friday", _easter(-2)),
    (r"easter monday", _easter(1)),
    (r"easter(?: sunday| weekend| break| holidays?)?", _easter(0)),
    (r"ascension(?: day)?", _easter(39)),
    (r"pentecost|whitsun|whit monday", _easter(49)),
    (r"carnival|mardi gras|pancake day|shrove tuesday", _easter(-47)),
    (r"diwali|deepavali", _listed("IN", "Diwali")),
    (r"dussehra", _listed("IN", "Dussehra")),
    (r"holi", _listed("IN", "Holi")),
    (r"ramadan", _ramadan),
    (r"big sallah|eid al[- ]adha|hari raya haji", _listed("SG", "Eid al-Adha")),
    (r"(?:small )?sallah|eid(?: al[- ]fitr)?|hari raya(?: puasa)?", _listed("SG", "Eid al-Fitr")),
    (r"matariki", _listed("NZ", "Matariki")),
    (r"passover", _listed("IL", "Pesach")),
    (r"rosh hashanah?", _listed("IL", "Rosh Hashanah")),
    (r"(?:the )?(?:summer|school) (?:break|holidays?|vacations?|recess)", _fixed(7, 1, 62)),
    (r"(?:the )?spring(?:time)?(?! break)", _season(3)),
    (r"(?:the )?summer(?:time)?", _season(6)),
    (
        r"(?:the )?autumn|(?:(?<=the )|(?<=this )|(?<=next )|(?<=in )|(?<=by )|(?<=early )|(?<=late )|"
        r"(?<=before )|(?<=after ))fall"
        r"(?! (?:off|back|behind|apart|over|out|through|into|short|on|in|for)\b)",
        _season(9),
    ),
    (r"(?:the )?winter(?:time)?", _season(12)),
)


@lru_cache(maxsize=512)
def feast(index: int, year: int) -> Days | None:
    """First and last day of `FEASTS[index]` in `year`, None where it is not known."""
    return FEASTS[index][1](year)
