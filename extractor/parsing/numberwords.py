"""The words that numbers are said with, and the tokens of a text that may belong to one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from extractor.parsing.spans import plain, plain_words, runs_of_letters
from extractor.patterns import regex

ONES = {w: n for n, w in enumerate("zero one two three four five six seven eight nine".split())} | {
    "nought": 0, "nil": 0,
}  # fmt: skip
TEENS = {
    w: n
    for n, w in enumerate(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(), 10
    )
}
TENS = {
    w: n * 10
    for n, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
} | {"fourty": 40}
DECADES = {w[:-1] + "ies": n for w, n in TENS.items()}
SMALL_ORDINALS = {
    w: n
    for n, w in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
        "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth".split(),
        1,
    )
}
TENS_ORDINALS = {w[:-1] + "ieth": n for w, n in TENS.items()}

SCALES: dict[str, float] = {
    "thousand": 1e3, "thousands": 1e3, "k": 1e3, "kay": 1e3, "grand": 1e3, "lakh": 1e5, "lakhs": 1e5,
    "lac": 1e5, "lacs": 1e5, "mil": 1e6, "mill": 1e6, "million": 1e6, "millions": 1e6,
    "crore": 1e7, "crores": 1e7,
    "billion": 1e9, "bn": 1e9,
}  # fmt: skip
# Letters that are a scale only when they cling to the figure: "1.2m", but not "two m".
CLINGING = {"m": 1e6, "mm": 1e6, "mn": 1e6, "cr": 1e7}
PARTS = {"half": 0.5, "quarter": 0.25}
VAGUE = {"couple": 2.0, "few": 3.0, "several": 4.0}
CLOSERS = set("and or to for a all is per but so that in on i we it plus max tops".split())
ORDINAL_TAILS = {"st", "nd", "rd", "th"}

_FIGURE = (
    r"\d{1,3}(?:[,.'’]\d{3})+(?:[.,]\d{1,2})?(?![\d])"
    r"|\d{1,2}(?:,\d{2})+,\d{3}(?!\d)"
    r"|\d{1,3}(?:[  ]\d{3})+(?![\d,.]\d|\d)"
    r"|\d+(?:[.,]\d+)?"
)
_TOKEN = regex(rf"[^\W\d_]+|{_FIGURE}")
# The same where no other letters can stand, in a fraction of the time.
_ASCII_TOKEN = regex(rf"[A-Za-z]+|{_FIGURE}", re.ASCII)

# A token of these may begin a number; "a" does so before others of them alone.
_FIRST_WORDS = frozenset(
    (*ONES, *TEENS, *TENS, *DECADES, *SMALL_ORDINALS, *TENS_ORDINALS, *PARTS, *VAGUE, "hundred")
)
_AFTER_A = frozenset((*PARTS, *VAGUE, *SCALES, "hundred"))
_WORDS = _FIRST_WORDS | _AFTER_A
_LARGE = frozenset((*SCALES, "hundred"))
_IN_A_ROW = frozenset((*ONES, *TEENS, *TENS, *DECADES, "oh", "o"))
_CLOSE = regex(r"\s+|\s?[-‐‑]\s?|")
_DIGIT = regex(r"\d")


def has_number(text: str) -> bool:
    """Whether a text holds a digit or a word that a number may have; where it doesn't, it names none."""
    return _DIGIT.search(text) is not None or not plain_words(text).isdisjoint(_WORDS)


def has_hundreds(text: str) -> bool:
    """Whether a text may name a number of 100 or more: a digit, a scale word, two number words in a row."""
    return _has_large(text, in_a_row=2)


def has_ten_thousands(text: str) -> bool:
    """Whether a text may name a number of 10,000 or more, as "nine oh oh oh oh" does."""
    return _has_large(text, in_a_row=3)


def _has_large(text: str, in_a_row: int) -> bool:
    words = plain_words(text)
    if _DIGIT.search(text) or not words.isdisjoint(_LARGE):
        return True
    if words.isdisjoint(_FIRST_WORDS):
        return False
    # Which letters stand in it how often is told faster than which words.
    letters = plain(text)
    if sum(letters.count(word) for word in words & _IN_A_ROW) < in_a_row:
        return False
    numbers = bytes([word in _IN_A_ROW for word in runs_of_letters(text)])
    return b"\1" * in_a_row in numbers


class Tokens:
    """The figures and the words of a text, in lower case. Where they stand is found when it is asked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._pattern = _ASCII_TOKEN if text.isascii() else _TOKEN
        self.words: list[str] = [w.lower() for w in self._pattern.findall(text)]

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Where each begins and ends."""
        return [m.span() for m in self._pattern.finditer(self.text)]

    def word(self, i: int) -> str:
        """The word at `i`, or nothing past the end."""
        return self.words[i] if i < len(self.words) else ""

    def is_figure(self, i: int) -> bool:
        """Whether the token at `i` is written in digits."""
        return self.words[i][0].isdecimal()

    def joined(self, i: int) -> bool:
        """Whether token `i` follows the one before with only a blank or a hyphen between."""
        if not 0 < i < len(self.words):
            return False
        before, start = self.spans[i - 1][1], self.spans[i][0]
        one_blank = start - before == 1 and self.text[before] == " "
        return one_blank or _CLOSE.fullmatch(self.text, before, start) is not None

    def clings(self, i: int) -> bool:
        """Whether token `i` follows the one before with nothing between."""
        return 0 < i < len(self.words) and self.spans[i][0] == self.spans[i - 1][1]

    def beginnings(self) -> Iterator[int]:
        """Where a number may begin."""
        for i, word in enumerate(self.words):
            after_it = word in ("a", "an") and self.word(i + 1) in _AFTER_A
            if after_it or word in _FIRST_WORDS or word[0].isdecimal():
                yield i


def figure(written: str) -> float:
    """The value of a figure, with either comma or point as thousands or decimal mark."""
    plain = re.sub(r"['’  ]", "", written)
    marks = [c for c in plain if c in ",."]
    if not marks:
        return float(plain)
    last = marks[-1]
    tail = plain.rsplit(last, 1)[1]
    head = plain.split(marks[0])[0]
    grouped = len(tail) == 3 and head.lstrip("0") != ""
    if len(set(marks)) == 1 and (len(marks) > 1 or grouped):
        return float(plain.replace(last, ""))
    return float(plain.rsplit(last, 1)[0].replace(",", "").replace(".", "") + "." + tail)
