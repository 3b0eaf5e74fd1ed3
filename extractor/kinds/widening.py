"""Quotes made long enough to carry what code reads out of them: the quote, its sentence, its turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from extractor.parsing.spans import sentence_at
from extractor.record import Evidence
from extractor.transcript import Transcript

# A piece of a turn: the evidence it belongs to, the turn's text, where the piece begins and ends.
Piece = tuple[Evidence, str, int, int]


def pieces(evidence: Sequence[Evidence], transcript: Transcript) -> Iterator[list[Piece]]:
    """Yield where to look: the quotes, then the sentences that hold them, then their whole turns."""
    texts = [transcript.turns[e.turn].text for e in evidence]
    yield [(e, t, e.char_start, e.char_end) for e, t in zip(evidence, texts, strict=True)]
    yield [(e, t, *sentence_at(t, e.char_start, e.char_end)) for e, t in zip(evidence, texts, strict=True)]
    yield [(e, t, 0, len(t)) for e, t in zip(evidence, texts, strict=True)]


def holding(transcript: Transcript, e: Evidence, start: int, end: int) -> Evidence:
    """The quote, made long enough to hold `start:end` of its turn; the sentence there if it lies apart."""
    if e.char_start <= start and end <= e.char_end:
        return e
    if end <= e.char_start or start >= e.char_end:
        begin, finish = sentence_at(transcript.turns[e.turn].text, start, end)
    else:
        begin, finish = min(e.char_start, start), max(e.char_end, end)
    return Evidence.at(transcript, e.turn, begin, finish, e.match)


def touching(a: Evidence, b: Evidence) -> bool:
    """Whether two quotes overlap."""
    return a.turn == b.turn and a.char_start < b.char_end and b.char_start < a.char_end
