"""Tables of messages: the CSV that web chats and help desks export, with the columns that most have."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from extractor.errors import InputError
from extractor.patterns import regex
from extractor.readers.base import Content, Parts, clean, split_into
from extractor.readers.chats.clock import timestamps
from extractor.readers.chats.contacts import phone_of_name
from extractor.readers.chats.messages import Message, conversation
from extractor.transcript import Participant, Side

# What the columns are called in the exports of Intercom, Drift, Zendesk, Tidio and their like: lower case,
# words apart by one space. The first that a table has is taken.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "text": ("message", "message text", "message body", "text", "body", "content", "comment", "msg",
             "message content", "comment body", "plain body"),
    "sender": ("sender", "sender name", "from", "author", "author name", "from name", "user name", "username",
               "name", "user", "participant", "sent by"),
    "role": ("role", "sender type", "author type", "from type", "user type", "sender role", "author role",
             "participant type", "type", "direction"),
    "time": ("time", "timestamp", "date time", "datetime", "date", "created at", "sent at", "created",
             "message time", "message date", "sent", "created date", "time stamp"),
    "day": ("date", "day"),
    "email": ("sender email", "author email", "from email", "user email", "email", "e mail"),
    "phone": ("sender phone", "author phone", "phone", "phone number"),
    "call": ("conversation id", "chat id", "thread id", "ticket id", "conversation", "chat",
             "thread", "ticket"),
}  # fmt: skip
_BUYERS = frozenset(
    "visitor customer client user end-user end user enduser contact lead guest prospect requester buyer "
    "inbound incoming".split()
) | {"end user"}
_SELLERS = frozenset(
    "agent operator admin bot chatbot assistant ai support staff teammate representative rep sales seller "
    "employee company outbound outgoing".split()
)
_MACHINE = frozenset("system event note trigger automation internal".split())
_TAGS = regex(r"<(?:br|/p|/div)\s?/?>|</?[a-zA-Z][^<>]{0,500}>")
_TITLE = regex(r"[\s_.-]+")
_HEAD_CHARS = 2_000


@dataclass(frozen=True)
class _Row:
    """A message of the table, each column as text."""

    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def recognise(content: Content) -> str | None:
    """A table whose first line names a message, and a sender or a role, and a time or a conversation."""
    head = content.text[:_HEAD_CHARS].partition("\n")[0]
    columns = _columns(_cells(head))
    if columns is None:
        return None
    return f"a table with columns {', '.join(sorted(columns))}"


def split(content: Content) -> list[Content]:
    """A table for each conversation, where a column tells them apart."""
    header, *lines = _table(content)
    columns = _columns(header) or {}
    if "call" not in columns:
        return []
    calls: dict[str, list[Sequence[str]]] = {}
    for line in lines:
        if len(line) > columns["call"]:
            calls.setdefault(line[columns["call"]].strip(), []).append(line)
    return split_into(((call, _written([header, *rows])) for call, rows in calls.items()), ".csv")


def read(content: Content) -> Parts:
    """Read a table of messages. A role such as visitor or agent tells the side."""
    rows = list(_rows(content))
    sides = [_side(row) for row in rows]
    times, guess = _times(rows)
    messages: list[Message] = []
    people: dict[str, Participant] = {}
    for row, side, at in zip(rows, sides, times, strict=True):
        if row["role"].casefold() in _MACHINE or row["sender"].casefold() in _MACHINE:
            continue
        sender = clean(row["sender"] or row["email"] or row["role"]) or None
        messages.append(Message(sender, at, _TAGS.sub(" ", row["text"]), side))
        if sender:
            people[sender] = _person(sender, row, people.get(sender))
    if all(m.at for m in messages):
        messages.sort(key=lambda m: m.at or dt.datetime.min)
    return conversation(messages, people, [guess] if guess else [])


def _person(name: str, row: _Row, known: Participant | None) -> Participant:
    email, number = clean(row["email"]), clean(row["phone"])
    return Participant(
        name=name,
        email=(known.email if known else None) or (email if "@" in email else None),
        phone=(known.phone if known else None) or phone_of_name(number) or number or None,
    )


def _side(row: _Row) -> Side | None:
    for value in (row["role"], row["sender"]):
        word = " ".join(value.casefold().replace("_", " ").split())
        if word in _BUYERS:
            return "buyer"
        if word in _SELLERS:
            return "seller"
    return None


def _times(rows: Sequence[_Row]) -> tuple[list[dt.datetime | None], str | None]:
    return timestamps([f"{row['day']} {row['time']}".strip() for row in rows])


def _rows(content: Content) -> Iterator[_Row]:
    header, *lines = _table(content)
    columns = _columns(header) or {}
    for line in lines:
        cells = {c: line[i].strip() for c, i in columns.items() if i < len(line)}
        if cells.get("text"):
            yield _Row(cells)


def _columns(header: Sequence[str]) -> dict[str, int] | None:
    """Where each column stands, None where the table is none of messages."""
    names = {_TITLE.sub(" ", cell).strip().casefold(): i for i, cell in reversed(list(enumerate(header)))}
    found: dict[str, int] = {}
    for column, known in _COLUMNS.items():
        place = next((names[k] for k in known if k in names and names[k] not in found.values()), None)
        if place is not None:
            found[column] = place
    enough = "text" in found and ("sender" in found or "role" in found)
    return found if enough and ("time" in found or "call" in found) else None


def _table(content: Content) -> list[list[str]]:
    text = content.text
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except csv.Error:
        raise InputError(f"{content.name}: a broken table.", "Export it again as CSV.") from None
    return lines or [[]]


def _cells(head: str) -> list[str]:
    try:
        return next(csv.reader([head], delimiter=_delimiter(head)), [])
    except csv.Error:
        return []


def _delimiter(text: str) -> str:
    head = text[:_HEAD_CHARS].partition("\n")[0]
    return max(",;\t", key=head.count)


def _written(lines: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    return out.getvalue().encode("utf-8", "replace")
