"""Invented records, and a form to go with them, for the tests of what is written and printed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from extractor.form import Field, Form, Option
from extractor.record import Conflict, Evidence, FailedRecord, Failure, FieldResult, Record, Usage
from extractor.transcript import Participant


def form() -> Form:
    """A form like BANT, made here so that the reports are tested apart from the forms' files."""
    bands = (
        Option(id="under_10k", label="< $10,000", max=10000),
        Option(id="10k_50k", label="$10,000 - $50,000", min=10000, max=50000),
        Option(id="50k_100k", label="$50,000 - $100,000", min=50000, max=100000, points=15),
        Option(id="over_100k", label="> $100,000", min=100000, points=30),
    )
    levels = (Option(id="executive", label="Executive", points=25), Option(id="department_head", points=20))
    matches = (Option(id="perfect", min_coverage=0.8, points=25), Option(id="low", min_coverage=0, points=5))
    spans = (
        Option(id="1_3_months", label="1 to 3 months", max_days=92, points=20),
        Option(id="over_6_months", points=5),
    )
    fields = (
        Field(id="budget", title="Budget", kind="money", ask="What budget?", counts="Money.", options=bands),
        Field(
            id="authority", title="Authority", kind="role", ask="Who signs?", counts="Who.", options=levels
        ),
        Field(id="need", title="Need", kind="needs", ask="What hurts?", counts="Pain.", options=matches),
        Field(id="timeline", title="Timeline", kind="horizon", ask="By when?", counts="Time.", options=spans),
    )
    return Form(form="bant", title="BANT", fields=fields)


def evidence(
    quote: str, turn: int = 3, speaker: str | None = "Tom Okafor", start: float | None = 140.0
) -> Evidence:
    return Evidence(
        quote=quote, turn=turn, speaker=speaker, side="buyer", start=start, end=None,
        char_start=0, char_end=len(quote), match="exact",
    )  # fmt: skip


def stated(
    option: str | None, points: int, most: int, value: dict[str, Any], *quotes: str, **more: Any
) -> FieldResult:
    return FieldResult(
        status="stated", option=option, value=value, points=points, max_points=most, confidence=0.93,
        evidence=[evidence(q) for q in quotes], conflicts=more.get("conflicts", []),
    )  # fmt: skip


def absent(most: int) -> FieldResult:
    return FieldResult(
        status="absent",
        option=None,
        value=None,
        points=0,
        max_points=most,
        confidence=0.88,
        evidence=[],
        conflicts=[],
    )


def budget(quote: str = "What I have approved for this year is seventy") -> FieldResult:
    value = {"amount_min": 70000, "amount_max": 80000, "currency": "USD", "period": "year"}
    earlier = Conflict(
        option="10k_50k",
        value={"amount_min": 40000, "amount_max": 40000, "currency": "USD", "period": "year"},
        evidence=[evidence("we have forty thousand set aside", turn=1, start=61.5)],
    )
    return stated("50k_100k", 15, 30, value, quote, conflicts=[earlier])


def authority() -> FieldResult:
    value = {
        "contact": "Tom Okafor", "title": "VP of Operations", "role": "influencer",
        "level": "department_head", "decision_makers": ["Renate Vogt"],
    }  # fmt: skip
    return stated("department_head", 20, 25, value, "I recommend, but Renate Vogt signs it")


def need() -> FieldResult:
    quote = "two people type every order twice"
    items = [
        {
            "text": "orders are typed twice",
            "catalog": "manual_entry",
            "evidence": [evidence(quote).model_dump()],
        },
        {
            "text": "no view of stock",
            "catalog": None,
            "evidence": [evidence("nobody sees the stock").model_dump()],
        },
    ]
    value = {"intensity": "very", "match": "low", "coverage": 0.5, "items": items}
    return stated("low", 5, 25, value, quote, "nobody sees the stock")


def timeline() -> FieldResult:
    return stated(
        "1_3_months", 20, 20, {"target": "2026-06-01", "words": "end of May"}, "so end of May it is"
    )


def record(
    call_id: str = "a01", score: int = 60, tier: str = "warm", **fields: FieldResult | str | list[str]
) -> Record:
    """A record with all four fields stated; a field's result, or any other part, can be given by name."""
    results = {"budget": budget(), "authority": authority(), "need": need(), "timeline": timeline()}
    results |= {k: v for k, v in fields.items() if isinstance(v, FieldResult)}
    missing = [name for name, result in results.items() if result.status == "absent"]
    parts: dict[str, Any] = {
        "call_id": call_id, "source": f"calls/{call_id}.vtt", "source_sha256": "0" * 64,
        "call_date": dt.date(2026, 3, 12), "form": "bant",
        "form_sha256": "1" * 64, "prompts_sha256": "2" * 64,
        "model": "local/invented", "created_at": dt.datetime(2026, 3, 13, 9, 30, tzinfo=dt.UTC),
        "participants": [
            Participant(name="Tom Okafor", side="buyer", title="VP of Operations", company="Halden Freight"),
            Participant(name="Priya Nair", side="seller"),
        ],
        "fields": results, "score": score, "tier": tier, "missing": missing,
        "next_questions": [f.ask for f in form().fields if f.id in missing], "warnings": [],
        "usage": Usage(
            llm_calls=9, prompt_tokens=5120, cached_tokens=3900, completion_tokens=410, seconds=41.2
        ),
    }  # fmt: skip
    parts |= {k: v for k, v in fields.items() if not isinstance(v, FieldResult)}
    return Record.model_validate(parts)


def failure(call_id: str = "z09", message: str = "calls/z09.txt: no turns in it.") -> FailedRecord:
    return FailedRecord(
        call_id=call_id,
        source=f"calls/{call_id}.txt",
        error=Failure(kind="input", message=message, hint="Check the file with `bant read`."),
    )
