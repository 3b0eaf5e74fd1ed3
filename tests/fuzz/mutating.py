"""Mutations that keep a file what it is: JSON stays JSON, an archive an archive, XML XML, lines lines."""

from __future__ import annotations

import copy
import io
import json
import random
import re
import zipfile
from collections.abc import Callable
from typing import Any

import atheris

_LEAVES: list[Any] = [
    None, True, False, 0, 1, -1, 10**400, 0.5, -4.0, 1e308, float("nan"), float("inf"), "", " ", "A", "spk_0",
    "0.5", "PT5S", "2026-03-02T10:00:00Z", "0001-01-01T00:00:00Z", "\ud800", "a\u202eb\x1b[31m", "9" * 25,
    "\u0661\u0662", "\u00b2", [], {}, [[]], [{}],
]  # fmt: skip
# Three times twenty copies of a document are no longer a small change.
_MOST_PLACES = 5_000
_ELEMENT = re.compile(rb"<(?P<tag>[\w:]+)[^<>]*>[^<>]*</(?P=tag)>|<[\w:]+[^<>]*/>|<[^<>]*>")
_OTHER_LETTERS = (
    "\u0661\u00b2\u2460\u0130\u1e9e\u0345\u200f\u202e\ufeff\u2028\u0085\x1c\U000e0041\xad\u3000\xa0\uff1a"
)


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """A file that differs a little, mostly in a way that its format understands."""
    dice = random.Random(seed)
    made = _like(data, max_size, dice) if dice.random() < 0.75 else None
    if made is None:
        made = bytes(atheris.Mutate(data, max_size))
    # To guess an encoding takes long: few inputs shall need it.
    if dice.random() < 0.95 and not made.startswith((b"PK", b"\xff\xfe", b"\xfe\xff")):
        made = made.decode("utf-8", "replace").encode()
    return made[:max_size]


def _like(data: bytes, max_size: int, dice: random.Random) -> bytes | None:
    if data.startswith(b"PK"):
        return _archive(data, max_size, dice)
    if data.lstrip()[:1] in (b"{", b"["):
        try:
            return json.dumps(_json(json.loads(data), dice)).encode()
        except (ValueError, RecursionError, OverflowError):
            return None
    if data.lstrip()[:1] == b"<" and dice.random() < 0.7:
        return _pieces(data, dice, [m.span() for m in _ELEMENT.finditer(data)])
    return _lines(data, dice)


def _archive(data: bytes, max_size: int, dice: random.Random) -> bytes | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(m.filename, archive.read(m)) for m in archive.infolist()]
    except Exception:
        return None
    if not members:
        return None
    for _ in range(dice.randint(1, 3)):
        n = dice.randrange(len(members))
        name, inside = members[n]
        way = dice.random()
        if way < 0.8:
            members[n] = name, mutate(inside, max_size, dice.getrandbits(32))
        elif way < 0.87:
            members[n] = _text(name.encode(), dice).decode("utf-8", "replace"), inside
        elif way < 0.92:
            members.append((f"{dice.randint(0, 9)}/{name}", inside))
        elif way < 0.96:
            members[n] = dice.choice(members)[0], inside
        elif len(members) > 1:
            members.pop(n)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", dice.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as archive:
        for name, inside in {name.replace("\0", "") or "a": inside for name, inside in members}.items():
            archive.writestr(name, inside)
    return out.getvalue()


def _json(value: Any, dice: random.Random) -> Any:
    for _ in range(dice.randint(1, 3)):
        places = list(_places(value))
        if not places:
            return _leaf(dice)
        if len(places) > _MOST_PLACES:
            break
        holder, key = dice.choice(places)
        way = dice.random()
        if way < 0.2:
            del holder[key]
        elif way < 0.4:
            holder[key] = _leaf(dice)
        elif way < 0.6:
            other, name = dice.choice(places)
            holder[key] = json.loads(json.dumps(other.get(name) if isinstance(other, dict) else other))
        elif way < 0.75 and isinstance(holder, list):
            holder[key:key] = json.loads(json.dumps(holder[key : key + 1])) * dice.choice([1, 2, 20])
        elif isinstance(holder[key], str):
            holder[key] = _text(holder[key].encode("utf-8", "replace"), dice).decode("utf-8", "replace")
        elif isinstance(holder[key], int | float):
            holder[key] = dice.choice([-1, 0, 0.001, 1000, 1e9, 1e18, 10**30]) * min(holder[key], 10**9)
    return value


def _leaf(dice: random.Random) -> Any:
    # A list of its own: one that is put into itself has no end.
    return copy.deepcopy(dice.choice(_LEAVES))


def _places(value: Any) -> list[tuple[Any, Any]]:
    found, todo = [], [value]
    while todo:
        holder = todo.pop()
        if not isinstance(holder, dict | list):
            continue
        for key in holder if isinstance(holder, dict) else range(len(holder)):
            found.append((holder, key))
            todo.append(holder[key])
    return found


def _lines(data: bytes, dice: random.Random) -> bytes:
    spans, at = [], 0
    for line in data.split(b"\n"):
        spans.append((at, at + len(line) + 1))
        at += len(line) + 1
    return _pieces(data, dice, spans)


def _pieces(data: bytes, dice: random.Random, spans: list[tuple[int, int]]) -> bytes:
    """Some piece of the file taken out, repeated, moved, put in another's place, or changed in itself."""
    if not spans:
        return _text(data, dice)
    a, b = dice.choice(spans)
    c, d = dice.choice(spans)
    piece, other = data[a:b], data[c:d]
    changes: list[Callable[[], bytes]] = [
        lambda: data[:a] + data[b:],
        lambda: data[:a] + piece * dice.choice([2, 3, 10, 100]) + data[b:],
        lambda: data[:a] + other + data[b:],
        lambda: data[:c] + piece + data[c:],
        lambda: data[:a] + _text(piece, dice) + data[b:],
        lambda: data[:a] + _text(piece, dice) + data[b:],
    ]
    return dice.choice(changes)()


def _text(data: bytes, dice: random.Random) -> bytes:
    at = dice.randint(0, len(data))
    end = min(len(data), at + dice.randint(1, 8))
    changes: list[Callable[[], bytes]] = [
        lambda: data[:at] + data[end:],
        lambda: data[:at] + data[at:end] * dice.choice([2, 10, 300]) + data[end:],
        lambda: data[:at] + dice.choice(_OTHER_LETTERS).encode() + data[at:],
        lambda: data[:at] + dice.choice(b" \t\n:,.-[]()<>*_'\"0123456789/@#&;").to_bytes() + data[end:],
        lambda: bytes(atheris.Mutate(data, len(data) + 32)),
        lambda: data.upper() if dice.random() < 0.5 else data.lower(),
    ]
    return dice.choice(changes)()
