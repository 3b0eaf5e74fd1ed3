"""Where an answer could stand: each amount, each time, each turn of a call, with the features to rank it by.

Amounts and times are found by code, so a candidate already has its value; what is left to decide is whether
it is the one that the buyer means.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TypeVar

from extractor.cues import CUES, Features, around, cues_in, turn_features
from extractor.form import Field, Form, KindName
from extractor.kinds import KINDS, Answer, Finding, Reading
from extractor.kinds.horizon import HorizonAnswer
from extractor.kinds.money import MONTHS, FigureAnswer, dollar_of
from extractor.parsing.amounts import Amount, find_amounts
from extractor.parsing.dates import When, find_times
from extractor.parsing.spans import sentence_at
from extractor.patterns import regex
from extractor.record import Evidence
from extractor.transcript import Transcript, Turn
from extractor.vocabulary import said, said_around

# A quote is long enough to be understood by someone who has not heard the call, and no longer.
MAX_QUOTE_WORDS = 40
# A longer run of letters counts as several words: not every script puts blanks between them.
_MAX_LETTERS = 30
_USUAL_LETTERS = 8
WORD = regex(rf"\S{{1,{_MAX_LETTERS}}}")
# A turn that names more amounts or times than this is no talk (a price list, an attack): the last ones count.
# An amount is compared with so many of the call's others: a list of them must not take its length squared.
_MOST_NAMED = 1_000
# Who corrects a sum names one that is off by no more than this factor.
_REVISED = 2.0
_SPACE = regex(r"\s+")
_NOT_BLANK = regex(r"\S")

T = TypeVar("T")


@dataclass(frozen=True)
class Candidate:
    """A place that may answer a field. `words` are an amount or a time as said, `reading` is its value."""

    turn: int
    words: str
    evidence: Evidence
    answer: Answer | None
    reading: Reading | None
    features: Features

    def finding(self, field: Field, confidence: float) -> Finding:
        """The candidate as a finding."""
        assert self.answer is not None
        return Finding(field.id, self.answer, (self.evidence,), confidence)


class Scene:
    """A call with the cue counts of its turns, made once for all fields.

    `turns` are the call's; where no side is known, everybody may be a buyer and is taken for one.
    """

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.turns: Sequence[Turn] = transcript.turns
        if not any(t.side for t in self.turns):
            self.turns = [t.model_copy(update={"side": "buyer"}) for t in self.turns]
        self.counts = [cues_in(t.text) for t in self.turns]
        self.turn_features = [turn_features(self.turns, i, self.counts) for i in range(len(self.turns))]

    @cached_property
    def said(self) -> list[Features]:
        """The words of each turn."""
        return [said(t.text) for t in self.turns]


def candidates(field: Field, form: Form, scene: Scene) -> list[Candidate]:
    """All places of the call that may answer a field.

    Raises:
        KeyError: places of this kind can't be told; see `RANKED`.
    """
    found = _FINDERS[field.kind](field, form, scene)
    # What only the seller says is nobody's budget and nobody's plan.
    return [c for c in found if scene.turns[c.turn].side != "seller"]


def _amounts(field: Field, form: Form, scene: Scene) -> Iterator[Candidate]:
    dollar = dollar_of(form)
    named = [(i, a) for i, turn in enumerate(scene.turns) for a in _last(find_amounts(turn.text, dollar))]
    read = [(i, amount, _money(field, form, scene, i, amount)) for i, amount in named]
    named_by = Counter((_per_year(a, r), scene.turns[i].side) for i, a, (_, _, r) in read if r)
    figures = [_meant(r) if r else 0.0 for _, _, (_, _, r) in read]
    spoken = [scene.turns[i].side for i, _, _ in read]
    buyers = [x if side == "buyer" else 0.0 for x, side in zip(figures, spoken, strict=True)]
    last = {i: amount.start for i, amount in named}
    for n, (i, amount, (evidence, answer, reading)) in enumerate(read):
        if reading is None:
            continue
        year = _per_year(amount, reading)
        features = _mention_features(scene, i, amount.start, amount.end, evidence) | {
            **_beside(figures[n], buyers[max(0, n - _MOST_NAMED) : n], buyers[n + 1 : n + 1 + _MOST_NAMED]),
            "bare": amount.bare,
            "currency": amount.currency is not None,
            "period": amount.period is not None,
            "a month": amount.period == "month",
            "zero": year == 0,
            "range": amount.min is not None and amount.max is not None and amount.min < amount.max,
            "bound": amount.min is None or amount.max is None,
            "rejected": amount.rejected,
            "per unit": amount.per_unit,
            "last of turn": last[i] == amount.start,
            "size": math.log10(year + 1) / 5,
            "small": 0 < year < 2_000,
            "huge": year > 2_000_000,
            "named by buyer": min(3, named_by[year, "buyer"]),
            "named by seller": min(3, named_by[year, "seller"]),
        }
        words = scene.turns[i].text[amount.start : amount.end]
        yield Candidate(i, words, evidence, answer, reading, _floats(features))


def _last(named: tuple[T, ...]) -> tuple[T, ...]:
    return named[-_MOST_NAMED:]


def _money(
    field: Field, form: Form, scene: Scene, turn: int, amount: Amount
) -> tuple[Evidence, Answer, Reading | None]:
    evidence = quote_around(scene.transcript, turn, amount.start, amount.end)
    answer = FigureAnswer(
        quotes=[evidence.quote], amount_min=amount.min, amount_max=amount.max, currency=amount.currency
    )
    finding = Finding(field.id, answer, (evidence,))
    return evidence, answer, KINDS["money"].read(field, form, [finding], scene.transcript)


def _per_year(amount: Amount, reading: Reading) -> float:
    """The figure as said, a year: that "sixty" was said, and not sixty thousand, tells something."""
    return amount.middle * (MONTHS if reading.value["period"] == "month" else 1)


def _meant(reading: Reading) -> float:
    """The middle of the figures read, a year."""
    named: tuple[float | None, ...] = (reading.value["amount_min"], reading.value["amount_max"])
    ends = [x for x in named if x is not None]
    return sum(ends) / len(ends) * (MONTHS if reading.value["period"] == "month" else 1)


def _beside(figure: float, before: Sequence[float], after: Sequence[float]) -> dict[str, object]:
    """How a figure stands to the buyer's others: "of the two hundred and forty, thirty go to them"."""
    earlier = {x for x in before if x}
    return {
        "said before": figure in earlier,
        "said after": figure in after,
        "revises": any(_near(figure, x) for x in before),
        "revised": any(_near(figure, x) for x in after),
        "reckoned": figure > 0 and any(figure + x in earlier or figure - x in earlier for x in earlier),
    }


