"""Evidence first: for models too weak to read a whole call.

Code ranks the places of a call that could answer a field, and reads the values there; the model is shown
only the best places, a few turns at a time, and asked what code can't tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from extractor.chunking import Piece, line
from extractor.errors import ModelAnswerInvalid
from extractor.form import Field, Form, KindName
from extractor.kinds import KINDS, Finding, Reading
from extractor.kinds.needs import UNCOVERED, NeedAnswer
from extractor.kinds.role import RoleAnswer
from extractor.learned import Learned, learned, sigmoid
from extractor.llm.client import Client
from extractor.matching import Matcher
from extractor.prompting import Message, render
from extractor.record import INCOMPLETE, Evidence, Usage
from extractor.replies import coverage_features
from extractor.selling import log_sale
from extractor.strategies.base import Found
from extractor.strategies.candidates import (
    MAX_QUOTE_WORDS,
    RANKED,
    WORD,
    Candidate,
    Scene,
    at_most,
    best_stretch,
    candidates,
    quote_around,
)
from extractor.strategies.whole import WholeStrategy
from extractor.transcript import Transcript

# How many of the best places are looked at. A call states one to five needs, each in one to three
# turns; more places cost time and bring little.
MOST_JUDGED: dict[KindName, int] = {"money": 4, "horizon": 4, "role": 4, "needs": 9}
JUDGE_ANSWERS = ("yes", "no")
# The model is asked only where so firm a Yes would have the field reported: most calls without a sale cost
# nothing.
_FIRM = 0.9
# Several times stand in one turn, one of them the plan: pairs of examples tell them apart.
_JUDGES: dict[KindName, str] = {"horizon": "judge_time"}
_TEXT_LETTERS = 300
# Words of a turn that a question shows: of the one in question, where it is about something said in it or
# about all of it (of a longer one the quote alone), and of the one before it.
_JUDGE_WORDS = 70
_TURN_WORDS = 150
_JUDGE_CONTEXT = 25
_WINDOW_WORDS = 60
# Which cues make a stretch of a long turn the one to quote.
_TELLING: dict[KindName, tuple[str, ...]] = {
    "role": ("authority", "own_say", "i"),
    "needs": ("problem", "want", "we", "can_it"),
}

Ranked = list[tuple[float, Candidate]]


class EvidenceStrategy:
    """Rank, then ask about the best places only; fields that can't be ranked are asked as a whole."""

    name: ClassVar[str] = "evidence"

    async def find(self, transcript: Transcript, form: Form, client: Client, usage: Usage) -> Found:
        """Find each field's answer where the evidence for it is best.

        Raises:
            ModelError: the model can't be reached or refuses.
        """
        search = _Search(form, Scene(transcript), client, usage, Found({}))
        for field in form.fields:
            if field.kind in RANKED:
                await search.field(field)
        rest = tuple(f for f in form.fields if f.kind not in RANKED)
        if rest:
            part = form.model_copy(update={"fields": rest})
            other = await WholeStrategy().find(transcript, part, client, usage)
            search.found.findings |= other.findings
            search.found.warnings += other.warnings
        return search.found


