"""What Word documents hold a transcript, and in which form: Teams, Google Meet, a table, or lines of text."""

from __future__ import annotations

from extractor.patterns import regex
from extractor.readers.base import Content, Parts, participants_of
from extractor.readers.captions import srt
from extractor.readers.dates import heading_date
from extractor.readers.documents import meet, text
from extractor.readers.documents.lines import Open, once, speaker_of, turns_of
from extractor.readers.documents.table import Columns, columns_of, read_table
from extractor.readers.documents.word import Document, document_of
from extractor.readers.names import may_be_name
from extractor.readers.times import TIME, seconds
from extractor.transcript import Participant

_TURN = regex(rf"^(?P<name>\S.{{0,99}}?)?[ \t\xa0]{{2,20}}(?P<time>{TIME})$")
_STARTED = regex(r"^(?P<name>\S.{0,99}) (?:started|stopped) transcription$")


def _document(content: Content) -> Document:
    found = document_of(content)
    return found or Document((), ())


@once
def _as_text(content: Content) -> Content:
    """The paragraphs as a text of their own, for the readers of text."""
    return Content(content.name, _document(content).text.encode("utf-8", "replace"))


# --- Teams ------------------------------------------------------------------------------------------


def recognise_teams(content: Content) -> str | None:
    """A paragraph for each turn, with name and time in its first line, or cue times as Stream wrote them."""
    turns = sum(_teams_head(p) is not None for p in _document(content).paragraphs)
    if turns:
        return f"{turns} paragraphs of a Word document begin with a line of name and time"
    why = srt.recognise(_as_text(content)) if _document(content).paragraphs else None
    return f"a Word document that {why}" if why else None


def read_teams(content: Content) -> Parts:
    """Read Teams' transcript. Its first and last lines (title, date, who started it) are not speech."""
    paragraphs = _document(content).paragraphs
    heads = [_teams_head(p) for p in paragraphs]
    if not any(heads):
        return srt.read(_as_text(content))
    opened, heading, people = [], [], dict[str, None]()
    for paragraph, head in zip(paragraphs, heads, strict=True):
        if head:
            opened.append(Open(speaker_of(head[0]), head[1], paragraph.strip().split("\n")[1:]))
        elif match := _STARTED.match(paragraph.strip()):
            people[match["name"]] = None
        elif not opened:
            heading.extend(paragraph.split("\n"))
    turns = list(turns_of(opened))
    speaking = participants_of(turns)
    silent = [name for name in people if name not in {p.name for p in speaking} and may_be_name(name)]
    return Parts(turns, (*speaking, *(Participant(name=n) for n in silent)), heading_date(heading))


def _teams_head(paragraph: str) -> tuple[str, float] | None:
    """The name and the time in the first line of a turn's paragraph."""
    first, more, _ = paragraph.strip("\n").partition("\n")
    match = _TURN.match(first.rstrip()) if more else None
    return (match["name"] or "", seconds(match["time"])) if match else None


# --- Google Meet ------------------------------------------------------------------------------------


def recognise_meet(content: Content) -> str | None:
    """As for text: the words that Meet writes around a transcript."""
    why = meet.recognise(_as_text(content)) if _document(content).paragraphs else None
    return f"a Word document that {why}" if why else None


def read_meet(content: Content) -> Parts:
    """Read Google Meet's transcript.

    Raises:
        InputError: the document has Gemini's notes and no transcript.
    """
    return meet.read(_as_text(content))


# --- A table ----------------------------------------------------------------------------------------


def _table(content: Content) -> tuple[Columns, tuple[tuple[str, ...], ...]] | None:
    for rows in _document(content).tables:
        if len(rows) > 1 and (columns := columns_of(rows[0])):
            return columns, rows[1:]
    return None


def recognise_table(content: Content) -> str | None:
    """A table whose first row names a column for the speaker and one for the text."""
    found = _table(content)
    return f"a Word document with a table of {len(found[1])} turns" if found else None


def read_table_in_word(content: Content) -> Parts:
    """Read the table, such as that of Amazon Transcribe; what stands around it (figures) is not speech."""
    found = _table(content)
    return read_table(*found) if found else Parts([])


# --- Lines ------------------------------------------------------------------------------------------


def recognise_lines(content: Content) -> str | None:
    """`Name: text` paragraphs, or names above paragraphs: a document without either is no transcript."""
    if not _document(content).paragraphs:
        return None
    found = _as_text(content)
    why = text.recognise_blocks(found) or text.recognise_lines(found)
    return f"a Word document: {why}" if why else None


def read_lines(content: Content) -> Parts:
    """Read a document as its text is read."""
    found = _as_text(content)
    return text.read_blocks(found) if text.recognise_blocks(found) else text.read_lines(found)
