"""Ties a model's quotes to the transcript, or says why it can't.

First letter for letter, then equal after normalising (case, quotation marks, dashes, white space,
punctuation, contractions, fillers), then a bounded fuzzy match that never crosses a negation or a changed
number. What fits nowhere is rejected with a reason, never bent to fit. A quote begins and ends between
words: never inside "can't", "seventy-five" or "70,000".
"""

from __future__ import annotations

import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from sys import intern
from typing import Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel, Levenshtein

from extractor.parsing.shownnames import shown_name
from extractor.patterns import regex
from extractor.record import Evidence
from extractor.transcript import UNNAMED, Transcript

Reason = Literal["too short", "not in the transcript", "crosses a negation", "changes a number"]

MIN_WORDS = 3
# Similarity of words (0 to 1): one changed word in eight is a slip of the copying model, more is invention.
MIN_FUZZY = 0.86
# Below this there is no place that a quote could have been meant to copy, so no reason to give but that.
_MIN_NEAR = 0.75
# A shorter quote has no room for a slip; a longer one is no quote, and takes long to look for.
_FUZZY_MIN_WORDS, _FUZZY_MAX_WORDS = 5, 100
# Similarity of letters from which two words are one word misspelt ("approve", "approved").
_MIN_SLIP = 0.75

# Scripts written without spaces (Thai to Khmer, kana, Han): each character is a word of its own there.
_UNSPACED = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff"
)
_LETTERS = rf"[^\W_{_UNSPACED}](?:[^\W_{_UNSPACED}]|\0)*"
_WORD = regex(
    rf"{_LETTERS}(?:'{_LETTERS}|(?<=\d)[.,:/](?=\d){_LETTERS})*(?:(?<=\d)\s?%)?|(?=\w)[{_UNSPACED}]\0*|[$€£¥₹]"
)
_IDEOGRAPH = regex(rf"[{_UNSPACED}]")
_LATIN = regex(r"[\x00-\u024f€₹]*")
_APOSTROPHES, _HYPHENS = "’ʼ‘´＇′", "‐‑‒–−"
_OUTER = " \t\r\n\"“”„«»'‘’"
_ELLIPSIS = regex(r"\.{3,}|…")
_SENTENCE_END = regex(r"[.?!]\s")

_FILLERS = frozenset("um uh uhm er erm em ah eh hmm mm mhm".split())
_CLITICS = {"ve": "have", "re": "are", "m": "am", "ll": "will"}
_CONTRACTED = {
    "cannot": ("can", "not"), "can't": ("can", "not"), "cant": ("can", "not"), "won't": ("will", "not"),
    "wont": ("will", "not"), "gonna": ("going", "to"), "wanna": ("want", "to"), "gotta": ("got", "to"),
} | {
    aux + nt: (aux, "not")
    for aux in "do does did is are was were have has had would should could must might need ai".split()
    for nt in ("n't", "nt")
}  # fmt: skip
# English, then German, French, Spanish, Italian, Portuguese and Dutch.
_NEGATIONS = frozenset(
    "no not none never nothing nobody nowhere neither nor non without hardly barely scarcely rarely seldom "
    "unless except if almost nearly lack lacks "
    "nicht kein keine keinen keinem keiner keines nie niemals nichts niemand ohne weder "
    "ne n pas jamais aucun aucune rien sans ni ningún ninguno ninguna nada nadie nunca sin tampoco "
    "mai senza nessun nessuno nessuna niente né não nem sem nenhum nenhuma niet geen nooit niets "
    "zonder".split()
)
_NUMBER_WORDS = frozenset(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand "
    "million billion half quarter dozen couple grand k m first second third fourth fifth sixth seventh "
    "eighth ninth tenth january february march april may june july august september october november "
    "december monday tuesday wednesday thursday friday saturday sunday".split()
)
# Words that a copying model swaps for one another without changing what was said.
_LIGHT = frozenset("a an the this that these those it and so".split())


@dataclass(frozen=True)
class Rejected:
    """A quote that stands nowhere in the transcript."""

    reason: Reason


@dataclass(frozen=True)
class _Words:
    """The normalised words of a text and where they stand in it.

    `units` number what may not be cut: words of one contraction or hyphenated compound share a number.
    `joined` is the words with a space around each, to find runs of them. `length` is the number of units;
    two characters of a script without spaces count as one.
    """

    words: tuple[str, ...]
    starts: array[int]
    ends: array[int]
    units: array[int]
    joined: str
    length: float

    def whole(self, first: int, last: int) -> bool:
        """Whether words `first` to `last` begin and end between units."""
        before = first and self.units[first - 1] == self.units[first]
        after = last + 1 < len(self.words) and self.units[last + 1] == self.units[last]
        return not before and not after


