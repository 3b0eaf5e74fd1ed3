"""Amounts of money in what people say: figures and words, ranges, bounds, currencies and periods."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from extractor.parsing.counts import is_counted, is_nominal
from extractor.parsing.currency import Mention, find_currencies
from extractor.parsing.moneywords import (
    APPROXIMATE,
    APPROXIMATE_AFTER,
    ATTACHED_PERIOD,
    BETWEEN,
    FIGURE_COUNT,
    FIGURE_SHARES,
    FIGURE_WORDS,
    JOIN,
    MAX,
    MAX_AFTER,
    MAY_BOUND,
    MAY_REJECT,
    MIN,
    MIN_AFTER,
    PER_UNIT,
    PER_YEAR,
    REJECTED,
    REJECTED_AFTER,
    UNDECIDED,
    UNIT_GAP,
    ZERO,
    ZERO_WORDS,
    Period,
)
from extractor.parsing.numbers import Number, find_numbers
from extractor.parsing.numberwords import has_hundreds, has_number, has_ten_thousands
from extractor.parsing.places import Places
from extractor.parsing.spans import calm, plain, plain_words
from extractor.patterns import regex


@dataclass(frozen=True)
class Amount:
    """Money named in `text[start:end]`, per `period` where one was said.

    `min` and `max` are equal for a single figure, and one is None where only a bound was named. `currency` is
    an ISO code, None where none was said; an amount a quarter or a week is turned into one a year. `bare`
    says that neither a currency nor a scale was named, so that "seventy" may be 70 or 70,000. `other` is a
    second reading of a spoken short form ("two fifty" is 250 or 2.5). `per_unit` says that it is the price of
    one seat, site or the like. `rejected` says that the speaker turns the figure down ("I can't do fifty").
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

    @cached_property
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


def _zeros(text: str) -> list[Amount]:
    """Where a speaker says that there is no money at all; not where it is merely undecided."""
    found: list[Amount] = []
    if plain_words(text).isdisjoint(ZERO_WORDS):
        return found
    marks = [-1, *(m.start() for m in _MARK.finditer(text)), len(text)]
    undecided: dict[tuple[int, int], bool] = {}
    for m in ZERO.finditer(text):
        sentence = marks[bisect_left(marks, m.start()) - 1] + 1, marks[bisect_left(marks, m.end())]
        if sentence not in undecided:
            undecided[sentence] = UNDECIDED.search(text, *sentence) is not None
        if not undecided[sentence]:
            found.append(Amount(m.start() + len(m[0]) - len(m[0].lstrip(" .,!?")), m.end(), 0.0, 0.0))
    return found


# Words of amounts that have no number.
_NO_NUMBERS = ZERO_WORDS | {"figure", "figures"}
_GRAND = regex(r"grand$", re.IGNORECASE)
_MARK = regex(r"[.?!]")
_CLAUSE_END = regex(r"[;?!]|\.(?!\d)")
# Letters between the ends of a range, or between a number and its currency, at most.
_GAP = 40


def _figure_counts(text: str) -> list[Amount]:
    """Amounts told by their number of figures: "low six figures" is 100,000 to 300,000."""
    found: list[Amount] = []
    if plain_words(text).isdisjoint(("figure", "figures")):
        return found
    for m in FIGURE_COUNT.finditer(text):
        low, high = FIGURE_SHARES[(m["part"] or "").lower()]
        unit = float(10 ** (3 + FIGURE_WORDS.index(m["count"].lower()) % 4))
        found.append(Amount(m.start(), m.end(), low * unit, high * unit, approximate=True))
    return found


_NOT = regex(r"\bnot (?:in )?$", re.IGNORECASE)
_INDIAN = regex(r"\b(?:la(?:kh|c)|crore)s?\b", re.IGNORECASE)