def _near(figure: float, other: float) -> bool:
    """Whether one may be put in the place of the other."""
    return figure != other and 0 < figure <= _REVISED * other and other <= _REVISED * figure


def _times(field: Field, form: Form, scene: Scene) -> Iterator[Candidate]:
    date = scene.transcript.date
    named = [(i, when) for i, turn in enumerate(scene.turns) for when in _last(find_times(turn.text, date))]
    read = [(i, when, _horizon(field, form, scene, i, when)) for i, when in named]
    named_by = Counter((r.value["target"], scene.turns[i].side) for i, _, (_, _, r) in read if r)
    last = {i: when.start for i, when in named}
    for i, when, (evidence, answer, reading) in read:
        if reading is None:
            continue
        target = reading.value["target"]
        features = _mention_features(scene, i, when.start, when.end, evidence) | {
            f"is {when.kind}": True,
            f"bound {when.bound}": True,
            f"part {when.part}": True,
            f"in {reading.option}": True,
            "loose": when.loose,
            "last of turn": last[i] == when.start,
            "named by buyer": min(3, named_by[target, "buyer"]),
            "named by seller": min(3, named_by[target, "seller"]),
        }
        yield Candidate(i, when.words, evidence, answer, reading, _floats(features))


def _horizon(
    field: Field, form: Form, scene: Scene, turn: int, when: When
) -> tuple[Evidence, Answer, Reading | None]:
    evidence = quote_around(scene.transcript, turn, when.start, when.end)
    answer = HorizonAnswer(quotes=[evidence.quote], words=when.words)
    finding = Finding(field.id, answer, (evidence,))
    return evidence, answer, KINDS["horizon"].read(field, form, [finding], scene.transcript)


def _turns(field: Field, form: Form, scene: Scene) -> Iterator[Candidate]:
    for i, turn in enumerate(scene.turns):
        if turn.text.strip():
            evidence = Evidence.at(scene.transcript, i, 0, len(turn.text))
            yield Candidate(i, "", evidence, None, None, scene.turn_features[i] | scene.said[i])


_FINDERS: dict[KindName, Callable[[Field, Form, Scene], Iterator[Candidate]]] = {
    "money": _amounts,
    "horizon": _times,
    "role": _turns,
    "needs": _turns,
}
RANKED: frozenset[KindName] = frozenset(_FINDERS)


