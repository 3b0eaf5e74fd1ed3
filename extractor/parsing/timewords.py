"""The patterns of the words that name a time, each with the rule that resolves it.

They read lower-cased text in which number words are figures already ("the 27th of march").
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from extractor.parsing.feasts import FEASTS
from extractor.parsing.places import Apart
from extractor.parsing.timerules import (
    MONTHS,
    WEEKDAYS,
    Reading,
    Rule,
    feast_rule,
    read_asap,
    read_calendar_year,
    read_dated,
    read_fiscal,
    read_half,
    read_iso,
    read_month,
    read_near_day,
    read_new_year,
    read_nth_day,
    read_numeric,
    read_open,
    read_period,
    read_quarter,
    read_span,
    read_week,
    read_weekday,
)
from extractor.patterns import regex

_MONTH = rf"(?P<month>{'|'.join(MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?"
_WEEKDAY = rf"(?P<weekday>{'|'.join(WEEKDAYS)}|mon|tues?|wed|thurs?|fri)"
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


@dataclass(frozen=True)
class Found:
    """A reading and where its words stand."""

    start: int
    end: int
    reading: Reading


def _rule(pattern: str, read: Rule) -> tuple[re.Pattern[str], Rule]:
    return regex(rf"(?<![\w])(?:{pattern})(?!\w)"), read


def _rules() -> Iterator[tuple[re.Pattern[str], Rule]]:
    yield _rule(r"(?P<year>20\d\d)-(?P<mon>\d\d)-(?P<day>\d\d)", read_iso)
    yield _rule(
        r"(?P<a>\d{1,2})(?P<sep>[/.])(?P<b>\d{1,2})(?:(?P=sep)(?P<year>20\d\d|\d\d))?(?P<relyear>)"
        r"(?!\s*(?:%|k\b|mil|thousand|percent|per)|\.?\d)",
        read_numeric,
    )
    yield _rule(rf"{_ON_WEEKDAY}{_DAY}{_TAIL}?\s+(?:of\s+)?(?:next\s+)?{_MONTH}{_YEAR}", read_dated)
    yield _rule(
        rf"{_ON_WEEKDAY}{_MONTH}\s*(?:the\s+)?{_DAY}{_TAIL}?(?!\s*(?:\d|%|k\b|thousand|"
        rf"people)){_YEAR}", read_dated
    )
    # "First" to "third" alone mostly count something: as days they come after a preposition or with a month.
    yield _rule(
        rf"(?:{_ON_WEEKDAY}(?![1-3](?:st|nd|rd)\b)|(?:(?:the|next|this|"
        rf"on)\s+)?{_WEEKDAY_ALSO},?\s+(?:the\s+)?"
        r"|(?<=by\s)the\s+|(?<=fore\s)the\s+|(?<=on\s)the\s+|(?<=til\s)the\s+|(?<=till\s)the\s+|"
        r"(?<=from\s)the\s+|(?=[0-3]?\d(?:st|nd|rd)\s+of\s+(?:this|next|the)\s+month))"
        rf"{_DAY}{_TAIL}(?:,?\s+(?:of\s+)?(?P<rel>this|next|the)\s+month)?{_NO_NOUN}",
        read_nth_day,
    )
    yield _rule(rf"(?:(?P<rel>this|next|coming)\s+)?{_MONTH}{_YEAR}", read_month)
    yield _rule(
        rf"(?:q\s?(?P<q>[1-4])|(?P<q2>[1-4]){_TAIL}\s+(?:calendar\s+)?quarter|quarter\s+(?P<q3>[1-4])"
        rf"|last\s+quarter(?=\s+of\s+(?:the|this)\s+year))(?:\s+of\s+(?:the|this)\s+year)?{_YEAR}",
        read_quarter,
    )
    yield _rule(
        rf"(?:h\s?(?P<h>[12])|(?P<half>1st|2nd|back|front|latter|other)\s+half"
        rf"(?:\s+of\s+(?:the|this|(?P<nexthalf>next))\s+year|(?=\s+of\s+20\d\d))){_YEAR}",
        read_half,
    )
    yield _rule(
        r"(?:(?P<rel>this|the\s+current|the|the\s+coming|coming|next|following)\s+(?:calendar\s+)?"
        r"(?P<unit>week|month|quarter|year)(?!\s+(?:ago|old|plan|deal|contract|after|of\s+\d))"
        r"|(?P<closing>eow|eom|eoq|eoy|(?:week|month|quarter|year)(?=['’]?s?[-\s]end))(?:['’]?s?[-\s]end)?"
        r"|(?P<after>(?:the\s+)?(?P<next>week|month|quarter)\s+after\s+next))",
        read_period,
    )
    yield _rule(
        r"(?:(?:calendar\s+week|kw)\s*(?P<week>\d\d?)|week\s+(?:number\s+)?(?P<late>1[4-9]|[2-5]\d))(?!\d)",
        read_week,
    )
    yield _rule(r"(?:the\s+)?new\s+year|the\s+turn\s+of\s+the\s+year", read_new_year)
    yield _rule(r"(?P<num>20[2-5]\d)", read_calendar_year)
    yield _rule(
        r"(?:(?:the|this|next|our|new|a|coming)\s+){0,4}(?:financial|fiscal|tax|budget|business|book|school|"
        r"academic)\s+(?:year|quarter)(?:[-\s]end)?|fy\s?\d*",
        read_fiscal,
    )
    yield _rule(
        rf"(?:(?P<rel>this|next|coming)\s+)?{_WEEKDAY}(?:\s+(?P<week>week|(?:of\s+)?next\s+week|"
        rf"(?:of\s+)?this\s+week))?",
        read_weekday,
    )
    yield _rule(
        r"(?P<after>(?:the\s+)?day\s+after\s+tomorrow)|(?P<tomorrow>tomorrow)"
        r"|today|tonight|this\s+(?:afternoon|morning|evening)|end\s+of\s+(?:the\s+)?(?:day|business|play)|"
        r"eod|close\s+of\s+play",
        read_near_day,
    )
    yield _rule(
        r"as\s+(?:soon|quick|quickly|fast|early)\s+as\s+(?:(?:we|i|you)\s+(?:possibly\s+)?can|"
        r"humanly\s+possible|possible)"
        r"|asap|a\.s\.a\.p|a\s+s\s+a\s+p|right\s+away|straight\s*away|immediately|at\s+once|right\s+now|"
        r"the\s+sooner\s+the\s+better"
        r"|(?:need(?:ed)?|want(?:ed)?|ideally|preferably|liked?|should['’]?ve\s+been|due|"
        r"done)\b[^.?!]{0,40}?\byesterday"
        r"|yesterday\s+(?:would|if\s+possible|ideally)|(?:weeks|days),?\s+(?:and\s+)?not\s+(?:months|weeks|"
        r"quarters)",
        read_asap,
    )
    yield _rule(
        r"no\s+(?:(?:great|real|big|particular|mad|fixed|set|hard|firm)\s+)?(?:rush|hurry|deadline|timeline|"
        r"timeframe|date)"
        r"|not\s+in\s+(?:a|any)\s+(?:big\s+)?(?:rush|hurry)|some\s?day|one\s+of\s+these\s+days|whenever|"
        r"eventually|at\s+some\s+(?:point|stage)|down\s+the\s+(?:road|line|track)|sooner\s+or\s+later",
        read_open,
    )
    yield _rule(
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
        read_span,
    )


_RULES = tuple(_rules())
# Most turns name none of so many feasts: one search tells that.
_A_FEAST = regex("|".join(f"(?:{pattern})" for pattern, _ in FEASTS))


@cache
def _feast_rules() -> tuple[tuple[re.Pattern[str], Rule], ...]:
    return tuple(
        _rule(rf"(?:(?P<rel>this|next|coming)\s+)?(?:{pattern}){_YEAR}", feast_rule(index))
        for index, (pattern, _) in enumerate(FEASTS)
    )


def find_words(text: str, call: dt.date | None) -> list[Found]:
    """What the rules find in prepared `text`, in order; where two overlap, the longer one."""
    rules = (*_RULES, *_feast_rules()) if _A_FEAST.search(text) else _RULES
    found = [
        Found(m.start(), m.end(), reading)
        for pattern, read in rules
        for m in pattern.finditer(text)
        if (reading := read(m, call)) is not None
    ]
    kept = Apart[Found]()
    for f in sorted(found, key=lambda f: (f.start - f.end, f.start)):
        kept.add(f)
    return kept.in_order
