"""The lines of a text document, and what its heading tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from itertools import pairwise
from typing import TypeVar
from weakref import WeakKeyDictionary

from extractor.patterns import regex
from extractor.readers.base import Content, Parts, clean, participants_of
from extractor.readers.dates import heading_date
from extractor.readers.names import bare_name, is_person, is_unknown, may_be_name, split_prefix, unbold
from extractor.readers.times import TIME, seconds
from extractor.transcript import Participant, Turn

_AM_PM = r"(?P<clock>\s?[AaPp]\.?[Mm]\b\.?)?"
_BRACKETED = rf"[\[(]\s?(?P<time>{TIME}){_AM_PM}(?:\s?(?:-->|[-–—])\s?{TIME})?\s?[\])]"
_LEADING = regex(rf"^\s*{_BRACKETED}[ \t]*(?:[-–—|][ \t]+)?(?P<rest>.*)$")
_LEADING_BARE = regex(rf"^\s*(?P<time>{TIME}){_AM_PM}[ \t]+(?:[-–—|:][ \t]+)?(?P<rest>.*)$")
_INSIDE = regex(
    rf"^(?P<name>[^:：\[(]{{1,80}}?)[ \t]{{0,9}}"
    rf"(?:{_BRACKETED}(?:[ \t]{{0,9}}[:：]|(?=[ \t]{{1,9}}\S))|[ \t](?P<bare>{TIME})[ \t]{{0,9}}[:：])"
    r"[ \t]*(?P<text>.*)$"
)
NAME_TIME = regex(
    rf"^(?P<name>[^:：]{{1,80}}?)(?P<gap>[ \t\xa0]{{0,9}})[-–—|,]?[ \t]{{0,9}}"
    rf"(?:{_BRACKETED}|[ \t\xa0](?P<bare>{TIME}))\s*$"
)
# What tools write about the transcript among what was said.
_NOT_SAID = regex(
    r"^(?:transcribed by https?://\S+"
    r"|this (?:editable )?transcript was .{0,99}generated.{0,99}"
    r"|[^:]{1,80} (?:started|stopped) transcription"
    r"|(?:action item|screen sharing|highlight|bookmark): .{0,999} - watch: https?://\S+)$",
    re.I,
)
_PEOPLE = regex(
    r"^\W{0,9}(?:attendees|participants|speakers|present|teilnehmer|participantes)\W{0,9}?"
    r"(?:[:：]\W{0,9}(?P<list>.*))?$",
    re.I,
)
_HEADING_LINES = 15
_HEADING_CHARS = 400

T = TypeVar("T")


@dataclass(frozen=True)
class Line:
    """A line that isn't blank. `name` is what stands before its colon, whether it is a name or not.

    `rest` is the line without a time at its start, `said` what comes after the colon. `timed` says that
    there is a time, even if it doesn't tell `start`, and `bracketed` that one in brackets begins the line.
    """

    text: str
    block_start: bool
    rest: str
    name: str | None = None
    said: str = ""
    start: float | None = None
    timed: bool = False
    bracketed: bool = False


@dataclass
class Open:
    """A turn that is being read."""

    speaker: str | None
    start: float | None
    said: list[str] = field(default_factory=list)


def once(function: Callable[[Content], T]) -> Callable[[Content], T]:
    """What a function finds in a content, found once: each row of the table asks again while it lives."""
    found: WeakKeyDictionary[Content, T] = WeakKeyDictionary()

    @wraps(function)
    def kept(content: Content) -> T:
        if content not in found:
            found[content] = function(content)
        return found[content]

    return kept


@once
def lines_of(content: Content) -> list[Line]:
    """The lines of a text that aren't blank and not the tool's own."""
    lines, block_start = [], True
    for raw in content.text.split("\n"):
        stripped = raw.strip()
        if stripped:
            if not _NOT_SAID.match(stripped):
                lines.append(_line(stripped, block_start))
            block_start = False
        else:
            block_start = True
    return lines


def _line(raw: str, block_start: bool) -> Line:
    text = unbold(raw)
    for pattern in (_LEADING, _LEADING_BARE):
        if match := pattern.match(text):
            rest = match["rest"]
            name, said = split_prefix(rest) or (None, "")
            bracketed = pattern is _LEADING
            return Line(text, block_start, rest, name, said, start_of(match), timed=True, bracketed=bracketed)
    if match := _INSIDE.match(text):
        name, said = bare_name(match["name"]), match["text"]
        return Line(text, block_start, text, name, said, start_of(match), timed=True)
    name, said = split_prefix(text) or (None, "")
    return Line(text, block_start, text, name, said)


def start_of(match: re.Match[str]) -> float | None:
    """Seconds from the start of the call; a time of day (2:05 PM) doesn't tell them."""
    groups = match.groupdict()
    return None if groups.get("clock") else seconds(groups["time"] or groups["bare"])


