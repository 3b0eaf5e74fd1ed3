"""Telegram Desktop's export: result.json of one chat or of all, and messages.html."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from typing import Any, NamedTuple

from extractor.patterns import regex
from extractor.readers.base import Content, Parts, clean, split_into
from extractor.readers.chats.clock import MOMENT, moment, resolve
from extractor.readers.chats.contacts import phone_of_name
from extractor.readers.chats.messages import Message, conversation
from extractor.readers.jsonparts import Object, instant, mapping, mappings, string
from extractor.transcript import Participant

_PEOPLE = "people"
_MOMENT = regex(rf"\s?{MOMENT}", re.I)
_TOKEN = regex(r"<(?P<end>/?)(?P<tag>[a-zA-Z]{1,20})(?P<attributes>[^<>]{0,2000})>|[^<]+")
_CLASS = regex(r'\bclass="([^"]{0,200})"')
_TITLE = regex(r'\btitle="([^"]{0,60})')
_QUOTED = ("forwarded", "reply_to")
_HOLD = ("from_name", "text", *_QUOTED)
_MARKED = regex(r'class="(?:page_wrap|message default|message service)')


def recognise(content: Content) -> str | None:
    """JSON with messages that have `date_unixtime`, or a date and `from`; alone or in `chats.list`."""
    chats = _chats(content.json)
    if chats:
        return f"JSON with chats.list of {len(chats)} Telegram chat(s)"
    return "JSON with Telegram messages" if _is_chat(content.json) else None


def split(content: Content) -> list[Content]:
    """The chats of a full export in which somebody wrote."""
    found = mapping(content.json)
    people = _known(found)
    return split_into(
        (string(chat.get("name")), json.dumps({**chat, _PEOPLE: people}).encode())
        for chat in _chats(found)
        if any(_text(m) for m in _said(chat))
    )


def read(content: Content) -> Parts:
    """Read one chat. What was forwarded is not the sender's own: it is said by somebody unknown."""
    found = mapping(content.json)
    chat = next((c for c in _chats(found) if any(_text(m) for m in _said(c))), found)
    known = [*_known(found), *mappings(chat.get(_PEOPLE))]
    senders = {string(m.get("from")) for m in _said(chat)}
    people = {p.name: p for k in known if (p := _person(k)) and p.name in senders}
    return conversation([_message(m) for m in _said(chat)], people)


def _chats(found: object) -> list[Object]:
    listed = mappings(mapping(mapping(found).get("chats")).get("list"))
    left = mappings(mapping(mapping(found).get("left_chats")).get("list"))
    return [chat for chat in (*listed, *left) if isinstance(chat.get("messages"), list)]


def _known(found: Object) -> list[Object]:
    """People with their numbers: whose export it is, and their contacts."""
    return [mapping(found.get("personal_information")), *mappings(mapping(found.get("contacts")).get("list"))]


def _is_chat(found: object) -> bool:
    messages = mappings(mapping(found).get("messages"))[:50]
    return any("date_unixtime" in m or ("date" in m and "from" in m and "text" in m) for m in messages)


def _said(chat: Object) -> list[Object]:
    return [m for m in mappings(chat.get("messages")) if m.get("type", "message") == "message"]


def _message(message: Object) -> Message:
    sender = None if message.get("forwarded_from") else clean(string(message.get("from"))) or None
    return Message(sender, _at(message), _text(message))


def _at(message: Object) -> dt.datetime | None:
    """The local time where the file has it, else that of UTC; both without a zone."""
    unix = message.get("date_unixtime")
    local = instant(message.get("date"))
    if local:
        return local.replace(tzinfo=None)
    try:
        return dt.datetime.fromtimestamp(float(unix), dt.UTC).replace(tzinfo=None)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _text(message: Object) -> str:
    """The text, which is a string or a list of strings and `{type, text}`."""
    text = message.get("text")
    pieces = text if isinstance(text, list) else [text]
    return clean("".join(_piece(p) for p in pieces))


def _piece(piece: Any) -> str:
    found = mapping(piece).get("text", "") if isinstance(piece, dict) else piece
    return found if isinstance(found, str) else ""


def _person(known: Object) -> Participant | None:
    name = clean(f"{string(known.get('first_name'))} {string(known.get('last_name'))}")
    number = string(known.get("phone_number")).removeprefix("00").lstrip("+")
    return Participant(name=name, phone=phone_of_name(f"+{number}")) if name else None


# --- HTML -------------------------------------------------------------------------------------------


def recognise_html(content: Content) -> str | None:
    """Telegram's page: messages in `div`s of its own classes."""
    page = content.text
    marked = "<" in page[:1000] and _MARKED.search(page[:200_000]) and 'class="from_name"' in page
    return "HTML with Telegram's messages" if marked else None


def read_html(content: Content) -> Parts:
    """Read messages.html."""
    page = _Page()
    for token in _TOKEN.finditer(content.text):
        page.take(token)
    found = [m for m in page.ended() if clean(m.text)]
    moments = [moment(m) if (m := _MOMENT.match(f.when)) else None for f in found]
    dates = iter(resolve([m for m in moments if m])[0])
    times = [next(dates) if m else None for m in moments]
    return conversation(
        Message(clean(f.sender) or None, at, f.text) for f, at in zip(found, times, strict=True)
    )


class _Shown(NamedTuple):
    """A message as the page shows it."""

    sender: str
    when: str
    text: str


class _Page:
    """Collects the messages of a page; one that is "joined" to the one above has its sender.

    The page is a program's and of one shape, and a general parser takes hours for a hostile one.
    """

    def __init__(self) -> None:
        self._shown: list[_Shown] = []
        # For each open div what it holds.
        self._open: list[str] = []
        # In how many open divs there is somebody else's message.
        self._quoted = 0
        self._sender = self._when = ""
        self._name: list[str] = []
        self._text: list[str] = []

    def take(self, token: re.Match[str]) -> None:
        """The next tag or text of the page."""
        if token["tag"] is None:
            self._add(token[0])
        elif token["tag"].lower() == "br":
            self._add("\n")
        elif token["tag"].lower() == "div":
            if token["end"]:
                self._close()
            else:
                self._begin(token["attributes"])

    def ended(self) -> list[_Shown]:
        """All messages, once the page is at its end."""
        self._end_message()
        return self._shown

    def _begin(self, attributes: str) -> None:
        classes = (found[1] if (found := _CLASS.search(attributes)) else "").split()
        if "message" in classes:
            self._end_message()
            self._when = ""
            if "joined" not in classes:
                self._sender = ""
        if "date" in classes and "details" in classes and not self._quoted:
            self._when = found[1] if (found := _TITLE.search(attributes)) else ""
        holds = next((c for c in _HOLD if c in classes), "")
        self._quoted += holds in _QUOTED
        self._open.append(holds)

    def _close(self) -> None:
        holds = self._open.pop() if self._open else ""
        self._quoted -= holds in _QUOTED
        if holds == "from_name" and not self._quoted:
            self._sender = "".join(self._name)
            self._name.clear()

    def _add(self, text: str) -> None:
        here = self._open[-1] if self._open and not self._quoted else ""
        if here == "from_name":
            self._name.append(html.unescape(text))
        elif here == "text":
            self._text.append(html.unescape(text))

    def _end_message(self) -> None:
        if self._text and self._when:
            self._shown.append(_Shown(self._sender, self._when, "".join(self._text)))
        self._text.clear()
