"""Turns that speak to a model instead of to people on the call: instructions, forged frames, hidden text.

Nobody tells a person to "ignore the previous instructions", speaks chat markup, or says `{"budget": ...}`.
What looks so is taken out before anything is read, so that it can be neither evidence nor an order, and the
record warns of it. The signs are those of an instruction to software about its answer; that a buyer talks
of budgets, scores, rules or AI is none. A missed attack costs less than a lost budget: when in doubt a turn
is read.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from string import ascii_letters, digits, hexdigits
from typing import Any

from extractor.hostile_signs import SIGNS, Sign
from extractor.parsing.spans import sentence_at
from extractor.patterns import regex
from extractor.record import Evidence, FieldResult, Record
from extractor.transcript import Participant, Transcript, Turn

# Words of a sentence before the sign that go with it; a raw transcript has no full stops.
_WORDS_BEFORE = 20
# Letters in a row, each a word of its own: longer than anything that people spell out.
_SPELLED = 20
# Plain text in base64 or hexadecimal digits is suspicious from this length (in bytes) on.
_DECODED = 16

_INVISIBLE = "\u00ad\u034f\u180e\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef"
_TAGS = "\U000e0020-\U000e007f"
# Flags of England, Scotland and Wales are the only tags in use; isolates and marks stand in many exports.
_HIDDEN = regex(f"(?<![\U0001f3f4{_TAGS}])[{_TAGS}]|[\u202d\u202e]|[{_INVISIBLE}]{{8}}")
_DROPPED = regex(f"[{_INVISIBLE}{_TAGS}\u0300-\u036f\u202a-\u202e\u2066-\u2069]")
_LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕԁһӏԛԝьАВЕКМНОРСТХІЈЅУαονικρτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhlqwbABEKMHOPCTXIJSYaovikptuxABEZHIKMNOPTYX",
)
_LEET = str.maketrans("013457@$", "oieastas")
_LEET_SIGN = regex("[013457@$]")
_MIXED = regex(r"\b(?=\w*[a-z])(?=\w*[013457@$])[\w@$]{4,}", re.IGNORECASE)
_LEAST_BASE64 = 24
_BASE64 = regex(rf"(?<![\w+/])[A-Za-z0-9+/]{{{_LEAST_BASE64},}}={{0,2}}")
_ASCII = frozenset(b"\t\n\r" + bytes(range(32, 127)))
_HEX = regex(r"(?<!\w)(?:[0-9a-f]{2}\s?){16,}(?!\w)", re.IGNORECASE)
_DIGIT = regex(r"[0-9]")
_LETTER_BY_LETTER = regex(rf"(?<!\w)(?:[^\W\d_]\s+){{{_SPELLED},}}[^\W\d_](?!\w)")
_TWO_WORDS = re.compile(rb"[A-Za-z] [A-Za-z]")
_SENTENCE = regex(r"[^.?!\n]{20,}")
_WORD = regex(r"[^\W_]+")
# In texts of ASCII alone this finds words in half the time.
_BETWEEN_WORDS = str.maketrans({c: " " for c in map(chr, range(128)) if not c.isalnum()})


def _as(letter: str, which: str) -> dict[int, str]:
    """For `str.translate`: these letters become one and the same; others, blanks aside, become a dot."""
    others = {ord(c): "." for c in map(chr, range(128)) if not c.isspace()}
    return others | {ord(c): letter for c in which}


# What is left of text that may be encoded: in a row, the letters that it is spelled out or encoded in. The
# first and the last that is spelled out may have marks beside them.
_AS_LETTERS, _SPELLED_OUT = _as("a", ascii_letters), " ".join(["", *"a" * (_SPELLED - 1), ""])
_AS_BASE64, _BASE64_RUN = _as("a", ascii_letters + digits + "+/"), "a" * _LEAST_BASE64
_NO_BLANKS = {n: None for n in range(128) if chr(n).isspace()}
_AS_HEX, _HEX_RUN = _as("a", hexdigits) | _NO_BLANKS, "a" * 2 * _DECODED
# Scripts without blanks between words, where these can't be looked up.
_UNSPACED = regex("[\u0e00-\u0fff\u3040-\u9fff\uac00-\ud7ff]")
_WITH_SIDE = regex(r"(?<!\S)[^\s:]{1,80}\s\((?:buyer|seller)\)\s?:\s", re.IGNORECASE)
_SIDE_LABELS = "buyer|seller|customer|client|prospect|sales rep"


@dataclass(frozen=True)
class Heard:
    """A call without what looks like an instruction to a model, and without turns that say nothing.

    `places` are the numbers that its turns have in the whole call. `names` are the names of those who go by
    another one here, by that other one. `warnings` say what was left out.
    """

    transcript: Transcript
    places: tuple[int, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def suspicious(text: str, speakers: Iterable[str] = ()) -> str | None:
    """Why a turn looks like an instruction to a model, None where it does not.

    Args:
        text: what the turn says.
        speakers: names of who speaks on the call: a turn in which one of them is quoted as a transcript
            would (`Name: text`) passes itself off as several.
    """
    found = _sign(text, speakers, _AllSaid.of([text]))
    return found[1] if found else None


def heard(transcript: Transcript) -> Heard:
    """The call as it may be read: each turn up to the sentence that looks like an instruction to a model.

    Before it, nothing is kept from where the turn begins to say one thing over and over: by their mass such
    words would tell another kind of call. What is kept of a turn keeps its place in it. A speaker whose name
    looks so goes by a number instead.
    """
    speakers = transcript.speakers()
    names = _numbered(speakers)
    all_said = _AllSaid.of([t.text for t in transcript.turns])
    signs = [_sign(t.text, speakers if t.speaker else (), all_said) for t in transcript.turns]
    if not names and not any(signs) and all(t.text.strip() for t in transcript.turns):
        return Heard(transcript, tuple(range(len(signs))))
    known = {t.speaker for t, sign in zip(transcript.turns, signs, strict=True) if t.side or not sign}
    turns: list[Turn] = []
    places: list[int] = []
    for n, (turn, sign) in enumerate(zip(transcript.turns, signs, strict=True)):
        kept = turn.text if sign is None else turn.text[: _repeats_from(turn.text, sign[0])].rstrip()
        # Who is on no side and says nothing else would be compared with those who talk.
        stranger = turn.speaker not in known and len(kept.split()) < _WORDS_BEFORE
        if not kept.strip() or (sign and stranger):
            continue
        name = names.get(turn.speaker or "", turn.speaker)
        turns.append(turn.model_copy(update={"text": kept, "speaker": name}))
        places.append(n)
    people = tuple(
        p.model_copy(update={"name": names.get(p.name, p.name), "title": _title(p)})
        for p in transcript.participants
    )
    changed = transcript.model_copy(update={"turns": tuple(turns), "participants": people})
    warnings = (
        *(_warning(f"the name of speaker {speakers.index(name) + 1}", suspicious(name)) for name in names),
        *(_warning(f"turn {n}", sign[1]) for n, sign in enumerate(signs) if sign),
    )
    return Heard(changed, tuple(places), {called: name for name, called in names.items()}, warnings)


def restored(record: Record, call: Heard, whole: Transcript) -> Record:
    """The record of a call as heard, as the record of the whole call: its places, names and participants."""
    if call.transcript is whole:
        return record
    names = {p.name: p for p in whole.participants}
    people = [p.model_copy(update={"name": call.names.get(p.name, p.name)}) for p in record.participants]
    people = [p.model_copy(update={"title": names[p.name].title}) if p.name in names else p for p in people]
    unheard = [s for s in whole.speakers() if s not in {p.name for p in people}]
    return record.model_copy(
        update={
            "participants": [*people, *(Participant(name=s) for s in unheard)],
            "fields": {name: _restored(result, call, whole) for name, result in record.fields.items()},
            "warnings": [*call.warnings, *record.warnings],
        }
    )


def _restored(result: FieldResult, call: Heard, whole: Transcript) -> FieldResult:
    def there(e: Evidence) -> Evidence:
        turn = call.places[e.turn]
        return e.model_copy(update={"turn": turn, "speaker": whole.turns[turn].speaker})

    def all_there(proof: Sequence[Any]) -> list[dict[str, Any]]:
        return [there(Evidence.model_validate(e)).model_dump(mode="json") for e in proof]

    value = result.value
    if value and "contact" in value:
        makers = [call.names.get(m, m) for m in value["decision_makers"]]
        contact = call.names.get(value["contact"], value["contact"])
        value = {**value, "contact": contact, "decision_makers": makers}
    if value and "title_evidence" in value:
        value = {**value, "title_evidence": all_there(value["title_evidence"])}
    if value and "items" in value:
        items = [{**item, "evidence": all_there(item["evidence"])} for item in value["items"]]
        value = {**value, "items": items}
    conflicts = [c.model_copy(update={"evidence": [there(e) for e in c.evidence]}) for c in result.conflicts]
    evidence = [there(e) for e in result.evidence]
    return result.model_copy(update={"value": value, "evidence": evidence, "conflicts": conflicts})


def _numbered(speakers: Sequence[str]) -> dict[str, str]:
    """What those are called whose names look like an instruction: Speaker and a number that nobody has."""
    free = (name for n in range(1, 2 * len(speakers) + 1) if (name := f"Speaker {n}") not in speakers)
    return {name: next(free) for name in speakers if suspicious(name)}


def _warning(what: str, why: str | None) -> str:
    return f"{what} looks like an instruction to a model ({why}); it was not read"


def _title(person: Participant) -> str | None:
    return None if person.title and suspicious(person.title) else person.title


@dataclass(frozen=True)
class _AllSaid:
    """What a call's turns can't hold, told from all of them at once in a fraction of the time.

    `signs` are those of whose words some turn has one, `encoded` is whether a turn may hold encoded text.
    Both are of turns in ASCII alone.
    """

    signs: tuple[Sign, ...]
    encoded: bool

    @classmethod
    def of(cls, texts: Iterable[str]) -> _AllSaid:
        """Of the turns with these texts."""
        text = "\n".join(t for t in texts if t.isascii())
        words = _words(text)
        signs = tuple(s for s in SIGNS if s.words is None or not words.isdisjoint(s.words))
        spaced = " ".join(text.translate(_AS_LETTERS).split())
        encoded = _BASE64_RUN in text.translate(_AS_BASE64) or _HEX_RUN in text.translate(_AS_HEX)
        return cls(signs, encoded or _SPELLED_OUT in spaced)


def _sign(text: str, speakers: Iterable[str], all_said: _AllSaid) -> tuple[int, str] | None:
    """Where the first suspicious sentence begins, and what is suspicious in it."""
    found = min(_signs(text, speakers, all_said), default=None)
    if found is None:
        return None
    at, why = found
    begin = sentence_at(text, at, at + 1)[0]
    words = [m.start() for m in re.finditer(r"\S+", text[begin:at])]
    return (begin + words[-_WORDS_BEFORE] if len(words) > _WORDS_BEFORE else begin), why


def _repeats_from(text: str, end: int) -> int:
    """Where a sentence comes for the second time before `end`, else `end`."""
    said: set[str] = set()
    for m in _SENTENCE.finditer(text, 0, end):
        if (sentence := m[0].strip()) in said:
            return m.start()
        said.add(sentence)
    return end


def _signs(text: str, speakers: Iterable[str], all_said: _AllSaid) -> Iterator[tuple[int, str]]:
    """Where each sign stands in the text, and what it says."""
    ascii_only = text.isascii()
    if not ascii_only and (m := _HIDDEN.search(text)):
        yield m.start(), "hidden characters"
    plain, places = _plain(text)
    for reading in _readings(plain):
        for sign in _possible(reading, all_said.signs if ascii_only and reading is plain else SIGNS):
            if m := sign.pattern.search(reading):
                at = m.start() + len(m[0]) - len(m[0].lstrip())
                yield places[min(at, len(places) - 1)], sign.why
    if all_said.encoded or not ascii_only:
        for at in _encoded(plain):
            yield places[at], "encoded text"
    if (inside := _speech_inside(plain, speakers)) is not None:
        yield places[inside], "passes off as another transcript"


def _possible(reading: str, signs: Iterable[Sign]) -> Iterator[Sign]:
    """Those of the signs whose words and marks a text has."""
    words: set[str] | None = None
    unspaced = not reading.isascii() and _UNSPACED.search(reading)
    for sign in signs:
        if sign.words is not None and not unspaced:
            words = _words(reading) if words is None else words
            if words.isdisjoint(sign.words):
                continue
        if sign.marks is None or sign.marks.search(reading):
            yield sign


def _words(text: str) -> set[str]:
    """The words of a text in lower case, and the first five letters of each."""
    text = text.lower().replace("a.i", "ai")
    words = set(text.translate(_BETWEEN_WORDS).split() if text.isascii() else _WORD.findall(text))
    words.update([w[:5] for w in words if len(w) > 5])
    return words


def _speech_inside(plain: str, speakers: Iterable[str]) -> int | None:
    """Where a turn holds lines of a transcript: a side named as a prompt does, or speakers named twice.

    People do quote each other in chats, once and by name.
    """
    if ":" not in plain:
        return None
    if m := _WITH_SIDE.search(plain):
        return m.start()
    names = "|".join([*(re.escape(s) for s in speakers if len(s) > 2), _SIDE_LABELS])
    label = re.compile(rf"(?:^|[.?!\n\]]\s{{0,5}})(?P<name>{names})\s?:\s", re.IGNORECASE)
    labels = list(islice(label.finditer(plain), 2))
    return labels[0].start("name") if len(labels) == 2 else None


def _plain(text: str) -> tuple[str, Sequence[int]]:
    """The text as it looks to a reader, and where each of its letters stands in the original."""
    if text.isascii() or (unicodedata.is_normalized("NFKC", text) and not _DROPPED.search(text)):
        return text, range(len(text))
    letters: list[str] = []
    places: list[int] = []
    for n, c in enumerate(text):
        if _DROPPED.match(c):
            continue
        for letter in "\n" if c in "\x85\u2028\u2029" else unicodedata.normalize("NFKC", c):
            letters.append(letter)
            places.append(n)
    return "".join(letters), places


def _readings(plain: str) -> Iterator[str]:
    """The text, and the same with other letters and digits read as the letters that they look like."""
    yield plain
    if not plain.isascii() and (latin := plain.translate(_LOOK_ALIKES)) != plain:
        yield latin
    if _LEET_SIGN.search(plain) and _MIXED.search(plain):
        yield _MIXED.sub(lambda m: m[0].translate(_LEET), plain)


def _encoded(plain: str) -> Iterator[int]:
    """Where text stands that is readable only after decoding."""
    lengths = list(map(len, plain.split()))
    for m in _BASE64.finditer(plain) if max(lengths, default=0) >= _LEAST_BASE64 else ():
        with_ends = m[0].rstrip("=")
        try:
            told = base64.b64decode(with_ends + "=" * (-len(with_ends) % 4), validate=True)
        except binascii.Error:
            continue
        if _is_text(told):
            yield m.start()
    # A byte of plain text begins with a digit: most turns need not be searched.
    for m in _HEX.finditer(plain) if _DIGIT.search(plain) else ():
        if _is_text(bytes.fromhex(m[0])):
            yield m.start()
    # The first and the last may have marks beside them.
    if lengths.count(1) >= _SPELLED - 1 and (spelled := _LETTER_BY_LETTER.search(plain)):
        yield spelled.start()


def _is_text(data: bytes) -> bool:
    ascii_only = len(data) >= _DECODED and all(b in _ASCII for b in data)
    return ascii_only and _TWO_WORDS.search(data) is not None
