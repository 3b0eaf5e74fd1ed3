"""Slack's export: a ZIP with users.json and a folder of days for each channel, or one day of it."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import PurePosixPath

from extractor.errors import InputError
from extractor.patterns import regex
from extractor.readers.archives import member_path, read_member
from extractor.readers.base import Content, LazyContent, Parts, clean
from extractor.readers.chats.contacts import phone_of_name
from extractor.readers.chats.messages import Message, conversation
from extractor.readers.jsonparts import Object, mapping, mappings, string
from extractor.transcript import Participant

_DAY = regex(r"\d{4}-\d{2}-\d{2}\.json")
_TS = regex(r"\d{9,11}(?:\.\d{1,6})?")
_SPOKEN = frozenset({"", "file_share", "me_message", "thread_broadcast", "file_comment"})
_LISTS = ("channels.json", "groups.json", "dms.json", "mpims.json")
_MARKUP = regex(r"<([^<>\n]{1,2000})>")


def recognise(content: Content) -> str | None:
    """JSON with messages that have Slack's `ts` and a user, of which at least one says something."""
    messages = _messages(content.json)
    said = sum(_is_said(m) for m in messages)
    return f"JSON with {said} of Slack's messages" if said else None


def read(content: Content) -> Parts:
    """Read a conversation. Answers stand below the message that they answer; apps' posts are not speech."""
    messages = [m for m in _messages(content.json) if _is_said(m)]
    users = _users(messages, mappings(mapping(content.json).get("users")))
    names = {key: person.name for key, person in users.items()}
    bots = {string(u.get("id")) for u in mappings(mapping(content.json).get("users")) if u.get("is_bot")}
    messages = [m for m in messages if m.get("user") not in bots]
    messages.sort(key=_place)
    senders = {string(m.get("user")) for m in messages}
    people = {p.name: p for key, p in users.items() if key in senders}
    return conversation([_message(m, names) for m in messages], people)


def is_export(paths: Iterable[PurePosixPath]) -> bool:
    """Whether an archive with these members is an export of Slack's."""
    paths = list(paths)
    names = {path.name for path in paths}
    days = any(_DAY.fullmatch(path.name) for path in paths)
    return "users.json" in names and days and bool(names & set(_LISTS))


def conversations(archive: zipfile.ZipFile, name: str) -> list[Content]:
    """A content for each channel and direct conversation, made when it is asked for.

    Raises:
        InputError: users.json or a list of channels is broken.
    """
    by_name: dict[str, zipfile.ZipInfo] = {}
    days: dict[str, list[zipfile.ZipInfo]] = {}
    for member in archive.infolist():
        path = member_path(member)
        if _DAY.fullmatch(path.name):
            days.setdefault(path.parent.name, []).append(member)
        by_name.setdefault(path.name, member)

    def listed(file: str) -> list[Object]:
        return mappings(_json(archive, by_name[file], name)) if file in by_name else []

    users = listed("users.json")
    real = {string(u.get("id")): _person(u).name for u in users}
    titles = {}
    for direct in (*listed("dms.json"), *listed("mpims.json")):
        members = direct.get("members")
        who = [real.get(m, m) for m in members if isinstance(m, str)] if isinstance(members, list) else []
        titles[string(direct.get("id"))] = titles[string(direct.get("name"))] = " and ".join(who)
    found: dict[str, Content] = {}
    for folder, members in days.items():
        title = clean(titles.get(folder) or folder).replace("/", "-") or folder
        title = f"{title}.json" if f"{title}.json" not in found else f"{title} {folder}.json"
        members.sort(key=lambda m: m.filename)
        found[title] = LazyContent(title, partial(_conversation, archive, members, users, name))
    return list(found.values())


def _conversation(
    archive: zipfile.ZipFile, days: list[zipfile.ZipInfo], users: list[Object], name: str
) -> bytes:
    messages = [m for day in days for m in mappings(_json(archive, day, name))]
    here = {string(m.get("user")) for m in messages}
    text = " ".join(_raw(m.get("text")) for m in messages)
    here |= set(re.findall(r"<@(\w{1,20})", text))
    known = [{k: u.get(k) for k in ("id", "name", "real_name", "is_bot", "profile")}
             for u in users if string(u.get("id")) in here]  # fmt: skip
    return json.dumps({"users": known, "messages": messages}).encode()


def _json(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> object:
    content = Content(f"{name}/{member_path(member)}", read_member(archive, member, name))
    if content.json is None:
        raise InputError(f"{content.name}: not valid JSON.", "Export it again.")
    return content.json


def _raw(value: object) -> str:
    """A JSON string as it is, empty where it is none."""
    return value if isinstance(value, str) else ""


def _messages(found: object) -> list[Object]:
    return mappings(found.get("messages") if isinstance(found, dict) else found)


def _is_said(message: Object) -> bool:
    ts = message.get("ts")
    return (
        isinstance(ts, str)
        and bool(_TS.fullmatch(ts))
        and isinstance(message.get("user"), str)
        and _raw(message.get("subtype")) in _SPOKEN
        and not message.get("bot_id")
        and bool(_raw(message.get("text")).strip())
    )


def _message(message: Object, names: Mapping[str, str]) -> Message:
    at = dt.datetime.fromtimestamp(float(message["ts"]), dt.UTC)
    sender = names.get(string(message.get("user")))
    return Message(sender, at, _plain(_raw(message.get("text")), names), thread=_thread(message))


def _place(message: Object) -> tuple[float, float]:
    """Where a message is read: an answer after the message that began its thread."""
    own = float(message["ts"])
    return float(_thread(message) or own), own


def _thread(message: Object) -> str | None:
    thread = message.get("thread_ts")
    return thread if isinstance(thread, str) and _TS.fullmatch(thread) else None


def _users(messages: list[Object], listed: list[Object]) -> dict[str, Participant]:
    """People by their id, from users.json, or else from what stands beside their messages."""
    found = {string(m.get("user")): _person({"profile": m.get("user_profile")}) for m in messages}
    found |= {string(u.get("id")): _person(u) for u in listed}
    return {key: p if p.name else Participant(name=key) for key, p in found.items() if key}


def _person(user: Object) -> Participant:
    profile = mapping(user.get("profile"))
    names = (profile.get("real_name"), user.get("real_name"), profile.get("display_name"), user.get("name"))
    number = string(profile.get("phone"))
    return Participant(
        name=next((n for v in names if (n := clean(string(v)))), ""),
        title=string(profile.get("title")) or None,
        email=string(profile.get("email")) or None,
        phone=phone_of_name(number) or number or None,
    )


def _plain(text: str, names: Mapping[str, str]) -> str:
    """Slack's markup as people read it: names for ids, the words of a link for the link."""

    def shown(match: re.Match[str]) -> str:
        target, bar, label = match[1].partition("|")
        if target.startswith("@"):
            return f"@{names.get(target[1:]) or label or 'somebody'}"
        if target.startswith(("#", "!")):
            return label if label.startswith("@") else target[0].replace("!", "@") + (label or target[1:])
        return label if bar else target.removeprefix("mailto:").removeprefix("tel:")

    return html.unescape(_MARKUP.sub(shown, text))
