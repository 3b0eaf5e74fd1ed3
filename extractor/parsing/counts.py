"""Numbers that are not money: counts of things, dates, times of day, names with a number in them."""

from __future__ import annotations

import re

from extractor.parsing.numbers import Number
from extractor.patterns import regex

# Words that can follow an amount without being counted by it: a closed class, so a noun is what is not in it.
_FOLLOWERS = frozenset(
    """
    a about above absolute absolutely actually after again ago all allocated allotted along already also
    always am an and annual annually annum any anything anyway approved approx are around as aside assigned
    at available away back ballpark be because been before being below between bit both budget budgeted but
    by came can cannot cap ceiling clear come comes could couldn did didn do does doesn doing don done each
    earmarked easily either else em enough envelope er erm even every everything exactly fine first fits
    flat for freed from fully get gets give given go goes going gone good got had has have he here his
    honestly how i if in including inclusive included inside instead into is ish isn it its just k kind last
    later left less let level like limit ll long look looking ma make mark math max maximum may maybe me
    mean might min mind minimum mm monthly more most much must my near need next no none net nope nor not now
    number odd of off ok okay on once one only onto or our out over overall p pa pat per perhaps period
    please plus possible possibly price probably put quite range ready really region right ring roughly
    round s said saved say set she should sitting since so some somebody someone something somewhere sorry
    sort spare spend spending spot still stop straight such sure t target than thanks that the their them
    then there these they thing think this those though till to today together tomorrow too top tops total
    towards tucked uh um under unless until up upfront us ve very was wasn we well went were what whatever
    when where whether which while who why will with within without won would wouldn yeah yearly yes yet you
    your
    arent cant couldnt didnt doesnt dont hadnt hasnt havent hes heres id ill im isnt ive lets shes thats
    theres theyd theyll theyre theyve wasnt wed werent weve whats wont wouldnt youd youll youre
    ex excl excluding gross gst incl tax taxes vat
    agreed booked cheaper dearer deductible depends deposit difference down everybody excess extra kept list
    lost myself nobody outside outstanding parked pencilled remaining reserved same sat signed spent waiting
    works worth written yourself
    """.split()
)
# An adverb follows, too, but these are counted.
_NOUNS_IN_LY = frozenset("ally assembly belly family fly jelly lily ply rally reply supply".split())
_ALWAYS_NUMBERED = (
    r"question|page|room|version|highway|route|interstate|exit|flight|iso|soc|windows|chapter|section|"
    r"article|clause|extension|aged?|suite|building|fy|p|v"
)
_SMALL_NUMBERED = (
    r"step|phase|line|stage|option|level|tier|unit|type|year|day|week|month|number|slide|floor|gate|dock|bay|"
    r"platform|aisle|"
    r"plan|part|point|item|lane|channel|size|grade|class|round|season|priority|rule|form|schedule|q|h|fy|pin|"
    r"zone|core|"
    r"generation|gen|model|mark|series|band|group|team|shift|quarter|half|covid|lot|site|till|store|truck|"
    r"warehouse"
)
_NOUN_BEFORE = regex(rf"(?:\b(?:{_ALWAYS_NUMBERED})|#)\s?-?\s?$", re.IGNORECASE)
_SMALL_NOUN_BEFORE = regex(rf"\b(?:{_SMALL_NUMBERED})\s?-?\s?$", re.IGNORECASE)
_ACRONYM_BEFORE = regex(r"\b(?!A\b|I\b|OK\b)[A-Z]{2,}s?[\s-]$")
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|"
    r"apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_MONTH_BEFORE = regex(rf"\b{_MONTH}\.?,?\s(?:the\s)?$", re.IGNORECASE)