@dataclass
class _Search:
    """The search through one call."""

    form: Form
    scene: Scene
    client: Client
    usage: Usage
    found: Found

    @cached_property
    def sale(self) -> float:
        """The log-probability that something is sold on the call: where nothing is, no money is for it."""
        return log_sale([t.text for t in self.scene.turns])

    async def field(self, field: Field) -> None:
        """Rank the places, decide whether the field is stated at all, and read the chosen ones."""
        model = learned(field.kind)
        places = candidates(field, self.form, self.scene)
        ranked = sorted(((model.log_odds(c.features), c) for c in places), key=lambda r: -r[0])
        best = ranked[: MOST_JUDGED[field.kind]]
        if not best:
            self.found.absent_confidence[field.id] = 1.0
            return
        firm = model.judged(best[0][0], _FIRM)
        firmly = model.stated([firm, *(odds for odds, _ in best[1:])], self.sale)
        if model.judge_weight and firmly >= model.stated_from:
            judged = [(await self.judged(field, odds, place, model), place) for odds, place in best]
            best = sorted(judged, key=lambda r: -r[0])
        stated = model.stated([odds for odds, _ in best], self.sale)
        # Also for a field whose places turn out to carry no answer.
        self.found.absent_confidence[field.id] = 1 - sigmoid(stated)
        if stated < model.stated_from:
            return
        if field.kind == "role":
            await self.role(field, [r for r in best if r[0] >= model.also_from or r is best[0]], model)
        elif field.kind == "needs":
            await self.needs(field, best, model)
        else:
            self.values(field, best, model)

    def values(self, field: Field, ranked: Ranked, model: Learned) -> None:
        """The best place, and those before it: they say the same, or are overridden by it."""
        best = ranked[0][1]
        for odds, place in ranked:
            if place is best or (odds >= model.also_from and place.turn < best.turn):
                self.found.add(place.finding(field, model.right(odds)))

    async def judged(self, field: Field, odds: float, place: Candidate, model: Learned) -> float:
        """A place's log-odds with the model's own added, where there are any."""
        question = judge_question(field, self.scene, place)
        said = await self.chosen(question, JUDGE_ANSWERS, f"turn {place.turn} was not judged for {field.id}")
        return model.judged(odds, said["yes"]) if said else odds

    async def chosen(
        self, messages: Sequence[Message], choices: Sequence[str], otherwise: str
    ) -> dict[str, float] | None:
        """How likely the model holds each choice; None, and a warning, where it gives no answer of use."""
        try:
            return await self.client.choose(messages, choices, usage=self.usage)
        except ModelAnswerInvalid:
            self.found.warnings.append(f"{INCOMPLETE}{otherwise}: the model's answer could not be used")
            return None

    async def role(self, field: Field, chosen: Ranked, model: Learned) -> None:
        """Code tells who the contact is, and mostly their part; the model is asked where it doesn't."""
        places = sorted((c for _, c in chosen), key=lambda c: c.turn)
        evidence = tuple(turn_quote(field, self.scene, c) for c in places)
        answer = RoleAnswer(quotes=[e.quote for e in evidence])
        confidence = model.right(chosen[0][0])
        if self._role(field, answer, evidence) is not None:
            self.found.add(Finding(field.id, answer, evidence, confidence))
            return
        assumed = answer.model_copy(update={"role": field.roles[0].id})
        reading = self._role(field, assumed, evidence)
        if reading is None:
            return
        messages = render(
            "role",
            field=field,
            windows="\n...\n".join(window(self.scene.transcript, e) for e in evidence),
            contact=reading.value["contact"],
        )
        said = await self.chosen(messages, [r.id for r in field.roles], f"{field.id} was not read")
        if said is None:
            return
        told = answer.model_copy(update={"role": max(said, key=lambda r: said[r])})
        self.found.add(Finding(field.id, told, evidence, confidence))

    def _role(self, field: Field, answer: RoleAnswer, evidence: tuple[Evidence, ...]) -> Reading | None:
        finding = Finding(field.id, answer, evidence)
        return KINDS["role"].read(field, self.form, [finding], self.scene.transcript)

    async def needs(self, field: Field, ranked: Ranked, model: Learned) -> None:
        """The best places; what solves them is told by the words they share with the catalogue."""
        kept = [r for r in ranked if r[0] >= model.also_from or r is ranked[0]]
        kept.sort(key=lambda r: r[1].turn)
        intensity = await self.intensity(field, [place for _, place in kept])
        told = [turn_quote(field, self.scene, place) for _, place in kept]
        ids = self.catalog_ids(told)
        for (odds, _), evidence, catalog_id in zip(kept, told, ids, strict=True):
            # The buyer's own words: a paraphrase by a weak model is wrong too often.
            answer = NeedAnswer(
                quotes=[evidence.quote],
                text=evidence.quote[:_TEXT_LETTERS],
                catalog=catalog_id or UNCOVERED,
                intensity=intensity,
            )
            self.found.add(Finding(field.id, answer, (evidence,), model.right(odds)))

    async def intensity(self, field: Field, places: Sequence[Candidate]) -> str | None:
        """How strongly the needs are felt, in one question over all of them."""
        if not field.intensities:
            return None
        quotes = "\n...\n".join(turn_quote(field, self.scene, p).quote for p in places)
        messages = render("intensity", field=field, said=quotes)
        said = await self.chosen(
            messages, [o.id for o in field.intensities], f"how strongly {field.id} is felt was not read"
        )
        return max(said, key=lambda i: said[i]) if said else None

    def catalog_ids(self, told: Sequence[Evidence]) -> list[str | None]:
        """What of the catalogue solves each need, if anything does."""
        matcher = Matcher(self.form.catalog, [t.text for t in self.scene.turns])
        model = learned("catalog")
        ids: list[str | None] = []
        for e in told:
            odds = [model.log_odds(features) for features in matcher.features(e.turn, e.quote)]
            solved = bool(odds) and self.covered(e.turn, odds)
            ids.append(self.form.catalog[odds.index(max(odds))].id if solved else None)
        return ids

    def covered(self, turn: int, match_odds: Sequence[float]) -> bool:
        """Whether the catalogue solves the need of a turn: mostly by what the seller answers."""
        return learned("covered").log_odds(coverage_features(self.scene.turns, turn, match_odds)) > 0


