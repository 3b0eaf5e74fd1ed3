"""The record: what is written for each call. `schemas/record.schema.json` is made from these models."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from extractor.transcript import Participant, Side, Transcript

SCHEMA_VERSION: Literal[1] = 1

# A warning that begins so says that a part of the call could not be read.
INCOMPLETE = "incomplete: "

Match = Literal["exact", "normalized", "fuzzy"]


class Evidence(BaseModel):
    """A quote tied to the transcript: `quote` equals `turns[turn].text[char_start:char_end]`.

    `turn` counts from 0; `start` and `end` are the turn's times in seconds. `match` says how the model's
    words were tied to the transcript: letter for letter, equal after normalising, or nearly equal.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    quote: str
    turn: int = Field(ge=0)
    speaker: str | None
    side: Side | None
    start: float | None
    end: float | None
    char_start: int = Field(ge=0)
    char_end: int = Field(ge=0)
    match: Match

    @classmethod
    def at(
        cls, transcript: Transcript, turn: int, char_start: int, char_end: int, match: Match = "exact"
    ) -> Evidence:
        """The evidence that `turns[turn].text[char_start:char_end]` is."""
        t = transcript.turns[turn]
        return cls(
            quote=t.text[char_start:char_end], turn=turn, speaker=t.speaker, side=t.side,
            start=t.start, end=t.end, char_start=char_start, char_end=char_end, match=match,
        )  # fmt: skip


class Conflict(BaseModel):
    """An earlier answer that the final one overrode."""

    model_config = ConfigDict(extra="forbid")

    option: str | None
    value: dict[str, Any] | None
    evidence: list[Evidence]


class FieldResult(BaseModel):
    """One field of the form for one call.

    `confidence` is the probability that `status` and `option` are right.
    """

    model_config = ConfigDict(extra="forbid")

    status: Literal["stated", "absent"]
    option: str | None
    value: dict[str, Any] | None
    points: int
    max_points: int
    confidence: float = Field(ge=0, le=1)
    evidence: list[Evidence]
    conflicts: list[Conflict]


class Usage(BaseModel):
    """What a call cost, failed attempts included. `cost_usd` is None where the model has no known price."""

    model_config = ConfigDict(extra="forbid")

    llm_calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None
    seconds: float = 0.0


class Record(BaseModel):
    """The result for one call."""

    model_config = ConfigDict(extra="forbid")

    schema_version: Literal[1] = SCHEMA_VERSION
    call_id: str
    source: str | None
    source_sha256: str | None
    call_date: dt.date | None
    form: str
    form_sha256: str
    prompts_sha256: str
    model: str
    created_at: dt.datetime
    participants: list[Participant]
    fields: dict[str, FieldResult]
    score: int = Field(ge=0, le=100)
    tier: str
    missing: list[str]
    next_questions: list[str]
    warnings: list[str]
    usage: Usage

    @property
    def incomplete(self) -> bool:
        """Whether a part of the call could not be read; `warnings` says which."""
        return any(w.startswith(INCOMPLETE) for w in self.warnings)


class Failure(BaseModel):
    """Why a call has no result."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    message: str
    hint: str


class FailedRecord(BaseModel):
    """The record of a call that failed."""

    model_config = ConfigDict(extra="forbid")

    schema_version: Literal[1] = SCHEMA_VERSION
    call_id: str
    source: str | None
    error: Failure


AnyRecord = Record | FailedRecord
