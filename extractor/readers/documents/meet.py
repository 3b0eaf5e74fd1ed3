"""Google Meet's transcripts, as text, Markdown or a Word document, with Gemini's notes above or without.

The notes (summary, details, next steps) are a machine's words about the call. They are never speech: only
what stands below the heading of the transcript is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from extractor.errors import InputError
from extractor.patterns import regex
from extractor.readers.base import Content, Parts, clean, participants_of
from extractor.readers.dates import heading_date
from extractor.readers.documents.lines import Open, names_in, once, speaker_of, turns_of
from extractor.readers.names import is_person, may_be_name, may_stand_alone, speaker_names, split_prefix
from extractor.readers.times import seconds
from extractor.transcript import Participant

_BOOK, _MEMO = "📖", "📝"
_TRANSCRIPT = frozenset(
    """transcript transkript transcripción transcription transcrição trascrizione transcriptie
    文字起こし""".split()
)
_TITLE = regex(r"[-–—]\s*transcript$", re.I)
_NOTES = frozenset(
    {"notes", "summary", "details", "decisions", "next steps", "suggested next steps", "action items"}
)
_DISCLAIMER = regex(r"this editable transcript was computer generated", re.I)
_ENDED = regex(r"^(?:transcription|meeting) ended after \d{1,3}:\d{2}:\d{2}", re.I)
_GEMINI = regex(r"\b(?:notes by gemini|gemini['’]s notes|gemini notes)\b", re.I)
# What Gemini writes on lines of their own, above the notes and below.
_OWN_WORDS = regex(r"^(?:notes by gemini\b|you should review gemini['’]s notes\b)", re.I)
_HEADER = regex(r"^(?:invited|attendees|attachments|meeting records)\b", re.I)
_TIME = regex(r"^\(?(?P<time>\d{1,3}:\d{2}:\d{2})\)?$")
_BOLD = regex(r"^\*\*(?P<name>[^*:]{1,80})(?::\*\*|\*\*:)\s*(?P<text>.*)$")
_LINK = regex(r"\[(?P<name>[^\[\]]{1,80})\]\(mailto:(?P<mail>[^()\s]{3,254})\)")
_MAIL = regex(r"<?(?P<mail>[^\s<>@,;]{1,64}@[^\s<>@,;]{3,189})>?")
_MARKS = regex(r"^[#>\s•*_]{1,20}|[*_\s]{1,20}$")
_ESCAPE = regex(r"\\([\\`*_{}\[\]()#+.!|<>~-])")
# One of these stands in every such file: whatever has none needs no closer look.
_ANY = (_BOOK, _MEMO, *_TRANSCRIPT, "meeting ended after", "gemini")
_HEADING_LINES = 8


@dataclass(frozen=True)
class Row:
    """A line that isn't blank: as it stands, and without Markdown's heading, emphasis and escapes."""

    raw: str
    text: str


@once
def rows_of(content: Content) -> list[Row]:
    """The lines of a text that aren't blank."""
    found = []
    for line in content.text.split("\n"):
        raw = _ESCAPE.sub(r"\1", line.strip())
        text = clean(_MARKS.sub("", raw))
        if text:
            found.append(Row(raw, text))
    return found


def recognise(content: Content) -> str | None:
    """The words that Meet writes around a transcript, and speech below; or Gemini's notes alone."""
    text = content.text.casefold()
    if not any(words in text for words in _ANY):
        return None
    rows = rows_of(content)
    words = _meets_words(rows)
    if words and _begin(rows) is not None:
        return f"has {words} of Google Meet"
    return "has Gemini's notes of a meeting" if _has_notes(rows) else None


def _has_notes(rows: list[Row]) -> bool:
    """Whether Gemini's notes are here: by their mark, or, where copying lost it, by their headings."""
    if any(r.text.startswith(_MEMO) for r in rows):
        return any(_GEMINI.search(r.text) for r in rows)
    headings = {r.text.casefold() for r in rows} & _NOTES
    return len(headings) > 1 and any(_OWN_WORDS.match(r.text) for r in rows)


def _meets_words(rows: list[Row]) -> str | None:
    for row in rows:
        if _DISCLAIMER.search(row.text):
            return "the notice"
        if _ENDED.match(row.text):
            return "the last line"
        if row.text.startswith(_BOOK):
            return "the heading"
    titled = any(_is_mark(r) for r in rows) and any(_HEADER.match(r.text) for r in rows[:_HEADING_LINES])
    timed = any(_TITLE.search(r.text) for r in rows[:_HEADING_LINES]) and any(
        _TIME.match(r.text) for r in rows
    )
    return "the headings" if titled or timed else None


