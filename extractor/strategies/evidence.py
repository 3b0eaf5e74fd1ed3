"""Evidence first: for models too weak to read a whole call.

Code ranks the places of a call that could answer a field, and reads the values there; the model is shown
only the best places, a few turns at a time, and asked what code can't tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, create_model

from extractor.chunking import Piece, line
from extractor.errors import ModelAnswerInvalid
from extractor.form import Field, Form, KindName
from extractor.kinds import KINDS, Answer, Finding, Reading
from extractor.kinds.role import RoleAnswer
from extractor.learned import Learned, learned
from extractor.llm.client import Client
from extractor.prompting import render
from extractor.record import INCOMPLETE, Evidence, Usage
from extractor.strategies.base import Found
from extractor.strategies.candidates import (
    MAX_QUOTE_WORDS,
    RANKED,
    Candidate,
    Scene,
    best_stretch,
    candidates,
    quote_around,
)
from extractor.strategies.whole import WholeStrategy
from extractor.transcript import Transcript

# A call states one to five needs, each in one to three turns; more candidates cost time and bring little.
_MOST_NEEDS = 9
_MOST_EVIDENCE = 4
_NEED_TOKENS = 120
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

    async def field(self, field: Field) -> None:
        """Rank the places, decide whether the field is stated at all, and read the chosen ones."""
        model = learned(field.kind)
        places = candidates(field, self.form, self.scene)
        ranked = sorted(((model.log_odds(c.features), c) for c in places), key=lambda r: -r[0])
        if not ranked or ranked[0][0] < model.stated_from:
            self.found.absent_confidence[field.id] = 1 - model.stated(ranked[0][0]) if ranked else 1.0
            return
        chosen = [r for r in ranked if r[0] >= model.also_from or r is ranked[0]]
        if field.kind == "role":
            await self.role(field, chosen[:_MOST_EVIDENCE], model)
        elif field.kind == "needs":
            await self.needs(field, chosen[:_MOST_NEEDS], model)
        else:
            self.values(field, chosen[:_MOST_EVIDENCE], model)

    def values(self, field: Field, chosen: Ranked, model: Learned) -> None:
        """The best place, and those that say the same."""
        best = chosen[0][1].reading
        for odds, place in chosen:
            if best and place.reading and place.reading.option == best.option:
                self.found.add(place.finding(field, model.right(odds)))

    async def role(self, field: Field, chosen: Ranked, model: Learned) -> None:
        """Code tells who the contact is, and mostly their part; the model is asked where it doesn't."""
        places = sorted((c for _, c in chosen), key=lambda c: c.turn)
        evidence = tuple(self.quote(c, field) for c in places)
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
            windows="\n...\n".join(window(self.scene.transcript, c.turn, before=1) for c in places),
            contact=reading.value["contact"],
        )
        said = await self.client.choose(messages, [r.id for r in field.roles], usage=self.usage)
        told = answer.model_copy(update={"role": max(said, key=lambda r: said[r])})
        self.found.add(Finding(field.id, told, evidence, confidence))

    def _role(self, field: Field, answer: RoleAnswer, evidence: tuple[Evidence, ...]) -> Reading | None:
        finding = Finding(field.id, answer, evidence)
        return KINDS["role"].read(field, self.form, [finding], self.scene.transcript)

    async def needs(self, field: Field, chosen: Ranked, model: Learned) -> None:
        """The model names each need and says what of the catalogue solves it."""
        answer_model = KINDS["needs"].answer_model(field, self.form)
        asked = _without_quotes(answer_model)
        for odds, place in sorted(chosen, key=lambda r: r[1].turn):
            around = window(self.scene.transcript, place.turn, before=2)
            messages = render("need", field=field, catalog=self.form.catalog, window=around)
            try:
                need = await self.client.ask(messages, asked, max_tokens=_NEED_TOKENS, usage=self.usage)
            except ModelAnswerInvalid:
                self.found.warnings.append(f"{INCOMPLETE}turn {place.turn} was not read for {field.id}")
                continue
            evidence = self.quote(place, field)
            answer = answer_model(quotes=[evidence.quote], **need.model_dump())
            self.found.add(Finding(field.id, answer, (evidence,), model.right(odds)))

    def quote(self, place: Candidate, field: Field) -> Evidence:
        """A turn as a quote; of a long one, the stretch that tells most."""
        text = self.scene.turns[place.turn].text
        if len(text.split()) <= MAX_QUOTE_WORDS:
            return place.evidence
        start, end = best_stretch(text, _TELLING[field.kind])
        return quote_around(self.scene.transcript, place.turn, start, end)


def window(transcript: Transcript, turn: int, *, before: int) -> str:
    """A turn and those before it, as a model reads them; the earlier ones cut to their ends."""
    lines = []
    for i in range(max(0, turn - before), turn + 1):
        text = transcript.turns[i].text
        words = text.split()
        start = text.rindex(words[-_WINDOW_WORDS]) if i < turn and len(words) > _WINDOW_WORDS else 0
        lines.append(line(transcript.turns[i], Piece(i, start, len(text))))
    return "\n".join(lines)


def _without_quotes(model: type[Answer]) -> type[BaseModel]:
    """The same answer without quotes: where it stands is known already."""
    fields: dict[str, Any] = {n: (f.annotation, f) for n, f in model.model_fields.items() if n != "quotes"}
    return create_model(model.__name__, **fields)