_MONTH_AFTER = regex(rf"\s(?:of\s)?{_MONTH}\b", re.IGNORECASE)
_CLOCK_AFTER = regex(
    r"\s?(?:o['’ ]?clock|a\.?m\b|p\.?m\b|a m\b|p m\b|in the (?:morning|afternoon|evening)|at night|sharp|"
    r":\d\d|past\b|(?:eastern|central|pacific|mountain|gmt|utc|bst|cet)\b)",
    re.IGNORECASE,
)
_YEAR_BEFORE = regex(r"(?:\boh?[- ]|['’])$", re.IGNORECASE)
_PHONE = regex(r"(?:\+|\()?\d{2,4}\)?[\s.-]\d{2,4}[.-]\d{3,4}\b")
# Letters of the longest telephone number.
_LONGEST = 20
_SHORT_YEAR_BEFORE = regex(r"\b(?:in|since)\s$", re.IGNORECASE)
_CLOCK_BEFORE = regex(r"(?:\d:|\b(?:at|half|quarter to|quarter past|half past)\s+)$", re.IGNORECASE)
_PERCENT_AFTER = regex(
    r"\s?(?:%|percent|per cent|pct|percentage|basis points?|degrees?|°)", re.IGNORECASE
)
_COMPOUND_AFTER = regex(
    r"[^\W\d_]|[-‐‑](?!ish\b|odd\b|plus\b|k\b|grand\b|all\b|max\b)[a-z]|[.:/]\d|[-–]\d{3,}[-–]", re.IGNORECASE
)
_PHONE_OR_CODE_BEFORE = regex(r"(?:[^\W\d]|[@_#/:.]|\d[-–.]\d+[-–.]|\bv\.?)$")
_RATIO_AFTER = regex(
    r"\s(?:in|out of|by|x)\s(?:every\s)?(?:\d|(?:one|two|three|four|five|six|seven|eight|nine|ten|twenty|"
    r"a hundred)\b)",
    re.IGNORECASE,
)
_RATIO_BEFORE = regex(
    r"\b(?:\d|one|two|three|four|five|six|seven|eight|nine) (?:in|out of)(?: every)? $", re.IGNORECASE
)
_POINTING_BEFORE = regex(
    r"\b(?:the|these|those|them|us|all|both|you|other|last|past|next|first|every|my|our|your|their|his|her|"
    r"any|which|that|this)\s$",
    re.IGNORECASE,
)
_OTHERS_BEFORE = regex(r"\b(other|these|those|both|thanks)\s$", re.IGNORECASE)
_ROUND_THE_CLOCK = regex(r"twenty[- ]four[- ]seven|24[/x-]7", re.IGNORECASE)
_NEXT_WORD = regex(r"\s+(?:more\s+)?([^\W\d_]+)")
_SIGN_BEFORE = regex(r"(?:[$£€₹¥₦₪₩]|\b(?:R|Rs|[A-Z]{3}))$")


def is_nominal(text: str, n: Number) -> bool:
    """Whether the number is part of a name, a date, a time, a percentage or a code: "question two", "Q3"."""
    left, right = text[max(0, n.start - 40) : n.start], text[n.end : n.end + 30]
    if n.year or _PERCENT_AFTER.match(right) or _NOUN_BEFORE.search(left):
        return True
    near = slice(max(0, n.start - _LONGEST), n.end + _LONGEST)
    for pattern in (_ROUND_THE_CLOCK, _PHONE):
        spans = (m.span() for m in pattern.finditer(text, near.start, near.stop))
        if any(start < n.end and n.start < end for start, end in spans):
            return True
    if n.thousands:
        return False
    if _is_time(n, left, right) or (n.value < 13 and _SMALL_NOUN_BEFORE.search(left)):
        return True
    if n.form != "figures":
        return False
    written = text[n.start : n.end]
    coded = bool(_PHONE_OR_CODE_BEFORE.search(left)) and not _SIGN_BEFORE.search(left)
    return coded or _ACRONYM_BEFORE.search(left) is not None or (written[0] == "0" and written[1:2].isdigit())


def _is_time(n: Number, left: str, right: str) -> bool:
    """Whether the number is a short year ("oh-nine"), a time of day or a day of the month."""
    if n.value < 100 and _YEAR_BEFORE.search(left):
        return True
    if 21 <= n.value <= 29 and _SHORT_YEAR_BEFORE.search(left):
        return True
    clock = n.value < 13 or (n.other is not None and n.value < 1260 and n.value % 100 < 60)
    if clock and _CLOCK_BEFORE.search(left):
        return True
    dated = _MONTH_BEFORE.search(left) or _MONTH_AFTER.match(right) or _CLOCK_AFTER.match(right)
    return n.value <= 31 and dated is not None


def is_counted(text: str, n: Number) -> bool:
    """Whether the number counts things ("sixty people"), points at some ("the three of us") or is a share."""
    if n.form == "words" and n.value <= 1 and not n.thousands:
        return True
    left, right = text[max(0, n.start - 40) : n.start], text[n.end : n.end + 30]
    if others := _OTHERS_BEFORE.search(left):
        return not n.thousands or others[1].lower() == "thanks"
    if _COMPOUND_AFTER.match(right) or _RATIO_BEFORE.search(left):
        return True
    if _RATIO_AFTER.match(right) and not n.thousands:
        return True
    small = n.form == "words" and n.value < 10 and not n.thousands
    if small and _POINTING_BEFORE.search(left):
        return True
    follows = _NEXT_WORD.match(right)
    if follows is None:
        return False
    if follows[1][0].isupper() and n.form == "words":  # "twenty nine hundred, Dre"
        return False
    word = follows[1].lower()
    if word == "of" and not n.thousands:
        return re.match(r"\s+of\s+(?:it|that|which|this|budget)\b", right, re.IGNORECASE) is None
    return word not in _FOLLOWERS and not (word.endswith("ly") and word not in _NOUNS_IN_LY)
