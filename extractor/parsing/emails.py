"""E-mail addresses, written and spoken, and where they stand in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from extractor.patterns import regex

# Where an address begins and ends.
Span = tuple[int, int]

# Written: letters of any script, or a quoted local part.
_EMAIL = regex(
    r"(?:(?<![\w.!#$%&'*+/=?^`{|}~-])[\w.!#$%&'*+/=?^`{|}~-]+|\"[^\"\n]{1,64}\")@[\w-]+(?:\.[\w-]+)*\.[^\W\d][\w-]+"
)
_WORD_START = regex(r"\b[^\W_]")
_MAX_TRIES = 8

_BLANK = r",?\s"
_DOT = rf"(?:{_BLANK}\(?dot\)?\s|\.)"
# Letters spelled one by one, or a word, and more of either after a mark.
_PART = r"(?:[a-z0-9](?:[ -][a-z0-9]\b){1,20}|[a-z0-9][\w.+-]{0,40})"
_MARK = r"(?:dot|point|underscore|under score|dash|hyphen|minus|plus)"
_LOCAL = regex(rf"(?<![\w.@'’+-]){_PART}(?:{_BLANK}{_MARK}\s{_PART}){{0,4}}$", re.IGNORECASE)
_LONGEST_LOCAL = 80
_HOST = r"[a-z0-9][\w-]{0,40}"
# After a written dot only those endings that are no word: "at noon.in fact".
_AT_DOMAIN = regex(
    rf"(?:(?<=\w){_BLANK}\(?at(?:\ssign)?\)?\s|(?<=\w)\s?@\s?)"
    rf"(?P<domain>{_HOST}(?:(?:{_BLANK}(?:dash|hyphen)\s|\s){_HOST}){{0,2}}?"
    rf"(?:{_DOT}(?:com|net|org|io|ai|eu|edu|gov|biz|co|app|dev)"
    rf"|{_BLANK}\(?dot\)?\s(?:info|us|uk|de|fr|es|it|nl|be|ch|at|au|nz|in|ie|ca|sg|za|se|no|dk|fi|"
    r"pl|pt|br|mx|jp|me|tv))"
    rf"(?:{_DOT}(?:uk|au|nz|za|in|jp|br|sg|mx))?)\b",
    re.IGNORECASE,
)
_SPOKEN_MARKS = {
    "dot": ".", "point": ".", "underscore": "_", "under score": "_", "dash": "-", "hyphen": "-", "minus": "-",
    "plus": "+",
}  # fmt: skip
_SPOKEN_MARK = regex(rf"{_BLANK}\(?({'|'.join(_SPOKEN_MARKS)})\)?\s", re.IGNORECASE)
# Before "at halden dot com" these speak of a site or a place: "look at", "people at", "us at".
_NO_MAILBOX = frozenset(
    "a all am and anyone are arrive arrived available back be been being better but buy check checked come "
    "company everybody everyone find folks found get go guys here him i i'm is it job join joined live look "
    "looked looking looks me meet meeting month months not now off on only or out over people page people "
    "plan platform pricing product see sell selling signed site so someone somebody start started stay team "
    "that the their them there they this us want was we website week weeks went were what who work worked "
    "working works year years yes yesterday you".split()
)


def _is_email(address: str) -> bool:
    # Few calls hold an address.
    from email_validator import EmailNotValidError, validate_email

    try:
        # The library refuses the endings of closed networks ("tom@crm.local"), hence one more at the end.
        validate_email(f"{address}.com", check_deliverability=False, allow_quoted_local=True)
    except EmailNotValidError:
        return False
    return True


def written_emails(text: str) -> Iterator[Span]:
    """Where addresses are written."""
    for m in _EMAIL.finditer(text) if "@" in text else ():
        # Marks that cling to an address ("...tom@halden.com") may be letters of one, too.
        inner = (m.start() + w.start() for w in islice(_WORD_START.finditer(m[0]), _MAX_TRIES))
        start = next((s for s in (m.start(), *inner) if _is_email(text[s : m.end()])), None)
        if start is not None:
            yield start, m.end()


def spoken_emails(text: str) -> Iterator[Span]:
    """Where addresses are spoken: "tom at halden dot com"."""
    for m in _AT_DOMAIN.finditer(text):
        first = max(0, m.start() - _LONGEST_LOCAL)
        local = _LOCAL.search(text[first : m.start()])
        if local is None or local[0].lower() in _NO_MAILBOX:
            continue
        written = (_SPOKEN_MARK.sub(_written_mark, part).replace(" ", "") for part in (local[0], m["domain"]))
        if _is_email("@".join(written)):
            yield first + local.start(), m.end()


def _written_mark(spoken: re.Match[str]) -> str:
    return _SPOKEN_MARKS[spoken[1].lower()]
