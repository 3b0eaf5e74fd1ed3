"""E-mail addresses and telephone, card, account and social security numbers, and where they stand in a text.

No amount and no date is taken for such a number: a figure that could be either is left, unless the words
right before it name it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Literal, NamedTuple, cast

from phonenumbers import Leniency, PhoneNumberMatcher

from extractor.parsing.currency import find_currencies
from extractor.parsing.emails import spoken_emails, written_emails
from extractor.parsing.numberwords import SCALES
from extractor.patterns import regex

Kind = Literal["email", "phone", "card", "account", "ssn"]


class Identifier(NamedTuple):
    """What reaches one person or account: `text[start:end]`."""

    start: int
    end: int
    kind: Kind


# Codes of SWIFT's IBAN registry with the length of each country's IBANs.
_IBAN_LENGTHS = {
    entry[:2]: int(entry[2:])
    for entry in (
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 "
        "EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 "
        "IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 "
        "NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 "
        "SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
    ).split()
}
_IBAN_START = regex(r"(?<![^\W_])[A-Z]{2}[0-9]{2}(?=[ -]?[A-Z0-9]{4})", re.IGNORECASE)
# As printed on cards, or in one; a look ahead, so that each group of four is tried as the first.
_CARD_SHAPE = regex(
    r"(?<![\w$€£])(?<!\d[.,])(?=("
    r"[0-9]{13,19}|[0-9]{4}(?:[ -][0-9]{4}){3}(?:[ -][0-9]{3})?|[0-9]{4}[ -][0-9]{6}[ -][0-9]{4,5}"
    r")(?!\w|[.,]\d))"
)
# American Express, Diners Club, Discover, JCB, Maestro, Mastercard, UnionPay, Visa.
_CARD = regex(
    r"3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|(?:6011|64[4-9]\d|65\d\d)\d{12}|35\d{14}|(?:5[0678]|6\d)\d{10,17}"
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|62\d{14,17}|4\d{12}(?:\d{3}){0,2}"
)
_SSN = regex(r"(?<![\w-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![\w-])")

_NAME = regex(
    r"\b(?:(?P<ssn>social(?:\s(?:security|insurance))?(?:\snumber)?|ssn|s\.s\.n\.?)"
    r"|(?P<card>(?:credit|debit|payment|visa|master|amex)\s?card(?:\snumber)?|card\snumber)"
    r"|(?P<account>(?:account|acct|a/c)\.?\s?(?:number|nr|no|num|#)|bank account|routing|aba|sort code|bsb"
    r"|iban)"
    r"|(?P<phone>(?:tele)?phone|cell(?:phone)?|mobile|whats\s?app|land\s?line|hotline|fax|dial|tel"
    r"|direct line|(?:call|reach|text|ring)\s(?:me|us|him|her|them)(?:\s(?:back|directly))?\s(?:at|on)))\b",
    re.IGNORECASE,
)
# What may stand between such a name and its number.
_LINK = regex(
    r"(?:['’]s)?(?:[\s,:#=]{1,3}(?:numbers?|nr|no|num|code|is|are|was|at|on|it's|would be|me|us|him|her|them|"
    r"back|directly|the|my|our|your|his|for|that|one)\b\.?(?:['’]s)?){0,4}[\s,:#=.…-]{0,4}",
    re.IGNORECASE,
)
_LEAST_DIGITS: dict[Kind, int] = {"ssn": 9, "card": 12, "account": 6, "phone": 7}
_NAMED_NUMBER = regex(r"(?<![\w$€£])(?<!\d[.,])[0-9](?:[ -]{0,3}[0-9]){5,18}(?![\w%]|[.,]\d)")

_DIGIT_WORDS = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9",
}  # fmt: skip
_DIGIT = rf"(?:{'|'.join(_DIGIT_WORDS)}|[0-9](?!\d|[.,:/]\d|%))"
_SCALE = rf"(?:hundred|{'|'.join(SCALES)}|percent)\b"
_ONE_BY_ONE = rf"(?:(?:double|triple|treble)\s)?{_DIGIT}\b(?!\s{{1,2}}{_SCALE})"
_SAID_GROUP = rf"[0-9]{{2,4}}\b(?![.,:/]\d|%|\s{_SCALE})"
_SPOKEN_NUMBER = regex(
    rf"(?<![\w$€£'’])(?<!\d[.,:/])(?:{_ONE_BY_ONE}|{_SAID_GROUP})"
    rf"(?:(?:[,.…]{{0,3}}\s{{1,2}}|\s?[-–]\s?)(?:{_ONE_BY_ONE}|{_SAID_GROUP})){{3,40}}",
    re.IGNORECASE,
)
_SAID = regex(
    rf"\b(?:(?P<times>double|triple|treble)\s)?(?:(?P<digit>{_DIGIT})|(?P<group>[0-9]{{2,4}}))\b",
    re.IGNORECASE,
)
_POINT_BEFORE = regex(r"point\s$", re.IGNORECASE)
# Digits from which on it is a telephone number, of digits alone or with figures of several among them.
_MIN_SPOKEN, _MIN_MIXED = 7, 10
_MIN_WORDS = 3

_IN_THREES = r"[1-9]\d{0,2}(?:[.'’\s]\d{3})+"
# What has digits and blanks, dots or hyphens like a telephone number, and is none.
_NO_PHONE = regex(
    r"[$€£¥₹₦₪₩]\s?\d+(?:[.,'’\s]\d{3}(?![\d-]|[\s.]\d{4}))*(?:[.,]\d+)?"
    r"|\d{1,3}(?:,\d{2,3})+(?!\d)"
    rf"|(?<!\d)(?<!\d[.,'’-])(?:[1-9]\d{{0,2}}\s?[-–]\s?)?{_IN_THREES}(?:\s?[-–]\s?{_IN_THREES})?"
    r"(?![.'’\s]?\d|-\d{4}(?!\d))"
    r"|(?<![\d./-])\d{1,4}(?P<mark>[./-])\d{1,2}(?P=mark)\d{2,4}(?!\d|[./-]\d)"
    r"|(?<![\d.])\d+\.\d{1,2}(?!\d|\.\d)|(?<![\d.])0\.\d+"
)
_GAP = r"[\s().\-‐‑–/]{0,3}"
_PHONE_ABROAD = regex(rf"(?<!\w)\+\s?\(?[0-9](?:{_GAP}[0-9]){{6,14}}(?![\w%]|[.,]\d)")
_PHONE = regex(
    r"(?<![\w$€£#])(?<!\d[.,])(?:"
    rf"(?P<zero>\(?0(?:\)\s?)?[0-9](?:{_GAP}[0-9]){{7,13}})"
    r"|(?P<ten>(?:1[\s.-]{1,2})?(?:\([0-9]{3}\)[\s.-]{0,2}|[0-9]{3}[\s.-]{1,2})[0-9]{3}[\s.-]{1,2}[0-9]{4})"
    r"|(?P<plain>1?[0-9]{10})"
    rf"|(?P<other>\(?[0-9](?:{_GAP}[0-9]){{6,14}})"
    r")(?![\w%]|[.,]\d)"
)
_THOUSANDS = regex(r"\+\s?[0-9]{1,3}(?:[\s.][0-9]{3})+")
# Where to look a number up, and how strictly. Germany's numbers are of nearly any length after their zero.
_Try = tuple[str | None, int]
_ABROAD: _Try = (None, Leniency.POSSIBLE)
_ABROAD_IN_THREES: _Try = (None, Leniency.VALID)
_AT_HOME: _Try = ("DE", Leniency.POSSIBLE)
_TEN_DIGITS: _Try = ("US", Leniency.POSSIBLE)
_TEN_DIGITS_VALID: _Try = ("US", Leniency.STRICT_GROUPING)
_INDIAN: _Try = ("IN", Leniency.STRICT_GROUPING)
_JUST_BLANKS = regex(r"[0-9\s]+")
_GROUP_END = regex(r"(?<=[0-9])(?![0-9])")
_BARE_PHONE = regex(rf"\W{{0,3}}\+?\(?[0-9](?:{_GAP}[0-9]){{6,14}}\W{{0,3}}")
_SCALE_AFTER = regex(rf"[\s-]?(?:%|[km]\b|{_SCALE})", re.IGNORECASE)


def find_identifiers(text: str) -> list[Identifier]:
    """Every identifier in `text`, in order, none overlapping another.

    E-mail addresses, also spoken ("tom at halden dot com"); telephone numbers, also spoken digit by digit;
    payment cards and IBANs with a right checksum; US social security numbers; and numbers that the words
    right before them call a card's, an account's, a bank's or a telephone's.
    """
    found: list[Identifier] = []
    text = _ascii_digits(text)
    for rule in _RULES:
        here = list(rule(text))
        found += here
        # What one rule has found, the next ones don't see.
        text = _without(text, ((f.start, f.end) for f in here))
    return sorted(found)


def is_phone(name: str) -> bool:
    """Whether a name is nothing but a telephone number, as in the export of a chat."""
    return _BARE_PHONE.fullmatch(_ascii_digits(name)) is not None


def count_digits(text: str) -> int:
    """How many decimal digits `text` has."""
    return sum(map(str.isdecimal, text))


def is_money(text: str, start: int, end: int) -> bool:
    """Whether a currency stands right beside `text[start:end]`, or a scale or "%" right after it."""
    if _SCALE_AFTER.match(text, end):
        return True
    first = max(0, start - 6)
    beside = find_currencies(text[first : end + 14])
    return any(0 <= start - first - c.end <= 1 or 0 <= first + c.start - end <= 1 for c in beside)


def _ascii_digits(text: str) -> str:
    """`text` with the digits of other scripts as 0 to 9, every offset unchanged."""
    others = (c for c in set(text) if c.isdecimal() and not c.isascii())
    return text if text.isascii() else text.translate({ord(c): str(int(c)) for c in others})


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """`text` with NULs in the place of `spans`, every offset unchanged."""
    parts, after = [], 0
    for start, end in spans:
        parts += [text[after:start], "\0" * (end - start)]
        after = end
    return "".join([*parts, text[after:]])


class _Names:
    """What the words of a text call the numbers in it."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _names(self) -> list[tuple[int, Kind]]:
        """Where each name ends, and what it names."""
        return [(m.end(), cast("Kind", m.lastgroup)) for m in _NAME.finditer(self._text)]

    def of(self, start: int) -> Kind | None:
        """What the words right before `text[start:]` call it."""
        n = bisect_right(self._names, start, key=itemgetter(0))
        if not n or not _LINK.fullmatch(self._text, self._names[n - 1][0], start):
            return None
        return self._names[n - 1][1]


