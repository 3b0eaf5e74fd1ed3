"""calls.yaml beside the calls: their dates, and who sold and who bought."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from extractor.errors import FormError
from extractor.readers.sides_known import apply_hints, matching, with_sides
from extractor.transcript import Participant, SellerHints, Side, Transcript

NAME = "calls.yaml"
_EXAMPLE = (
    "As in: a01.vtt: {date: 2026-03-12, seller: {company: Northwind Desk, speakers: [Priya Nair]}, "
    "buyer: {company: Halden Freight, speakers: [Tom Okafor]}}"
)


@dataclass(frozen=True)
class Team:
    """One side of a call as calls.yaml has it."""

    company: str | None = None
    speakers: tuple[str, ...] = ()


@dataclass(frozen=True)
class CallEntry:
    """What calls.yaml says about a call."""

    date: dt.date | None = None
    seller: Team = Team()
    buyer: Team = Team()


def entry_for(file: Path) -> CallEntry | None:
    """What the calls.yaml in the folder of a call says about it; None where there is no file or no entry.

    An entry stands under the call's file name, or under the name without its endings.

    Raises:
        FormError: a mistake in calls.yaml.
    """
    calls = file.parent / NAME
    try:
        stamp = calls.stat()
    except OSError:
        return None
    entries = _load_once(calls, stamp.st_mtime_ns, stamp.st_size)
    return entries.get(file.name) or entries.get(file.name.partition(".")[0])


@lru_cache(maxsize=64)
def _load_once(calls: Path, _mtime_ns: int, _size: int) -> Mapping[str, CallEntry]:
    return load(calls)


def load(calls: Path) -> dict[str, CallEntry]:
    """Read a calls.yaml.

    Raises:
        FormError: it can't be read, or has a mistake, with its line.
    """
    try:
        data = YAML().load(calls.read_text(encoding="utf-8-sig"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise FormError(calls, line, f"not valid YAML ({error.problem}).", _EXAMPLE) from None
    except (YAMLError, ValueError, RecursionError):
        raise FormError(calls, None, "not valid YAML in UTF-8.", _EXAMPLE) from None
    except OSError as error:
        raise FormError(calls, None, f"can't be read ({error.strerror}).", "Check its permissions.") from None
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise FormError(calls, 1, "not a mapping of file names.", _EXAMPLE)
    return {str(name): _Entry(calls, data, name).read() for name in data}


class _Entry:
    """Checks one entry; knows the file and the lines for messages."""

    def __init__(self, calls: Path, data: Any, name: Any) -> None:
        self.calls = calls
        self.line = _line(data, name)
        self.value = data[name]

    def read(self) -> CallEntry:
        if self.value is None:
            return CallEntry()
        self._mapping(self.value, self.line, ("date", "seller", "buyer"))
        seller, buyer = self._team("seller"), self._team("buyer")
        both = {s.casefold() for s in seller.speakers} & {s.casefold() for s in buyer.speakers}
        if both:
            raise self._wrong(
                _line(self.value, "buyer"), "a speaker is on both sides.", "Name each speaker on one side."
            )
        return CallEntry(self._date(), seller, buyer)

    def _team(self, side: Side) -> Team:
        team = self.value.get(side)
        if team is None:
            return Team()
        line = _line(self.value, side)
        self._mapping(team, line, ("company", "speakers"))
        company = team.get("company")
        if company is not None and not isinstance(company, str):
            raise self._wrong(_line(team, "company"), f"{side}: company is not a text.", "Put it in quotes.")
        speakers = team.get("speakers")
        if speakers is None:
            return Team(company)
        if not isinstance(speakers, list) or not all(isinstance(s, str) and s.strip() for s in speakers):
            raise self._wrong(
                _line(team, "speakers"), f"{side}: speakers is not a list of names.",
                "As in: speakers: [Priya Nair, Lee Wong]",
            )  # fmt: skip
        return Team(company, tuple(str(s) for s in speakers))

    def _date(self) -> dt.date | None:
        date = self.value.get("date")
        if isinstance(date, dt.datetime):
            return date.date()
        if date is None or isinstance(date, dt.date):
            return date
        try:
            return dt.date.fromisoformat(str(date))
        except ValueError:
            line = _line(self.value, "date")
            raise self._wrong(line, "date is not a date.", "As in: date: 2026-03-12") from None

    def _mapping(self, value: Any, line: int, keys: tuple[str, ...]) -> None:
        if not isinstance(value, dict):
            raise self._wrong(line, f"a mapping with {', '.join(keys)} belongs here.", _EXAMPLE)
        for key in value:
            if key not in keys:
                near = difflib.get_close_matches(str(key), keys, n=1)
                hint = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(keys)}."
                raise self._wrong(_line(value, key), f"unknown key {str(key)!r}.", hint)

    def _wrong(self, line: int, problem: str, hint: str) -> FormError:
        return FormError(self.calls, line, problem, hint)


def _line(mapping: Any, key: Any) -> int:
    """The line of a key, counted from 1."""
    return int(mapping.lc.key(key)[0]) + 1


def apply_entry(transcript: Transcript, entry: CallEntry) -> Transcript:
    """Put what calls.yaml says into a transcript; it overrides what the file says.

    With speakers on both lists, somebody on neither is on no side. With the seller's speakers alone every
    other named person buys. Without speakers the companies are matched with those of the people on the call.
    """
    if entry.date:
        transcript = transcript.model_copy(update={"date": entry.date, "date_from": NAME})
    if entry.seller.speakers or entry.buyer.speakers:
        transcript = _apply_lists(transcript, entry)
    elif entry.seller.company:
        found = apply_hints(transcript, SellerHints(names=(entry.seller.company,)), NAME)
        transcript = found if found.sides_from == NAME else transcript
    companies = {"seller": entry.seller.company, "buyer": entry.buyer.company}
    people = tuple(
        p if p.company or not p.side else p.model_copy(update={"company": companies[p.side]})
        for p in transcript.participants
    )
    return transcript.model_copy(update={"participants": people})


def _apply_lists(transcript: Transcript, entry: CallEntry) -> Transcript:
    people = transcript.participants
    sides: dict[str, Side | None] = {}
    silent: list[Participant] = []
    teams: tuple[tuple[Side, Team], ...] = (("seller", entry.seller), ("buyer", entry.buyer))
    for side, team in teams:
        for name in team.speakers:
            found = matching(name, people)
            sides.update(dict.fromkeys(found, side))
            if not found:
                silent.append(Participant(name=name, side=side))
    others = [p.name for p in people if p.name not in sides]
    if entry.seller.speakers and entry.buyer.speakers:
        sides.update(dict.fromkeys(others, None))
    elif "seller" in sides.values():
        sides.update({p.name: p.side or "buyer" for p in people if p.name not in sides})
    transcript = with_sides(transcript, sides, NAME)
    if not silent:
        return transcript
    warning = f"{NAME} names {len(silent)} speaker(s) who don't speak on the call."
    return transcript.model_copy(
        update={
            "participants": (*transcript.participants, *silent),
            "warnings": (*transcript.warnings, warning),
        }
    )
