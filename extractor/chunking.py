"""Cuts a call into chunks of whole turns that fit a model's context.

A turn is never cut (who speaks decides between a budget and a list price), unless it alone is larger
than a chunk may be: then it is cut between sentences and each piece keeps its speaker.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from extractor.transcript import Transcript, Turn

_SENTENCE_END = re.compile(r"(?<=[.?!…])\s+|\n+")


@dataclass(frozen=True)
class Piece:
    """A turn, or the part `char_start:char_end` of one that is too long for a chunk."""

    turn: int
    char_start: int
    char_end: int


@dataclass(frozen=True)
class Chunk:
    """What is read in one go: `pieces` to extract from, `context` before them only to be understood."""

    index: int
    pieces: tuple[Piece, ...]
    context: tuple[Piece, ...] = ()

    @property
    def turns(self) -> range:
        """The turns that `pieces` lie in."""
        return range(self.pieces[0].turn, self.pieces[-1].turn + 1)


def line(turn: Turn, piece: Piece) -> str:
    """A piece as a model reads it: `Name (side): text`."""
    name = turn.speaker or "Unknown speaker"
    side = f" ({turn.side})" if turn.side else ""
    return f"{name}{side}: {turn.text[piece.char_start : piece.char_end]}"


def cut(
    transcript: Transcript,
    max_tokens: int,
    count_tokens: Callable[[str], int],
    *,
    overlap_tokens: int = 0,
) -> list[Chunk]:
    """Cut a transcript into chunks, one where everything fits.

    Args:
        transcript: the call.
        max_tokens: the most tokens of a chunk, its context included.
        count_tokens: how many tokens a text is, or an upper bound of it.
        overlap_tokens: the most tokens of read-only context before a chunk.

    Returns:
        Chunks whose pieces, end to end, are the transcript: nothing left out, nothing twice.

    Raises:
        ValueError: `max_tokens` leaves no room beside the overlap.
    """
    room = max_tokens - overlap_tokens
    if room < 1 or overlap_tokens < 0:
        raise ValueError(f"no room for a turn in {max_tokens} tokens with {overlap_tokens} of overlap")
    sized = [
        (piece, count_tokens(line(transcript.turns[piece.turn], piece)))
        for piece in _pieces(transcript.turns, room, count_tokens)
    ]
    if sum(size for _, size in sized) <= max_tokens:
        return [Chunk(0, tuple(p for p, _ in sized))] if sized else []
    chunks: list[Chunk] = []
    start = 0
    while start < len(sized):
        end, used = start, 0
        while end < len(sized) and (end == start or used + sized[end][1] <= room):
            used += sized[end][1]
            end += 1
        chunks.append(
            Chunk(len(chunks), tuple(p for p, _ in sized[start:end]), _context(sized[:start], overlap_tokens))
        )
        start = end
    return chunks


def split(chunk: Chunk) -> tuple[Chunk, Chunk] | None:
    """Halve a chunk whose answer did not fit, or None where it is a single piece."""
    middle = len(chunk.pieces) // 2
    if not middle:
        return None
    first, second = chunk.pieces[:middle], chunk.pieces[middle:]
    return Chunk(chunk.index, first, chunk.context), Chunk(chunk.index, second, first[-2:])


def _context(before: Sequence[tuple[Piece, int]], room: int) -> tuple[Piece, ...]:
    taken: list[Piece] = []
    for piece, size in reversed(before):
        if size > room:
            break
        taken.append(piece)
        room -= size
    return tuple(reversed(taken))


def _pieces(turns: Sequence[Turn], room: int, count_tokens: Callable[[str], int]) -> Iterator[Piece]:
    for index, turn in enumerate(turns):
        whole = Piece(index, 0, len(turn.text))
        if count_tokens(line(turn, whole)) <= room:
            yield whole
            continue
        start = 0
        while start < len(turn.text):
            end = _fitting_end(turn, index, start, room, count_tokens)
            yield Piece(index, start, end)
            start = end


def _fitting_end(turn: Turn, index: int, start: int, room: int, count_tokens: Callable[[str], int]) -> int:
    """The end of the longest piece from `start` that fits: after a sentence, else a word, else a letter."""
    low, high = start + 1, len(turn.text)
    while low < high:
        middle = (low + high + 1) // 2
        if count_tokens(line(turn, Piece(index, start, middle))) <= room:
            low = middle
        else:
            high = middle - 1
    if low == len(turn.text):
        return low
    window = turn.text[start:low]
    ends = [m.end() for m in _SENTENCE_END.finditer(window)]
    if not ends:
        ends = [m.end() for m in re.finditer(r"\s+", window)]
    return start + ends[-1] if ends else low
