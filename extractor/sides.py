"""Who buys and who sells, where neither the file nor the caller says: the model decides from the opening."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any, Literal

from pydantic import BaseModel, create_model
from pydantic import Field as Setting

from extractor.chunking import Piece, line
from extractor.errors import ModelAnswerInvalid
from extractor.llm.client import Client
from extractor.prompting import render
from extractor.record import Usage
from extractor.transcript import Participant, Side, Transcript

# Introductions and the first questions are over by then; more costs reading time and adds no certainty.
_OPENING_WORDS = 450
# An enum of more names than this makes the constrained answer slow, and such a call is no sales talk.
_MAX_SPEAKERS = 20
_WORD = re.compile(r"\S+")


async def decide(transcript: Transcript, client: Client, usage: Usage) -> Transcript:
    """Name each speaker's side.

    Returns:
        The transcript with sides, or as it was, with a warning, where they can't be told.
    """
    speakers = transcript.speakers()
    if not 2 <= len(speakers) <= _MAX_SPEAKERS:
        return _undecided(transcript, f"sides can't be told with {len(speakers)} named speakers")
    messages = render("sides", opening=_opening(transcript), speakers=speakers)
    try:
        answer = await client.ask(messages, _answer_model(speakers), max_tokens=300, usage=usage)
    except ModelAnswerInvalid:
        return _undecided(transcript, "the model could not tell who buys and who sells")
    named: dict[Side, set[str]] = {"seller": set(answer.seller), "buyer": set(answer.buyer)}
    both = named["seller"] & named["buyer"]
    sides = {name: side for side, names in named.items() for name in names - both}
    if not sides:
        return _undecided(transcript, "the model could not tell who buys and who sells")
    return with_sides(transcript, sides, "model")


def with_sides(transcript: Transcript, sides: dict[str, Side], decided_by: str) -> Transcript:
    """The transcript with each named speaker on the given side, in turns and participants."""
    named = {p.name for p in transcript.participants}
    known = [p.model_copy(update={"side": sides.get(p.name, p.side)}) for p in transcript.participants]
    added = [Participant(name=s, side=sides.get(s)) for s in transcript.speakers() if s not in named]
    return transcript.model_copy(
        update={
            "turns": tuple(
                t.model_copy(update={"side": sides.get(t.speaker or "", t.side)}) for t in transcript.turns
            ),
            "participants": (*known, *added),
            "sides_from": decided_by,
        }
    )


def _undecided(transcript: Transcript, why: str) -> Transcript:
    hint = "; name the sellers with --seller, --seller-domain or calls.yaml"
    return transcript.model_copy(update={"warnings": (*transcript.warnings, why + hint)})


def _opening(transcript: Transcript) -> str:
    lines, room = [], _OPENING_WORDS
    for n, turn in enumerate(transcript.turns):
        ends = [m.end() for m in islice(_WORD.finditer(turn.text), room)]
        lines.append(line(turn, Piece(n, 0, ends[-1] if ends else 0)))
        room -= len(ends)
        if not room:
            break
    return "\n".join(lines)


class _Sides(BaseModel):
    seller: list[str]
    buyer: list[str]


def _answer_model(speakers: tuple[str, ...]) -> type[_Sides]:
    names = list[Literal[speakers]]  # type: ignore[valid-type]
    most: Any = Setting(default_factory=list, max_length=len(speakers))
    fields: dict[str, Any] = {"seller": (names, most), "buyer": (names, most)}
    return create_model("Sides", __base__=_Sides, **fields)
