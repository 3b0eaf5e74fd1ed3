"""Takes e-mail addresses and telephone, card, account and social security numbers out of a call, and puts
them back.

`redact` writes a placeholder such as `[email1]` for each, before a model on another machine reads the call;
`Redacted` undoes that in what came of it. No amount and no date is taken for such a number: a figure that
could be either stays, unless the words before it name it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, NamedTuple

from extractor.parsing.identifiers import Identifier, count_digits, find_identifiers, is_money, is_phone
from extractor.patterns import regex
from extractor.record import Evidence, Record
from extractor.transcript import Transcript

# No blank before the figure, or it would be read as an amount: "[phone 14]" says 14, "[phone14]" does not.
_PLACEHOLDER = regex(r"\[(email|phone|card|account|ssn)\s?([0-9]{1,9})\]", re.IGNORECASE)
# A shorter number that was named once may be anything where it is not.
_MIN_DIGITS = 6


class _Span(NamedTuple):
    """`text[start:end]` is to go."""

    start: int
    end: int


class _Swap(NamedTuple):
    """`redacted[start:end]` stands for `original[was_start:was_end]`."""

    start: int
    end: int
    was_start: int
    was_end: int


@dataclass(frozen=True)
class Redacted:
    """A call without what was taken out, and the way back. Only `transcript` is to leave the machine."""

    transcript: Transcript
    _original: Transcript = field(repr=False)
    _values: Mapping[str, str] = field(repr=False)
    _swaps: tuple[tuple[_Swap, ...], ...] = field(repr=False)

    def restore_text(self, text: str) -> str:
        """`text` with what each of this call's placeholders stands for."""
        return _PLACEHOLDER.sub(lambda m: self._values.get(_placeholder(m[1], m[2]), m[0]), text)

    def restore_record(self, record: Record) -> Record:
        """The record of `transcript` as one of the original call: people, values, quotes and their offsets.

        A quote that begins or ends inside a placeholder grows to all that it stands for. Warnings stay as
        they are, so that none quotes what was taken out.
        """
        plain = record.model_dump()
        restored = {part: self._restored(plain[part]) for part in ("participants", "fields")}
        return Record.model_validate(plain | restored)

    def _restored(self, part: Any) -> Any:
        if isinstance(part, str):
            return self.restore_text(part)
        if isinstance(part, list):
            return [self._restored(one) for one in part]
        if isinstance(part, dict):
            if part.keys() == Evidence.model_fields.keys():
                return self._evidence(part)
            return {key: self._restored(one) for key, one in part.items()}
        return part

    def _evidence(self, evidence: dict[str, Any]) -> dict[str, Any]:
        swaps, turn = self._swaps[evidence["turn"]], self._original.turns[evidence["turn"]]
        start = _original(swaps, evidence["char_start"], end=False)
        end = _original(swaps, evidence["char_end"], end=True)
        where = {"char_start": start, "char_end": end, "speaker": turn.speaker}
        return evidence | where | {"quote": turn.text[start:end]}


def redact(transcript: Transcript) -> Redacted:
    """Put a placeholder in the place of each e-mail address, phone, card, account and social security number.

    Found are e-mail addresses, also spoken ("tom at halden dot com"); telephone numbers, also spoken digit by
    digit; payment cards and IBANs with a right checksum; US social security numbers; and any number that the
    words before it call an account's. They go from what is said and from the names of those who say it;
    of the participants, `email` and `phone` go whatever they hold. The same writing has the same placeholder
    everywhere. Names of people and companies stay.
    """
    names = _names(transcript)
    texts = dict.fromkeys([*names, *(t.text for t in transcript.turns)])
    found = {text: find_identifiers(text) for text in texts}
    found |= {name: [Identifier(0, len(name), "phone")] for name in names if is_phone(name)}
    values = _Values(transcript)
    for p in transcript.participants:
        for kind, value in (("email", p.email), ("phone", p.phone)):
            if value:
                values.add(kind, value)
    for text, identifiers in found.items():
        for i in identifiers:
            values.add(i.kind, text[i.start : i.end])
    places = values.everywhere(found)
    written = {text: _written(text, places[text], values.placeholders) for text in texts}

    def redacted(text: str | None) -> str | None:
        return written[text][0] if text else text

    turns = tuple(
        t.model_copy(update={"speaker": redacted(t.speaker), "text": redacted(t.text)})
        for t in transcript.turns
    )
    people = tuple(
        p.model_copy(
            update={part: redacted(getattr(p, part)) for part in ("name", "title", "company")}
            | {part: values.placeholders.get(getattr(p, part) or "") for part in ("email", "phone")}
        )
        for p in transcript.participants
    )
    return Redacted(
        transcript.model_copy(update={"turns": turns, "participants": people}),
        transcript,
        {placeholder: value for value, placeholder in values.placeholders.items()},
        tuple(written[t.text][1] if t.text else () for t in transcript.turns),
    )


