"""Facebook Messenger and Instagram: message_1.json of their downloads, and Messenger's own export."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable

from extractor.patterns import regex
from extractor.readers.base import Content, Parts, clean
from extractor.readers.chats.messages import Message, conversation
from extractor.readers.jsonparts import Object, mapping, mappings
from extractor.transcript import Participant

PAGE = regex(r"message_\d{1,4}\.json$")

# What the app writes in somebody's name.
_NOTICE = regex(
    r"(?:.{1,80} )?(?:liked a message|"
    r"reacted .{1,20} to (?:your|a|his|her|their) (?:message|photo|story).{0,20}|"
    r"sent (?:an attachment|a (?:photo|video|voice message|sticker|gif|location|link|live location))|"
    r"shared a (?:story|reel|post|profile)|unsent a message|missed (?:your|a) (?:\w+ )?(?:call|chat).{0,20}|"
    r"(?:started|joined|ended) (?:a|the) (?:video |audio |voice )?(?:chat|call)|"
    r"(?:named|created) the group.*|changed the (?:theme|chat theme|group photo).*|"
    r"set (?:the|your) nickname.*|"
    r"hat (?:auf deine nachricht mit .{1,20} reagiert|eine nachricht mit .{1,20} markiert|"
    r"einen anhang gesendet|ein foto gesendet)|"
    r"le gustó un mensaje|indicó que le gusta un mensaje|reaccionó con .{1,20} a tu mensaje|"
    r"envió (?:un archivo adjunto|una foto)|a aimé un message|a réagi (?:avec )?.{1,20} à votre message|"
    r"a envoyé une pièce jointe|ha messo .{1,20} a un messaggio|curtiu uma mensagem|"
    r"reagiu com .{1,20} à sua mensagem|enviou um anexo)\.?",
    re.I,
)


def recognise(content: Content) -> str | None:
    """JSON with messages of `sender_name` and `timestamp_ms` (or `senderName` and `timestamp`)."""
    return "JSON with messages of sender_name and timestamp_ms" if _is_chat(content.json) else None


def read(content: Content) -> Parts:
    """Read one conversation, the earliest message first."""
    found = mapping(content.json)
    messages = [m for o in mappings(found.get("messages")) if (m := _message(o))]
    messages.reverse()
    messages.sort(key=lambda m: m.at or dt.datetime.max.replace(tzinfo=dt.UTC))
    listed = found.get("participants")
    names = [
        clean(_mended(mapping(p).get("name") if isinstance(p, dict) else p))
        for p in (listed if isinstance(listed, list) else [])
    ]
    return conversation(messages, {n: Participant(name=n) for n in names if n})


def joined(pages: Iterable[bytes]) -> bytes:
    """One file out of the pages message_1.json, message_2.json and so on of a conversation.

    Raises:
        ValueError: a page is no JSON, or none of Messenger's.
    """
    loaded = [json.loads(page) for page in pages]
    if not loaded or not all(_is_chat(page) for page in loaded):
        raise ValueError("not Messenger's")
    return json.dumps({**loaded[0], "messages": [m for page in loaded for m in page["messages"]]}).encode()


def _is_chat(found: object) -> bool:
    messages = mappings(mapping(found).get("messages"))[:50]
    return any(
        ("sender_name" in m and "timestamp_ms" in m) or ("senderName" in m and "timestamp" in m)
        for m in messages
    )


def _message(message: Object) -> Message | None:
    sender = clean(_mended(message.get("sender_name", message.get("senderName"))))
    text = clean(_mended(message.get("content", message.get("text"))))
    unsent = message.get("is_unsent") is True or message.get("isUnsent") is True
    if unsent or message.get("type") == "Call" or not text or _NOTICE.fullmatch(text):
        return None
    return Message(sender or None, _at(message), text)


def _at(message: Object) -> dt.datetime | None:
    """The moment in UTC: the file names no zone."""
    milliseconds = message.get("timestamp_ms", message.get("timestamp"))
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return None
    try:
        return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _mended(value: object) -> str:
    """A string of which each byte of UTF-8 was written as a character; others stay as they are."""
    if not isinstance(value, str):
        return ""
    try:
        return value.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return value
