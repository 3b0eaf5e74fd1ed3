"""Evidence first: for models too weak to read a whole call.

Code ranks the places of a call that could answer a field, and reads the values there; the model is shown
only the best places, a few turns at a time, and asked what code can't tell.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import create_model

from extractor.chunking import Piece, line
from extractor.errors import ModelAnswerInvalid
from extractor.form import Field, Form, KindName
from extractor.kinds import KINDS, Finding
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
_TELLING: dict[KindName, tuple[str, ...]] = {
    "role": ("authority", "own_say", "i"),
    "needs": ("problem", "want", "we", "can_it"),
}


class EvidenceStrategy:
    """Rank, then ask about the best places only. Fields of kinds that can't be ranked are asked as a whole."""

    name: ClassVar[str] = "evidence"

    async def find(self, transcript: Transcript, form: Form, client: Client, usage: Usage) -> Found:
        """Find each field's answer where the evidence for it is best.

        Raises:
            ModelError: the model can't be reached or refuses.
        """
        scene = Scene(transcript)
        found = Found({})
        for field in form.fields:
            if field.kind in RANKED:
                await _find_ranked(field, form, scene, client, usage, found)
        rest = [f for f in form.fields if f.kind not in RANKED]
        if rest:
            part = form.model_copy(update={"fields": tuple(rest)})
            other = await WholeStrategy().find(transcript, part, client, usage)
            found.findings |= other.findings
            found.warnings += other.warnings
        return found


async def _find_ranked(
    field: Field, form: Form, scene: Scene, client: Client, usage: Usage, found: Found
) -> None:
    model = learned(field.kind)
    ranked = sorted(
        ((model.log_odds(c.features), c) for c in candidates(field, form, scene)), key=lambda r: -r[0]
    )
    if not ranked or ranked[0][0] < model.stated_from:
        found.absent_confidence[field.id] = 1 - model.stated(ranked[0][0]) if ranked else 1.0
        return
    found.absent_confidence[field.id] = 0.5
    chosen = [(odds, c) for odds, c in ranked if odds >= model.also_from or c is ranked[0][1]]
    if field.kind == "role":
        await _role(field, form, scene, chosen[:_MOST_EVIDENCE], model, client, usage, found)
    elif field.kind == "needs":
        await _needs(field, form, scene, chosen[:_MOST_NEEDS], model, client, usage, found)
    else:
        _values(field, chosen, model, found)


def _values(field: Field, chosen: list[tuple[float, Candidate]], model: Learned, found: Found) -> None:
    """The best place, and those that say the same."""
    odds, best = chosen[0]
    assert best.reading is not None
    found.add(best.finding(field, model.right(odds)))
    for odds, other in chosen[1:_MOST_EVIDENCE]:
        if other.reading is not None and other.reading.option == best.reading.option:
            found.add(other.finding(field, model.right(odds)))


async def _role(
    field: Field,
    form: Form,
    scene: Scene,
    chosen: list[tuple[float, Candidate]],
    model: Learned,
    client: Client,
    usage: Usage,
    found: Found,
) -> None:
    places = sorted((c for _, c in chosen), key=lambda c: c.turn)
    evidence = tuple(_quote(scene, c, field) for c in places)
    kind = KINDS["role"]
    answer = RoleAnswer(quotes=[e.quote for e in evidence][:4])
    by_code = kind.read(field, form, [Finding(field.id, answer, evidence)], scene.transcript)
    assumed = answer.model_copy(update={"role": field.roles[0].id})
    reading = by_code or kind.read(field, form, [Finding(field.id, assumed, evidence)], scene.transcript)
    if reading is None:
        return
    messages = render(
        "role",
        field=field,
        windows="\n...\n".join(window(scene.transcript, c.turn, before=1) for c in places),
        contact=reading.value["contact"],
    )
    said = await client.choose(messages, [r.id for r in field.roles], usage=usage)
    role = max(said, key=lambda r: said[r])
    told = answer.model_copy(update={"role": role})
    found.add(Finding(field.id, told, evidence, model.right(chosen[0][0])))


async def _needs(
    field: Field,
    form: Form,
    scene: Scene,
    chosen: list[tuple[float, Candidate]],
    model: Learned,
    client: Client,
    usage: Usage,
    found: Found,
) -> None:
    answer_model = KINDS["needs"].answer_model(field, form)
    asked = create_model("Need", **{n: (f.annotation, f) for n, f in answer_model.model_fields.items() if n != "quotes"})
    for odds, place in sorted(chosen, key=lambda r: r[1].turn):
        messages = render(
            "need", field=field, catalog=form.catalog, window=window(scene.transcript, place.turn, before=2)
        )
        try:
            need = await client.ask(messages, asked, max_tokens=_NEED_TOKENS, usage=usage)
        except ModelAnswerInvalid:
            found.warnings.append(f"{INCOMPLETE}turn {place.turn} was not read for {field.id}")
            continue
        evidence = _quote(scene, place, field)
        answer = answer_model(quotes=[evidence.quote], **need.model_dump())
        found.add(Finding(field.id, answer, (evidence,), model.right(odds)))


def window(transcript: Transcript, turn: int, *, before: int) -> str:
    """A turn and those before it, as a model reads them; the earlier ones cut to their ends."""
    lines = []
    for i in range(max(0, turn - before), turn + 1):
        text = transcript.turns[i].text
        words = text.split()
        if i < turn and len(words) > _WINDOW_WORDS:
            start = text.rindex(words[-_WINDOW_WORDS])
            lines.append(line(transcript.turns[i], Piece(i, start, len(text))))
        else:
            lines.append(line(transcript.turns[i], Piece(i, 0, len(text))))
    return "\n".join(lines)


def _quote(scene: Scene, place: Candidate, field: Field) -> Evidence:
    """A turn as a quote; of a long one, the stretch that tells most."""
    text = scene.turns[place.turn].text
    if len(text.split()) <= MAX_QUOTE_WORDS:
        return place.evidence
    return quote_around(scene.transcript, place.turn, *best_stretch(text, _TELLING[field.kind]))
