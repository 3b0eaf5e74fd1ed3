"""E-mail addresses and telephone numbers that people in a chat write as their own.

Conservative: an address counts where the writer says that it is theirs ("my e-mail is", "reach me at"), where
it holds their name, or where it is the whole answer to a question for it. A wrong one would reach a stranger.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from extractor.patterns import regex

# Longer messages are texts from elsewhere (signatures, offers), and looking for numbers in them is slow.
_MAX_CHARS = 600
# So many messages with something like an address are looked at: a chat has a handful.
_MAX_LOOKED_AT = 300

# So many senders' numbers tell the country.
_MAX_NUMBERS = 20

_EMAIL = regex(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_DIGITS = regex(r"(?:\d[ ()./-]{0,3}){6}\d")
_NAME_IS_NUMBER = regex(r"^\+?[\d\s().-]{7,22}$")
_MY = r"my|mine|mi|mis|mon|mes|ma|mein|meine|meinen|meu|minha|mio|mia|mijn|min|mitt"
_MAIL = r"e-?mails?|mails?|correo|courriel|adresse|address|email id|endereço|indirizzo"
_PHONE = (
    r"number|phone|cell|mobile|whatsapp|direct line|nummer|handynummer|telefonnummer|handy|telefon|número|"
    r"numero|teléfono|telefono|celular|cellulare|móvil|portable|téléphone|telefone|telefoonnummer"
)
_REACH = (
    r"(?:reach|contact|call|text|ring|mail|e-?mail|write|ping|find|get|message) me\b|\bme (?:at|on)\b|"
    r"mich unter|erreichst du mich|erreichen sie mich|escríbeme|escribime|llámame|me puedes|écrivez-moi|"
    r"appelez-moi|joindre au|me ligue|me escreva|scrivimi|chiamami|bereik me|bereikbaar op"
)
_OWN = regex(rf"\b(?:{_MY})\s(?:\S{{1,20}}\s){{0,2}}?(?:{_MAIL}|{_PHONE})\b|(?:{_REACH})", re.I)
_ASKED = regex(
    rf"\b(?:your|ihre|deine|votre|ton|tu|su|vuestro|teu|seu|tua|sua|la tua|jouw|uw|best|good|which|what)\s"
    rf"(?:\S{{1,20}}\s){{0,3}}?(?:{_MAIL}|{_PHONE})\b",
    re.I,
)
_WORD = regex(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class Contact:
    """What somebody wrote as their own: an address, and a number in E.164."""

    email: str | None = None
    phone: str | None = None


def phone_of_name(name: str) -> str | None:
    """The number in E.164 where a sender is called by it ("+44 7700 900123"), None for any other name."""
    if not name.lstrip().startswith("+") or not _NAME_IS_NUMBER.match(name.strip()):
        return None
    try:
        number = phonenumbers.parse(name, None)
    except phonenumbers.NumberParseException:
        return None
    whole = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    return _e164(number) if whole else None


def own_contacts(messages: Sequence[tuple[str | None, str]]) -> dict[str, Contact]:
    """What each sender wrote as their own.

    Where someone gave several the last one counts; what two senders wrote belongs to neither.

    Args:
        messages: sender and text, in order.
    """
    region = _region(dict.fromkeys(s for s, _ in messages if s))
    emails: dict[str, dict[str, None]] = {}
    phones: dict[str, dict[str, None]] = {}
    looked_at = 0
    asked_by: str | None = None
    for sender, text in messages:
        asked = asked_by is not None and asked_by != sender
        asked_by = sender if len(text) <= _MAX_CHARS and _ASKED.search(text) else None
        if not sender or len(text) > _MAX_CHARS or not ("@" in text or _DIGITS.search(text)):
            continue
        looked_at += 1
        if looked_at > _MAX_LOOKED_AT:
            break
        _add(emails.setdefault(sender, {}), _emails(sender, text, asked))
        _add(phones.setdefault(sender, {}), _phones(text, region, asked))
    return {
        sender: Contact(_last_own(sender, emails), _last_own(sender, phones))
        for sender in {*emails, *phones}
    }


def _add(found: dict[str, None], values: list[str]) -> None:
    for value in values:
        found.pop(value, None)
        found[value] = None


def _last_own(sender: str, found: dict[str, dict[str, None]]) -> str | None:
    others = {value for other, values in found.items() if other != sender for value in values}
    return next((v for v in reversed(found.get(sender, {})) if v not in others), None)


def _emails(sender: str, text: str, asked: bool) -> list[str]:
    found = []
    for written in _EMAIL.findall(text):
        try:
            address = validate_email(written.rstrip(".-"), check_deliverability=False).normalized
        except EmailNotValidError:
            continue
        local = address.partition("@")[0].casefold()
        named = any(word.casefold() in local for word in _WORD.findall(sender))
        if named or _says_own(text) or (asked and not _WORD.search(text.replace(written, ""))):
            found.append(address)
    return found


def _phones(text: str, region: str | None, asked: bool) -> list[str]:
    if not _says_own(text) and not (asked and not _WORD.search(text)):
        return []
    matches = phonenumbers.PhoneNumberMatcher(text, region, max_tries=50)
    return [_e164(m.number) for m in matches]


def _says_own(text: str) -> bool:
    return bool(_OWN.search(text))


def _region(senders: Iterable[str]) -> str | None:
    """The country for numbers without one: that of the first senders who are called by their number."""
    some = islice((p for s in senders if (p := phone_of_name(s))), _MAX_NUMBERS)
    numbers = [phonenumbers.parse(p, None) for p in some]
    regions = {phonenumbers.region_code_for_number(n) for n in numbers}
    regions.discard(None)
    return regions.pop() if len(regions) == 1 else None


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
