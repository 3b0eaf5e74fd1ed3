"""Amounts of money in what people say: figures and words, ranges, bounds, currencies and periods."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from extractor.parsing.counts import is_counted, is_nominal
from extractor.parsing.currency import Mention, find_currencies
from extractor.parsing.numbers import Number, find_numbers

Period = Literal["one_time", "year", "month"]


@dataclass(frozen=True)
class Amount:
    """Money named in `text[start:end]`, per `period` where one was said.

    `min` and `max` are equal for a single figure, and one is None where only a bound was named. `currency` is
    an ISO code, None where none was said; an amount a quarter or a week is turned into one a year. `bare` says
    that neither a currency nor a scale was named, so that "seventy" may be 70 or 70,000. `other` is a second
    reading of a spoken short form ("two fifty" is 250 or 2.5). `per_unit` says that it is the price of one
    seat, site or the like. `rejected` says that the speaker turns the figure down ("I can't do fifty-two").
    """

    start: int
    end: int
    min: float | None
    max: float | None
    currency: str | None = None
    period: Period | None = None
    bare: bool = False
    approximate: bool = False
    other: float | None = None
    per_unit: bool = False
    rejected: bool = False

    @property
    def middle(self) -> float:
        """The midpoint of a range, the sole bound of an open one."""
        known = [x for x in (self.min, self.max) if x is not None]
        return sum(known) / len(known)

    def times(self, factor: float) -> Amount:
        """The same amount with its figures multiplied."""
        return replace(
            self,
            min=None if self.min is None else self.min * factor,
            max=None if self.max is None else self.max * factor,
        )


_FILL = (
    r"(?:\s|,|about|around|roughly|approximately|circa|like|the|a|an|maybe|perhaps|say|that|some|something|somewhere|"
    r"say|uh|um|er|erm|em|eh|you know|probably|nearly|almost|only|just|well|just|of|at|it|is|it's|in)*"
)
_NOT = r"(?:not|never|no|cannot|nothing|nobody|without|(?:ca|wo|do|does|did|would|could|should|is|are|ai)n?['’]?n?['’]?t)"
_MAX = re.compile(
    rf"(?:{_NOT}(?:\s[\w'’]+){{0,5}}?\s(?:over|above|past|beyond|more than|exceed(?:ing)?|north of|higher than|"
    r"upwards? of|outside)|"
    r"(?:under|below|beneath|less than|up to|as (?:much|high|far) as|at (?:the )?(?:very )?most|max(?:imum)?|inside|within"
    r"|cap(?:ped)?|ceiling|limit|tops?|hard stop|stay(?:s|ing)? (?:under|below))(?:['’]s| is| was| of| at| it at)?)"
    rf"{_FILL}$",
    re.IGNORECASE,
)
_MIN = re.compile(
    r"(?:at least|at the least|minimum(?: of)?|more than|over|above|north of|upwards? of|no less than|not less than|"
    rf"in excess of|better than|exceeding){_FILL}$",
    re.IGNORECASE,
)
_MAX_AFTER = re.compile(
    r",?\s*(?:(?:all in|total|a year|a month|for (?:this|the) year)\s*,?\s*)?(?:is |['’]s )?(?:(?:the|my|our|your|an? absolute|absolute)\s+)?"
    r"(?:max(?:imum)?\b|tops\b|at (?:the )?(?:very )?(?:most|outside)\b|or (?:less|under|below)\b|ceiling\b|limit\b|cap\b|"
    r"hard stop\b|and (?:not|no)t? (?:a |one )?(?:\w+ )?more\b|is as (?:far|high|much) as)",
    re.IGNORECASE,
)
_MIN_AFTER = re.compile(
    r"\s*(?:\+|-?\s?plus\b(?!\s+\w)|or (?:more|over|above|so more)\b|and (?:up|above|over)\b|(?:at )?minimum\b|at least\b)",
    re.IGNORECASE,
)
_APPROXIMATE = re.compile(
    r"\b(?:about|around|roughly|approximately|circa|ca\.?|ballpark|maybe|perhaps|nearly|almost|close to|near(?:er)?|call it|"
    r"say|something like|somewhere|in the (?:region|neighbou?rhood|order) of|give or take)\b[\w\s,'’]{0,12}$",
    re.IGNORECASE,
)
_APPROXIMATE_AFTER = re.compile(r"\s?-?\s?(?:ish\b|odd\b|or so\b|give or take|or thereabouts|something\b|and change)", re.IGNORECASE)
_REJECTED = re.compile(
    r"(?:\b(?:can['’]?t|cannot|can not|couldn['’]?t|won['’]?t|wouldn['’]?t|will not|am not|not going to|no way|not gonna)\s+"
    r"(?:[\w'’]+\s+){0,2}?(?:do|doing|pay|paying|afford|swing|stretch to|touch|find|get to|justify|stomach|give you)\s+"
    rf"|\b(?:it['’]?s not|it isn['’]?t|not|isn['’]?t|instead of|rather than|don['’]?t say)\s+){_FILL}$",
    re.IGNORECASE,
)
_REJECTED_AFTER = re.compile(
    r",?\s*(?:(?:I|we)\s+(?:really |just )?(?:can['’]?t|cannot|couldn['’]?t|won['’]?t|can not)\s+(?:do|pay|go|stretch|find|justify)\b"
    r"|(?:['’]s|\s+is|\s+was)\s*(?:not\b|n['’]t|dead\b|gone\b|too (?:much|high|rich)|out of the question)|\s+(?:isn|wasn)['’]?t\b)",
    re.IGNORECASE,
)

_PER = r"(?:\s*(?:an?|per|each|every|the|/|p)\s*-?\s?)"
_ATTACHED_PERIOD = re.compile(
    rf"\s*,?\s*(?:all (?:in|up)\s*,?\s*)?(?:{_PER}(?P<unit>months?|mo|mth|years?|yr|annum|quarters?|qtr|weeks?|wk|days?)\b"
    r"|(?P<month>pcm\b|p\.?m\.?(?=\s|$)|monthly\b)|(?P<year>p\.a\.|pa\b|annually\b|yearly\b|annual\b)|(?P<quarter>quarterly\b)"
    r"|(?P<once>(?:as )?an? (?:one|1)[- ]?(?:time|off)|one[- ](?:time|off)|once[- ]?off|upfront|up front))",
    re.IGNORECASE,
)
_SAID_PERIOD: tuple[tuple[re.Pattern[str], Period], ...] = tuple(
    (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), period)
    for words, period in (
        (r"(?:one|1|once)[- ]?(?:time|off)|once and done|single payment|up[- ]?front", "one_time"),
        (r"per month|monthly|(?:a|each|every) month(?! (?:ago|from|or so|out|to))", "month"),
        (r"per (?:year|annum)|annual(?:ly)?|yearly|(?:a|each|every) year(?! (?:ago|from|or so|out|to))|(?:this|the|next|first|"
         r"new|coming|business|fiscal|financial|calendar|budget|year's) year|year one|(?:this|next|the) year['’]?s|"
         r"(?:this|next) fy|fy ?\d\d|for (?:20\d\d|twenty twenty[- ]\w+)", "year"),
    )
)  # fmt: skip
_PER_YEAR = {"quarter": 4, "qtr": 4, "week": 52, "wk": 52, "day": 365}
_UNIT_NOUNS = (
    r"seats?|users?|heads?|persons?|people|licen[cs]es?|sites?|tills?|trucks?|vehicles?|vans?|cars?|agents?|employees?|staff|"
    r"devices?|locations?|stores?|shops?|branch(?:es)?|beds?|students?|mechanics?|drivers?|machines?|tickets?|calls?|"
    r"hours?|loads?|units?|pieces?|pallets?|orders?|rooms?|covers?|transactions?|invoices?|pop|minutes?|nights?"
)
_PER_UNIT = re.compile(
    rf"\s*(?:(?:(?:per|each|every)\s+|/\s*)(?!annum|year|yr|month|mo\b|quarter|week|day|two|three|four|few|other)[a-z]+|an?\s+(?:{_UNIT_NOUNS})\b|apiece\b|each\b)",
    re.IGNORECASE,
)
_JOIN = re.compile(
    r"\s*(?P<to>(?:,\s*)?(?:to|up to|through|till|[-–—])|,?\s*(?:and |I |we |or )*(?:could|can|might|maybe)?\s*"
    r"(?:stretch(?:ed|ing)?|push(?:ed|ing)?|going|go)(?: it)? (?:up )?to|,?\s*(?:at a push|at a stretch))"
    r"(?:\s|,|maybe|about|around|a|the|like|say|uh|um|probably)*|\s*(?P<and>and)(?:\s|maybe|about|uh|um)*"
    r"|\s*(?P<or>,?\s*or|,|)(?:\s|,|maybe|perhaps|even|possibly|call it|say|uh|um|a)*",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\b(?:between|from|betwixt|anywhere)\b[\s\w,'’$£€]{0,24}$", re.IGNORECASE)

_MONEY = r"(?:budgets?|money|funds?|funding|cash)"
_UNDECIDED = re.compile(
    r"\b(?:yet|until|till|not sure|haven['’]?t (?:set|decided|got)|decided?|in mind|to be (?:set|confirmed|decided))\b",
    re.IGNORECASE,
)
_COIN = r"(?:cents?|penn(?:y|ies)|dimes?|nickels?|dollars?|euros?|pounds?|rands?|rupees?|bucks?|quid|shillings?|francs?|bean)"
_ZERO = re.compile(
    rf"\b(?:(?:no|zero|nil) (?:extra |spare |actual |real )?{_MONEY}\b(?! (?:holder|owner|number|figure|range|line|cycle|"
    r"set|been|has|constraints?|caps?|limits?|authority|issues?|problems?|round|talk|conversation|approved|allocated|signed|"
    r"meeting|sheet|season|process|request|approval|for (?!this|it\b|that|any|your?\b|us\b|software|new\b)))"
    rf"|(?:n['’]?t|not) (?:have|got|have got) any (?:extra |spare )?{_MONEY}\b"
    rf"|(?:not|n['’]?t (?:have|got|spend|have got)) (?:a|one) (?:single |red )?{_COIN}\b(?! (?:more|over|less|extra|above|under|sooner))"
    rf"|(?:zero|no|nil) {_COIN}\b"
    rf"|(?:budget|{_MONEY})(?: (?:for|on) (?:this|it|that))?(?:['’]?s| is| was| stands at) (?:actually |exactly |literally )?"
    r"(?:zero|nil|nothing|nought)\b"
    r"|nothing (?:is |['’]s )?(?:budgeted|set aside|put aside|allocated|earmarked|to spend|in the (?:budget|pot|kitty))\b"
    r"|(?:have|['’]ve|got|it['’]?s|is) (?:got |absolutely |precisely )?(?:nothing|zero|nil|nought)(?: to spend)? (?:for|on) (?:this|it|that)\b"
    r"|(?:actually|absolutely|exactly|literally|like|it['’]?s|is) (?:zero|nil|nought)(?=\s*(?:[.,;!?]|$|yeah|sorry|for))"
    r"|(?:^|[.!?,]\s+)(?:zero|nil)(?=\s*(?:[.!]|$)))",
    re.IGNORECASE,
)

_FIGURE_WORDS = ["four", "five", "six", "seven", "4", "5", "6", "7"]
_FIGURE_SHARES = {"": (1, 10), "low": (1, 3), "mid": (4, 6), "middle": (4, 6), "high": (7, 10), "upper": (7, 10)}
_FIGURE_COUNT = re.compile(
    r"\b(?:(?P<part>low|mid|middle|high|upper)[- ])?(?P<count>four|five|six|seven|[4-7])[- ]figures?\b", re.IGNORECASE
)


def _zeros(text: str) -> list[Amount]:
    """Where a speaker says that there is no money at all; not where it is merely undecided."""
    found = []
    for m in _ZERO.finditer(text):
        end = min((i for c in ".?!" if (i := text.find(c, m.end())) >= 0), default=len(text))
        start = max(text.rfind(c, 0, m.start()) for c in ".?!") + 1
        if not _UNDECIDED.search(text, start, end):
            found.append(Amount(m.start() + len(m[0]) - len(m[0].lstrip(" .,!?")), m.end(), 0.0, 0.0))
    return found


def _figure_counts(text: str) -> list[Amount]:
    """Amounts told by their number of figures: "low six figures" is 100,000 to 300,000."""
    found = []
    for m in _FIGURE_COUNT.finditer(text):
        low, high = _FIGURE_SHARES[(m["part"] or "").lower()]
        unit = float(10 ** (3 + _FIGURE_WORDS.index(m["count"].lower()) % 4))
        found.append(Amount(m.start(), m.end(), low * unit, high * unit, approximate=True))
    return found


def _scaled_to(number: Number, other: Number) -> float:
    """The value of `number` where the scale was said only at the `other` end of the range."""
    if number.thousands or number.scale > 1 or not (other.thousands or other.scale > 1):
        return number.value
    thousand = 1e3 if other.thousands and other.scale != 1e5 else other.scale
    for scale in (other.scale, thousand, 1e3 if other.thousands else 1.0, 1.0):
        value, limit = number.value * scale, other.value
        first_is_less = number.start < other.start
        if (value < limit and limit <= value * 12) if first_is_less else (limit < value <= limit * 12):
            return value
    return number.value


class _Reader:
    def __init__(self, text: str, dollar: str) -> None:
        self.text = text
        self.currencies = find_currencies(text, dollar)
        self.numbers = [n for n in find_numbers(text) if n.form != "ordinal"]

    def before(self, start: int, reach: int = 60) -> str:
        """What is said before `start` in the same sentence."""
        left = self.text[max(0, start - reach) : start]
        return re.split(r"[;?!]|\.(?!\d)", left)[-1]

    def sign(self, n: Number) -> Mention | None:
        """The currency that is written right before a figure."""
        for c in self.currencies:
            gap = self.text[c.end : n.start] if c.end <= n.start else "?"
            written = c.sign or self.text[c.start : c.end] in (c.code, "Rs", "Rs.")
            if written and len(gap) <= 1 and not gap.strip():
                return c
        return None

    def unit(self, n: Number) -> Mention | None:
        """The currency that is named right after a number."""
        for c in self.currencies:
            if c.start >= n.end and re.fullmatch(
                r"(?:\s|-|,|odd|ish|so|or|of your|of our|plus|,? in|that['’]?s)*", self.text[n.end : c.start], re.IGNORECASE
            ):
                return c
        return None

    def is_money(self, n: Number) -> bool:
        """Whether a number can be money; whether it is, where it is bare, is for the caller to decide."""
        if self.sign(n) or self.unit(n):
            return True
        if re.search(r"grand$", self.text[n.start : n.end], re.IGNORECASE):
            return True
        return not is_counted(self.text, n) and not is_nominal(self.text, n)

    def joins(self, a: Number, b: Number) -> bool:
        """Whether two numbers are the ends of one range."""
        gap_start = (unit.end if (unit := self.unit(a)) and unit.end <= b.start else a.end)
        gap_end = sign.start if (sign := self.sign(b)) and sign.start >= gap_start else b.start
        if gap_end < gap_start or not (m := _JOIN.fullmatch(self.text[gap_start:gap_end])):
            return False
        low, high = _scaled_to(a, b), _scaled_to(b, a)
        if a.year or b.year or not low < high:
            return False
        if a.value * 1000 == b.value and m["or"] is not None:  # "ninety, ninety thousand"
            return not a.thousands
        if m["or"] == "" and max(low, high) < 10:
            return False
        if m["to"] is not None:
            return high <= low * 20
        between = bool(_BETWEEN.search(self.before(a.start)))
        if m["and"] is not None:
            return between
        return between or high <= low * 2

    def amount(self, ends: Sequence[Number]) -> Amount:
        """The amount that one number, or the two ends of a range, name."""
        first, last = ends[0], ends[-1]
        low = _scaled_to(first, last) if len(ends) > 1 else first.value
        if low * 1000 == last.value:
            low = last.value
        high = _scaled_to(last, first) if len(ends) > 1 else (last.upper or last.value)
        signs = [c for n in ends if (c := self.sign(n))]
        units = [c for n in ends if (c := self.unit(n))]
        start = min([first.start, *(c.start for c in signs)])
        end = max([last.end, *(c.end for c in units)])
        # "36k EUR" and "$5": a scale needs no currency, a small figure with a currency means what it says.
        named = bool(signs or units)
        bare = not named and not any(n.thousands for n in ends) and high < 1000
        found = Amount(
            start, end, low, high, (signs + units)[0].code if named else None, bare=bare,
            approximate=self.is_approximate(start, end) or any(n.vague for n in ends),
            other=first.other,
            rejected=bool(_REJECTED.search(self.before(start)) or _REJECTED_AFTER.match(self.text, end)),
        )  # fmt: skip
        return self.timed(self.bounded(found) if low == high else found)

    def is_approximate(self, start: int, end: int) -> bool:
        left, right = _APPROXIMATE.search(self.before(start)), _APPROXIMATE_AFTER.match(self.text, end)
        return bool(left or right)

    def bounded(self, a: Amount) -> Amount:
        """The amount with one end open where only a bound was named."""
        left = self.before(a.start)
        tail = _APPROXIMATE_AFTER.match(self.text, a.end)
        end = tail.end() if tail else a.end
        if _MAX.search(left) or _MAX_AFTER.match(self.text, end):
            return replace(a, min=None)
        if _MIN.search(left) or _MIN_AFTER.match(self.text, end):
            return replace(a, max=None)
        return a

    def timed(self, a: Amount) -> Amount:
        """The amount with its period and whether it is a price per unit."""
        tail = _APPROXIMATE_AFTER.match(self.text, a.end) or _MAX_AFTER.match(self.text, a.end)
        end = tail.end() if tail else a.end
        if per_unit := _PER_UNIT.match(self.text, end):
            a, end = replace(a, per_unit=True, end=per_unit.end()), per_unit.end()
        m = _ATTACHED_PERIOD.match(self.text, end)
        if not m:
            return a
        a = replace(a, end=m.end())
        unit = (m["unit"] or ("quarter" if m["quarter"] else "")).lower().rstrip("s")
        if unit in _PER_YEAR:
            return replace(a.times(_PER_YEAR[unit]), period="year")
        if m["once"]:
            return replace(a, period="one_time")
        return replace(a, period="month" if m["month"] or unit.startswith("m") else "year")

    def read(self) -> list[Amount]:
        """All amounts, without what the whole text says of their currency and period."""
        found: list[Amount] = []
        i = 0
        while i < len(self.numbers):
            here = self.numbers[i]
            pair = self.numbers[i : i + 2]
            if len(pair) == 2 and self.joins(*pair):
                if self.is_money(pair[1]) and not is_nominal(self.text, here):
                    found.append(self.amount(pair))
                i += 2
                continue
            if here.value and self.is_money(here):
                found.append(self.amount([here]))
            i += 1
        return found

    def nearest_currency(self, a: Amount) -> str | None:
        """The currency said nearest to an amount that has none of its own: "thirty-six thousand, that's euro"."""
        near = min(
            self.currencies, key=lambda c: (c.start < a.end, abs(c.start - a.end)), default=None
        )
        return near.code if near else None


def said_period(text: str) -> Period | None:
    """The period that a text speaks of ("for this year", "monthly"), wherever in it."""
    return next((period for pattern, period in _SAID_PERIOD if pattern.search(text)), None)


def find_amounts(text: str, dollar: str = "USD") -> list[Amount]:
    """Every amount of money that `text` names, in order.

    Args:
        text: what was said, best the whole turn: a currency or a period may be named after the figure.
        dollar: ISO code of a dollar of which nothing more is said.

    Returns:
        amounts, none overlapping another; not percentages, years, dates, times of day, counts of things,
        versions, phone numbers or names that contain a number.
    """
    reader = _Reader(text, dollar)
    plain = [*_zeros(text), *_figure_counts(text)]
    for a in reader.read():
        if all(a.end <= b.start or a.start >= b.end for b in plain):
            plain.append(a)
    found = [a if a.currency else replace(a, currency=reader.nearest_currency(a)) for a in plain]
    return sorted(found, key=lambda a: a.start)
