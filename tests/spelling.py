"""Numbers spelled out in English, the way in which people say them: the inverse of what the parser does."""

from __future__ import annotations

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()


def _below_hundred(n: int, hyphen: bool) -> str:
    if n < 20:
        return _SMALL[n]
    tens, unit = divmod(n, 10)
    return _TENS[tens] if not unit else f"{_TENS[tens]}{'-' if hyphen else ' '}{_SMALL[unit]}"


def _below_thousand(n: int, hyphen: bool, joint: str) -> str:
    hundreds, rest = divmod(n, 100)
    if not hundreds:
        return _below_hundred(rest, hyphen)
    head = f"{_SMALL[hundreds]} hundred"
    return head if not rest else f"{head}{joint}{_below_hundred(rest, hyphen)}"


def in_words(n: int, *, hyphen: bool = True, joint: str = " and ", article: bool = False) -> str:
    """`n` (1 to 999,999) in words; `article` says "a hundred" for "one hundred"."""
    thousands, rest = divmod(n, 1000)
    parts = []
    if thousands:
        parts.append(_below_thousand(thousands, hyphen, joint) + " thousand")
    if rest:
        few = "and " if thousands and rest < 10 else ""
        parts.append(few + _below_thousand(rest, hyphen, joint))
    words = " ".join(parts)
    return "a" + words[3:] if article and words.startswith(("one hundred", "one thousand")) else words
