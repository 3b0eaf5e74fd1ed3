"""Numbers in English as people say and recognisers write them, with where they stand in the text.

Covers figures ("45k", "36.000", "12,50,000"), words ("a hundred and ten thousand", "half a million",
"one point two million"), mixtures ("1.2 mil") and spoken short forms ("two fifty", "forty seven two",
"one oh five", "mid fifties").
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Literal, NamedTuple

from extractor.parsing.numberwords import (
    CLINGING,
    CLOSERS,
    DECADES,
    ONES,
    ORDINAL_TAILS,
    PARTS,
    SCALES,
    SMALL_ORDINALS,
    TEENS,
    TENS,
    TENS_ORDINALS,
    VAGUE,
    Tokens,
    figure,
    has_number,
)


@dataclass(frozen=True)
class Number:
    """A number and where it stands: `text[start:end]`.

    `value` is what it most likely says, `other` a second reading of a spoken short form ("two fifty" is 250
    or 2.5). `upper` closes a decade ("the fifties" is 50 to 59). `scale` is the product of the scale words at
    its end (1 where none): "three hundred thousand" has 100,000, "110k" has 1,000. `thousands` says that the
    words or the suffix name thousands or more. `year` says that it reads as a calendar year, `vague` that it
    is no exact figure ("a couple of hundred").
    """

    start: int
    end: int
    value: float
    form: Literal["figures", "words", "ordinal"]
    other: float | None = None
    upper: float | None = None
    scale: float = 1.0
    thousands: bool = False
    year: bool = False
    vague: bool = False


class _Group(NamedTuple):
    """A number below a scale word; `scale` is 100 after "hundred", `after` the position after it."""

    value: float
    other: float | None
    scale: float
    after: int


@dataclass
class _Sum:
    """A number as it adds up; `lowest` is the last scale word's worth."""

    total: float = 0.0
    lowest: float = float("inf")
    other: float | None = None
    scale: float = 1.0


