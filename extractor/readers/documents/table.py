"""Tables with a column for who speaks and one for what is said: CSV exports and tables in Word documents."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from extractor.errors import InputError
from extractor.patterns import regex
from extractor.readers.base import Content, Parts, clean, participants_of
from extractor.readers.spoken import Piece, label_name, turns
from extractor.readers.times import maybe_seconds
from extractor.transcript import Side

_SPEAKER = ("speaker", "speaker name", "speaker_name", "speakername", "participant")
_TEXT = ("sentence", "text", "transcript", "transcription", "utterance", "content", "message")
_START = ("time", "start", "start time", "start_time", "starttime", "timestamp")
_END = ("end", "end time", "end_time", "endtime")
_DURATION = ("dur.", "duration")
_DELIMITERS = (",", ";", "\t")
# What Amazon's analysis marks in the text.
_MARK = regex(r"\[(?:ISSUE|ACTION|ACTION ITEM|OUTCOME|INTERRUPTION)\]\s*")
# Amazon's analysis tells the two ends of a customer's call apart.
_ROLES: dict[str, Side] = {"Agent": "seller", "Customer": "buyer"}


@dataclass(frozen=True)
class Columns:
    """Where a table has what; `start`, `end` and `duration` may be missing."""

    speaker: int
    text: int
    start: int | None
    end: int | None
    duration: int | None


def columns_of(header: Sequence[str]) -> Columns | None:
    """The columns by a table's header, None where it has none for a speaker and a text."""
    names = [clean(cell).casefold() for cell in header]

    def place(known: tuple[str, ...]) -> int | None:
        return next((names.index(name) for name in known if name in names), None)

    speaker, text = place(_SPEAKER), place(_TEXT)
    if speaker is None or text is None:
        return None
    return Columns(speaker, text, place(_START), place(_END), place(_DURATION))


def read_table(columns: Columns, rows: Iterable[Sequence[str]]) -> Parts:
    """The rows below the header as turns; those that follow each other and have one speaker are one turn.

    Side: `Agent` sells and `Customer` buys, where there is nobody else.
    """
    pieces = list(_pieces(columns, rows))
    if {p.speaker for p in pieces} <= _ROLES.keys():
        pieces = [replace(p, side=_ROLES[p.speaker]) for p in pieces if p.speaker]
    found = turns(pieces)
    return Parts(found, participants_of(found))


def _pieces(columns: Columns, rows: Iterable[Sequence[str]]) -> Iterator[Piece]:
    for row in rows:
        text = clean(_MARK.sub("", _cell(row, columns.text)))
        if not text:
            continue
        start = maybe_seconds(_cell(row, columns.start))
        end = maybe_seconds(_cell(row, columns.end))
        length = maybe_seconds(_cell(row, columns.duration))
        if end is None and start is not None and length is not None:
            end = round(start + length, 3)
        yield Piece(label_name(_cell(row, columns.speaker)), text, start, end)


def _cell(row: Sequence[str], place: int | None) -> str:
    return row[place] if place is not None and place < len(row) else ""


# --- CSV --------------------------------------------------------------------------------------------


def recognise(content: Content) -> str | None:
    """The first line names a column for the speaker and one for the text."""
    found = _csv_columns(content)
    return f"has columns for speaker and text, with {found[1]!r} between" if found else None


def _csv_columns(content: Content) -> tuple[Columns, str] | None:
    first = content.text.lstrip().partition("\n")[0][:2000]
    for delimiter in _DELIMITERS:
        try:
            header = next(csv.reader([first], delimiter=delimiter), [])
        except csv.Error:
            continue
        if columns := columns_of(header):
            return columns, delimiter
    return None


def read(content: Content) -> Parts:
    """Read a CSV export such as that of Fireflies: `Time,Speaker,Sentence`.

    Raises:
        InputError: the file isn't CSV down to its end.
    """
    found = _csv_columns(content)
    if not found:
        raise InputError(f"{content.name}: no columns for speaker and text.", "Export it again.")
    columns, delimiter = found
    try:
        rows = list(csv.reader(io.StringIO(content.text.lstrip(), newline=""), delimiter=delimiter))
    except csv.Error:
        raise InputError(f"{content.name}: not valid CSV.", "Export the transcript again.") from None
    return read_table(columns, rows[1:])
