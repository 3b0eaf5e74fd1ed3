"""Amounts of money: read from the buyer's words by code, placed in one of the form's bands."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from statistics import median
from typing import Any, ClassVar, Literal

from pydantic import Field as Setting

from extractor.form import Field, Form
from extractor.kinds.base import Answer, Finding, Kind, Reading, joined
from extractor.kinds.widening import holding, pieces, touching
from extractor.parsing.amounts import Amount, find_amounts, may_name_hundreds, may_name_ten_thousands
from extractor.parsing.currency import DOLLARS, find_currencies
from extractor.parsing.moneywords import Period, may_tell_period, said_period
from extractor.parsing.places import Places
from extractor.parsing.spans import sentence_at
from extractor.patterns import regex
from extractor.record import Evidence
from extractor.transcript import Transcript, Turn

MONTHS = 12
# A model's figure is another one than the quote's where it is off by more than this factor.
_NEAR = 1.3
# Words that make a figure the buyer's own money, or another's or another kind, so many letters before it.
_WINDOW = 60
_HAVE = regex(
    r"\b(?:(?:I|we)(?:['’]ve|\s+have|\s+got|['’]d have)|i?ve|there['’]?s|budget(?:ed)?|approved|allocat\w+|"
    r"set aside|put aside|put towards|"
    r"earmark\w+|limit|can (?:spend|do|go)|sign(?:ed)? off|plan(?:ned)?|ceiling|cap|work with|up to|"
    r"go (?:past|over|above))\b",
    re.IGNORECASE,
)
_OTHERS = regex(
    r"\b(?:list|quote[ds]?|price[ds]?|pric(?:ey|ing)|charg\w+|paid|pay(?:s|ing)?|cost\w*|last year|used to|"
    r"was|were|customer|competitor|"
    r"proposal|invoice|revenue|turnover|lost|losing|sav(?:ed|es|ing)|anything (?:over|above|past|under))\b",
    re.IGNORECASE,
)
_IS = regex(r"\b(?:it['’]?s|is|be|that['’]?s)\s+(?:about|around|like|only|just|really|"
                 r"at)?\s*$", re.IGNORECASE)
# Lesser amounts are small change, which tells nothing of what the call is about.
_LEAST = 100
# By so many powers of ten the sizes of a call's other amounts must speak for plain hundreds.
_RATHER_THOUSANDS = 0.5
_AGREES = regex(
    r"\b(?:yes|yeah|yep|yup|right|exactly|correct|fits?|deal|fine|ok(?:ay)?|sure|works|agreed|spot on|"
    r"m+[- ]?hm+|that['’]s it|ja|aye)\b",
    re.IGNORECASE,
)


class MoneyAnswer(Answer):
    """An amount as the model understood it. It only tells which of several amounts in the quotes is meant."""

    amount_min: float | None = None
    amount_max: float | None = None
    currency: str | None = Setting(default=None, description="ISO code")
    period: Literal["one_time", "year", "month"] | None = None


class FigureAnswer(MoneyAnswer):
    """Which of the figures said is meant, by code: whether thousands are meant nobody has told."""


@dataclass(frozen=True)
class _Named:
    """An amount of a turn's text."""

    amount: Amount
    text: str

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.amount.start

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.amount.end

    @cached_property
    def weight(self) -> int:
        """How likely it is the buyer's budget, by the words before it; a bare digit is rather a count."""
        left = self.text[max(0, self.start - _WINDOW) : self.start].rpartition(". ")[2]
        have, others = (max((m.end() for m in p.finditer(left)), default=-1) for p in (_HAVE, _OTHERS))
        own = (have > others) - (others > have)
        count = self.amount.bare and self.amount.middle < 10
        return 2 * own + (not self.amount.bare) + bool(_IS.search(left)) - 3 * count

    @cached_property
    def has_currency(self) -> bool:
        """Whether a currency belongs to its own words, and does not only stand somewhere in its turn."""
        return bool(find_currencies(self.text[self.start : self.end]))


@dataclass(frozen=True)
class _Found:
    """An amount, and the evidence for which it was found in its turn."""

    named: _Named
    evidence: Evidence

    @property
    def amount(self) -> Amount:
        """The amount."""
        return self.named.amount


Ends = frozenset[float]


