"""Caption cues (WebVTT, SRT, SBV): tolerant parsing, and what rolls said once."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from extractor.patterns import regex
from extractor.readers.base import clean
from extractor.readers.times import TIME, seconds

_NOT_SPEECH = regex(r"^(NOTE|STYLE|REGION)(\s|$)")
_TAG = regex(r"</?(?:c|i|b|u|v|ruby|rt|lang|font)(?:[.\s][^<>]*)?>|<\d[\d:.]*>|\{\\[^{}]*\}", re.I)
_EMPHASIS = regex(r"</?[ibu]>", re.I)
_SOUND = regex(r"^[\[(](music|applause|laughter|silence|blank_audio)[\])]$", re.I)
# YouTube gives the time of each word within the line that rolls in.
_WORD_TIMES = regex(r"<\d[\d:.]*><c[.>]")
# Teams names the utterance and the piece of it, Webex numbers the cue and names who speaks.
_ID = regex(r'^\s*(?:\d+|[0-9A-Za-z-]{8,}/\d+-\d+|\d+ ".{0,199}"(?: \(\d+\))?)\s*$')


@dataclass(frozen=True)
class Timing:
    """How a format writes the line with a cue's times: read, and seen to be meant where it can't be read.

    `ids` says whether a line above it may number or name the cue.
    """

    exact: re.Pattern[str]
    almost: re.Pattern[str]
    ids: bool = True

    def stands_in(self, line: str) -> bool:
        """Whether this is the line with a cue's times."""
        return bool(self.exact.match(line))

    def is_meant(self, line: str) -> bool:
        """Whether this is such a line, even if its times can't be read."""
        return bool(self.exact.match(line) or self.almost.match(line))


ARROW = Timing(
    regex(rf"^\s*(?P<start>{TIME})\s{{0,9}}-->\s{{0,9}}(?P<end>{TIME})(?:\s|$)"),
    regex(r"^\s*\d[\d:.,a-zA-Z]{0,20}\s{0,9}-->\s{0,9}[\d:.,]"),
)
COMMA = Timing(
    regex(r"^\s*(?P<start>\d{1,3}:\d{2}:\d{2}\.\d{1,3}),(?P<end>\d{1,3}:\d{2}:\d{2}\.\d{1,3})\s*$"),
    regex(r"^\s*\d{1,3}:\w{2}:[\w.]{2,9},\d{1,3}:\w{2}:[\w.]{2,9}\s*$"),
    ids=False,
)


@dataclass
class Cue:
    """One caption: times in seconds (None where unreadable) and its lines as they stand in the file.

    `id` is the line above its times, where there is one.
    """

    start: float | None
    end: float | None
    lines: list[str] = field(default_factory=list)
    id: str | None = None


def parse_cues(text: str, timing: Timing = ARROW) -> tuple[list[Cue], int]:
    """The cues of a captions file in the order in which they stand.

    A missing index, a missing blank line, unreadable times and blank lines inside a text are all borne.

    Returns:
        The cues that have text, and the number of those whose times can't be read.
    """
    cues: list[Cue] = []
    broken = 0
    for block in _blocks(text):
        timed, waiting = False, list[str]()
        for line in block:
            if not timing.is_meant(line):
                waiting.append(line)
                continue
            said, name = _split_id(waiting, timing, above_all=not timed)
            if cues:
                cues[-1].lines.extend(said)
            match = timing.exact.match(line)
            broken += match is None
            start, end = (seconds(match["start"]), seconds(match["end"])) if match else (None, None)
            cues.append(Cue(start, end, id=name))
            timed, waiting = True, []
        if cues and (timed or not _is_apart(block, timing)):
            cues[-1].lines.extend(waiting)
    return [c for c in cues if any(line.strip() for line in c.lines)], broken


def _blocks(text: str) -> Iterator[list[str]]:
    block: list[str] = []
    for line in text.split("\n"):
        if line:
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _split_id(waiting: list[str], timing: Timing, *, above_all: bool) -> tuple[list[str], str | None]:
    """The text that the lines above a cue's times add to the cue before, and this cue's id.

    Lines `above_all` times of a block are ids whatever they say; further down only what looks like one is.
    """
    if not timing.ids or not waiting:
        return waiting, None
    if above_all:
        return [], waiting[-1].strip()
    return (waiting[:-1], waiting[-1].strip()) if _ID.match(waiting[-1]) else (waiting, None)


def _is_apart(block: list[str], timing: Timing) -> bool:
    """Whether a block without times is no speech: a note or a style, or the number of a cue that is lost."""
    return timing.ids and bool(_NOT_SPEECH.match(block[0]) or block[0].strip().isdigit())


def unroll(cues: list[Cue]) -> list[Cue]:
    """Rolling captions (YouTube's automatic ones repeat the last line in the next cue) said once."""
    shown = [[line for line in c.lines if plain(line)] for c in cues]
    pairs = [(a, b) for a, b in pairwise(shown) if a and b]
    repeats = [len(b) for a, b in pairs if plain(a[-1]) == plain(b[0])]
    rolls = any(_WORD_TIMES.search(line) for lines in shown for line in lines)
    if not rolls and (sum(n > 1 for n in repeats) < 2 or len(repeats) * 2 < len(pairs)):
        return cues
    unrolled, last = [], None
    for cue, lines in zip(cues, shown, strict=True):
        fresh = []
        for line in lines:
            if plain(line) != last:
                fresh.append(line)
            last = plain(line)
        if fresh:
            unrolled.append(Cue(cue.start, cue.end, fresh, cue.id))
    return unrolled


def plain(line: str) -> str:
    """A line without caption tags, entities resolved; empty where it is only a sound such as [Music]."""
    text = clean(_EMPHASIS.sub("", html.unescape(_TAG.sub("", line))))
    return "" if _SOUND.match(text) else text
