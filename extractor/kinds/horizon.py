"""When a plan is to be carried out: read from the buyer's words by code, resolved against the call's date."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, ClassVar

from pydantic import Field as Setting
from rapidfuzz import fuzz

from extractor.form import Field, Form
from extractor.kinds.base import Answer, Finding, Kind, Reading, joined
from extractor.kinds.widening import holding, pieces, touching
from extractor.parsing.dates import When, find_times, in_month, spoken_of_in, target
from extractor.parsing.places import Places
from extractor.patterns import regex
from extractor.record import Evidence
from extractor.transcript import Transcript

# How many turns back a month may lie that "the 29th" belongs to.
_BACK = 8
# From the most to the least exact; between equal ones the last said counts.
_EXACTNESS = ("date", "holiday", "week", "weekday", "span", "month", "asap", "quarter", "season", "year")
# Words of buying that tie a time to the purchase, and words that make it an aside, so many letters before it.
_NEAR = 50
_PLAN = regex(
    r"\b(?:sign(?:ed|ing|ature)?|contract|agreement|decide[ds]?|decision|order(?:ed)?|buy|bought|purchase|"
    r"ink|go(?:ing)?[- ]live|live|"
    r"in place|up and running|switched? on|start(?:s|ing)?|begin|kick(?:ed)? off|roll(?:ed)? out|"
    r"implement(?:ed)?|need|want|like|"
    r"hoping|aim(?:ing)?|target(?:ing)?|plan(?:ning)?|have (?:it|this|that)|in (?:by|before))\b",
    re.IGNORECASE,
)
_IS = regex(r"\b(?:it['’]?(?:s|d be)|that['’]?(?:s|d be)|so|say)\s*,?\s*$", re.IGNORECASE)
_ASIDE = regex(r"\b(?:and then|then it['’]?s|after that|not|isn['’]?t|forget|rather than|"
                    r"instead of)\b[^.]{0,12}$", re.IGNORECASE)
# The model's words name the same time as the transcript's from this similarity on (0 to 100).
_ALIKE = 80


class HorizonAnswer(Answer):
    """The words about the time as the model copied them. They only tell which of several times is meant."""

    words: str | None = Setting(
        default=None, max_length=200, description="what the buyer said about when, as said"
    )


@dataclass(frozen=True)
class _Told:
    """A time of a turn's text."""

    when: When
    text: str

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.when.start

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.when.end

    @cached_property
    def words(self) -> str:
        """Its words in lower case."""
        return self.when.words.lower()

    @cached_property
    def weight(self) -> tuple[int, int]:
        """What is planned comes before mere lengths and asides, then exactness."""
        left = self.text[max(0, self.start - _NEAR) : self.start].rpartition(". ")[2]
        when = self.when
        planned = when.bound in ("by", "before") or when.kind == "asap"
        planned = planned or (bool(_IS.search(left)) and when.kind != "weekday")
        points = 2 * bool(_PLAN.search(left)) + planned - 3 * bool(_ASIDE.search(left)) - 4 * when.loose
        points -= 2 * (when.bound == "until")  # "their contract goes till October"
        exact = _EXACTNESS.index(when.kind) if when.kind in _EXACTNESS else len(_EXACTNESS)
        return points, -exact


@dataclass(frozen=True)
class _Found:
    """A time, and the evidence for which it was found in its turn."""

    told: _Told
    evidence: Evidence


class HorizonKind(Kind):
    """A time ahead; the option is the interval that its distance from the call falls in."""

    name: ClassVar[str] = "horizon"

    def check(self, field: Field) -> Iterator[str]:
        """Yield what is wrong with the field."""
        if not field.options:
            yield "a horizon field has options, each with max_days, the last without"
        days = [o.max_days for o in field.options]
        if any(d is None for d in days[:-1]) or (days and days[-1] is not None):
            yield "every option of a horizon field but the last has max_days"
        known = [d for d in days if d is not None]
        if known != sorted(set(known)):
            yield "the max_days of a horizon field's options rise"

    def answer_model(self, field: Field, form: Form) -> type[Answer]:
        """The words about the time."""
        return HorizonAnswer

    def read(
        self, field: Field, form: Form, findings: Sequence[Finding], transcript: Transcript
    ) -> Reading | None:
        """Read the last finding's time out of its quotes, or out of the sentence or turn around them."""
        finding = findings[-1]
        found = _times(finding.evidence, transcript)
        if not found:
            return None
        chosen = _choose(found, finding.answer)
        held = holding(transcript, chosen.evidence, chosen.told.start, chosen.told.end)
        when = _placed(chosen, transcript)
        day = target(when)
        ahead = (day - transcript.date).days if day and transcript.date else when.length
        if ahead is None:
            return None
        others = [e for e in finding.evidence if not touching(e, held)]
        value = {"words": when.words, "target": day.isoformat() if day else None}
        return Reading(_interval(field, ahead), value, joined((held, *others)), finding.confidence)

    def restates(self, earlier: Reading, final: Reading) -> bool:
        """Whether both are of one day, or of one length where there is no day."""
        one_day = earlier.value["target"] == final.value["target"]
        return one_day and (final.value["target"] is not None or earlier.option == final.option)

    def gold_option(self, field: Field, label: Mapping[str, Any]) -> str | None:
        """The label's interval."""
        return str(label["option"])


def _interval(field: Field, days: int) -> str | None:
    """The first option that reaches so far."""
    return next((o.id for o in field.options if o.max_days is None or days <= o.max_days), None)


def _times(evidence: Sequence[Evidence], transcript: Transcript) -> list[_Found]:
    """Times in the quotes; where there are none, in their sentences; else in their turns."""
    for places in pieces(evidence, transcript):
        found = [
            _Found(told, e)
            for e, text, start, end in places
            for told in _telling(text, transcript.date).within(start, end, e.char_start)
        ]
        if found:
            return found
    return []


# Holds the turns of a long call, as `find_times` does.
@lru_cache(maxsize=4_096)
def _telling(text: str, call: dt.date | None) -> Places[_Told]:
    """The times of a turn that tell how far ahead they are."""
    return Places(_Told(w, text) for w in find_times(text, call) if _tells(w, call))


def _tells(when: When, call: dt.date | None) -> bool:
    return when.length is not None or (call is not None and target(when) is not None)


def _choose(found: Sequence[_Found], answer: Answer) -> _Found:
    """The time that the model's words name, else the most telling one."""
    words = answer.words if isinstance(answer, HorizonAnswer) else None
    if words:
        named = words.lower()
        alike = [f for f in found if fuzz.partial_ratio(f.told.words, named) >= _ALIKE]
        found = alike or found
    # Between equals the last said.
    return max(found, key=lambda f: (f.told.weight, f.evidence.turn, f.told.start))


def _placed(f: _Found, transcript: Transcript) -> When:
    """The time, where only a day of the month was named in the month that was spoken of before."""
    when = f.told.when
    if not when.day_only:
        return when
    for turn in range(f.evidence.turn - 1, max(-1, f.evidence.turn - 1 - _BACK), -1):
        if month := spoken_of_in(transcript.turns[turn].text, transcript.date).month_of(when):
            return in_month(when, month)
    return when