def ground(quote: str, transcript: Transcript, turns: Iterable[int] | None = None) -> Evidence | Rejected:
    """Tie one quote to one turn. Where several turns have it, the buyer's come before the seller's.

    Args:
        quote: the model's copy of what was said. A leading `Name:` and outer quotation marks are dropped.
        transcript: the call.
        turns: the turns to look in, all unless given.

    Returns:
        The evidence, its quote being the transcript's own text, or why there is none.
    """
    places = _places(transcript, turns)
    quote = _bare(quote, transcript)
    wanted = _words(quote)
    if wanted.length < MIN_WORDS:
        # Two words prove nothing, unless they are all that somebody said, and said once.
        places = [i for i in places if _words(transcript.turns[i].text).words == wanted.words]
        if not wanted.words or len(places) != 1:
            return Rejected("too short")
    # A copy letter for letter stands in few turns: the words of the others need not be told apart.
    copied = quote[wanted.starts[0] : wanted.ends[-1]]
    for i in places:
        text = transcript.turns[i].text
        for start, end in _runs(wanted, _words(text)) if copied in text else ():
            if (span := _letter_for_letter(quote, wanted, text, start, end)) is not None:
                return Evidence.at(transcript, i, *span, "exact")
    for i in places:
        for start, end in _runs(wanted, _words(transcript.turns[i].text)):
            return Evidence.at(transcript, i, start, end, "normalized")
    return _fuzzy(wanted, transcript, places)


def ground_all(
    quotes: Iterable[str], transcript: Transcript, turns: Iterable[int] | None = None
) -> tuple[list[Evidence], list[Rejected]]:
    """Tie each quote; one that leaves words out with "..." is tied part by part. No place is given twice."""
    places = _places(transcript, turns)
    tied: dict[tuple[int, int, int], Evidence] = {}
    rejected: list[Rejected] = []
    for quote in quotes:
        for one in _ground_parts(quote, transcript, places):
            if isinstance(one, Evidence):
                tied.setdefault((one.turn, one.char_start, one.char_end), one)
            else:
                rejected.append(one)
    return list(tied.values()), rejected


def _ground_parts(quote: str, transcript: Transcript, places: Sequence[int]) -> list[Evidence | Rejected]:
    whole = ground(quote, transcript, places)
    parts = [p for p in _ELLIPSIS.split(quote) if _words(p).words]
    if isinstance(whole, Evidence) or whole.reason != "not in the transcript" or len(parts) < 2:
        return [whole]
    found = [ground(part, transcript, places) for part in parts]
    for n, one in enumerate(found):
        # What "..." leaves out may be the "not" of what follows it.
        if n and isinstance(one, Evidence) and _negated(one, transcript):
            found[n] = Rejected("crosses a negation")
    return found


def _places(transcript: Transcript, turns: Iterable[int] | None) -> list[int]:
    places = range(len(transcript.turns)) if turns is None else turns
    return sorted(places, key=lambda i: transcript.turns[i].side == "seller")


def _bare(quote: str, transcript: Transcript) -> str:
    quote = quote.strip(_OUTER)
    names = transcript.speakers()
    # A model may begin a quote with the name as it was shown to it.
    for name in (*names, *map(shown_name, names), UNNAMED):
        for prefix in (f"{name}:", f"{name} (buyer):", f"{name} (seller):"):
            if quote[: len(prefix)].casefold() == prefix.casefold():
                return quote[len(prefix) :].strip(_OUTER)
    return quote


# Holds the turns of a long call, so that each of its quotes does not read the call anew.
@lru_cache(maxsize=2_048)
def _words(text: str) -> _Words:
    shadow = _shadow(text)
    words: list[str] = []
    starts, ends, units = array("i"), array("i"), array("i")
    length = 0.0
    for m in _WORD.finditer(shadow):
        word = _normal(text[m.start() : m.end()])
        if not word or word in _FILLERS:
            continue
        glued = bool(words) and ends[-1] + 1 == m.start() and shadow[m.start() - 1] == "-"
        unit = units[-1] if glued else len(words)
        length += 0 if glued else 0.5 if _IDEOGRAPH.match(word) else 1
        for part in _spelled_out(word):
            # One copy of each word, however many turns have it.
            words.append(intern(part))
            starts.append(m.start())
            ends.append(m.end())
            units.append(unit)
    return _Words(tuple(words), starts, ends, units, f" {' '.join(words)} ", length)


def _shadow(text: str) -> str:
    """The text with one kind of apostrophe and hyphen, and NUL for marks that belong to the letter before."""
    if text.isascii():
        return text
    table = {}
    for c in set(text):
        if c in _APOSTROPHES:
            table[ord(c)] = "'"
        elif c in _HYPHENS:
            table[ord(c)] = "-"
        elif unicodedata.category(c) in ("Mn", "Mc", "Me", "Cf"):
            table[ord(c)] = "\0"
    return text.translate(table)


def _normal(word: str) -> str:
    if word.isascii():
        return word.lower().replace(" ", "")
    kept = "".join(
        "'" if c in _APOSTROPHES else c for c in word if not c.isspace() and unicodedata.category(c) != "Cf"
    )
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", kept).casefold())