def _scaled_to(number: Number, other: Number) -> float:
    """The value of `number` where the scale was said only at the `other` end of the range."""
    if number.thousands or not (other.thousands or other.scale > number.scale):
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
        self.starts = [c.start for c in self.currencies]
        written = [c for c in self.currencies if c.sign or text[c.start : c.end] in (c.code, "Rs", "Rs.")]
        self.written = {c.end: c for c in reversed(written)}
        self.numbers = [n for n in find_numbers(text) if n.form != "ordinal"]

    def before(self, start: int, reach: int = 60) -> str:
        """What is said before `start` in the same sentence."""
        left = self.text[max(0, start - reach) : start]
        return _CLAUSE_END.split(left)[-1]

    def sign(self, n: Number) -> Mention | None:
        """The currency that is written right before a figure."""
        apart = self.written.get(n.start - 1) if self.text[max(0, n.start - 1)].isspace() else None
        return apart or self.written.get(n.start)

    def unit(self, n: Number) -> Mention | None:
        """The currency that is named right after a number."""
        near = slice(bisect_left(self.starts, n.end), bisect_right(self.starts, n.end + _GAP))
        units = (c for c in self.currencies[near] if UNIT_GAP.fullmatch(self.text, n.end, c.start))
        return next(units, None)

    def is_money(self, n: Number) -> bool:
        """Whether a number can be money; whether it is, where it is bare, is for the caller to decide."""
        if self.sign(n) or self.unit(n):
            return True
        if _GRAND.search(self.text[n.start : n.end]):
            return True
        return not is_counted(self.text, n) and not is_nominal(self.text, n)

    def joins(self, a: Number, b: Number) -> bool:
        """Whether two numbers are the ends of one range."""
        gap_start = (unit.end if (unit := self.unit(a)) and unit.end <= b.start else a.end)
        gap_end = sign.start if (sign := self.sign(b)) and sign.start >= gap_start else b.start
        if not 0 <= gap_end - gap_start <= _GAP or not (m := JOIN.fullmatch(self.text[gap_start:gap_end])):
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
        between = bool(BETWEEN.search(self.before(a.start)))
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
            rejected=self.is_rejected(start, end),
        )  # fmt: skip
        return self.timed(self.bounded(found) if low == high else found)

    def is_rejected(self, start: int, end: int) -> bool:
        left = self.before(start)
        before = MAY_REJECT.search(plain(left)) and REJECTED.search(left)
        return bool(before or REJECTED_AFTER.match(self.text, end))

    def is_approximate(self, start: int, end: int) -> bool:
        left, right = APPROXIMATE.search(self.before(start)), APPROXIMATE_AFTER.match(self.text, end)
        return bool(left or right)

    def bounded(self, a: Amount) -> Amount:
        """The amount with one end open where only a bound was named."""
        left = self.before(a.start)
        if not MAY_BOUND.search(plain(left)):
            left = ""
        tail = APPROXIMATE_AFTER.match(self.text, a.end)
        end = tail.end() if tail else a.end
        if MAX.search(left) or MAX_AFTER.match(self.text, end):
            return replace(a, min=None)
        if MIN.search(left) or MIN_AFTER.match(self.text, end):
            return replace(a, max=None)
        return a

    def timed(self, a: Amount) -> Amount:
        """The amount with its period and whether it is a price per unit."""
        tail = APPROXIMATE_AFTER.match(self.text, a.end) or MAX_AFTER.match(self.text, a.end)
        end = tail.end() if tail else a.end
        if per_unit := PER_UNIT.match(self.text, end):
            a, end = replace(a, per_unit=True, end=per_unit.end()), per_unit.end()
        m = ATTACHED_PERIOD.match(self.text, end)
        if not m:
            return a
        a = replace(a, end=m.end())
        unit = (m["unit"] or ("quarter" if m["quarter"] else "")).lower().rstrip("s")
        if unit in PER_YEAR:
            return replace(a.times(PER_YEAR[unit]), period="year")
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
        """The currency said nearest to an amount that has none of its own: "forty thousand, that's euro".

        Who counts in lakhs and names no currency counts rupees.
        """
        after = bisect_left(self.starts, a.end)
        following = [c for c in self.currencies[after : after + 1] if not _NOT.search(self.before(c.start))]
        near = following or self.currencies[max(0, after - 1) : after] or self.currencies[-1:]
        if near:
            return near[0].code
        return "INR" if _INDIAN.search(self.text, a.start, a.end) else None


def may_name_hundreds(text: str) -> bool:
    """Whether a text may name an amount that is, as said, 100 or more, or has a currency."""
    return has_hundreds(text) or _counts_figures(text) or bool(find_currencies(text))


def may_name_ten_thousands(text: str) -> bool:
    """Whether a text may name an amount that is, as said, 10,000 or more."""
    return has_ten_thousands(text) or _counts_figures(text)


def _counts_figures(text: str) -> bool:
    return not plain_words(text).isdisjoint(("figure", "figures"))


# Holds the turns of a long call: each of its amounts is weighed against what else its turn names.
@lru_cache(maxsize=4_096)
def find_amounts(text: str, dollar: str = "USD") -> tuple[Amount, ...]:
    """Every amount of money that `text` names, in order.

    Args:
        text: what was said, best the whole turn: a currency or a period may be named after the figure.
        dollar: ISO code of a dollar of which nothing more is said.

    Returns:
        amounts, none overlapping another; not percentages, years, dates, times of day, counts of things,
        versions, phone numbers or names that contain a number.
    """
    text = calm(text)
    if not has_number(text) and plain_words(text).isdisjoint(_NO_NUMBERS):
        return ()
    reader = _Reader(text, dollar)
    plain = [*_zeros(text), *_figure_counts(text)]
    taken = Places(plain)
    plain += [a for a in reader.read() if not taken.within(a.start, a.end)]
    found = [a if a.currency else replace(a, currency=reader.nearest_currency(a)) for a in plain]
    # So many digits in a row that no number holds them are no money.
    return tuple(sorted((a for a in found if math.isfinite(a.middle)), key=lambda a: a.start))
