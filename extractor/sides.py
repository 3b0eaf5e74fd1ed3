"""Who buys and who sells, where neither the file nor the caller says.

How people talk tells most of it (`learned.py`); whom that leaves open, the model decides from the opening.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice

from extractor.chunking import Piece, line
from extractor.cues import Features, cues_in, relative_features
from extractor.learned import learned
from extractor.llm.client import Client
from extractor.patterns import regex
from extractor.prompting import render
from extractor.record import Usage
from extractor.transcript import Participant, Side, Transcript
from extractor.vocabulary import said_by

# Introductions and the first questions are over by then; more costs reading time and adds no certainty.
_OPENING_WORDS = 450
# Such a call is no sales talk, and asking for each would take long.
_MAX_SPEAKERS = 20
# Log-odds from which on a side is taken as told by how someone talks.
_SURE = 1.0
# Who says less is told nothing by, but would shift what the others are compared with.
_LEAST_WORDS = 12
_WORD = regex(r"\S+")


async def decide(transcript: Transcript, client: Client, usage: Usage) -> Transcript:
    """Name each speaker's side.

    Returns:
        The transcript with sides, or as it was, with a warning, where they can't be told.

    Raises:
        ModelError: the model can't be reached or refuses.
    """
    speakers = transcript.speakers()
    if not 2 <= len(speakers) <= _MAX_SPEAKERS:
        why = f"sides can't be told with {len(speakers)} named speakers"
        hint = "; name the sellers with --seller, --seller-domain or calls.yaml"
        return transcript.model_copy(update={"warnings": (*transcript.warnings, why + hint)})
    model = learned("sides")
    talkers = talkers_of(transcript)
    odds = {s: model.log_odds(f) for s, f in talk_features(transcript, talkers).items()}
    open_ones = [s for s in speakers if abs(odds[s]) < _SURE]
    for speaker in open_ones:
        said = await client.choose(
            render("sides", opening=_opening(transcript), speaker=speaker), ["seller", "buyer"], usage=usage
        )
        odds[speaker] += said["seller"] - said["buyer"]
    told = _sides(odds, talkers)
    return with_sides(transcript, told, "model" if open_ones else "how they talk")


def talkers_of(transcript: Transcript) -> list[str]:
    """The speakers who say enough to be compared with each other; all, where fewer than two do."""
    said: Counter[str] = Counter()
    for turn in transcript.turns:
        said[turn.speaker or ""] += len(turn.text.split())
    talkers = [s for s in transcript.speakers() if said[s] >= _LEAST_WORDS]
    return talkers if len(talkers) > 1 else list(transcript.speakers())


def talk_features(transcript: Transcript, talkers: Sequence[str]) -> dict[str, Features]:
    """How each speaker talks: beside the others, the talkers beside each other alone, and in which words."""
    turns = transcript.turns
    counts = [cues_in(t.text) for t in turns]
    among = [n for n, t in enumerate(turns) if t.speaker in talkers]
    told = relative_features(turns, counts)
    told |= relative_features([turns[n] for n in among], [counts[n] for n in among])
    return {s: f | said_by([t.text for t in turns if t.speaker == s]) for s, f in told.items()}


def _sides(odds: dict[str, float], talkers: list[str]) -> dict[str, Side]:
    """Who is likelier to sell sells; on a sales call somebody does, and somebody buys."""
    sides: dict[str, Side] = {s: "seller" if o > 0 else "buyer" for s, o in odds.items()}
    sides[max(talkers, key=lambda s: odds[s])] = "seller"
    sides[min(talkers, key=lambda s: odds[s])] = "buyer"
    return sides


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


def _opening(transcript: Transcript) -> str:
    lines, room = [], _OPENING_WORDS
    for n, turn in enumerate(transcript.turns):
        ends = [m.end() for m in islice(_WORD.finditer(turn.text), room)]
        lines.append(line(turn, Piece(n, 0, ends[-1] if ends else 0)))
        room -= len(ends)
        if not room:
            break
    return "\n".join(lines)