class _Said:
    """What the amounts of a whole call, prices per unit left out, tell of any one of them.

    Each is found out when it is asked for: most amounts tell all of themselves.
    """

    def __init__(self, texts: Sequence[str], dollar: str) -> None:
        self._texts, self._dollar = texts, dollar

    def _amounts(self, texts: Iterable[str]) -> list[Amount]:
        return [a for text in texts for a in find_amounts(text, self._dollar) if not a.per_unit]

    @cached_property
    def _large(self) -> list[str]:
        """The turns that may name more than small figures."""
        return [text for text in self._texts if may_name_hundreds(text)]

    def period(self, ends: Ends) -> Period | None:
        """The period first said of a figure."""
        # Few turns name so much. Less may be meant by what is said of a day and counts 365 times, but who
        # says that names its period.
        large = min(ends, default=0.0) >= 10_000
        return (self._periods_of_large if large else self._periods).get(ends)

    @cached_property
    def _periods(self) -> Mapping[Ends, Period]:
        return self._periods_in(self._texts_of_periods)

    @cached_property
    def _periods_of_large(self) -> Mapping[Ends, Period]:
        return self._periods_in(filter(may_name_ten_thousands, self._texts_of_periods))

    @cached_property
    def _texts_of_periods(self) -> list[str]:
        return [text for text in self._texts if may_tell_period(text)]

    def _periods_in(self, texts: Iterable[str]) -> Mapping[Ends, Period]:
        amounts = self._amounts(texts)
        return {_ends(a): a.period for a in reversed(amounts) if a.period}

    def currency_of(self, ends: Ends) -> str | None:
        """The currency that a figure is mostly said to be in, where it is said more than once."""
        if len(self._named) < 2:
            return None
        most = self._currencies[ends].most_common(1) if ends in self._currencies else []
        return next((currency for currency, times in most if times > 1), None)

    @cached_property
    def _currencies(self) -> Mapping[Ends, Counter[str]]:
        named: defaultdict[Ends, Counter[str]] = defaultdict(Counter)
        for a in self._amounts(self._texts):
            if a.currency:
                named[_ends(a)][a.currency] += 1
        return named

    @cached_property
    def _scaled(self) -> list[Amount]:
        return [a for a in self._amounts(self._large) if not a.bare]

    @cached_property
    def scaled(self) -> frozenset[Ends]:
        """The figures said with a scale or a currency."""
        return frozenset(_ends(a) for a in self._scaled)

    @cached_property
    def plain(self) -> frozenset[Ends]:
        """Those of them that can't be read in another way."""
        return frozenset(_ends(a) for a in self._scaled if a.other is None)

    @cached_property
    def usual(self) -> float | None:
        """The logarithm of their usual size."""
        sizes = [math.log10(a.middle) for a in self._scaled if a.middle >= _LEAST]
        return median(sizes) if sizes else None

    @cached_property
    def currency(self) -> str | None:
        """The only currency that the call names, None where it names none or several."""
        return next(iter(self._named)) if len(self._named) == 1 else None

    @cached_property
    def _named(self) -> frozenset[str]:
        """The currencies that the call names."""
        return frozenset(c.code for text in self._texts for c in find_currencies(text, self._dollar))


class MoneyKind(Kind):
    """Money, per year where it recurs; the option is the band of its midpoint."""

    name: ClassVar[str] = "money"

    def check(self, field: Field) -> Iterator[str]:
        """Yield what is wrong with the field."""
        if not field.options:
            yield "a money field has options, each with min, max or both"
        for option in field.options:
            if option.min is None and option.max is None:
                yield f"option {option.id} of a money field has min, max or both"
            elif option.min is not None and option.max is not None and option.min >= option.max:
                yield f"option {option.id}: min is less than max"
        bands = sorted(field.options, key=lambda o: o.min or 0.0)
        for low, high in pairwise(bands):
            if low.max != high.min:
                yield f"options {low.id} and {high.id}: the max of one band is the min of the next"

    def answer_model(self, field: Field, form: Form) -> type[Answer]:
        """The amount, as far as the model understood it."""
        return MoneyAnswer

    def read(
        self, field: Field, form: Form, findings: Sequence[Finding], transcript: Transcript
    ) -> Reading | None:
        """Read the last finding's amount out of its quotes, or out of the sentence or turn around them."""
        finding = findings[-1]
        dollar = dollar_of(form)
        found = _amounts(finding.evidence, transcript, dollar)
        if not found:
            return None
        chosen = _choose(found, finding.answer)
        held = holding(transcript, chosen.evidence, chosen.named.start, chosen.named.end)
        others = [e for e in finding.evidence if not touching(e, held)]
        evidence = joined((held, *others))
        said = _said(_Turns(transcript.turns), dollar)
        period = (
            chosen.amount.period
            or said_period(" ".join(e.quote for e in evidence))
            or said.period(_ends(chosen.amount))
            or "one_time"
        )
        amount = _in_thousands(replace(chosen.amount, period=period), finding.answer, said)
        currency = amount.currency
        if not chosen.named.has_currency:
            currency = said.currency_of(_ends(chosen.amount)) or currency or said.currency
        currency = currency or form.currency
        value = {
            "amount_min": _plain(amount.min), "amount_max": _plain(amount.max),
            "currency": currency, "period": period,
        }  # fmt: skip
        warnings: tuple[str, ...] = ()
        if amount.middle and currency != form.currency and currency not in form.exchange_rates:
            warnings = (f"{field.id}: no exchange rate for {currency} in the form: plain figure used",)
        rate = form.exchange_rates.get(currency, 1.0) if currency != form.currency else 1.0
        per_year = amount.middle * rate * (MONTHS if period == "month" else 1)
        return Reading(_band(field, per_year), value, evidence, finding.confidence, warnings)

    def restates(self, earlier: Reading, final: Reading) -> bool:
        """Whether both are of the same figures."""
        return all(earlier.value[k] == final.value[k] for k in ("amount_min", "amount_max"))

    def gold_option(self, field: Field, label: Mapping[str, Any]) -> str | None:
        """The label's band."""
        return str(label["option"])


