"""Ties a model's quotes to the transcript, or says why it can't.

First letter for letter, then equal after normalising (case, quotation marks, dashes, white space,
punctuation, fillers), then a bounded fuzzy match that never crosses a negation or a changed number.
What fits nowhere is rejected with a reason, never bent to fit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from extractor.record import Evidence
from extractor.transcript import Transcript

Reason = Literal["too short", "not in the transcript", "crosses a negation", "changes a number"]

MIN_WORDS = 3
# Similarity of words (0 to 1): one changed word in eight is a slip of the copying model, more is invention.
MIN_FUZZY = 0.86
_FUZZY_MIN_WORDS = 5

_WORD = re.compile(r"[^\W_]+(?:['’ʼ.,:/-](?=\w)[^\W_]+)*[%€$£]?|[$€£]", re.UNICODE)
_FILLERS = frozenset("um uh uhm er erm em ah eh hmm mm mhm".split())
_NEGATIONS = frozenset(
    "no not none never nothing nobody neither nor without cannot can't cant won't wont don't dont doesn't "
    "doesnt didn't didnt isn't isnt aren't arent wasn't wasnt haven't havent hasn't hasnt hadn't hadnt "
    "wouldn't wouldnt shouldn't shouldnt couldn't couldnt ain't aint hardly unless".split()
)
_NUMBER_WORDS = frozenset(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand "
    "million billion half quarter dozen grand k first second third fourth fifth sixth seventh eighth ninth "
    "tenth january february march april may june july august september october november december monday "
    "tuesday wednesday thursday friday saturday sunday".split()
)


@dataclass(frozen=True)
class Rejected:
    """A quote that stands nowhere in the transcript."""

    reason: Reason


@dataclass(frozen=True)
class _Token:
    word: str
    start: int
    end: int


def ground(quote: str, transcript: Transcript, turns: Iterable[int] | None = None) -> Evidence | Rejected:
    """Tie one quote to one turn.

    Args:
        quote: the model's copy of what was said. A leading `Name:` and outer quotation marks are dropped.
        transcript: the call.
        turns: the turns to look in, all unless given.

    Returns:
        The evidence, its quote being the transcript's own text, or why there is none.
    """
    places = list(turns if turns is not None else range(len(transcript.turns)))
    quote = _bare(quote, transcript)
    wanted = _tokens(quote)
    if len(wanted) < MIN_WORDS and not any(_same(wanted, _tokens(transcript.turns[i].text)) for i in places):
        return Rejected("too short")
    for i in places:
        if (at := _find_exact(quote, transcript.turns[i].text)) is not None:
            return Evidence.at(transcript, i, at, at + len(quote), "exact")
    for i in places:
        if (span := _find_tokens(wanted, _tokens(transcript.turns[i].text))) is not None:
            return Evidence.at(transcript, i, *span, "normalized")
    return _fuzzy(wanted, transcript, places)


def ground_all(
    quotes: Iterable[str], transcript: Transcript, turns: Iterable[int] | None = None
) -> tuple[list[Evidence], list[Rejected]]:
    """Tie each quote; one that leaves words out with "..." is tied part by part. No place is given twice."""
    places = list(turns if turns is not None else range(len(transcript.turns)))
    tied: dict[tuple[int, int, int], Evidence] = {}
    rejected: list[Rejected] = []
    for quote in quotes:
        found = [ground(quote, transcript, places)]
        parts = [p for p in re.split(r"\s*(?:\.\.\.|…|\[\.\.\.\])\s*", quote) if p.strip()]
        if isinstance(found[0], Rejected) and len(parts) > 1:
            found = [ground(part, transcript, places) for part in parts]
        for one in found:
            if isinstance(one, Evidence):
                tied[one.turn, one.char_start, one.char_end] = one
            else:
                rejected.append(one)
    return list(tied.values()), rejected


def _bare(quote: str, transcript: Transcript) -> str:
    quote = quote.strip()
    for name in transcript.speakers():
        for prefix in (f"{name}:", f"{name} (buyer):", f"{name} (seller):"):
            if quote.casefold().startswith(prefix.casefold()):
                quote = quote[len(prefix) :].strip()
    if len(quote) > 1 and quote[0] in "\"“”'‘" and quote[-1] in "\"“”'’":
        quote = quote[1:-1].strip()
    return quote


def _find_exact(quote: str, text: str) -> int | None:
    """Where the quote stands in the text as whole words."""
    for m in re.finditer(re.escape(quote), text):
        before, after = text[: m.start()][-1:], text[m.end() :][:1]
        if not (before.isalnum() and quote[0].isalnum()) and not (after.isalnum() and quote[-1].isalnum()):
            return m.start()
    return None


@lru_cache(maxsize=4096)
def _tokens(text: str) -> tuple[_Token, ...]:
    found = []
    for m in _WORD.finditer(text):
        word = unicodedata.normalize("NFKC", m[0]).casefold().replace("’", "'").replace("ʼ", "'")
        if word not in _FILLERS:
            found.append(_Token(word, m.start(), m.end()))
    return tuple(found)


def _same(a: Sequence[_Token], b: Sequence[_Token]) -> bool:
    return bool(a) and [t.word for t in a] == [t.word for t in b]


def _find_tokens(wanted: Sequence[_Token], text: Sequence[_Token]) -> tuple[int, int] | None:
    n = len(wanted)
    if not n:
        return None
    for i in range(len(text) - n + 1):
        if text[i].word == wanted[0].word and _same(wanted, text[i : i + n]):
            return text[i].start, text[i + n - 1].end
    return None


def _fuzzy(wanted: Sequence[_Token], transcript: Transcript, places: Sequence[int]) -> Evidence | Rejected:
    if len(wanted) < _FUZZY_MIN_WORDS:
        return Rejected("not in the transcript")
    best: tuple[float, int, int, int] | None = None
    for i in places:
        text = _tokens(transcript.turns[i].text)
        found = _closest_window(wanted, text) if len(text) >= MIN_WORDS else None
        if found and (best is None or found[0] > best[0]):
            best = (found[0], i, found[1], found[2])
    if best is None or best[0] < MIN_FUZZY:
        return Rejected("not in the transcript")
    _, turn, first, last = best
    text = _tokens(transcript.turns[turn].text)
    # A negation just before the window belongs to it: "we [don't] have a budget".
    around = text[max(0, first - 3) : last + 1]
    words = [t.word for t in wanted]
    if _count(words, _is_negation) != _count([t.word for t in around], _is_negation):
        return Rejected("crosses a negation")
    if [w for w in words if _is_number(w)] != [t.word for t in text[first : last + 1] if _is_number(t.word)]:
        return Rejected("changes a number")
    return Evidence.at(transcript, turn, text[first].start, text[last].end, "fuzzy")


def _closest_window(wanted: Sequence[_Token], text: Sequence[_Token]) -> tuple[float, int, int] | None:
    """The stretch of `text` most like `wanted`: similarity of its words (0 to 1), first and last token."""
    needle = " ".join(t.word for t in wanted)
    haystack = " ".join(t.word for t in text)
    alignment = fuzz.partial_ratio_alignment(needle, haystack, score_cutoff=70)
    if alignment is None:
        return None
    ends, position = [], 0
    for t in text:
        ends.append((position, position + len(t.word)))
        position += len(t.word) + 1
    inside = [i for i, (a, b) in enumerate(ends) if b > alignment.dest_start and a < alignment.dest_end]
    if not inside:
        return None
    words = [t.word for t in wanted]
    windows = [
        (first, last)
        for first in range(max(0, inside[0] - 1), inside[0] + 2)
        for last in range(max(first, inside[-1] - 1), min(len(text), inside[-1] + 2))
    ]
    scored = [
        (Indel.normalized_similarity(words, [t.word for t in text[a : b + 1]]), a, b) for a, b in windows
    ]
    return max(scored, key=lambda s: (s[0], s[1] - s[2]))


def _is_negation(word: str) -> bool:
    return word in _NEGATIONS


def _is_number(word: str) -> bool:
    return any(c.isdigit() for c in word) or any(part in _NUMBER_WORDS for part in word.split("-"))


def _count(words: Iterable[str], test: Callable[[str], bool]) -> int:
    return sum(map(test, words))