def _emails(text: str) -> Iterator[Identifier]:
    return (Identifier(start, end, "email") for start, end in written_emails(text))


def _spoken_emails(text: str) -> Iterator[Identifier]:
    return (Identifier(start, end, "email") for start, end in spoken_emails(text))


def _ibans(text: str) -> Iterator[Identifier]:
    for m in _IBAN_START.finditer(text):
        length = _IBAN_LENGTHS.get(m[0][:2].upper())
        if length is None:
            continue
        rest = re.compile(rf"(?:[ -]?[A-Za-z0-9]){{{length - 4}}}(?![A-Za-z0-9])").match(text, m.end())
        # ISO 13616: as a number with A = 10 to Z = 35, country and check digits last, it is 1 modulo 97.
        if rest and int("".join(str(int(c, 36)) for c in rest[0] + m[0] if c.isalnum())) % 97 == 1:
            yield Identifier(m.start(), rest.end(), "account")


def _cards(text: str) -> Iterator[Identifier]:
    """Payment cards: a known brand's first digits, their length, and Luhn's check digit (ISO/IEC 7812)."""
    done = 0
    for m in _CARD_SHAPE.finditer(text):
        groups = re.findall("[0-9]+", m[1])
        # A list of round sums has a right check digit as often as chance has it.
        is_list = len(groups) > 1 and all(g.endswith("00") for g in groups)
        if m.start() >= done and not is_list and _is_card("".join(groups)):
            done = m.end(1)
            yield Identifier(m.start(), done, "card")


