"""Labelled calls for the tests of the evaluation: a small form, labels, and the records that they make."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from extractor.evaluation.labels import Label, LabelledCall
from extractor.form import CatalogItem, Field, Form, Option
from extractor.kinds import KINDS
from extractor.record import Evidence, FieldResult, Record, Usage
from extractor.scoring import points_of, score, tier
from extractor.transcript import Participant

FORM = Form(
    form="small",
    title="Small",
    currency="USD",
    tiers={"hot": 70, "cold": 0},
    sha256="f" * 64,
    catalog=(CatalogItem(id="typing", title="Typing by hand"), CatalogItem(id="waiting", title="Waiting")),
    fields=(
        Field(
            id="budget", title="Budget", kind="money", ask="How much?", counts="Money.",
            options=(
                Option(id="small", label="< $10,000", max=10_000, points=0),
                Option(id="large", label="$10,000 and more", min=10_000, points=40),
            ),
        ),
        Field(
            id="authority", title="Authority", kind="role", ask="Who signs?", counts="Who decides.",
            roles=(Option(id="decision_maker", label="Decision maker"), Option(id="end_user")),
            options=(Option(id="executive", label="Executive", points=30), Option(id="individual", points=0)),
        ),
        Field(
            id="need", title="Need", kind="needs", ask="What hurts?", counts="Problems.",
            intensities=(Option(id="very"), Option(id="not")),
            options=(
                Option(id="perfect", label="Perfect match", min_coverage=0.8, points=30),
                Option(id="low", label="Low match", min_coverage=0, points=10),
            ),
        ),
    ),
)  # fmt: skip

MONEY_QUOTE = "we have forty thousand dollars for this year"
ROLE_QUOTE = "I sign for everything in this house myself"
TYPING_QUOTE = "two people type delivery notes by hand all day"
WAITING_QUOTE = "every morning the drivers wait for an hour at the gate"

BUDGET = {
    "status": "stated", "option": "large", "amount_min": 40_000, "amount_max": 40_000, "currency": "USD",
    "period": "year", "evidence": [MONEY_QUOTE],
}  # fmt: skip
AUTHORITY = {
    "status": "stated", "contact": "Tom", "title": "owner", "role": "decision_maker",
    "level": "executive", "decision_makers": ["Tom"], "evidence": [ROLE_QUOTE],
}  # fmt: skip
TYPING = {"text": "typing by hand", "catalog": "typing", "evidence": [TYPING_QUOTE]}
WAITING = {"text": "waiting at the gate", "catalog": "waiting", "evidence": [WAITING_QUOTE]}
NEED = {"status": "stated", "intensity": "very", "match": "perfect", "items": [TYPING, WAITING]}
ABSENT = {"status": "absent"}


def labelled(call_id: str = "a01", **fields: Any) -> LabelledCall:
    """A labelled call; a field that is not given is absent."""
    label = Label(
        call_id=call_id,
        file=Path(f"{call_id}.gold.yaml"),
        date=dt.date(2026, 3, 12),
        speakers={"Tom": "buyer", "Priya": "seller"},
        fields={field.id: fields.get(field.id, ABSENT) for field in FORM.fields},
    )
    return LabelledCall(label, Path(f"{call_id}.txt"), FORM)


def evidence(quote: str, match: Any = "exact") -> Evidence:
    return Evidence(
        quote=quote, turn=0, speaker="Tom", side="buyer", start=None, end=None,
        char_start=0, char_end=len(quote), match=match,
    )  # fmt: skip


def stated(
    field_id: str, option: str | None, quotes: list[str], confidence: float = 1.0, **value: Any
) -> FieldResult:
    field = FORM.field(field_id)
    return FieldResult(
        status="stated", option=option, value=value, points=points_of(field, option),
        max_points=field.max_points, confidence=confidence, conflicts=[],
        evidence=[evidence(q) for q in quotes],
    )  # fmt: skip


def absent(field_id: str, confidence: float = 1.0) -> FieldResult:
    return FieldResult(
        status="absent", option=None, value=None, points=0, max_points=FORM.field(field_id).max_points,
        confidence=confidence, evidence=[], conflicts=[],
    )  # fmt: skip


def need_item(text: str, catalog: str | None, *quotes: str) -> dict[str, Any]:
    proof = [evidence(q).model_dump(mode="json") for q in quotes]
    return {"text": text, "catalog": catalog, "evidence": proof}


def record(call_id: str = "a01", *, sides: dict[str, Any] | None = None, **fields: FieldResult) -> Record:
    """A record; a field that is not given is absent."""
    results = {f.id: fields.get(f.id, absent(f.id)) for f in FORM.fields}
    points = score(FORM, {name: r.points for name, r in results.items()})
    said = {"Tom": "buyer", "Priya": "seller"} if sides is None else sides
    return Record(
        call_id=call_id, source=f"{call_id}.txt", source_sha256="0" * 64, call_date=dt.date(2026, 3, 12),
        form=FORM.form, form_sha256=FORM.sha256, prompts_sha256="1" * 64, model="test/model",
        created_at=dt.datetime(2026, 3, 13, tzinfo=dt.UTC),
        participants=[Participant(name=name, side=side) for name, side in said.items()],
        fields=results, score=points, tier=tier(FORM, points),
        missing=[name for name, r in results.items() if r.status == "absent"], next_questions=[], warnings=[],
        usage=Usage(llm_calls=2, prompt_tokens=100, cached_tokens=10, completion_tokens=5, seconds=4.0),
    )  # fmt: skip


def perfect(call: LabelledCall) -> Record:
    """The record that says just what the label says."""
    results = {}
    for field in FORM.fields:
        label = call.label.fields[field.id]
        if label["status"] == "absent":
            continue
        value: dict[str, Any] = {k: v for k, v in label.items() if k not in ("status", "option", "evidence")}
        if field.kind == "needs":
            value["items"] = [need_item(i["text"], i["catalog"], *i["evidence"]) for i in label["items"]]
        quotes = KINDS[field.kind].gold_quotes(label)
        results[field.id] = stated(field.id, KINDS[field.kind].gold_option(field, label), quotes, **value)
    return record(call.call_id, **results)
