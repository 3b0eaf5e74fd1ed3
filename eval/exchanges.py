"""What people say in a breath or two, by the hundred: labelled calls have each way to say it once.

`exchanges/FIELD.yaml` holds ends of short exchanges, each what the seller asks ("" where nobody asks) and
what the buyer says: under `not` what only sounds like the field, under other keys what states it. Double
brackets stand around the amount or the time that is meant.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from places import Call, Place

from extractor.form import Form
from extractor.parsing.yamlfile import read_yaml
from extractor.strategies.candidates import Candidate, Scene, candidates
from extractor.transcript import Transcript, Turn

FOLDER = Path(__file__).resolve().with_name("exchanges")
PLAIN = Path(__file__).resolve().with_name("plain.yaml")
# Plain sentences are dealt out to so many sellers.
PLAIN_SELLERS = 8
# On this day they are said.
DATE = dt.date(2026, 3, 12)
NOT = "not"
# Turns of other talk before and after an exchange: it stands in the midst of a call.
AROUND = 8
_MEANT = re.compile(r"\[\[(.+?)\]\]")


@dataclass(frozen=True)
class Exchange:
    """An exchange. `counts` is the key that it stands under, "" for what states nothing.

    `meant` is where in `said` the amount or the time stands that is meant, None where there is none.
    """

    asked: str
    said: str
    counts: str
    meant: tuple[int, int] | None


@cache
def exchanges(field_id: str) -> tuple[Exchange, ...]:
    """The exchanges about a field."""
    return _listed(read_yaml(FOLDER / f"{field_id}.yaml").plain())


def _listed(said: Mapping[str, Sequence[Sequence[str]]]) -> tuple[Exchange, ...]:
    return tuple(_exchange(*e, "" if key == NOT else key) for key, its in said.items() for e in its)


def _exchange(asked: str, said: str, counts: str) -> Exchange:
    marked = _MEANT.search(said)
    meant = (marked.start(), marked.start() + len(marked[1])) if marked else None
    return Exchange(asked, _MEANT.sub(r"\1", said), counts, meant)


def exchange_places(field_id: str, form: Form, talk: Sequence[Transcript]) -> list[Place]:
    """The places in the exchanges about a field, each in the midst of some other talk.

    Args:
        field_id: the field's.
        form: the form that has it.
        talk: conversations in which nothing is sold.
    """
    places = []
    for n, e in enumerate(exchanges(field_id)):
        scene, own = _scene(n, e, talk[n % len(talk)])
        for c in candidates(form.field(field_id), form, scene):
            if c.turn in own:
                right = _is_right(c, e)
                places.append(Place(c.features, right, right))
    return places


def plain_calls(field_id: str, form: Form) -> list[tuple[Call, Scene]]:
    """What buyers say in so many words, each a call of one or two turns: one sentence must be enough."""
    calls = []
    for n, e in enumerate(_listed(read_yaml(PLAIN).plain()[field_id])):
        counts = bool(e.counts)
        scene = Scene(Transcript(turns=_turns(e), date=DATE))
        found = candidates(form.field(field_id), form, scene)
        places = [Place(c.features, counts, counts) for c in found]
        if places:
            seller = f"plain-{n % PLAIN_SELLERS}"
            calls.append((Call(f"plain-{n}", seller, counts, places, candidates=found), scene))
    return calls


def _turns(e: Exchange) -> list[Turn]:
    return [Turn(speaker=s, side=s, text=t) for s, t in (("seller", e.asked), ("buyer", e.said)) if t]


def _scene(n: int, e: Exchange, talk: Transcript) -> tuple[Scene, range]:
    """The exchange among other turns, somewhere among them, and which turns are its own."""
    start = n * AROUND % max(1, len(talk.turns) - AROUND)
    others = [
        Turn(speaker=side, side=side, text=turn.text)
        for turn in talk.turns[start : start + AROUND]
        for side in ["seller" if turn.speaker == talk.turns[start].speaker else "buyer"]
    ]
    own = _turns(e)
    at = n % (len(others) + 1)
    turns = [*others[:at], *own, *others[at:]]
    return Scene(Transcript(turns=turns, date=DATE)), range(at, at + len(own))


def _is_right(c: Candidate, e: Exchange) -> bool:
    if not e.counts or c.evidence.side == "seller":
        return False
    if not c.words:
        return True
    named = (m.span() for m in re.finditer(re.escape(c.words), e.said))
    return e.meant is not None and any(a < e.meant[1] and b > e.meant[0] for a, b in named)
