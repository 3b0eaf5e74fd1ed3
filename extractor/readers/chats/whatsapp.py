"""WhatsApp's text export, of Android and iOS in any language, and Signal's text in the same shape."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from extractor.patterns import regex
from extractor.readers.base import Content, Parts, clean
from extractor.readers.chats.clock import DATE, MOMENT, TIME, Moment, moment, resolve
from extractor.readers.chats.messages import Message, conversation
from extractor.readers.chats.notices import spoken

_MARKS = regex("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SPACES = regex("[\u00a0\u2007\u2009\u202f]")
_HEADS = (
    regex(rf"^\[{MOMENT}\]\s?(?P<rest>.*)$", re.I),
    regex(rf"^{MOMENT}\s?[-–—]\s(?P<rest>.*)$", re.I),
    regex(rf"^{DATE.replace('[./年년-]', '[년.]')}\s{TIME}, (?P<rest>.*)$", re.I),
)
_SIGNAL = regex(r"^\[20\d\d-\d\d-\d\d,? \d\d:\d\d(?::\d\d)?\] [^:\n]{1,80}: ")
_SIGNAL_EXTRA = regex(r"!?\[[^\]\n]{0,200}\]\([^)\n]{1,300}\)|\(- [^()\n]{1,200}\)\s*$")
_PREFIX = regex(r"[^:]{0,100}?:(?=\s|$)")
_NAME_CHARS = 80
# The first message stands at the top, below a line or two of the tool that made the file.
_LOOK_AT = 5
_LOOK_AT_CHARS = 20_000
# So many messages of one sender must share a second prefix for it to be taken as part of the name.
_SHARED = 3


@dataclass(frozen=True)
class _Entry:
    """A line with a date at its start, and those below that go on with it."""

    when: Moment
    lines: list[str]


def recognise(content: Content) -> str | None:
    """A line at the top with a date, a time and a name, in one of the two shapes that WhatsApp has."""
    if _is_signal(content):
        return None
    return _dated_lines(content)


def recognise_signal(content: Content) -> str | None:
    """Lines `[2026-03-12, 14:08] Name: text`, as signal-export and the desktop tools write them."""
    return _dated_lines(content) if _is_signal(content) else None


def _is_signal(content: Content) -> bool:
    """WhatsApp on iOS puts seconds beside a comma and a short year; Signal's tools write ISO dates."""
    lines = [line for line in content.text[:_LOOK_AT_CHARS].split("\n") if line.strip()][:_LOOK_AT]
    return any(_SIGNAL.match(line) for line in lines)


def _dated_lines(content: Content) -> str | None:
    lines = [line for line in content.text[:_LOOK_AT_CHARS].split("\n") if line.strip()][:_LOOK_AT]
    found = [head for line in lines if (head := _head(line))]
    if not found:
        return None
    named = sum(bool(_candidate(e.lines[0])) for e in _entries(content.text[:_LOOK_AT_CHARS]))
    return "messages begin with a date, a time and a name" if named else None


def read(content: Content) -> Parts:
    """Read WhatsApp's export. What the app wrote itself (notices, `<Media omitted>`) is not speech."""
    return _read(_entries(content.text))


def read_signal(content: Content) -> Parts:
    """Read Signal's text; quoted messages, reactions and attachments are not speech."""
    entries = _entries(content.text)
    bare = [
        _Entry(e.when, [_SIGNAL_EXTRA.sub("", ln) for ln in e.lines if not ln.lstrip().startswith(">")])
        for e in entries
    ]
    return _read([e for e in bare if e.lines])


def _read(entries: Sequence[_Entry]) -> Parts:
    senders = _senders([e.lines[0] for e in entries])
    times, guess = resolve([e.when for e in entries])
    attached = 0
    messages = []
    for entry, sender, at in zip(entries, senders, times, strict=True):
        if sender is None:
            continue
        first = entry.lines[0][len(sender) + 1 :]
        text, has_file = spoken("\n".join([first, *entry.lines[1:]]))
        attached += has_file
        messages.append(Message(_name(sender), at, text))
    warnings = [guess] if guess else []
    if attached:
        warnings.append(f"{attached} message(s) hold a picture, a sound or a file, which are not read.")
    return conversation(messages, warnings=warnings)


def _entries(text: str) -> list[_Entry]:
    entries: list[_Entry] = []
    for raw in text.split("\n"):
        head = _head(raw)
        if head:
            entries.append(_Entry(*head))
        elif entries:
            entries[-1].lines.append(_SPACES.sub(" ", _MARKS.sub("", raw)))
    return entries


def _head(raw: str) -> tuple[Moment, list[str]] | None:
    line = _SPACES.sub(" ", _MARKS.sub("", raw)) if not raw.isascii() else raw
    if not (line[:1] == "[" or line[:1].isdigit()):
        return None
    for pattern in _HEADS:
        if (match := pattern.match(line)) and (when := moment(match)):
            return when, [match["rest"]]
    return None


def _candidate(line: str) -> str | None:
    """The words before the first colon that ends a name, if they may be one."""
    match = _PREFIX.match(line)
    name = match[0][:-1] if match else ""
    return name if name.strip() and len(name) <= _NAME_CHARS else None


def _senders(lines: Sequence[str]) -> list[str | None]:
    """Who sent each of these, None where the app itself wrote a line.

    A name may hold a colon: where all of somebody's messages go on alike up to a second one, it is part of
    the name. The app's own lines ("Ana changed the subject to ...: ...") have words in quotes, or no colon.
    """
    first = [_candidate(line) for line in lines]
    longer: dict[str, Counter[str | None]] = defaultdict(Counter)
    for line, name in zip(lines, first, strict=True):
        if name is not None:
            more = _candidate(line[len(name) + 1 :])
            longer[name][more] += 1
    whole = {}
    for name, seen in longer.items():
        more, times = seen.most_common(1)[0]
        whole[name] = f"{name}:{more}" if more and len(seen) == 1 and times >= _SHARED else name
    return [
        whole[n] if n is not None and (sum(longer[n].values()) > 1 or not _is_sentence(n)) else None
        for n in first
    ]


def _is_sentence(name: str) -> bool:
    return len(name.split()) > 8 or any(mark in name for mark in '"“”„«»')


def _name(sender: str) -> str:
    """A sender as people know them: WhatsApp puts `~` before the name of somebody who is not a contact."""
    return clean(sender).removeprefix("~").strip() or clean(sender)