def _is_card(number: str) -> bool:
    digits = [int(c) for c in reversed(number)]
    luhn = sum(digits[::2]) + sum(sum(divmod(2 * d, 10)) for d in digits[1::2])
    return _CARD.fullmatch(number) is not None and luhn % 10 == 0


def _socials(text: str) -> Iterator[Identifier]:
    for m in _SSN.finditer(text):
        yield Identifier(m.start(), m.end(), "ssn")


def _named(text: str) -> Iterator[Identifier]:
    """Numbers that only the words before them tell from others; telephones have a rule of their own."""
    names = _Names(text)
    for m in _NAMED_NUMBER.finditer(text):
        name = names.of(m.start())
        if name in (None, "phone") or is_money(text, *m.span()):
            continue
        if count_digits(m[0]) >= _LEAST_DIGITS[name]:
            yield Identifier(m.start(), m.end(), name)


def _spoken_numbers(text: str) -> Iterator[Identifier]:
    """Digits said one by one, as nobody says an amount."""
    names = _Names(text)
    for m in _SPOKEN_NUMBER.finditer(text):
        said = list(_SAID.finditer(m[0]))
        # A figure at either end of what is a number without it says something else.
        while said[-1]["group"] and _is_spoken_number(said[:-1]):
            said.pop()
        while said[0]["group"] and len(_said_digits(said[1:])) >= _MIN_MIXED and _is_spoken_number(said[1:]):
            del said[0]
        start, end = m.start() + said[0].start(), m.start() + said[-1].end()
        name, digits = names.of(start), _said_digits(said)
        in_figures = all(s["group"] or s["digit"].isdecimal() for s in said)
        # Marks from one to ten, and the like.
        is_list = in_figures and name is None and 2 * text.count(",", start, end) >= len(said)
        if is_list or not _is_spoken_number(said) or _POINT_BEFORE.search(text[:start][-8:]):
            continue
        if name is None or len(digits) < _LEAST_DIGITS[name]:
            name = "card" if _is_card(digits) else "phone"
        yield Identifier(start, end, name)