def turn_quote(field: Field, scene: Scene, place: Candidate) -> Evidence:
    """A turn as a quote; of a long one, the stretch that tells most."""
    text = scene.turns[place.turn].text
    if at_most(MAX_QUOTE_WORDS, text, 0, len(text)):
        return place.evidence
    start, end = best_stretch(text, _TELLING[field.kind])
    return quote_around(scene.transcript, place.turn, start, end)


def judge_question(field: Field, scene: Scene, place: Candidate) -> list[Message]:
    """Whether a place is what the field asks for, as a question with the answers yes and no."""
    lines = []
    if place.turn:
        before = scene.transcript.turns[place.turn - 1]
        start = _last_words(before.text, _JUDGE_CONTEXT)
        lines.append(line(before, Piece(place.turn - 1, start, len(before.text))))
    if place.reading:
        lines.append(_shown(scene.transcript, place.evidence, _JUDGE_WORDS))
    else:
        lines.append(_shown(scene.transcript, turn_quote(field, scene, place), _TURN_WORDS))
    template = _JUDGES.get(field.kind, "judge")
    return render(template, field=field, window="\n".join(lines), words=place.words)


def _last_words(text: str, count: int) -> int:
    """Where the last `count` words of a text begin."""
    starts = [m.start() for m in WORD.finditer(text)]
    return starts[-count] if len(starts) > count else 0


def _shown(transcript: Transcript, e: Evidence, most: int) -> str:
    """The turn of some evidence as a model reads it; of one longer than `most` words the evidence alone."""
    turn = transcript.turns[e.turn]
    whole = at_most(most, turn.text, 0, len(turn.text))
    return line(turn, Piece(e.turn, *((0, len(turn.text)) if whole else (e.char_start, e.char_end))))


def window(transcript: Transcript, e: Evidence) -> str:
    """The turn of some evidence and the end of the one before it, as a model reads them."""
    lines = [_shown(transcript, e, _TURN_WORDS)]
    if e.turn:
        before = transcript.turns[e.turn - 1]
        piece = Piece(e.turn - 1, _last_words(before.text, _WINDOW_WORDS), len(before.text))
        lines.insert(0, line(before, piece))
    return "\n".join(lines)