def _names(transcript: Transcript) -> list[str]:
    people = [part for p in transcript.participants for part in (p.name, p.title, p.company) if part]
    return [*people, *transcript.speakers()]


class _Values:
    """What was found: each writing of it with its placeholder, which the call itself has nowhere."""

    def __init__(self, transcript: Transcript) -> None:
        self.placeholders: dict[str, str] = {}
        self._last: dict[str, int] = {}
        texts = [*_names(transcript), *(t.text for t in transcript.turns)]
        texts += [part for p in transcript.participants for part in (p.email, p.phone) if part]
        self._taken = {_placeholder(m[1], m[2]) for text in texts for m in _PLACEHOLDER.finditer(text)}

    def add(self, kind: str, value: str) -> None:
        if value in self.placeholders:
            return
        n = self._last.get(kind, 0) + 1
        while _placeholder(kind, n) in self._taken:
            n += 1
        self._last[kind] = n
        self.placeholders[value] = _placeholder(kind, n)

    def everywhere(self, found: Mapping[str, Sequence[Identifier]]) -> dict[str, list[_Span]]:
        """In each text what was found in it, and each value that stands there without what gave it away.

        A number that was named once is read back without its name. Beside a currency it is an amount.
        """
        spans = {text: [_Span(i.start, i.end) for i in identifiers] for text, identifiers in found.items()}
        texts = list(found)
        whole = "\0".join(texts)
        starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
        for value in self.placeholders:
            if "\0" in value or ("@" not in value and count_digits(value) < _MIN_DIGITS):
                continue
            at = whole.find(value)
            while at >= 0:
                n = bisect_right(starts, at) - 1
                _add(spans[texts[n]], texts[n], _Span(at - starts[n], at - starts[n] + len(value)))
                at = whole.find(value, at + len(value))
        return spans


def _add(spans: list[_Span], text: str, here: _Span) -> None:
    """Put `here` among the sorted `spans`, unless it overlaps one, or is part of a word or an amount."""
    n = bisect_left(spans, here)
    overlaps = (n > 0 and spans[n - 1].end > here.start) or (n < len(spans) and spans[n].start < here.end)
    in_word = any(map(str.isalnum, text[max(0, here.start - 1) : here.start] + text[here.end : here.end + 1]))
    if not overlaps and not in_word and not is_money(text, *here):
        spans.insert(n, here)


def _written(
    text: str, spans: Iterable[_Span], placeholders: Mapping[str, str]
) -> tuple[str, tuple[_Swap, ...]]:
    """The redacted text, and where it differs."""
    parts: list[str] = []
    swaps: list[_Swap] = []
    length = after = 0
    for start, end in spans:
        placeholder = placeholders[text[start:end]]
        parts += [text[after:start], placeholder]
        at = length + start - after
        length = at + len(placeholder)
        swaps.append(_Swap(at, length, start, end))
        after = end
    return "".join([*parts, text[after:]]), tuple(swaps)


def _placeholder(kind: str, n: str | int) -> str:
    return f"[{kind.lower()}{int(n)}]"


def _original(swaps: Sequence[_Swap], position: int, *, end: bool) -> int:
    """Where a position of the redacted text lies in the original: what is cut by it comes back whole."""
    n = bisect_left(swaps, position, key=lambda s: s.start)
    if not n:
        return position
    swap = swaps[n - 1]
    if position >= swap.end:
        return swap.was_end + position - swap.end
    return swap.was_end if end else swap.was_start