def dollar_of(form: Form) -> str:
    """The ISO code of a dollar of which nothing more is said: the form's, where its currency is one."""
    return form.currency if form.currency in DOLLARS else "USD"


def _plain(x: float | None) -> int | float | None:
    return int(x) if x is not None and x == int(x) else x


def _band(field: Field, amount: float) -> str | None:
    """The option whose band holds the amount; a figure on a border belongs to the upper band."""
    for o in field.options:
        if (o.min is None or amount >= o.min) and (o.max is None or amount < o.max):
            return o.id
    return None


def _amounts(evidence: Sequence[Evidence], transcript: Transcript, dollar: str) -> list[_Found]:
    """Amounts in the quotes; where there are none, in their sentences; else in their turns."""
    for places in pieces(evidence, transcript):
        found = [
            _Found(named, e)
            for e, text, start, end in places
            for named in _whole(text, dollar).within(start, end, e.char_start)
        ]
        if found:
            return found
    return _agreed(evidence, transcript, dollar)


# Holds the turns of a long call, as `find_amounts` does.
@lru_cache(maxsize=4_096)
def _whole(text: str, dollar: str) -> Places[_Named]:
    """The amounts of a turn that are no prices per unit."""
    return Places(_Named(a, text) for a in find_amounts(text, dollar) if not a.per_unit)


def _agreed(evidence: Sequence[Evidence], transcript: Transcript, dollar: str) -> list[_Found]:
    """Amounts of the turn before a quote that merely agrees: "Thirty-eight a month?" "Yes, that fits."."""
    found = []
    for e in evidence:
        if not e.turn or not _AGREES.search(e.quote):
            continue
        text = transcript.turns[e.turn - 1].text
        for named in _whole(text, dollar).within(0, len(text), near=len(text)):
            start, end = sentence_at(text, named.start, named.end)
            found.append(_Found(named, Evidence.at(transcript, e.turn - 1, start, end)))
    return found


def _choose(found: Sequence[_Found], answer: Answer) -> _Found:
    """The amount that the model meant, else the last that the buyer names and doesn't turn down."""
    likely = [f for f in found if not f.amount.rejected] or list(found)
    likely = [f for f in likely if f.evidence.side == "buyer"] or likely
    meant = _meant(answer)
    if meant is not None:
        nearest = min(likely, key=lambda f: _distance(f.amount, meant))
        if _distance(nearest.amount, meant) <= math.log(_NEAR):
            return nearest
    return max(likely, key=lambda f: (f.named.weight, f.evidence.turn, f.amount.start))


def _meant(answer: Answer) -> float | None:
    if not isinstance(answer, MoneyAnswer):
        return None
    known = [x for x in (answer.amount_min, answer.amount_max) if x is not None and math.isfinite(x)]
    return sum(known) / len(known) if known else None


def _distance(amount: Amount, meant: float) -> float:
    """How far two figures are apart, as the logarithm of their ratio; a bare one may mean thousands."""
    if meant <= 0:
        return 0.0 if amount.middle == 0 else math.inf
    if amount.middle <= 0:
        return math.inf
    apart = abs(math.log(amount.middle / meant))
    return min(apart, abs(math.log(amount.middle * 1000 / meant))) if amount.bare else apart


def _in_thousands(amount: Amount, answer: Answer, said: _Said) -> Amount:
    """The amount with its scale: "seventy" in a budget is 70,000 unless something tells that it isn't.

    What tells: the same figure with its scale among those `said` in the call; the model; for hundreds,
    whether the call is about hundreds or about hundreds of thousands.
    """
    spoken_short = amount.other is not None and amount.middle < 1000
    if amount.middle == 0 or amount.middle >= 1000 or not (amount.bare or spoken_short):
        return amount
    thousands = amount.times(1000)
    if _ends(thousands) in said.scaled:
        return thousands
    if _ends(amount) in said.plain:
        return amount
    meant = None if isinstance(answer, FigureAnswer) else _meant(answer)
    if meant is not None and _distance(replace(amount, bare=False), meant) <= math.log(_NEAR):
        return amount
    if amount.middle < 100:
        return thousands
    if amount.period == "month":
        return amount
    if said.usual is None:
        return thousands
    plain, scaled = (abs(math.log10(a.middle) - said.usual) for a in (amount, thousands))
    return amount if plain + _RATHER_THOUSANDS < scaled else thousands


def _ends(amount: Amount) -> Ends:
    return frozenset(x for x in (amount.min, amount.max) if x is not None)


# The calls under way: each of a call's amounts is weighed against all that the call names.
@lru_cache(maxsize=8)
def _said(call: _Turns, dollar: str) -> _Said:
    return _Said([t.text for t in call.turns], dollar)


@dataclass(frozen=True, eq=False)
class _Turns:
    """The turns of one call, told by which they are: to compare all of them for each amount takes longest."""

    turns: tuple[Turn, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Turns) and self.turns is other.turns

    def __hash__(self) -> int:
        return id(self.turns)
