"""Records in words, for every report: values, options, speakers and times.

What comes from a transcript is hostile: `clean` takes out of it what a terminal or a browser would obey.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from extractor.form import Field, Form
from extractor.patterns import regex
from extractor.record import Evidence, FieldResult, Record
from extractor.transcript import Participant, Side

# CSI sequences ("\x1b[31m"), then OSC and the like up to their end, then any other escape.
_ESCAPES = regex(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)"
    r"|\x1b[ -/]*[0-~]?"
)
# Joiners that letters of some scripts, and emoji, are written with.
_JOINERS = "\u200c\u200d"
_HIDDEN = {"Cc", "Cf", "Co", "Cs"}
_PERIODS = {"year": " a year", "month": " a month", "one_time": ", one time"}
_BETWEEN_FIGURES = regex(r"(\d[a-z]?)_(?=\d)")


def clean(text: str) -> str:
    """Text for showing: one line, without control characters, escape sequences and changes of direction."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    said = " ".join(_ESCAPES.sub("", text).split())
    return "".join(c for c in said if c in _JOINERS or unicodedata.category(c) not in _HIDDEN)


def value_words(value: Mapping[str, Any] | None) -> str:
    """A field's value as a short text, by the keys that it has; empty where there is none."""
    if value is None:
        return ""
    if "amount_min" in value or "amount_max" in value:
        return _money(value)
    if "contact" in value or "decision_makers" in value:
        return _role(value)
    if "items" in value:
        return "; ".join(clean(str(item.get("text", ""))) for item in value["items"])
    if "target" in value or "words" in value:
        return _horizon(value)
    if "options" in value:
        return ", ".join(short(str(o)) for o in value["options"])
    if "text" in value:
        return clean(str(value["text"]))
    return ", ".join(f"{short(str(k))}: {clean(str(v))}" for k, v in value.items() if v is not None)


def _money(value: Mapping[str, Any]) -> str:
    least, most = value.get("amount_min"), value.get("amount_max")
    currency = f"{clean(str(value['currency']))} " if value.get("currency") else ""
    period = _PERIODS.get(str(value.get("period")), "")
    if least is None and most is None:
        return ""
    if least is None:
        return f"up to {currency}{_figure(most)}{period}"
    if most is None:
        return f"from {currency}{_figure(least)}{period}"
    figures = _figure(least) if least == most else f"{_figure(least)}-{_figure(most)}"
    return f"{currency}{figures}{period}"


def _figure(amount: Any) -> str:
    return f"{amount:,.0f}" if float(amount).is_integer() else f"{amount:,.2f}"


def _role(value: Mapping[str, Any]) -> str:
    parts = [clean(str(value[k])) for k in ("contact", "title") if value.get(k)]
    if value.get("role"):
        parts.append(short(str(value["role"])))
    signers = [clean(str(d)) for d in value.get("decision_makers") or [] if d != value.get("contact")]
    said = ", ".join(parts)
    return "; ".join(p for p in (said, f"decided by {', '.join(signers)}" if signers else "") if p)


def _horizon(value: Mapping[str, Any]) -> str:
    words = clean(str(value.get("words") or ""))
    target = clean(str(value.get("target") or ""))
    return f"{target} ({words})" if target and words else target or words


def title_proof(result: FieldResult) -> list[Evidence]:
    """Where the contact's title was told."""
    return [Evidence.model_validate(e) for e in (result.value or {}).get("title_evidence") or []]


def short(option_id: str) -> str:
    """An option's id as one says it: `50k_100k` is "50k-100k", `within_1_month` is "within 1 month"."""
    return _BETWEEN_FIGURES.sub(r"\1-", clean(option_id)).replace("_", " ")


def option_words(option_id: str | None, field: Field | None) -> str:
    """An option's label where the form has one, else its id in words."""
    if option_id is None:
        return ""
    label = next((o.label for o in field.options if o.id == option_id), "") if field else ""
    return label or short(option_id)


def answer_words(result: FieldResult) -> str:
    """The shortest answer of a stated field: its option, a rank-less contact's role, or that it is stated."""
    if result.option is not None:
        return short(result.option)
    role = (result.value or {}).get("role")
    return short(str(role)) if role else "stated"


def details(result: FieldResult) -> str:
    """A stated value in words, empty where it only repeats the option."""
    words = value_words(result.value)
    return "" if result.option is not None and words == short(result.option) else words


def field_of(form: Form | None, field_id: str) -> Field | None:
    """The form's field with this id, None where there is no form or it has no such field."""
    return next((f for f in form.fields if f.id == field_id), None) if form else None


def title_of(form: Form | None, field_id: str) -> str:
    """A field's title, or its id in words."""
    field = field_of(form, field_id)
    return field.title if field else short(field_id).capitalize()


def clock(seconds: float | None) -> str:
    """A time in a call: `2:20`, or `1:02:20` after an hour; empty where there is none."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def said_by(evidence: Evidence) -> str:
    """Who said a quote, and when: "Tom Okafor, 2:20"; the turn's number where the call has no times."""
    who = clean(evidence.speaker or "") or (f"the {evidence.side}" if evidence.side else "unknown speaker")
    return f"{who}, {clock(evidence.start) or f'turn {evidence.turn}'}"


def people(record: Record, side: Side) -> str:
    """The participants on a side, with title and company: "Tom Okafor (VP of Operations, Halden Freight)"."""
    return "; ".join(_person(p) for p in record.participants if p.side == side)


def _person(person: Participant) -> str:
    known = [clean(part) for part in (person.title, person.company) if part]
    return clean(person.name) + (f" ({', '.join(known)})" if known else "")


def tally(words: Sequence[str]) -> str:
    """How often each word stands, in the order of the words: "2 hot, 1 warm"."""
    return ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
