"""Words as small models compare and count them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from extractor.cues import CUES, Features
from extractor.patterns import regex

_WORD = regex(r"[^\W\d_]{3,}")
# Enough of English morphology to see that "chasing invoices" and "chases an invoice" are about one thing.
_ENDINGS = tuple("ations ation ments ment ings ing ers er ies ied es ed s ly y e".split())
_STEM_LETTERS = 3

# As they are counted one by one: short words tell who does something, and all figures are one word.
_TOKEN = regex(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+")
_FIGURE = "#"
# Words to either side of a mention, in at most so many letters.
_BESIDE, _BESIDE_LETTERS = 5, 200
# So many words are added to what someone says, or who says five would say each of them often; and from so
# many on, as logarithms, it makes no difference how often.
_FEW_WORDS, _OFTEN = 20, 3.0
# How the names of these features begin, and no others': there are many, most of them met once.
SAID = "said "


def stems(text: str) -> list[str]:
    """The words of a text in their order, lower case, without the endings of inflection."""
    return [_stem(w) for w in _WORD.findall(text.lower())]


def word_features(texts: Iterable[str]) -> Features:
    """What a conversation is about, as the words in it: each stem's damped count, the whole of length 1."""
    counts = Counter(stem for text in texts for stem in stems(text))
    damped = {stem: 1 + math.log(n) for stem, n in counts.items()}
    length = math.sqrt(sum(w * w for w in damped.values())) or 1.0
    return {stem: w / length for stem, w in damped.items()}


def said(text: str) -> Features:
    """Each word of a text, and each two that follow one another, as 1."""
    return _as_features("here", _with_pairs(_tokens(text)))


def said_by(texts: Iterable[str]) -> Features:
    """How often someone says each word and each two that follow one another, in a hundred words, damped."""
    counts: Counter[str] = Counter()
    words = _FEW_WORDS
    for text in texts:
        tokens = _tokens(text)
        words += len(tokens)
        counts.update(_with_pairs(tokens))
    often = {word: min(_OFTEN, math.log1p(100 * n / words)) for word, n in counts.items()}
    return {f"{SAID}often: {word}": x for word, x in often.items()}


def said_around(text: str, start: int, end: int) -> Features:
    """The words to either side of `text[start:end]`."""
    left = _tokens(text[max(0, start - _BESIDE_LETTERS) : start])[-_BESIDE:]
    right = _tokens(text[end : end + _BESIDE_LETTERS])[:_BESIDE]
    return (
        _as_features("left", _with_pairs(left))
        | _as_features("right", _with_pairs(right))
        | _as_features("next left", left[-1:])
        | _as_features("next right", right[:1])
    )


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    for word in _TOKEN.findall(text.lower().replace("’", "'")):
        if word.isdigit() or CUES["number"].fullmatch(word):
            if found[-1:] != [_FIGURE]:
                found.append(_FIGURE)
        else:
            found.append(word if "'" in word else _stem(word))
    return found


def _with_pairs(words: list[str]) -> list[str]:
    return [*words, *(f"{one} {other}" for one, other in pairwise(words))]


def _as_features(where: str, words: Iterable[str]) -> Features:
    return {f"{SAID}{where}: {word}": 1.0 for word in words}


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM_LETTERS:
            return word[: -len(ending)]
    return word