def read(content: Content) -> Parts:
    """Read what is said below the heading of the transcript.

    A lone time (about one a minute) is that of the turn below it. What a shared screen or a note-taking bot
    "says" is kept as speech of nobody known.

    Raises:
        InputError: the file has Gemini's notes and no transcript.
    """
    rows = rows_of(content)
    begin = _begin(rows)
    if begin is None:
        raise InputError(
            f"{content.name}: only Gemini's notes, not what was said.",
            "Export the document with its Transcript tab.",
        )
    people = _people(rows[:begin])
    heading, opened = _speech(rows[begin:], frozenset(p.name for p in people))
    turns = list(turns_of(opened))
    speaking = {p.name: p for p in participants_of(turns)}
    listed = {p.name: p for p in people}
    every = tuple(listed.get(name, p) for name, p in speaking.items())
    silent = tuple(p for name, p in listed.items() if name not in speaking)
    above = [r.text for r in (*rows[: min(begin, _HEADING_LINES)], *heading)]
    day = heading_date(r.text for r in heading) or heading_date(above)
    return Parts(turns, (*every, *silent), day)


def _is_mark(row: Row) -> bool:
    """Whether a line is the heading of the transcript."""
    if _HEADER.match(row.text):
        return False
    words = row.text.casefold()
    return words in _TRANSCRIPT or bool(_TITLE.search(words) or _DISCLAIMER.search(words))


def _begin(rows: list[Row]) -> int | None:
    """Where the transcript begins, None where there is none.

    Without Google's own mark (an open book) it begins below a heading after which somebody speaks before
    any heading of notes comes, and without a heading at the first lone time.
    """
    books = [i for i, row in enumerate(rows) if row.text.startswith(_BOOK)]
    if books:
        return books[0] + 1 if any(map(_is_spoken, rows[books[0] + 1 :])) else None
    begin: int | None = None
    for i, row in enumerate(rows):
        if _is_mark(row):
            begin = i + 1
        elif begin is not None and (row.text.casefold() in _NOTES or row.text.startswith(_MEMO)):
            begin = None
        elif begin is not None and _is_spoken(row):
            return begin
    first = next((i for i, row in enumerate(rows) if _TIME.match(row.text)), 0)
    noted = any(r.text.startswith(_MEMO) or r.text.casefold() in _NOTES for r in rows[: first or None])
    return first if (first or not noted) and any(map(_is_spoken, rows[first:])) else None


def _is_spoken(row: Row) -> bool:
    split = split_prefix(row.raw)
    return bool(split and may_be_name(split[0])) and not _HEADER.match(row.text)


def _speech(rows: list[Row], people: frozenset[str]) -> tuple[list[Row], list[Open]]:
    """The lines above the first turn, and the turns."""
    splits = [_split(row) for row in rows]
    bold = [m["name"].strip() for row in rows if (m := _BOLD.match(row.raw))]
    if len(bold) * 2 >= sum(s is not None and may_be_name(s[0]) for s in splits) and bold:
        names = frozenset(bold)
        splits = [_split(row) if _BOLD.match(row.raw) else None for row in rows]
    else:
        names = _names([s[0] if s else None for s in splits]) | people
    heading: list[Row] = []
    opened: list[Open] = []
    time: float | None = None
    for row, split in zip(rows, splits, strict=True):
        if _ENDED.match(row.text):
            break
        if match := _TIME.match(row.text):
            time = seconds(match["time"])
        elif split and split[0] in names:
            speaker = speaker_of(split[0])
            opened.append(Open(speaker if speaker and is_person(speaker) else None, time, [split[1]]))
            time = None
        elif _DISCLAIMER.search(row.text):
            continue
        elif opened:
            opened[-1].said.append(row.text)
        else:
            heading.append(row)
    return heading, opened


def _names(prefixes: list[str | None]) -> frozenset[str]:
    """The speakers' names; where most lines have one, a single word that comes once is one too."""
    likely = [p for p in prefixes if p and may_be_name(p)]
    alone = {p for p in likely if may_stand_alone(p)} if len(likely) * 2 >= len(prefixes) else set()
    return speaker_names(prefixes, uniform_is_enough=True) | alone


def _split(row: Row) -> tuple[str, str] | None:
    if match := _BOLD.match(row.raw):
        return match["name"].strip(), match["text"]
    return split_prefix(row.raw)


def _people(rows: list[Row]) -> list[Participant]:
    """Who was there, by the line `Attendees`, and who was `Invited`."""
    found: dict[str, Participant] = {}
    for row, below in pairwise([*rows, Row("", "")]):
        words = row.text.casefold()
        if words.startswith("attendees"):
            rest = row.text[len("attendees") :].strip(" :")
            found |= {name: Participant(name=name) for name in names_in(rest or below.text)}
        elif words.startswith("invited"):
            found |= {p.name: p for p in _invited(row.raw)}
    return list(found.values())


def _invited(line: str) -> Iterable[Participant]:
    """`[Ana Ruiz](mailto:a@x.example) ...`, or `a@x.example Ana Ruiz b@y.example Ben Ode ...`."""
    words = line.partition(" ")[2][:20_000]
    links = list(_LINK.finditer(words))
    mails = [] if links else list(_MAIL.finditer(words))
    ends = [*(m.start() for m in mails[1:]), None]
    for link in links:
        yield from _person(link["name"], link["mail"])
    for mail, end in zip(mails, ends, strict=False):
        yield from _person(words[mail.end() : end].strip(" ,;"), mail["mail"])


def _person(name: str, mail: str) -> Iterable[Participant]:
    name, mail = clean(name), clean(mail)
    if name and is_person(name):
        yield Participant(name=name, email=mail if mail != name else None)
