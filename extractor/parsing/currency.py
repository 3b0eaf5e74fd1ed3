"""Currencies as they are written and spoken, and where they stand in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extractor.parsing.spans import plain, plain_words
from extractor.patterns import regex

# An unmarked dollar is one of these: which one is told by the caller.
DOLLARS = frozenset({"USD", "AUD", "CAD", "NZD", "SGD", "HKD"})

_CODES = (
    "USD EUR GBP CHF ZAR AUD CAD NZD SGD HKD INR JPY CNY SEK NOK DKK PLN CZK HUF RON BRL MXN AED SAR ILS "
    "TRY THB MYR IDR PHP KRW NGN KES GHS EGP"
).split()
_SYMBOLS = {"£": "GBP", "€": "EUR", "₹": "INR", "¥": "JPY", "₦": "NGN", "₪": "ILS", "₩": "KRW"}
_DOLLAR_PREFIXES = {
    "us": "USD", "a": "AUD", "au": "AUD", "c": "CAD", "ca": "CAD", "s": "SGD", "nz": "NZD",
    "hk": "HKD", "r": "BRL",
}  # fmt: skip
_LANDS = {
    "us": "USD", "u s": "USD", "american": "USD", "aussie": "AUD", "australian": "AUD", "canadian": "CAD",
    "kiwi": "NZD", "new zealand": "NZD", "singapore": "SGD", "sing": "SGD", "hong kong": "HKD",
}  # fmt: skip
_NAMES = {
    r"euros?": "EUR", r"quid": "GBP", r"(?:pounds?|british) sterling": "GBP", r"sterling": "GBP",
    r"pounds?(?! of\b)": "GBP", r"rands?": "ZAR", r"rupees?": "INR", r"(?:swiss )?francs?": "CHF",
    r"yen": "JPY", r"yuan|renminbi|rmb": "CNY", r"swedish (?:kron(?:or|er|a)|crowns)|kronor": "SEK",
    r"norwegian kron(?:er|e)": "NOK", r"(?:danish )?kroner": "DKK", r"zlot(?:y|ys|ies)": "PLN",
    r"reais": "BRL", r"(?:mexican )?pesos?": "MXN", r"dirhams?": "AED", r"riyals?": "SAR",
    r"shekels?": "ILS", r"ringgit": "MYR", r"baht": "THB", r"naira": "NGN", r"shillings?": "KES",
    r"cedis?": "GHS", r"lira": "TRY",
    r"(?-i:Rs)\.?(?=\s?\d)": "INR", r"kiwi dollars?": "NZD",
}  # fmt: skip

_ANY_LAND = "|".join(_LANDS)
# "That's Canadian", "fourteen hundred, US": a land alone counts only where nothing follows it; after a sum
# ("six thousand aussie for the year") where no noun does.
_ENDS = r"(?=\s*(?:[.,;?!]|$))"
_NO_NOUN = r"(?=\s+(?:for|an?|per|each|every|all|in|once|one|is|to|before|total|max)\b)"
_WORDS = regex(
    rf"(?:(?P<land>{_ANY_LAND})\s+)?(?P<dollar>dollars?|bucks?)\b(?!\s+store)|(?P<code>(?-i:{'|'.join(_CODES)})|"
    r"usd|eur|gbp|zar|aud|cad|nzd|sgd|inr|chf)\b"
    + "".join(rf"|(?P<n{i}>{name})(?!\w)" for i, name in enumerate(_NAMES))
    + rf"|(?:(?<=in )|(?<=that's )|(?<=that’s )|(?<=, ))"
    rf"(?P<alone>{_ANY_LAND}){_ENDS}"
    + rf"|(?:(?<=k )|(?<=hundred )|(?<=thousand )|(?<=grand ))(?P<of_sum>{_ANY_LAND})(?:{_ENDS}|{_NO_NOUN})",
    re.IGNORECASE,
)
_SIGNS = regex(
    r"(?:(?<![A-Za-z])(?P<prefix>US|AU|A|CA|C|S|NZ|HK|R))?(?P<dollar>\$)|(?P<sign>[£€₹¥₦₪₩])"
    r"|(?<![A-Za-z])(?P<rand>R)(?=\s?\d)"
)
_NAME_CODES = list(_NAMES.values())
# Each mention in words but that of a land alone has one of these.
_CURRENCY_WORDS = frozenset(
    "dollar dollars buck bucks euro euros quid british sterling pound pounds rand rands rupee rupees swiss "
    "franc francs yen yuan renminbi rmb swedish kronor norwegian danish kroner zloty zlotys zloties reais "
    "mexican peso pesos dirham dirhams riyal riyals shekel shekels ringgit baht naira shilling shillings "
    "cedi cedis lira rs".split()
).union(code.lower() for code in _CODES)
_LAND_WORDS = frozenset(land.split()[0] for land in _LANDS)
# Where `_WORDS` may match: to look for that in all places takes long.
_AT_WORDS = regex(
    rf"(?={'|'.join(sorted({w[:3] for w in _CURRENCY_WORDS}))}"
    rf"|(?:{_ANY_LAND})(?:\s+(?:dollar|buck)|{_ENDS}|{_NO_NOUN}))"
)
_SIGN_LETTERS = regex(r"[$£€₹¥₦₪₩R]")


@dataclass(frozen=True)
class Mention:
    """A currency named in `text[start:end]`. `sign` says that it is a symbol, not a word."""

    start: int
    end: int
    code: str
    sign: bool


def _word_code(m: re.Match[str], dollar: str) -> str:
    if m["code"]:
        return m["code"].upper()
    if land := m["alone"] or m["of_sum"] or m["land"]:
        return _LANDS[land.lower()]
    if m["dollar"]:
        return dollar
    return next(code for i, code in enumerate(_NAME_CODES) if m[f"n{i}"])


def find_currencies(text: str, dollar: str = "USD") -> list[Mention]:
    """Every currency named in `text`, in order; `dollar` is the ISO code of an unmarked dollar."""
    found = [
        Mention(m.start(), m.end(), _word_code(m, dollar), sign=False)
        for m in _in_words(text)
        if not m.start() or not text[m.start() - 1].isalpha()
    ]
    for m in _SIGNS.finditer(text) if _SIGN_LETTERS.search(text) else ():
        if m["rand"]:
            code = "ZAR"
        elif m["sign"]:
            code = _SYMBOLS[m["sign"]]
        else:
            code = _DOLLAR_PREFIXES[m["prefix"].lower()] if m["prefix"] else dollar
        found.append(Mention(m.start(), m.end(), code, sign=True))
    return sorted(found, key=lambda c: c.start)


def _in_words(text: str) -> Iterator[re.Match[str]]:
    """What `_WORDS` finds."""
    words = plain_words(text)
    if words.isdisjoint(_CURRENCY_WORDS) and words.isdisjoint(_LAND_WORDS):
        return
    end = 0
    for at in _AT_WORDS.finditer(plain(text)):
        if at.start() >= end and (m := _WORDS.match(text, at.start())):
            end = m.end()
            yield m
