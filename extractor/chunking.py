"""Cuts a call into chunks of whole turns that fit a model's context.

A turn is never cut (who speaks decides between a budget and a list price), unless it alone is larger
than a chunk may be: then it is cut between sentences and each piece keeps its speaker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from extractor.parsing.shownnames import shown_name
from extractor.patterns import regex
from extractor.transcript import Transcript, Turn

_SENTENCE_END = regex(r"(?<=[.?!…])\s+|(?<=[。！？])|\n+")
_SPACE = regex(r"\s+")


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
    """A piece as a model reads it, on one line whatever it holds: `Name (side): text`."""
    side = f" ({turn.side})" if turn.side else ""
    said = f"{shown_name(turn.speaker)}{side}: {turn.text[piece.char_start : piece.char_end]}"
    # A line break in a turn could pass what follows off as another speaker's words.
    # A closing tag in a turn could end the transcript that a prompt fences with tags.
    return " ".join(said.splitlines()).replace("</", "< /")


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

    def size(piece: Piece) -> int:
        return count_tokens(line(transcript.turns[piece.turn], piece) + "\n")

    whole = [Piece(n, 0, len(turn.text)) for n, turn in enumerate(transcript.turns)]
    sizes = [size(piece) for piece in whole]
    if sum(sizes) <= max_tokens:
        return [Chunk(0, tuple(whole))] if whole else []
    sized: list[tuple[Piece, int]] = []
    for piece, tokens in zip(whole, sizes, strict=True):
        if tokens <= room or not piece.char_end:
            sized.append((piece, tokens))
        else:
            parts = _cut_turn(transcript.turns[piece.turn].text, piece.turn, lambda p: size(p) <= room)
            sized += [(part, size(part)) for part in parts]
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


def _cut_turn(text: str, turn: int, fits: Callable[[Piece], bool]) -> Iterator[Piece]:
    """Cut a turn into the longest pieces that fit: after a sentence, else a word, else a letter."""
    start = 0
    while start < len(text):
        end = _longest_end(start, len(text), lambda start, end: fits(Piece(turn, start, end)))
        if end < len(text):
            window = text[start:end]
            for boundary in (_SENTENCE_END, _SPACE):
                if ends := [m.end() for m in boundary.finditer(window)]:
                    end = start + ends[-1]
                    break
        yield Piece(turn, start, end)
        start = end


def _longest_end(start: int, most: int, fits: Callable[[int, int], bool]) -> int:
    """The largest end from `start` + 1 to `most` that fits, and `start` + 1 where none does."""
    length = 1
    # Doubling first: a search from the far end would count the whole rest of the turn for each piece.
    while start + length < most and fits(start, start + length):
        length *= 2
    low, high = start + max(1, length // 2), min(start + length, most)
    while low < high:
        middle = (low + high + 1) // 2
        if fits(start, middle):
            low = middle
        else:
            high = middle - 1
    return low
