"""Who says what in captions, by each of the ways in which they tell it, and the cues of one turn joined."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from extractor.patterns import regex
from extractor.readers.base import clean
from extractor.readers.captions.cues import Cue, plain
from extractor.readers.names import (
    bare_name,
    is_unknown,
    looks_like_full_name,
    looks_like_handle,
    may_be_name,
    speaker_names,
    split_prefix,
)
from extractor.readers.spoken import extent, is_over
from extractor.transcript import Turn

_VOICE = regex(r"<v(?:\.[^\s<>]{0,99})?\s{1,9}(?P<name>[^<>]{0,199})>|(?P<close></v>)")
_LABEL = regex(r'^\d+ "(?P<name>.{0,199})"(?: \(\d+\))?$')
_UTTERANCE = regex(r"^(?P<utterance>[0-9A-Za-z-]{8,}/\d+)-\d+$")
_CHANGE = regex(r"^\s*(?:(?:>>|&gt;&gt;)+|[-–—](?=\s))\s*")


@dataclass(frozen=True)
class Said:
    """A piece of speech. `opens` says that somebody else begins here, known or not.

    `utterance` is the same for the pieces of one utterance, where the file tells them.
    """

    speaker: str | None
    text: str
    start: float | None
    end: float | None
    opens: bool = False
    utterance: str | None = None


def spoken(cues: list[Cue]) -> list[Said]:
    """What is said, by the way in which these cues name who says it."""
    if has_voices(cues):
        return _whole_utterances(voices(cues))
    if any(_LABEL.match(c.id) for c in cues if c.id):
        return _whole_utterances(labelled(cues))
    if name_lines := _name_lines(cues):
        return list(_named_above(cues, name_lines))
    return _whole_utterances(prefixed(cues))


def has_voices(cues: Iterable[Cue]) -> bool:
    """Whether speakers stand in `<v Name>` tags."""
    return any(m["name"] for c in cues for m in _VOICE.finditer("\n".join(c.lines)))


def voices(cues: Iterable[Cue]) -> Iterator[Said]:
    """What each `<v Name>` says. The tag may be left open, stand on several lines, or repeat in a cue."""
    for cue in cues:
        speaker: str | None = None
        text = "\n".join(cue.lines)
        at = 0
        for match in _VOICE.finditer(text):
            yield from _said(speaker, text[at : match.start()], cue)
            at = match.end()
            speaker = None if match["close"] else name_of(html.unescape(match["name"]))
        yield from _said(speaker, text[at:], cue)


def labelled(cues: Iterable[Cue]) -> Iterator[Said]:
    """What is said under Webex's cue ids: `12 "Ana Ruiz" (3330436864)`, the name empty for nobody known."""
    for cue in cues:
        match = _LABEL.match(cue.id or "")
        yield from _said(name_of(match["name"]) if match else None, "\n".join(cue.lines), cue)


def prefixed(cues: list[Cue]) -> Iterator[Said]:
    """What is said under `Name: ` prefixes, of which only those that are names count.

    Zoom repeats the name in every cue: there a cue without one is somebody unknown. Where the name stands
    only at a change of speaker, a cue without one goes on with the speaker before.
    """
    lines = [[(line, _CHANGE.sub("", line)) for line in c.lines if plain(line)] for c in cues]
    splits = [[split_prefix(plain(bare)) for _, bare in cue] for cue in lines]
    firsts = [cue[0][0] if cue and cue[0] else None for cue in splits]
    later = [split[0] for cue in splits for split in cue[1:] if split]
    names = speaker_names([*firsts, *later], uniform_is_enough=False)
    if sum(n in names for n in firsts) * 5 >= len(firsts) * 4:
        names |= {n for n in firsts if n and looks_like_handle(n)}
    named = [n if n in names else None for n in firsts]
    every_cue = any(a and a == b for a, b in pairwise(named))
    current: str | None = None
    for cue, cue_lines, cue_splits in zip(cues, lines, splits, strict=True):
        for i, ((line, bare), split) in enumerate(zip(cue_lines, cue_splits, strict=True)):
            changes = line != bare
            if split and split[0] in names:
                current = name_of(split[0])
                yield from _said(current, split[1], cue, opens=changes)
                continue
            if changes or (every_cue and i == 0):
                current = None
            yield from _said(current, bare, cue, opens=changes)


