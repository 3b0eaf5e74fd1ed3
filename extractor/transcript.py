"""A call as read from a file: who took part and what was said, turn by turn."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Side = Literal["buyer", "seller"]

# What a speaker without a name is called where a model reads it.
UNNAMED = "Unknown speaker"


class Participant(BaseModel):
    """Someone on the call, or on its invitation."""

    model_config = ConfigDict(frozen=True)

    name: str
    side: Side | None = None
    title: str | None = None
    company: str | None = None
    email: str | None = None
    phone: str | None = None


class Turn(BaseModel):
    """What one speaker said until another spoke.

    `start` and `end` are seconds from the start of the call, None where the file has none.
    """

    model_config = ConfigDict(frozen=True)

    speaker: str | None = None
    side: Side | None = None
    start: float | None = None
    end: float | None = None
    text: str


class Transcript(BaseModel):
    """A call. `turns` is all that is needed; readers fill the rest where the file has it.

    `source_sha256` is the hash of the file's bytes; `sides_from` and `date_from` say where the sides
    and the date come from ("file", "calls.yaml", "option", "model", "file name", "file time", ...).
    """

    model_config = ConfigDict(frozen=True)

    turns: tuple[Turn, ...]
    participants: tuple[Participant, ...] = ()
    date: dt.date | None = None
    format: str = "turns"
    warnings: tuple[str, ...] = ()
    call_id: str = "call"
    source: str | None = None
    source_sha256: str | None = None
    date_from: str | None = None
    sides_from: str | None = None

    def speakers(self) -> tuple[str, ...]:
        """Names of those who speak, in the order in which they first do."""
        return tuple(dict.fromkeys(t.speaker for t in self.turns if t.speaker))

    def words(self) -> int:
        """Number of words spoken."""
        return sum(len(t.text.split()) for t in self.turns)

    def as_read(self) -> dict[str, Any]:
        """The form that `bant read --json` prints: format, date, participants, turns, warnings."""
        return self.model_dump(
            mode="json", include={"format", "date", "participants", "turns", "warnings"}
        )


class SellerHints(BaseModel):
    """What the caller knows about the selling side: e-mail domains and names of people or of the company."""

    model_config = ConfigDict(frozen=True)

    domains: tuple[str, ...] = ()
    names: tuple[str, ...] = Field(default=())
