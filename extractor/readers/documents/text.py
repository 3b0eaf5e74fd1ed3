"""Plain text: `Name: text` lines with times or without, name lines above paragraphs, bare paragraphs."""

from __future__ import annotations

import re
from collections import Counter

from extractor.patterns import regex
from extractor.readers.base import Content, Parts
from extractor.readers.documents.lines import (
    NAME_TIME,
    Line,
    Open,
    heading_length,
    lines_of,
    once,
    parts_of,
    speaker_of,
    split_heading,
    start_of,
)
from extractor.readers.names import bare_name, looks_like_full_name, may_be_name, speaker_names
from extractor.readers.times import TIME, seconds

PLAIN = (".txt", ".text")
_MARKDOWN = (".md", ".markdown")
ENDINGS = (*PLAIN, *_MARKDOWN)
_READABLE = frozenset({*PLAIN, ".log", ""})
_CODE = ("```", "~~~", "|", "<!--", "{%")
_LONE_TIME = regex(rf"^[\[(]?(?P<time>{TIME})[\])]?$")
_TRANSCRIPT = regex(r"^\W{0,9}(?:full |call |meeting )?transcript(?:ion)?\W{0,9}$", re.I)
Head = tuple[str, float | None]

_MARKUP = regex(r"(<!doctype|<html|<\?xml|<[a-z]+[\s>/])", re.I)


@once
def known_names(content: Content) -> frozenset[str]:
    """The names that stand before a colon. Where every line has a time and a prefix, each prefix is one.

    Where most timed lines have a prefix that may be a name, all such prefixes of timed lines are names.
    """
    lines = lines_of(content)
    timed = [line.name for line in lines if line.timed]
    if lines and len(timed) == len(lines) and all(timed):
        return frozenset(n for n in timed if n)
    likely = frozenset(n for n in timed if n and may_be_name(n))
    after_heading = [line.name for line in lines[heading_length(lines) :]]
    names = speaker_names(after_heading, uniform_is_enough=True)
    return names | likely if sum(n in likely for n in timed) * 2 > len(timed) else names


# --- Name: text -------------------------------------------------------------------------------------


def recognise_lines(content: Content) -> str | None:
    """At least one line with a speaker's name before its colon, or lines led by a time in brackets.

    Markdown is mostly no transcript: there the names must come again and begin most paragraphs.
    """
    if _is_code(content):
        return None
    lines = lines_of(content)
    names = known_names(content)
    spoken = sum(line.name in names for line in lines)
    blocks = sum(line.block_start for line in lines)
    if content.ending in _MARKDOWN and not _is_talk_in_markdown(lines, names):
        return None
    if spoken * 20 > len(lines) or spoken * 3 > blocks:
        return f"{spoken} of {len(lines)} lines begin with a name and a colon"
    timed = sum(line.bracketed for line in lines)
    return f"{timed} of {len(lines)} lines begin with a time" if timed * 2 > len(lines) else None


def _is_talk_in_markdown(lines: list[Line], names: frozenset[str]) -> bool:
    if any(line.text.startswith(_CODE) for line in lines):
        return False
    opening = [line for line in lines if line.block_start and not line.text.startswith("#")]
    counts = Counter(line.name for line in lines if line.name and line.name in names)
    short = all(len(name.split()) <= 4 and not name[0].islower() for name in counts)
    recurring = len(counts) > 1 and counts.total() >= 2 * len(counts)
    return short and recurring and sum(line.name in names for line in opening) * 3 >= len(opening) * 2


def read_lines(content: Content) -> Parts:
    """Read `Name: text`, `[00:01:02] Name: text`, `(1:02) Name: text`, `Name (1:02): text` and the like.

    Each such line is a turn; a line without a name goes on with the turn before.
    """
    lines = lines_of(content)
    names = known_names(content)
    first = next((i for i, ln in enumerate(lines) if ln.name in names or (ln.bracketed and not names)), 0)
    heading, opened = _above(lines, first)
    for line in lines[first:]:
        if line.name in names:
            opened.append(Open(speaker_of(line.name), line.start, [line.said]))
        elif line.bracketed:
            opened.append(Open(None, line.start, [line.rest]))
        else:
            opened[-1].said.append(line.text)
    return parts_of(opened, [line.text for line in heading])


def _above(lines: list[Line], first: int) -> tuple[list[Line], list[Open]]:
    """The heading and what is said above the first turn; a line `Transcript` ends any heading."""
    marks = [i for i, line in enumerate(lines[:first]) if _TRANSCRIPT.match(line.text)]
    return (lines[:first], []) if marks else split_heading(lines, first)


# --- A name line above its paragraph ----------------------------------------------------------------


def recognise_blocks(content: Content) -> str | None:
    """Lines that hold a name and a time (or a recurring name alone), each above its paragraph."""
    if _is_code(content):
        return None
    lines = lines_of(content)
    heads = name_lines(content)
    if content.ending in _MARKDOWN and not _markdown_heads(lines, heads):
        return None
    names = known_names(content)
    if heads and len(heads) >= sum(line.name in names for line in lines):
        return f"{len(heads)} lines hold the name of who speaks below"
    return None