def heading_length(lines: list[Line]) -> int:
    """How many lines at the top are a heading: "Date: ...", "Participants: ...", a title."""
    until = 0
    for line in lines[:_HEADING_LINES]:
        if line.timed or (line.name and may_be_name(line.name)):
            break
        until += 1
    else:
        return 0
    return _keyed_block(lines, until)


def _keyed_block(lines: list[Line], start: int) -> int:
    """The end of a first block of `Key: value` lines of which no key comes again while names below do."""
    end = next((i for i in range(start + 1, len(lines)) if lines[i].block_start), len(lines))
    block, rest = lines[start:end], [line.name for line in lines[end:] if line.name]
    if not 2 <= end <= _HEADING_LINES or any(line.timed for line in block):
        return start
    recurs = len(rest) > len(set(rest))
    keys = {line.name for line in block if line.name}
    return end if recurs and len(keys) == len(block) and not keys & set(rest) else start


def split_heading(lines: list[Line], first: int) -> tuple[list[Line], list[Open]]:
    """What stands above the first turn: a heading if it is short, else speech of somebody unknown."""
    above = lines[:first]
    if len(above) <= _HEADING_LINES and all(len(line.text) <= _HEADING_CHARS for line in above):
        return above, []
    return [], [Open(None, None, [line.text]) for line in above]


def speaker_of(name: str | None) -> str | None:
    """The name of a speaker in one printable line, None where it stands for somebody unknown."""
    name = clean(name or "")
    return None if not name or is_unknown(name) else name


def parts_of(opened: list[Open], heading: list[str]) -> Parts:
    """The parts of a document, with what its heading tells: the date, who took part."""
    turns = list(turns_of(opened))
    warnings = []
    if heading:
        warnings.append(f"{len(heading)} line(s) above the first turn are taken for a heading.")
    if turns and not any(t.speaker for t in turns):
        warnings.append("No speakers were found: each paragraph is a turn of nobody in particular.")
    people = with_listed(participants_of(turns), listed(heading))
    return Parts(turns, people, heading_date(heading), tuple(warnings))


def turns_of(opened: Iterable[Open]) -> Iterator[Turn]:
    """The turns in which something is said."""
    for turn in opened:
        text = clean(" ".join(turn.said))
        if text:
            yield Turn(speaker=turn.speaker, start=turn.start, text=text)


def listed(heading: list[str]) -> list[str]:
    """The names on a heading's list of people: after `Attendees:`, or on the line below."""
    for line, below in pairwise([*heading, ""]):
        if match := _PEOPLE.match(line):
            return names_in(match["list"] or below)
    return []


def names_in(words: str) -> list[str]:
    """The names of people in a list with commas or semicolons, without bots and shared screens."""
    names = (clean(name.strip(" *_-•")) for name in re.split(r"[,;]", words[:10_000]))
    return [name for name in names if may_be_name(name) and is_person(name)]


def with_listed(speakers: tuple[Participant, ...], names: list[str]) -> tuple[Participant, ...]:
    """The speakers and those who are on a list; a list on which most don't speak is of something else."""
    speaking = {p.name.casefold() for p in speakers}
    silent = [name for name in dict.fromkeys(names) if name.casefold() not in speaking]
    if len(silent) * 2 > len(names):
        return speakers
    return (*speakers, *(Participant(name=name) for name in silent))
