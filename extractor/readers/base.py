"""What every reader works with: the content of a file, the parts of a transcript, a row of the table."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from extractor.errors import InputError
from extractor.patterns import regex
from extractor.readers import bounds
from extractor.readers.decoding import decode
from extractor.transcript import Participant, Turn

_UNPRINTABLE = regex(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
    # Letters that no screen shows, save in the flags of England, Scotland and Wales, which are made of them.
    "|(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0020-\U000e007f]+|[\U000e0001\u00ad\u034f\u2061-\u2064]"
)
_PATH_LIKE = regex(r'[\\/:*?"<>|]+')
# File names are bounded at 255 bytes; a character has up to four.
_NAME_CHARS = 60
_SURROGATE = regex("[\ud800-\udfff]")


@dataclass(frozen=True)
class Content:
    """The bytes of a file and what they hold, decoded once, when a format first asks.

    `name` is the file's name without folders; it is a hint and stands in messages.
    """

    name: str
    data: bytes

    @property
    def ending(self) -> str:
        """The last ending of the name in lower case, with its dot, or an empty string."""
        stem, dot, ending = self.name.rpartition(".")
        return f".{ending.lower()}" if dot and stem else ""

    @property
    def zipped(self) -> bool:
        """Whether the bytes are a zip archive, as Office documents are."""
        return self.data.startswith(b"PK\x03\x04")

    @cached_property
    def decoded(self) -> tuple[str, str | None]:
        """The text with line ends as `\\n`, and the encoding where it is not UTF-8.

        Raises:
            InputError: the bytes are not text.
        """
        text, encoding = decode(self.data, self.name)
        return text.replace("\r\n", "\n").replace("\r", "\n"), encoding

    @property
    def text(self) -> str:
        """The text of `decoded`."""
        return self.decoded[0]

    @cached_property
    def json(self) -> Any:
        """What the file holds as JSON, None where it is not JSON.

        Raises:
            InputError: JSON with more than MAX_NESTING levels.
        """
        if self.text.lstrip()[:1] not in ("{", "["):
            return None
        try:
            found = json.loads(self.text)
        except ValueError:
            return None
        except RecursionError:
            found = None
        if found is None or _deeper(found, bounds.MAX_NESTING):
            raise InputError(f"{self.name}: JSON nested too deep.", "Is this a transcript?")
        return found


class LazyContent(Content):
    """A content whose bytes are made each time that they are asked for, so that many cost no memory.

    It serves to name a call of a file with several; read `loaded()`, which keeps what it decodes.
    """

    _load: Callable[[], bytes]

    def __init__(self, name: str, load: Callable[[], bytes]) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "_load", load)

    @property
    def data(self) -> bytes:
        """The bytes, made anew."""
        return self._load()

    def loaded(self) -> Content:
        """A content with these bytes."""
        return Content(self.name, self.data)


def _deeper(found: Any, levels: int) -> bool:
    """Whether JSON has more levels than these."""
    level = [found]
    for _ in range(levels):
        inner = (v.values() if isinstance(v, dict) else v for v in level)
        level = [child for values in inner for child in values if isinstance(child, dict | list)]
    return bool(level)


@dataclass(frozen=True)
class Parts:
    """What a reader finds in a file. Sides that the file itself tells stand in turns and participants."""

    turns: list[Turn]
    participants: tuple[Participant, ...] = ()
    date: dt.date | None = None
    warnings: tuple[str, ...] = ()


# `people`: titles, companies, e-mail addresses or numbers, or people who were invited and say nothing.
KEEPS = frozenset({"speaker", "side", "time", "date", "people"})


@dataclass(frozen=True)
class Format:
    """A row of the table of formats.

    Args:
        id: the name that stands in `Transcript.format`; an example lies in fixtures/formats under this name.
        title: what it is and which programs write it, for the documentation and `bant read`.
        endings: those that files of this format have; with them they are found in folders.
        recognise: why the content is of this format, one line for `bant read`, or None where it is not.
        read: the parts of the transcript; raises InputError.
        binary: a zipped document: it has no text of its own, and only such rows are asked for one.
        split: the calls of a file that may hold several, each as a content that `identify` knows, made with
            `split_into`; one of them, or none, where the file is a single call that `read` takes as it is.
        keeps: what files of this format tell, where they tell it: any of KEEPS.
        seen: whether a real file of this format was seen; else the reader follows its documentation alone.
    """

    id: str
    title: str
    endings: tuple[str, ...]
    recognise: Callable[[Content], str | None]
    read: Callable[[Content], Parts]
    binary: bool = False
    split: Callable[[Content], list[Content]] | None = None
    keeps: frozenset[str] = frozenset()
    seen: bool = True

    def __post_init__(self) -> None:
        if self.keeps - KEEPS:
            raise ValueError(f"{self.id}: keeps is of {', '.join(sorted(KEEPS))}")


def keeps(words: str) -> frozenset[str]:
    """What a format keeps, from words with spaces between: `keeps("speaker time date")`."""
    return frozenset(words.split())


def split_into(calls: Iterable[tuple[str, bytes]], ending: str = ".json") -> list[Content]:
    """Contents for the calls of one file, each with a name that is no path and that no other has.

    Args:
        calls: for each call what to name it by (an id or a title; may be empty) and its bytes.
        ending: the ending of the names, with its dot.
    """
    found: dict[str, Content] = {}
    for n, (title, data) in enumerate(calls, start=1):
        stem = _PATH_LIKE.sub("-", clean(title)).strip(" .-")[:_NAME_CHARS] or f"call-{n}"
        name = f"{stem}{ending}"
        if name in found:
            name = f"{stem}-{n}{ending}"
        found[name] = Content(name, data)
    return list(found.values())


def clean(text: str) -> str:
    """One line of printable text: control and direction marks dropped, runs of white space made one space.

    Transcripts are hostile: terminal escapes and unpaired surrogates must not get into reports.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return " ".join(_SURROGATE.sub("\ufffd", _UNPRINTABLE.sub("", text)).split())


def participants_of(turns: list[Turn]) -> tuple[Participant, ...]:
    """The speakers as participants, in the order in which they first speak."""
    sides = {t.speaker: t.side for t in reversed(turns) if t.speaker}
    names = dict.fromkeys(t.speaker for t in turns if t.speaker)
    return tuple(Participant(name=name, side=sides[name]) for name in names)