def _markdown_heads(lines: list[Line], heads: dict[int, Head]) -> bool:
    blocks = sum(line.block_start for line in lines)
    timed = all(start is not None for _, start in heads.values())
    return timed and len(heads) > 1 and len(heads) * 3 > blocks


def read_blocks(content: Content) -> Parts:
    """Read Otter's text and its like: `Name  0:14`, `Name [0:14]` or `Name` above what is said.

    What stands above the first name with a time is a heading, however long: a summary, key words.
    """
    lines = lines_of(content)
    heads = name_lines(content)
    first = min(heads)
    timed = any(start is not None for _, start in heads.values())
    heading, opened = (lines[:first], []) if timed else _above(lines, first)
    for i, line in enumerate(lines[first:], start=first):
        if i in heads:
            name, start = heads[i]
            opened.append(Open(speaker_of(name), start))
        elif i - 1 not in heads or not _is_time_of(lines[i], heads[i - 1]):
            opened[-1].said.append(line.text)
    return parts_of(opened, [line.text for line in heading])


@once
def name_lines(content: Content) -> dict[int, Head]:
    """The lines that name who speaks below, by their place, each with its time."""
    lines = lines_of(content)
    timed: dict[int, Head] = {}
    for i, line in enumerate(lines):
        below = lines[i + 1] if i + 1 < len(lines) else None
        if found := _name_then_time(line) or _time_then_name(line, below) or _name_above_time(line, below):
            timed[i] = found
    seen = Counter(name for name, _ in timed.values())
    timed = {
        i: (name, start)
        for i, (name, start) in timed.items()
        if lines[i].block_start or seen[name] > 1 or all(not w[0].islower() for w in name.split())
    }
    # Otter and Teams leave a wide gap before the time, which what is said ("Monday 9:30") does not.
    wide = {i: head for i, head in timed.items() if _wide_gap(lines[i])}
    return (wide if len(wide) * 2 > len(timed) else timed) or _bare_name_lines(lines)


def _name_then_time(line: Line) -> Head | None:
    match = NAME_TIME.match(line.text)
    if not match:
        return None
    name = bare_name(match["name"])
    return (name, start_of(match)) if may_be_name(name) else None


def _wide_gap(line: Line) -> bool:
    match = NAME_TIME.match(line.text)
    return bool(match and match["bare"] and match["gap"])


def _time_then_name(line: Line, below: Line | None) -> Head | None:
    """`[0:14] Tom Okafor`, or `0:14 - Tom` with text below: a file of timed lines has a time below."""
    if not line.timed or line.name or below is None or below.timed:
        return None
    name = bare_name(line.rest)
    short = looks_like_full_name(name) or len(name.split()) == 1
    return (name, line.start) if short and may_be_name(name) else None


def _name_above_time(line: Line, below: Line | None) -> Head | None:
    """`Tom Okafor` with `0:14` alone on the line below."""
    if below is None or line.timed or line.name or not (match := _LONE_TIME.match(below.text)):
        return None
    name = bare_name(line.text)
    return (name, seconds(match["time"])) if may_be_name(name) and len(name.split()) <= 5 else None


def _is_time_of(line: Line, head: Head) -> bool:
    match = _LONE_TIME.match(line.text)
    return bool(match and seconds(match["time"]) == head[1])


def _bare_name_lines(lines: list[Line]) -> dict[int, Head]:
    """Lines that are a name alone: the first of a block with text below it, and the same one again."""
    found = {
        i: line.text.rstrip(":").strip()
        for i, line in enumerate(lines[:-1])
        if line.block_start and not lines[i + 1].block_start and _bare_name(line)
    }
    blocks = sum(line.block_start for line in lines)
    recurring = {name for name, n in Counter(found.values()).items() if n > 1}
    if not recurring or len(found) * 2 < blocks:
        return {}
    every = len(found) == blocks
    return {i: (n, None) for i, n in found.items() if every or n in recurring or looks_like_full_name(n)}


def _bare_name(line: Line) -> bool:
    if line.timed or (line.name and line.said):
        return False
    name = line.text.rstrip(":").strip()
    return may_be_name(name) and len(name.split()) <= 4 and not name[:1].islower()


# --- Paragraphs -------------------------------------------------------------------------------------


def recognise_prose(content: Content) -> str | None:
    """The last resort: a text file in which no speakers are found."""
    if content.ending not in _READABLE or _is_code(content):
        return None
    letters = sum(c.isalpha() for c in content.text[:100_000])
    return "text without speakers" if letters * 2 > len(content.text[:100_000]) else None


def read_prose(content: Content) -> Parts:
    """Read paragraphs (lines, where there are no blank ones) as turns of nobody in particular."""
    lines = lines_of(content)
    by_line = sum(line.block_start for line in lines) == 1
    opened: list[Open] = []
    for line in lines:
        if by_line or line.block_start or not opened:
            opened.append(Open(None, None))
        opened[-1].said.append(line.text)
    return parts_of(opened, [])


def _is_code(content: Content) -> bool:
    """JSON, XML, HTML: a file for programs, of which no line is speech."""
    if content.json is not None:
        return True
    return bool(_MARKUP.match(content.text.lstrip()))