class _Scanner(Tokens):
    """Reads numbers off the tokens of one text; positions are indices of tokens."""

    # Of the row of digits that was last looked at.
    _row_end = 0

    def _next(self, i: int) -> str:
        return self.word(i) if self.joined(i) else ""

    def _goes_on(self, i: int, words: Container[str]) -> bool:
        """Whether one of these words at `i` follows the token before it."""
        return self.word(i) in words and self.joined(i)

    def small(self, i: int) -> tuple[int, int] | None:
        """A number below 100 in words at `i`: its value and the position after it."""
        w = self.word(i)
        if w in TENS:
            unit = 0 if self._is_once(i + 1) else ONES.get(self._next(i + 1), 0)
            return (TENS[w] + unit, i + 2) if unit else (TENS[w], i + 1)
        value = None if self._is_once(i) else ONES.get(w, TEENS.get(w))
        return None if value is None else (value, i + 1)

    def _is_once(self, i: int) -> bool:
        """Whether "one time" or "one off" stands at `i`: "a hundred and fifty one time" is not 151."""
        return self.word(i) == "one" and self._next(i + 1) in ("time", "off")

    def scale(self, i: int) -> float | None:
        """What the scale word at `i` multiplies by."""
        w = self.word(i)
        if w in SCALES:
            return SCALES[w] if self.joined(i) else None
        return CLINGING.get(w) if self.clings(i) and self.is_figure(i - 1) else None

    def decimals(self, i: int) -> tuple[float, int] | None:
        """The fraction after a spoken point (or comma) at `i`: "point two five"."""
        if not self._goes_on(i, ("point", "comma")):
            return None
        digits = ""
        i += 1
        while self._goes_on(i, ONES) or self._goes_on(i, ("oh",)):
            digits += str(ONES.get(self.word(i), 0))
            i += 1
        return (float("0." + digits), i) if digits else None

    def part(self, i: int) -> tuple[float, int] | None:
        """A half, a quarter or a vague count before a scale word: "half a", "quarter of a", "couple of"."""
        start = i + 1 if self.word(i) in ("a", "an") and self.joined(i + 1) else i
        share = 1.0
        small = self.small(start)
        if start == i and small and self._next(small[1]) == "quarters":
            share, start = small[0] * 0.25, small[1]
        elif self.word(start) in PARTS:
            share = PARTS[self.word(start)]
        elif self.word(start) in VAGUE:
            share = VAGUE[self.word(start)]
        else:
            return None
        i = start + 1
        while self._goes_on(i, ("of", "a")):
            i += 1
        return (share, i) if self._next(i) == "hundred" or self.scale(i) else None

    def and_part(self, i: int) -> tuple[float, int]:
        """The share that "and a half" or "and a quarter" at `i` adds, 0 where it isn't there."""
        if self._goes_on(i, ("and",)) and self._next(i + 1) == "a" and self._next(i + 2) in PARTS:
            return PARTS[self.word(i + 2)], i + 3
        return 0.0, i

    def short_form(self, value: int, i: int) -> tuple[float, float | None, int] | None:
        """A spoken short form that goes on at `i`: "two | fifty", "forty seven | two", "one | oh five".

        Returns:
            the value, its second reading and the position after it, or None for an ordinary number.
        """
        if not self.joined(i) or value == 0:
            return None
        if hundreds := self.hundreds_after(value, i):
            return value * 1000 + hundreds, None, i + 2
        if self.word(i) in ("oh", "o") and self._next(i + 1) in ONES and self.word(i + 1) != "zero":
            return value * 100.0 + ONES[self.word(i + 1)], value + ONES[self.word(i + 1)] / 100, i + 2
        follows = self.small(i)
        if follows is None or follows[0] == 0:
            return None
        second, after = follows
        if second < 10:
            told = value > 10 and value % 10 and (value, second) != (24, 7) and self._ends(after)
            return (value + second / 10, None, after) if told else None
        if self._is_span(value, second, after):
            return None
        return value * 100.0 + second, value + second / 100, after

    def hundreds_after(self, value: int, i: int) -> float:
        """What goes beyond so many thousands where "thousand" is left out: "sixty-two | five hundred"."""
        follow = value > 10 and self._next(i + 1) == "hundred" and not self.scale(i + 2)
        return ONES.get(self._next(i), 0) * 100.0 if follow else 0.0

    def _is_span(self, first: int, second: int, after: int) -> bool:
        """Whether two small numbers in a row are a range ("fifty sixty thousand") and not one number."""
        if first in (19, 20):
            return False
        if second == first + 1:
            return True
        if first >= 20:
            even = first % 10 == 0 and second <= 1.6 * first
            return second > first and (even or (first % 5 == 0 and second - first <= 10))
        return first < second <= 2 * first and self.scale(after) is not None

    def group(self, i: int) -> _Group | None:
        """The number below a scale word that starts at `i`."""
        word = self.words[i]
        other: float | None = None
        if self.is_figure(i):
            value, i = figure(word), i + 1
        elif part := self.part(i):
            value, i = part
        elif word in ("a", "an") and (self._next(i + 1) == "hundred" or self.scale(i + 1)):
            value, i = 1.0, i + 1
        elif word == "hundred":
            value = 1.0
        elif (small := self.small(i)) is not None:
            value, i = float(small[0]), small[1]
            if point := self.decimals(i):
                value, i = value + point[0], point[1]
            elif short := self.short_form(small[0], i):
                value, other, i = short
        else:
            return None
        if self.word(i) != "hundred" or not (self.joined(i) or word == "hundred") or value >= 100:
            share, i = self.and_part(i)
            return _Group(value + share, other, 1.0, i)
        value, i = value * 100, i + 1
        rest = i + 1 if self._goes_on(i, ("and",)) and self.joined(i + 1) else i
        small = self.small(rest) if self.joined(rest) else None
        # "between eight hundred and nine hundred thousand" are two numbers.
        if small and small[0] and self._next(small[1]) != "hundred":
            return _Group(value + small[0], None, 1.0, small[1])
        share, i = self.and_part(i)
        return _Group(value + share * 100, None, 100.0, i)

    def digits(self, i: int) -> tuple[Number, int] | None:
        """Three to six digits spelled out one by one at `i`: "two one two"."""
        after = self._after_digits(i)
        if after - i < 3 or self.scale(after) or self._next(after) in ("hundred", "point"):
            return None
        told = "".join(str(ONES[self.word(j)]) for j in range(i, min(after, i + 7)))
        value = float(told) if len(told) <= 6 and told[0] != "0" else 0.0
        # "One-four-zero" may leave out "thousand", as "one forty" may.
        other = value / 100 if len(told) == 3 and value else None
        return Number(self.spans[i][0], self.spans[after - 1][1], value, "words", other), after

    def _after_digits(self, i: int) -> int:
        """Where the digits in a row end that begin at `i`, or before it: a row is gone through once."""
        if i >= self._row_end:
            first = i
            while self.word(i) in ONES and (i == first or self.joined(i)):
                i += 1
            self._row_end = i
        return self._row_end

    def cardinal(self, i: int) -> tuple[Number, int] | None:
        """The longest number that starts at token `i`, and the position after it."""
        first, end, told = i, i, _Sum()
        while (group := self.group(i)) is not None:
            unit = self.scale(group.after)
            after = self._rest(told, i, group) if unit is None else self._scaled(told, group, unit)
            if after is None:
                break
            i = end = after
            if unit is None or not self.joined(i):
                break
            if self._next(i) == "and" and self.joined(i + 1) and self._may_go_on(i + 1, told):
                i += 1
        if end == first:
            return None
        form: Literal["figures", "words"] = "figures" if self.is_figure(first) else "words"
        number = Number(
            self.spans[first][0], self.spans[end - 1][1], told.total, form,
            told.other, scale=told.scale, thousands=told.lowest < float("inf"),
            year=self._is_year(first, end, told),
            vague=any(self.word(j) in VAGUE for j in range(first, end)),
        )  # fmt: skip
        return number, end

    def _scaled(self, told: _Sum, group: _Group, unit: float) -> int | None:
        """Add a group with its scale word ("a hundred and ten | thousand"): the position after it."""
        if unit >= told.lowest:
            return None
        i = group.after + 1
        if SCALES.get(self._next(i), 0) > unit:  # "two lakh crore"
            unit, i = unit * SCALES[self.word(i)], i + 1
        share, i = self.and_part(i)
        if not told.total:
            told.scale = group.scale * unit
            told.other = None if group.other is None else group.other * unit
        else:
            told.scale, told.other = unit, None
        told.total += (group.value + share) * unit
        told.lowest = unit
        return i

    def _rest(self, told: _Sum, i: int, group: _Group) -> int | None:
        """Add what has no scale word, alone or after one ("forty-seven thousand | two hundred")."""
        value = group.value
        if not told.total:
            told.total, told.other, told.scale = value, group.other, group.scale
            return group.after
        if value >= told.lowest or self.is_figure(i) or not self.joined(i) or value != int(value):
            return None
        digit = group.after == i + 1 and value < 10 and self.word(i - 1) != "and"
        if digit and told.total != 2000:
            if not self._ends(group.after):
                return None
            value *= told.lowest / 10  # "forty-two thousand five" is 42,500
        told.total, told.other, told.scale = told.total + value, None, 1.0
        return group.after

    def _may_go_on(self, i: int, told: _Sum) -> bool:
        """Whether "and" after a scale word joins what follows: not in "thirty thousand and eighteen"."""
        group = self.group(i)
        if group is None or group.value >= told.lowest:
            return False
        return group.value >= 100 or told.total < 10_000 or self.scale(group.after) is not None

    def _ends(self, i: int) -> bool:
        """Whether what stands at `i` can't be a noun that the number before it counts."""
        return not self.joined(i) or self.word(i) in CLOSERS or self.word(i) in SCALES

    def _is_year(self, first: int, after: int, told: _Sum) -> bool:
        year = told.total
        if not 1900 < year <= 2059 or year != int(year) or year == 2000:
            return False
        scaled = told.lowest < float("inf")
        if self.is_figure(first):
            return not scaled and len(self.words[first]) == 4
        return year > 2000 if scaled else after - first >= 2

    def decade(self, i: int) -> tuple[Number, int] | None:
        """A decade at `i`: "the fifties", "low sixties", "one-sixties"."""
        offset, first = 0, i
        value = DECADES.get(self.word(i))
        if value is None and self.word(i) in ONES and self._goes_on(i + 1, DECADES):
            offset, i = ONES[self.word(i)] * 100, i + 1
            value = DECADES[self.word(i)]
        if value is None:
            return None
        before = self.word(first - 1) if first and self.joined(first) else ""
        low, high = {"low": (0, 3), "mid": (4, 6), "high": (7, 9), "upper": (7, 9)}.get(before, (0, 9))
        start = self.spans[first][0]
        base = float(offset + value)
        unit = self.scale(i + 1) or 1.0
        i = i + 2 if unit > 1 else i + 1
        return Number(
            start, self.spans[i - 1][1], (base + low) * unit, "words", upper=(base + high) * unit,
            scale=unit, thousands=unit > 1, vague=True,
        ), i  # fmt: skip

    def ordinal(self, i: int) -> tuple[Number, int] | None:
        """An ordinal at `i`: "the twenty-seventh", "15th"."""
        w, after = self.word(i), i + 1
        if self.is_figure(i):
            has_tail = self._next(after) in ORDINAL_TAILS and self.clings(after)
            if not has_tail or not w.isdecimal():
                return None
            value, after = int(w), after + 1
        elif w in TENS and 0 < SMALL_ORDINALS.get(self._next(after), 0) < 10:
            value, after = TENS[w] + SMALL_ORDINALS[self.word(after)], after + 1
        elif w in SMALL_ORDINALS or w in TENS_ORDINALS:
            value = SMALL_ORDINALS.get(w) or TENS_ORDINALS[w]
        else:
            return None
        return Number(self.spans[i][0], self.spans[after - 1][1], float(value), "ordinal"), after


def find_numbers(text: str) -> list[Number]:
    """Every number in `text`, in order, none overlapping another."""
    if not has_number(text):
        return []
    scanner = _Scanner(text)
    found: list[Number] = []
    after = 0
    for i in scanner.beginnings():
        if i < after:
            continue
        read = scanner.ordinal(i) or scanner.decade(i) or scanner.digits(i) or scanner.cardinal(i)
        if read is not None:
            number, after = read
            found.append(number)
    return found