def _name_lines(cues: list[Cue]) -> frozenset[str]:
    """The names, where the first line of every cue is one above what is said, as Microsoft Stream writes."""
    firsts = [plain(c.lines[0]) for c in cues if len(c.lines) > 1]
    names = frozenset(firsts)
    if not cues or len(firsts) < len(cues) or not all(may_be_name(n) and ":" not in n for n in names):
        return frozenset()
    return names if all(map(looks_like_full_name, names)) or len(names) * 2 <= len(firsts) else frozenset()


def _named_above(cues: list[Cue], names: frozenset[str]) -> Iterator[Said]:
    for cue in cues:
        first = plain(cue.lines[0])
        yield from _said(name_of(first) if first in names else None, "\n".join(cue.lines[1:]), cue)


def payloads(cues: Iterable[Cue]) -> list[tuple[Cue, dict[str, Any]]]:
    """The JSON objects that cues hold in place of text (the metadata that Teams gives with a transcript)."""
    found = []
    for cue in cues:
        text = "\n".join(cue.lines).strip()
        if not text.startswith("{"):
            continue
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and "spokenText" in value:
            found.append((cue, value))
    return found


def of_payloads(found: Iterable[tuple[Cue, dict[str, Any]]]) -> Iterator[Said]:
    """What is said in the payloads of Teams: `speakerName` and `spokenText`."""
    for cue, value in found:
        name, text = value.get("speakerName"), value["spokenText"]
        if isinstance(text, str) and clean(text):
            yield Said(name_of(name) if isinstance(name, str) else None, clean(text), cue.start, cue.end)


def name_of(name: str) -> str | None:
    """The name of a speaker in one printable line, None where it stands for somebody unknown."""
    name = clean(bare_name(name))
    return None if not name or is_unknown(name) else name


def _said(speaker: str | None, text: str, cue: Cue, *, opens: bool = False) -> Iterator[Said]:
    text = plain(text)
    if text:
        match = _UTTERANCE.match(cue.id or "")
        yield Said(speaker, text, cue.start, cue.end, opens, match["utterance"] if match else None)


def _whole_utterances(pieces: Iterable[Said]) -> list[Said]:
    """The pieces with those of one utterance together: Teams puts what two say at once between each other."""
    groups: dict[tuple[str | None, str] | int, list[Said]] = {}
    for i, piece in enumerate(pieces):
        key = (piece.speaker, piece.utterance) if piece.utterance else i
        groups.setdefault(key, []).append(piece)
    return [piece for group in groups.values() for piece in group]


def join(pieces: Iterable[Said]) -> list[Turn]:
    """The pieces of one turn joined: until another speaks, or where nobody is named until a sentence ends."""
    turns: list[Turn] = []
    run: list[Said] = []
    for piece in pieces:
        if run and not _goes_on(run, piece):
            turns.append(_turn(run))
            run = []
        run.append(piece)
    if run:
        turns.append(_turn(run))
    return turns


def _goes_on(run: list[Said], piece: Said) -> bool:
    last = run[-1]
    if piece.opens or piece.speaker != last.speaker:
        return False
    if piece.speaker is not None or (piece.utterance and piece.utterance == last.utterance):
        return True
    return not is_over(last.text, sum(len(s.text.split()) for s in run), last.end, piece.start)


def _turn(run: list[Said]) -> Turn:
    start, end = extent((s.start, s.end) for s in run)
    return Turn(speaker=run[0].speaker, start=start, end=end, text=" ".join(s.text for s in run))