def _spelled_out(word: str) -> tuple[str, ...]:
    if word in _CONTRACTED:
        return _CONTRACTED[word]
    stem, _, ending = word.rpartition("'")
    return (stem, _CLITICS[ending]) if stem and ending in _CLITICS else (word,)


def _runs(wanted: _Words, text: _Words) -> Iterator[tuple[int, int]]:
    """Where in the text the wanted words stand in a row: start and end in characters."""
    at = text.joined.find(wanted.joined)
    first, counted = 0, 0
    while at >= 0:
        first += text.joined.count(" ", counted, at)
        counted = at
        last = first + len(wanted.words) - 1
        if text.whole(first, last):
            yield text.starts[first], text.ends[last]
        at = text.joined.find(wanted.joined, at + 1)


def _letter_for_letter(quote: str, wanted: _Words, text: str, start: int, end: int) -> tuple[int, int] | None:
    """The span of an exact copy, with its outer punctuation where the text has the same."""
    begin = start - wanted.starts[0]
    if begin >= 0 and text.startswith(quote, begin):
        return begin, begin + len(quote)
    return (start, end) if quote[wanted.starts[0] : wanted.ends[-1]] == text[start:end] else None


def _fuzzy(wanted: _Words, transcript: Transcript, places: Sequence[int]) -> Evidence | Rejected:
    # The words that turn a sentence round are known for European languages only.
    if not _FUZZY_MIN_WORDS <= len(wanted.words) <= _FUZZY_MAX_WORDS or not _LATIN.fullmatch(wanted.joined):
        return Rejected("not in the transcript")
    best, closest = 0.0, 0.0
    result: Evidence | Rejected = Rejected("not in the transcript")
    for i in places:
        text = _words(transcript.turns[i].text)
        found = _closest_window(wanted.words, text)
        if found is None or found[0] < _MIN_NEAR:
            continue
        similarity, first, last = found
        evidence = Evidence.at(transcript, i, text.starts[first], text.ends[last], "fuzzy")
        reason = _difference(wanted.words, text.words[first : last + 1])
        if _negated(evidence, transcript):
            reason = "crosses a negation"
        elif reason is None and similarity < MIN_FUZZY:
            reason = "not in the transcript"
        if reason is None and similarity > best:
            best, result = similarity, evidence
        elif reason is not None and not best and similarity > closest:
            closest, result = similarity, Rejected(reason)
    return result


def _closest_window(wanted: Sequence[str], text: _Words) -> tuple[float, int, int] | None:
    """The stretch of `text` most like `wanted`: similarity of its words (0 to 1), first and last word."""
    if len(text.words) < _MIN_NEAR * len(wanted) - 1:
        return None
    near = fuzz.partial_ratio_alignment(wanted, text.words, score_cutoff=70)
    if near is None:
        return None
    if len(wanted) > len(text.words):
        start, end = 0, len(text.words)
    else:
        start, end = near.dest_start, near.dest_end
    scored = [
        (Indel.normalized_similarity(wanted, text.words[first : last + 1]), first, last)
        for first in range(max(0, start - 2), start + 3)
        for last in range(max(first, end - 3), min(len(text.words), end + 2))
        if text.whole(first, last)
    ]
    return max(scored, key=lambda s: s[0], default=None)


def _difference(wanted: Sequence[str], text: Sequence[str]) -> Reason | None:
    """Why the words of a quote can't be those of the text, None where they differ by slips alone.

    A model may skip a word that was said; a word that was not said is an invention.
    """
    reason: Reason | None = None
    for op in Levenshtein.opcodes(wanted, text):
        left, right = wanted[op.src_start : op.src_end], text[op.dest_start : op.dest_end]
        if op.tag == "equal":
            continue
        changed = {*left, *right}
        if changed & _NEGATIONS:
            return "crosses a negation"
        if any(map(_is_number, changed)):
            reason = "changes a number"
        elif (op.tag == "replace" and not all(map(_is_slip, left, right))) or (
            op.tag == "delete" and not _LIGHT.issuperset(left)
        ):
            reason = reason or "not in the transcript"
    return reason


def _is_slip(a: str, b: str) -> bool:
    if a in _LIGHT and b in _LIGHT:
        return True
    # Another first letter is another word: "likely" and "unlikely", "increase" and "decrease".
    return a[0] == b[0] and Indel.normalized_similarity(a, b) >= _MIN_SLIP


def _is_number(word: str) -> bool:
    return word in _NUMBER_WORDS or any(c.isnumeric() for c in word)


def _negated(evidence: Evidence, transcript: Transcript) -> bool:
    """Whether a negation is among the three words before it in its sentence: "we don't [have a budget]"."""
    before = transcript.turns[evidence.turn].text[: evidence.char_start][-80:]
    return not _NEGATIONS.isdisjoint(_words(_SENTENCE_END.split(before)[-1]).words[-3:])
