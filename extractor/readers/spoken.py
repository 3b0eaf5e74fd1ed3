"""Turns out of what services call words, segments, utterances or sentences, and names for their labels."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from extractor.patterns import regex
from extractor.readers.base import Parts, clean, participants_of
from extractor.readers.names import is_unknown
from extractor.transcript import Side, Turn

# Of nobody known a turn ends with a sentence, or where a pause or its length says that it is over.
_PAUSE_S = 2.0
_MAX_WORDS = 60
# Where words have no punctuation, a long phrase ends at the next pause for breath.
_BREATH_S = 0.3

_SENTENCE_END = regex(r"[.?!…。？！][\"'”’)]*$")
_ABBREVIATION = regex(r"(?:[a-z]\.){2,}|(?:mr|mrs|ms|dr|prof|vs|inc|ltd|corp|jr|sr|approx)\.", re.I)
_AFTER_SENTENCE = regex(r"(?<=[.?!…])\s+|(?<=[。？！])\s*")
# Punctuation marks that some services give as words of their own; they follow a word without a space.
_MARK = regex(r"[.,;:!?…%)\]}。、，？！：；]+")
_OPENING = regex(r"[¿¡(\[{]+")
_NO_SPACES = regex("[\u3040-\u30ff\u3400-\u9fff\uff00-\uffef\u3000-\u303f]")
_SPEAKER = regex(r"(?:speaker|spkr|spk)[\s_-]*([a-z]|\d{1,20})", re.I)
_SPEAKER_S = regex(r"s(\d{1,20})", re.I)
_CHANNEL = regex(r"(?:channel|ch)[\s_-]*(\d{1,6})", re.I)
_SHORT = regex(r"[a-z]?\d{1,20}|[a-z]", re.I)
_NOBODY = frozenset({"uu", "unk", "none", "null", "undefined"})


@dataclass(frozen=True)
class Piece:
    """Something said by one speaker (None where unknown); times in seconds from the start of the call."""

    speaker: str | None
    text: str
    start: float | None = None
    end: float | None = None
    side: Side | None = None


def label_name(label: object, prefix: str = "Speaker") -> str | None:
    """What a speaker is called whom a service only numbers, None where it doesn't know who speaks.

    The service's own number or letter is kept, so that it can be looked up there and in calls.yaml: `0`,
    `spk_0`, `S0` and `SPEAKER_00` are "Speaker 0", `A` is "Speaker A", `ch_1` is "Channel 1". Anything longer
    is a name that somebody gave.

    Args:
        label: what the file has: a string or whole number.
        prefix: what to put before a bare number or letter.
    """
    if isinstance(label, bool) or not isinstance(label, str | int):
        return None
    name = clean(str(label))
    if not name or name.casefold() in _NOBODY or is_unknown(name):
        return None
    for pattern, word in ((_SPEAKER, "Speaker"), (_SPEAKER_S, "Speaker"), (_CHANNEL, "Channel")):
        if match := pattern.fullmatch(name):
            return f"{word} {_bare(match[1])}"
    return f"{prefix} {_bare(name)}" if _SHORT.fullmatch(name) else name


def _bare(label: str) -> str:
    return str(int(label)) if label.isdigit() else label.upper()


def joined(words: Iterable[str]) -> str:
    """Words with spaces between, save before a mark, after an opening one, and in Chinese or Japanese."""
    found: list[str] = []
    last = ""
    for word in words:
        if not word:
            continue
        unspaced = _NO_SPACES.match(word) and _NO_SPACES.match(last[-1:])
        glued = not found or _MARK.fullmatch(word) or _OPENING.fullmatch(last) or unspaced
        found.append(word if glued else f" {word}")
        last = word
    return "".join(found)


def sentences(text: str) -> Iterator[Piece]:
    """The sentences of a text that has neither speakers nor times."""
    return (Piece(None, said) for part in _AFTER_SENTENCE.split(text) if (said := clean(part)))


def phrases(words: Iterable[Piece]) -> list[Piece]:
    """Words as phrases that end with a sentence, at a pause, or where another speaks."""
    found: list[Piece] = []
    run: list[Piece] = []
    for word in words:
        if not word.text:
            continue
        if _MARK.fullmatch(word.text):
            # A mark has no time, and often no speaker, of its own.
            if run:
                run.append(replace(run[-1], text=word.text))
            continue
        if run and _over(run, word):
            found.append(_one(run))
            run = []
        run.append(word)
    return [*found, _one(run)] if run else found


def _over(run: list[Piece], word: Piece) -> bool:
    last = run[-1]
    if word.speaker != last.speaker or word.side != last.side or _ends_sentence(last.text):
        return True
    pause = _pause(last.end, word.start)
    if len(run) >= _MAX_WORDS and (pause >= _BREATH_S or last.text.endswith(",")):
        return True
    return pause > _PAUSE_S or len(run) >= 2 * _MAX_WORDS


def _ends_sentence(text: str) -> bool:
    return bool(_SENTENCE_END.search(text)) and not _ABBREVIATION.fullmatch(text.rsplit(None, 1)[-1])


def is_over(last: str, words: int, end: float | None, start: float | None) -> bool:
    """Whether what nobody known says is a turn to itself: captions and speech-to-text go by the same rule.

    Args:
        last: its last words.
        words: how many words it has.
        end: when it ends, in seconds from the start of the call.
        start: when more is said.
    """
    return _ends_sentence(last) or words >= _MAX_WORDS or _pause(end, start) > _PAUSE_S


def _pause(end: float | None, start: float | None) -> float:
    return 0.0 if end is None or start is None else start - end


def by_time(pieces: Iterable[Piece]) -> list[Piece]:
    """Pieces of several channels in the order in which they begin; one without a time follows the last."""
    timed: list[tuple[float, Piece]] = []
    for piece in pieces:
        before = timed[-1][0] if timed else 0.0
        timed.append((before if piece.start is None else piece.start, piece))
    return [piece for _, piece in sorted(timed, key=lambda item: item[0])]


def turns(pieces: Iterable[Piece]) -> list[Turn]:
    """Turns: a speaker's pieces until another speaks, and those of nobody known by sentences and pauses."""
    found: list[Turn] = []
    run: list[Piece] = []
    words = 0
    for piece in pieces:
        if not piece.text:
            continue
        if run and not _goes_on(run[-1], piece, words):
            found.append(_turn(run))
            run, words = [], 0
        run.append(piece)
        words += len(piece.text.split())
    return [*found, _turn(run)] if run else found


