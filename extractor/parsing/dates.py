"""Times in what people say about their plans: dates, months, holidays, spans, "as soon as possible"."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter
from typing import Literal

from extractor.parsing.numbers import find_numbers
from extractor.parsing.spans import calm
from extractor.parsing.timerules import DAYS_IN, Reading, WhenKind, span_length
from extractor.parsing.timewords import SPAN, Found, find_words
from extractor.patterns import regex

Bound = Literal["in", "by", "before", "until", "after", "not_before"]
Part = Literal["whole", "start", "early", "mid", "late", "end"]


@dataclass(frozen=True)
class When:
    """A time named in `text[start:end]`, as an interval of days: `begin` to `finish`, both counted in.

    Both are None where the words give no date ("someday", "the fiscal year") or no call date is known to
    count from. `bound` says how the words relate to the interval ("before Q3"), `part` which part of a longer
    one was meant. `length` is how many days ahead a span ends. `loose` marks a mere length of time ("ninety
    days") that nothing ties to the call, `day_only` a day of the month without its month ("the 29th").
    """

    start: int
    end: int
    words: str
    kind: WhenKind
    begin: dt.date | None
    finish: dt.date | None
    bound: Bound = "in"
    part: Part = "whole"
    length: int | None = None
    loose: bool = False
    day_only: bool = False


def target(when: When) -> dt.date | None:
    """The day by which a plan told with these words is carried out, None where they give no date."""
    if when.begin is None or when.finish is None:
        return None
    if when.bound == "before":
        return when.finish if when.part == "end" else when.begin - dt.timedelta(days=1)
    if when.bound == "after":
        return when.finish + dt.timedelta(days=1)
    if when.part == "start" or (when.bound == "not_before" and when.part != "end"):
        return when.begin
    if when.part == "mid" or (when.kind == "season" and when.part == "whole" and when.bound == "in"):
        return when.begin + (when.finish - when.begin) / 2
    if when.bound == "by" and when.part == "whole" and when.kind in ("month", "quarter", "season", "year"):
        return when.begin
    return when.finish


_PART = regex(
    r"(?<!\w)(?:"
    r"(?P<end>(?:(?:the|very|right\s+at\s+the)\s+)*(?:end|close|tail[- ]end|back[- ]end|last\s+(?:day|week|"
    r"days|part|half|bit))(?:\s+of)?(?:\s+the)?\s+)"
    r"|(?P<late>(?:the\s+)?(?:late|later)(?:\s+(?:in|on\s+in|part\s+of))?(?:\s+the)?\s+)"
    r"|(?P<start>(?:the\s+)?(?:very\s+)?(?:start|beginning|top|front[- ]end|opening)\s+of(?:\s+the)?\s+)"
    r"|(?P<early>(?:the\s+)?(?:early(?:\s+(?:in|on\s+in|part\s+of|days\s+of))?|(?:1st|first)\s+(?:\d+\s+|"
    r"few\s+|couple\s+of\s+)?(?:weeks|half|part|bit|thing)\s+(?:of|in))(?:\s+the)?\s+)"
    r"|(?P<week>(?:the\s+)?(?P<nth>[1-4])(?:st|nd|rd|th)\s+week\s+(?:of|in)(?:\s+the)?\s+)"
    r"|(?P<mid>(?:the\s+)?(?:mid\s?-?\s?|middle\s+of\s+|half\s?way\s+through\s+|"
    r"around\s+the\s+middle\s+of\s+)(?:the\s+)?))$"
)
_PARTS: tuple[Part, ...] = ("end", "late", "start", "early", "mid")
_FILL = (
    r"(?:\s|,|maybe|probably|like|about|around|say|uh|um|the|sometime|some\s+time|ideally|at|very|in|"
    r"latest|on)*"
)
_NEGATED = r"(?:do|does|did|wo|wou?ld|ca|could|should|is|are|was|has|have|ai)n?n['’]?t|cannot"
_BOUND_WORDS: tuple[tuple[str, Bound], ...] = (
    (rf"(?:not|{_NEGATED}|nothing|nobody|never|no\s\w+)(?:\s+[\w'’]+){{0,6}}?\s+(?:before|until|till|"
     rf"til)|not|"
     r"no\s+(?:earlier|sooner)\s+than|starting|starts?|from|as\s+of|effective|earliest", "not_before"),
    (r"by|no(?:t\s+any)?\s+later\s+than|not\s+later\s+than|in\s+time\s+for|deadline(?:\s+is|['’]s)?|"
     r"due", "by"),
    (r"until|till|til|up\s+to|through", "until"),
    (r"before|prior\s+to|ahead\s+of|earlier\s+than|in\s+advance\s+of|this\s+side\s+of", "before"),
    (r"after|following|once|past|the\s+other\s+side\s+of|beyond", "after"),
)  # fmt: skip
_BOUNDS = tuple(
    (regex(rf"(?<!\w)(?:{words})\s{_FILL}$"), bound) for words, bound in _BOUND_WORDS
)
_PAST_BEFORE = regex(
    r"(?<!\w)(?:last|past|previous|since|(?<!re\s)(?<!are\s)(?<!'m\s)(?<!come\s)(?<!get\s)(?<!be\s)back\s+in|"
    r"ago|(?:was|were|closed|bought|happened|came)\s+(?:in|on))(?:\s+(?:the|on|early|late|mid|in))*\s*$"
)
_PAST_AFTER = regex(
    r"\s*(?:ago\b|last\s+year|just\s+(?:gone|past)|gone\b|of\s+last\b|(?:a|\d+)\s+years?\s+ago)"
)
_ORDINAL_BEFORE = regex(r"(?:\d(?:st|nd|rd|th)|\blast|\bevery|\beach)\s+$")
_PRESENT = regex(r"(?:this|the)\s+(?:current\s+)?(?:week|month|quarter|year)")
_OVER = regex(r"\s+(?:is|are|['’]s)\s+(?:out|over|done|up|finished|through|behind\s+us)\b")
_OR_NEXT = regex(r"\s+or\s+(?:the\s+)?(?:next|one\s+after)(?:\s+(?:week|month|quarter|one))?\b")
_EARLIEST = regex(r",?\s*at\s+the\s+(?:very\s+)?earliest\b|\s+or\s+later\b|\s+onwards?\b")
_LATEST = regex(r",?\s*(?:at\s+the\s+(?:very\s+)?latest|latest|or\s+(?:sooner|earlier|before))\b")
_OFFSET = regex(rf"(?<!\w){SPAN}\s+(?P<way>before|ahead\s+of|prior\s+to|after)\s+(?:the\s+)?$")
_DOUBTFUL_MONTH = regex(r"may|march|mar|jun|dec|sep|jan|oct|nov|apr|jul|aug|feb")
_MONTH_CUE = regex(
    r"(?<!\w)(?:in|by|of|early|late|mid-?|before|until|till|after|since|this|next|from|through|around|about|"
    r"come|for|to|or|end|and|start|beginning|last|not|say|maybe|possibly|it['’]?s|is)\s+(?:the\s+)?$"
)


# Letters of the longest number that a date or a span has; longer runs of digits are no times.
_LONGEST = 40
# So many digits in a row are in no time either; patterns that try every part of them would take for ever.
_DIGITS = regex(r"\d{13,}")


def _lower(text: str) -> str:
    """`text` in lower case, every letter in its place."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _with_figures(text: str) -> tuple[str, dict[int, int]]:
    """`text` in lower case with number words as figures, and where each figure's words really end.

    The figures are padded with blanks, so that every offset stays what it was.
    """
    lower = _DIGITS.sub(lambda m: "x" * len(m[0]), calm(_lower(text)))
    pieces: list[str] = []
    done = 0
    ends = {}
    for n in find_numbers(text):
        if n.form == "figures" or n.upper is not None or n.value >= 1e6 or n.end - n.start > _LONGEST:
            continue
        figure = f"{n.value:g}"
        if n.form == "ordinal":
            day = int(n.value)
            figure += "th" if 10 < day % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
        if len(figure) <= n.end - n.start:
            pieces += (lower[done : n.start], figure.ljust(n.end - n.start))
            done = n.end
            ends[n.start + len(figure)] = n.end
    return "".join((*pieces, lower[done:])), ends


def _narrowed(begin: dt.date, finish: dt.date, part: Part) -> tuple[dt.date, dt.date]:
    """The part of an interval that was meant; "early" and "late" are a third of it, of a year a quarter."""
    third = (finish - begin) / (4 if (finish - begin).days > 200 else 3)
    if part == "end":
        return finish - min(third, dt.timedelta(days=13)), finish
    if part == "late":
        return finish - third, finish
    if part == "start":
        return begin, begin + min(third, dt.timedelta(days=9))
    if part == "early":
        return begin, begin + third
    if part == "mid":
        return begin + third, finish - third
    return begin, finish


class _Reader:
    def __init__(self, text: str, call: dt.date | None) -> None:
        self.text = text
        self.call = call
        self.masked, self.ends = _with_figures(text)

    def left(self, start: int) -> str:
        """What is said before `start` in the same sentence, number words as figures."""
        return re.split(r"[;?!]|\.(?!\d)", self.masked[max(0, start - 80) : start])[-1]

    def when(self, f: Found) -> When | None:
        """The time that a finding means in its sentence, None where it is past or no time at all."""
        past = _PAST_BEFORE.search(self.left(f.start)) or _PAST_AFTER.match(self.masked, f.end)
        counted = f.reading.kind == "weekday" and _ORDINAL_BEFORE.search(self.left(f.start))
        if past or counted or self.is_no_month(f):
            return None
        when = self.placed(f, f.reading)
        if self.is_over(when) and (later := self.next_round(f)):
            when = self.placed(f, later)
        if self.call and when.finish and when.finish < self.call:
            return None
        end = self.ends.get(when.end, when.end)
        words = self.text[when.start : end].strip().rstrip(".,")
        return replace(when, end=when.start + len(words), words=words)

    def placed(self, f: Found, r: Reading) -> When:
        """The time with the part of it and the bound that the words around it tell."""
        begin, finish = r.days or (None, None)
        when = When(
            f.start, f.end, "", r.kind, begin, finish, part="end" if r.ends else "whole", length=r.length,
            loose=r.loose, day_only=r.day_only,
        )  # fmt: skip
        return self.in_bounds(self.in_part(when))

    def is_over(self, when: When) -> bool:
        day = target(when)
        return self.call is not None and day is not None and day < self.call

    def next_round(self, f: Found) -> Reading | None:
        """What the words mean a year on: "the first week of March" said at the end of March."""
        words = self.masked[f.start : f.end]
        if f.reading.days is None or _PRESENT.match(words):
            return None
        again = find_words(words, f.reading.days[1] + dt.timedelta(days=1))
        return again[0].reading if again else None

    def is_no_month(self, f: Found) -> bool:
        """Whether a lone "may", "march" or "dec" is another word than the month."""
        words = self.masked[f.start : f.end].rstrip(".")
        if not _DOUBTFUL_MONTH.fullmatch(words):
            return False
        if words in ("may", "march") and self.text[f.start].isupper() and self.left(f.start).strip():
            return False
        return not _MONTH_CUE.search(self.left(f.start))

    def in_part(self, when: When) -> When:
        whole = when.kind in ("asap", "open", "span", "fiscal")
        m = None if whole else _PART.search(self.left(when.start))
        part: Part = when.part
        start = when.start
        if m:
            part = next((p for p in _PARTS if m[p]), "whole")
            start = when.start - len(m[0])
        begin, finish = when.begin, when.finish
        if or_next := _OR_NEXT.match(self.masked, when.end):
            again = find_words(f"next {when.kind}", self.call)
            if again and again[0].reading.days:
                finish = again[0].reading.days[1]
            when = replace(when, end=or_next.end())
        if begin and finish and m and m["week"]:
            begin += dt.timedelta(weeks=int(m["nth"]) - 1)
            finish, part = begin + dt.timedelta(days=6), "whole"
            when = replace(when, kind="week")
        elif begin and finish:
            begin, finish = _narrowed(begin, finish, part)
        if self.call and begin and finish and begin < self.call <= finish:
            begin = self.call
        return replace(when, start=start, part=part, begin=begin, finish=finish)

    def in_bounds(self, when: When) -> When:
        left = self.left(when.start)
        if (offset := _OFFSET.search(left)) and when.begin and when.finish:
            _, most, unit = span_length(offset)
            days = dt.timedelta(days=round(most * DAYS_IN[unit]))
            day = when.finish + days if offset["way"] == "after" else when.begin - days
            start = when.start - len(offset[0])
            return replace(when, start=start, begin=day, finish=day, kind="date", part="whole")
        if over := _OVER.match(self.masked, when.end):
            if any(bound in ("by", "before") and pattern.search(left) for pattern, bound in _BOUNDS):
                return replace(when, end=over.end(), bound="by", part="end")
            return replace(when, end=over.end(), bound="after")
        if earliest := _EARLIEST.match(self.masked, when.end):
            return replace(when, end=earliest.end(), bound="not_before")
        for pattern, bound in _BOUNDS:
            if m := pattern.search(left):
                if bound == "not_before" and m[0].strip() == "not":
                    return self.beyond(when, m)
                return replace(when, start=when.start - len(m[0]), bound=bound)
        if latest := _LATEST.match(self.masked, when.end):
            part: Part = "end" if when.part == "whole" else when.part
            return replace(when, end=latest.end(), bound="by", part=part)
        return when

    def beyond(self, when: When, m: re.Match[str]) -> When:
        """"Not this year": a plan for the time after it; "not June" names no time at all."""
        if when.begin and when.finish and self.call and when.begin <= self.call:
            return replace(when, start=when.start - len(m[0]), bound="after")
        return replace(when, kind="open", begin=None, finish=None)


# Holds the turns of a long call: each of its times is weighed against what else its turn names.
@lru_cache(maxsize=4_096)
def find_times(text: str, call_date: dt.date | None) -> tuple[When, ...]:
    """Every time that `text` names and that is not past, in order.

    Args:
        text: what was said, best the whole turn.
        call_date: the day of the call, against which everything relative resolves: a month or date without
            a year is the first that is not over on that day. None where it is unknown: then only fully
            written dates resolve, and spans keep their `length`.
    """
    reader = _Reader(text, call_date)
    found: list[When] = []
    spoken_of = SpokenOf()
    for f in find_words(reader.masked, call_date):
        if when := reader.when(f):
            month = spoken_of.month_of(when) if when.day_only else None
            found.append(in_month(when, month) if month else when)
            spoken_of.add(found[-1])
    return tuple(found)


class SpokenOf:
    """The months that were spoken of, and the full dates, which may lend their month to a lone day."""

    def __init__(self) -> None:
        self._number = 0
        # What was last spoken of, and when; of dates by their day.
        self._month: tuple[int, When] | None = None
        self._dates: dict[int, tuple[int, When]] = {}

    def add(self, when: When) -> None:
        """Add what is said next."""
        self._number += 1
        if when.kind == "month":
            self._month = self._number, when
        elif when.kind == "date" and not when.day_only and when.begin is not None:
            self._dates[when.begin.day] = self._number, when

    def month_of(self, day: When) -> When | None:
        """What was last spoken of that a lone day of the month may belong to: a month, a date of that day."""
        said = [self._month, self._dates.get(day.begin.day) if day.begin else None]
        return max((s for s in said if s), key=itemgetter(0), default=(0, None))[1]


# The turns before one that names a lone day, which thousands may do.
@lru_cache(maxsize=64)
def spoken_of_in(text: str, call_date: dt.date | None) -> SpokenOf:
    """The months and the dates that `text` speaks of, as `find_times` finds them."""
    spoken_of = SpokenOf()
    for when in find_times(text, call_date):
        spoken_of.add(when)
    return spoken_of


# A month that was spoken of lends itself to a day only if it is this many days away at most.
_SOON = 183


def in_month(day: When, month: When) -> When:
    """The day of the month in the month that was spoken of: "end of March. When is it, the 29th?"."""
    if day.begin is None or month.finish is None:
        return day
    try:
        date = month.finish.replace(day=day.begin.day)
    except ValueError:
        return day
    if abs((date - day.begin).days) > _SOON:
        return day
    return replace(day, begin=date, finish=date, day_only=False)
