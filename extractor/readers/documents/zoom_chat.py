"""Zoom's meeting chat: `00:21:14<TAB>Ana Ruiz:<TAB>text`, or `10:21:14 From Ana Ruiz to Everyone:`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extractor.patterns import regex
from extractor.readers.base import Content, Parts, participants_of
from extractor.readers.documents.lines import Open, once, speaker_of, turns_of
from extractor.readers.times import seconds
from extractor.transcript import Participant

_TABS = regex(r"^(?P<time>\d{2}:\d{2}:\d{2})\t(?!\s?From )(?P<name>[^\t]{1,99}?)\s?:\t(?P<text>.*)$")
_FROM = regex(
    r"^(?P<time>\d{2}:\d{2}:\d{2})[ \t]{1,3}From[ \t]{1,3}(?P<name>\S.{0,98}?)"
    r"(?:[ \t]{1,3}to[ \t]{1,3}(?P<to>\S.{0,98}?)(?P<private>\s?\((?:Direct Message|Privately)\))?)?"
    r"(?:[ \t]?:[ \t]*$|[ \t]:[ \t]|:[ \t]+(?=\S))(?P<text>.*)$",
    re.I,
)
_REACTION = regex(r"^(?:reacted to|removed an? \S{1,20} reaction from) [\"“]", re.I)
_REPLY = regex(r"^replying to [\"“]", re.I)
_QUOTE_END = regex(r"[\"”]\s*$")
# A chat that begins later than this after the call did is timed by the clock on the wall.
_CALL_S = 5 * 3600.0


@once
def messages(content: Content) -> list[tuple[re.Match[str], list[str]]]:
    """The messages: their first line and the text line by line; empty where the file is no chat."""
    found: list[tuple[re.Match[str], list[str]]] = []
    for line in content.text.split("\n"):
        if match := _TABS.match(line) or _FROM.match(line):
            found.append((match, [match["text"].strip()]))
        elif found:
            found[-1][1].append(line.strip())
        elif line.strip():
            return []
    return found


def recognise(content: Content) -> str | None:
    """The first line is a message's."""
    found = messages(content)
    return f"has {len(found)} lines as Zoom's chat writes them" if found else None


def read(content: Content) -> Parts:
    """Read the messages. Reactions are left out, and so is what a reply repeats."""
    found = messages(content)
    times = [seconds(match["time"]) for match, _ in found]
    by_clock = times[0] >= _CALL_S
    opened = []
    for (match, lines), time in zip(found, times, strict=True):
        if not _REACTION.match("\n".join(lines).lstrip()[:500]):
            start = None if by_clock else time
            opened.append(Open(speaker_of(match["name"]), start, list(_without_reply(lines))))
    turns = list(turns_of(opened))
    people = {p.name: p for p in participants_of(turns)}
    for match, _ in found:
        to = speaker_of(match.groupdict().get("to")) if match.groupdict().get("private") else None
        if to:
            people.setdefault(to, Participant(name=to))
    return Parts(turns, tuple(people.values()))


def _without_reply(lines: list[str]) -> Iterator[str]:
    """The lines without the quotation at the top of a reply, which may go over several lines."""
    first = next((i for i, line in enumerate(lines) if line), 0)
    quoting = bool(_REPLY.match(lines[first]))
    for line in lines[first:]:
        if not quoting:
            yield line
        elif _QUOTE_END.search(line):
            quoting = False
