"""What a speaker is called where a model reads it.

Anybody may call themself anything on a call: a name may hold an instruction, a line break, chat markup or
what passes for the line of another speaker. A shown name is one short phrase without the marks that lines,
prompts and markup are made of. Records and quotes keep the name as read.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rapidfuzz import fuzz

from extractor.patterns import regex
from extractor.transcript import UNNAMED

# As readers take words before a colon for a name.
_MOST_LETTERS = 60
# Letters, marks and numbers; dashes beside these are what names and handles are written with.
_PLAIN = frozenset("LMN")
_SIGNS = frozenset(".,'’‘·・&/@+_()")
_DASH = "Pd"
_INVISIBLE = "Cf"
_BRACKETED = regex(r"\(([^()]*)\)")
_LETTER_BY_DIGIT = regex(r"[^\W\d_]\d|\d[^\W\d_]")
# Only the program's own tag says which side somebody is on. A word as near to it as this (0 to 100) may be
# meant to be read as it. Who is at Bayer merely loses the brackets.
_SIDES = ("buyer", "seller")
_NEAR = 70


# Each line has a name before it, and is measured many times where a long turn is cut.
@lru_cache(maxsize=256)
def shown_name(name: str | None) -> str:
    """The name without line breaks, colons, quotation marks and markup; where nothing is left, `UNNAMED`.

    Round brackets stay where they come in pairs ("Ana (Halden Freight)") and could not pass for a side.
    """
    plain = "".join(_shown(c) for c in name or "")
    plain = " ".join(plain.split())[:_MOST_LETTERS].rstrip()
    beside = _BRACKETED.sub("", plain)
    if "(" in beside or ")" in beside or any(map(_like_a_side, _BRACKETED.findall(plain))):
        plain = " ".join(plain.replace("(", " ").replace(")", " ").split())
    return plain if any(c.isalnum() for c in plain) else UNNAMED


def _shown(c: str) -> str:
    category = unicodedata.category(c)
    if category[0] in _PLAIN or category == _DASH or c in _SIGNS:
        return c
    return "" if category == _INVISIBLE else " "


def _like_a_side(inside: str) -> bool:
    """Whether it may be read as a side: misspelt, spaced out, with look-alikes of several alphabets."""
    told = unicodedata.normalize("NFKC", inside).casefold()
    letters = "".join(c for c in told if c.isalpha())
    alphabets = {unicodedata.name(c, "").partition(" ")[0] for c in letters}
    near = any(fuzz.ratio(word, side) >= _NEAR for word in told.split() for side in _SIDES)
    disguised = len(alphabets) > 1 or _LETTER_BY_DIGIT.search(told) is not None
    return near or disguised or any(side in letters for side in _SIDES)