def quote_around(transcript: Transcript, turn: int, start: int, end: int) -> Evidence:
    """The sentence that holds `start:end` of a turn, with as many of its neighbours as a quote may have.

    Of a sentence that is longer than a quote (a raw transcript has no full stops) it is the words around
    `start:end`, so that no quote has more than `MAX_QUOTE_WORDS` words, unless `start:end` has.
    """
    text = transcript.turns[turn].text
    a, b = _trimmed(text, *_widened(text, *sentence_at(text, start, end)), start, end)
    while a < start and text[a].isspace():
        a += 1
    while b > end and text[b - 1].isspace():
        b -= 1
    return Evidence.at(transcript, turn, a, b)


def _widened(text: str, a: int, b: int) -> tuple[int, int]:
    """The sentences `a:b` with those after, then those before, while that is no longer than a quote."""
    room = MAX_QUOTE_WORDS - _count(text, a, b)
    while room >= 0 and b + 1 < len(text):
        _, after = sentence_at(text, b + 1, b + 2)
        if (more := _count(text, b, after)) > room:
            break
        b, room = after, room - more
    while room >= 0 and a > 1:
        before, _ = sentence_at(text, a - 2, a - 1)
        if (more := _count(text, before, a)) > room:
            break
        a, room = before, room - more
    return a, b


def _count(text: str, start: int, end: int) -> int:
    """How many words `text[start:end]` has; of more than a quote may have the rest is not counted."""
    return sum(1 for _ in islice(WORD.finditer(text, start, end), MAX_QUOTE_WORDS + 1))


def at_most(words: int, text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` has no more words than that; the rest of it is not read."""
    return next(islice(WORD.finditer(text, start, end), words, None), None) is None


def _trimmed(text: str, a: int, b: int, start: int, end: int) -> tuple[int, int]:
    """At most `MAX_QUOTE_WORDS` words of `a:b` around `start:end`."""
    if at_most(MAX_QUOTE_WORDS, text, a, b):
        return a, b
    room = max(0, MAX_QUOTE_WORDS - len(WORD.findall(text, start, end)))
    # The words before are looked for no farther back than so many can reach; most reach less far.
    before = _words_before(text, max(a, start - room * _USUAL_LETTERS), start, a)
    if len(before) < room:
        before = _words_before(text, max(a, start - room * (_MAX_LETTERS + 1)), start, a)
    after = [m.end() for m in islice(WORD.finditer(text, end, b), room)]
    left = min(len(before), max(room // 2, room - len(after)))
    right = min(len(after), room - left)
    return before[len(before) - left] if left else start, after[right - 1] if right else end


def _words_before(text: str, near: int, end: int, a: int) -> list[int]:
    """Where the words of `text[near:end]` begin, without one that begins before `near`; `a` begins a word."""
    if near > a and not text[near - 1].isspace():
        near = next((m.end() for m in _SPACE.finditer(text, near, end)), near)
    return [m.start() for m in WORD.finditer(text, near, end)]


def best_stretch(text: str, cues: Sequence[str]) -> tuple[int, int]:
    """The stretch of at most `MAX_QUOTE_WORDS` words with the most of these cues; the shorter of equals."""
    parts = _parts(text)
    words = [len(WORD.findall(text, a, b)) for a, b in parts]
    weights = [sum(CUES[cue].search(text[a:b]) is not None for cue in cues) for a, b in parts]
    best, best_weight = (0, 0), -1
    for first, (a, _) in enumerate(parts):
        room, weight = MAX_QUOTE_WORDS, 0
        for last in range(first, len(parts)):
            b = parts[last][1]
            room -= words[last]
            weight += weights[last]
            if room < 0:
                break
            if weight > best_weight or (weight == best_weight and b - a < best[1] - best[0]):
                best, best_weight = (a, b), weight
    return best


def _parts(text: str) -> list[tuple[int, int]]:
    """Sentences; where there is no punctuation to tell them, runs of a third of a quote's words."""
    parts: list[tuple[int, int]] = []
    position = 0
    while m := _NOT_BLANK.search(text, position):
        a, b = sentence_at(text, m.start(), m.end())
        if at_most(MAX_QUOTE_WORDS, text, a, b):
            parts.append((a, a + len(text[a:b].rstrip())))
        else:
            words = list(WORD.finditer(text, a, b))
            step = MAX_QUOTE_WORDS // 3
            runs = [words[n : n + step] for n in range(0, len(words), step)]
            parts += [(run[0].start(), run[-1].end()) for run in runs]
        position = b
    return parts


def _mention_features(scene: Scene, turn: int, start: int, end: int, evidence: Evidence) -> Features:
    text = scene.turns[turn].text
    return (
        scene.turn_features[turn]
        | around(text, start, end, sentence_at(text, start, end))
        | said(evidence.quote)
        | said_around(text, start, end)
    )


def _floats(features: dict[str, float] | dict[str, object]) -> Features:
    return {name: float(value) for name, value in features.items() if value}  # type: ignore[arg-type]