def _is_spoken_number(said: Sequence[re.Match[str]]) -> bool:
    """Whether there are digits enough, and more than counting in them."""
    digits = _said_digits(said)
    if digits in "0123456789":
        return False
    if not any(s["group"] for s in said):
        return len(digits) >= _MIN_SPOKEN
    words = sum(not (s["group"] or s["digit"].isdecimal()) for s in said)
    return len(digits) >= _MIN_MIXED and words >= _MIN_WORDS


def _said_digits(said: Iterable[re.Match[str]]) -> str:
    return "".join(
        _DIGIT_WORDS.get((s["digit"] or "").lower(), s[0].split()[-1])
        * {None: 1, "double": 2}.get(s["times"] and s["times"].lower(), 3)
        for s in said
    )


def _phones_abroad(text: str) -> Iterator[Identifier]:
    for m in _PHONE_ABROAD.finditer(text):
        span = _looked_up(m, [_ABROAD_IN_THREES if _THOUSANDS.fullmatch(m[0]) else _ABROAD])
        if span and not is_money(text, *span):
            yield Identifier(*span, "phone")


def _phones(text: str) -> Iterator[Identifier]:
    names = _Names(text)
    none = [m for m in _NO_PHONE.finditer(text) if not _is_named_phone(m, names)]
    shadow = _without(text, (m.span() for m in none))
    at = done = 0
    while m := _PHONE.search(shadow, at):
        # A zero after other digits is one of an amount's.
        is_rest = m["zero"] and any(map(str.isdecimal, shadow[max(done, m.start() - 2) : m.start()]))
        span = None if is_rest else _looked_up(m, _tries(m, names))
        if span and not is_money(text, *span):
            yield Identifier(*span, "phone")
            at = done = span[1]
        else:
            at = m.start() + len(_GROUP_END.split(m[0], maxsplit=1)[0])


def _is_named_phone(m: re.Match[str], names: _Names) -> bool:
    """Whether nine digits in threes are called a telephone number, as Spain and Poland write theirs."""
    number = m[0]
    return (
        count_digits(number) == 9
        and number[:3].isdecimal()
        and not number.endswith("000")
        and names.of(m.start()) == "phone"
    )


def _tries(m: re.Match[str], names: _Names) -> list[_Try]:
    """Where to look up what has the shape of a telephone number."""
    number, shape = m[0], m.lastgroup
    if shape == "zero":
        return [_AT_HOME]
    if number.isdecimal() and number.endswith("000"):
        return []
    if shape == "ten" and not _JUST_BLANKS.fullmatch(number):
        return [_TEN_DIGITS]
    if names.of(m.start()) == "phone":
        return [_TEN_DIGITS, _AT_HOME]
    # Where blanks are all that parts them, three round sums in a row have this shape.
    if shape == "ten" and any(int(part) % 50 for part in number.split()):
        return [_TEN_DIGITS_VALID]
    return [_TEN_DIGITS_VALID, _INDIAN] if shape == "plain" else []


def _looked_up(m: re.Match[str], tries: Sequence[_Try]) -> tuple[int, int] | None:
    """Where a telephone number lies in what looks like one, if it is one."""
    for region, leniency in tries:
        for found in PhoneNumberMatcher(m[0], region, leniency=leniency):
            return m.start() + found.start, m.start() + found.end
    return None


_RULES: tuple[Callable[[str], Iterable[Identifier]], ...] = (
    _emails, _spoken_emails, _ibans, _cards, _socials, _named, _spoken_numbers, _phones_abroad,
    _phones,
)  # fmt: skip