def _goes_on(last: Piece, piece: Piece, words: int) -> bool:
    if piece.speaker != last.speaker or piece.side != last.side:
        return False
    return piece.speaker is not None or not is_over(last.text, words, last.end, piece.start)


def extent(times: Iterable[tuple[float | None, float | None]]) -> tuple[float | None, float | None]:
    """Start and end of what has these starts and ends, in their order; it never ends before it starts."""
    known = list(times)
    start = next((a for a, _ in known if a is not None), None)
    end = max((b for _, b in known if b is not None), default=None)
    if start is not None and end is not None and end < start:
        end = start
    return start, end


def _one(run: Sequence[Piece]) -> Piece:
    start, end = extent((p.start, p.end) for p in run)
    return Piece(run[0].speaker, joined(p.text for p in run), start, end, run[0].side)


def _turn(run: Sequence[Piece]) -> Turn:
    piece = _one(run)
    return Turn(speaker=piece.speaker, side=piece.side, start=piece.start, end=piece.end, text=piece.text)


def parts(pieces: Iterable[Piece]) -> Parts:
    """The parts of a transcript in which nothing stands but what is said."""
    found = turns(pieces)
    nameless = bool(found) and not any(t.speaker for t in found)
    warnings = ("The file names no speakers: it was made without telling them apart.",) if nameless else ()
    return Parts(found, participants_of(found), warnings=warnings)


class Spans:
    """Who speaks when, from a list of spans apart from the words.

    Args:
        spans: start and end in seconds, and the speaker.
    """

    def __init__(self, spans: Iterable[tuple[float | None, float | None, str | None]]) -> None:
        known = [(start, end, who) for start, end, who in spans if start is not None and end is not None]
        self._spans = sorted(known, key=lambda span: span[0])
        self._starts = [span[0] for span in self._spans]

    def at(self, time: float | None) -> str | None:
        """Who speaks at this time: whoever began last, nobody where that one has ended."""
        if time is None:
            return None
        index = bisect_right(self._starts, time) - 1
        if index < 0:
            return None
        _, end, who = self._spans[index]
        return who if time <= end else None
