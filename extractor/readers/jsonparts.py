"""Parts of JSON that may hold anything anywhere: what isn't of the type asked for counts as missing."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from extractor.errors import InputError
from extractor.patterns import regex
from extractor.readers.base import Content, clean, split_into
from extractor.readers.dates import date_of_timestamp

Object = Mapping[str, Any]

_NUMBER = regex(r"[ \t]*\d{1,15}(?:\.\d{1,12})?[ \t]*")
# Times of day 1 in 1 BC, 1970 or year 9999 are what programs write for "none".
FIRST, LAST = dt.date(1990, 1, 1), dt.date(2100, 1, 1)
# Seconds of the year 5138; milliseconds of 1973.
_LEAST_MS = 1e11
# No file counts so many seconds, or nanoseconds since 1970; a sum of such is still a number.
_NO_TIME = 1e20
_LINK = regex(r"\S*://\S*")


def mapping(value: object) -> Object:
    """A JSON object, empty where it is none."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> list[Object]:
    """The objects in a JSON list, none where it is no list."""
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def first(holder: Object, *keys: str) -> Any:
    """The value of the first key that has one, None where none has."""
    return next((holder[key] for key in keys if holder.get(key) is not None), None)


def text(value: object) -> str | None:
    """A JSON string or whole number as text: ids have up to 20 digits and are never fractions."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return clean(str(value)) or None


def string(value: object) -> str:
    """A JSON string on one line, empty where it is none: what is said is never a number."""
    return clean(value) if isinstance(value, str) else ""


def seconds(value: object, per_second: float = 1.0) -> float | None:
    """Seconds of a number, or of a string that holds one; None for anything that is not a time.

    Args:
        value: what the file has.
        per_second: how many of its units a second has: 1000 where it counts milliseconds.
    """
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        total = float(value) / per_second
    except OverflowError:
        return None
    return round(total, 3) if 0 <= total < _NO_TIME else None


def milliseconds(value: object) -> float | None:
    """Seconds of a number of milliseconds; None for anything that is not a time."""
    return seconds(value, 1000)


def instant(value: object) -> dt.datetime | None:
    """A moment in ISO 8601, in UTC where it names no zone; None for anything else."""
    if not isinstance(value, str) or date_of_timestamp(value) is None:
        return None
    found = dt.datetime.fromisoformat(value.strip())
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def day(*values: object) -> dt.date | None:
    """The day of the first of these that tells one: ISO 8601, or seconds or milliseconds since 1970 (UTC)."""
    for value in values:
        found = date_of_timestamp(value) or _day_since_1970(value)
        if found and FIRST <= found <= LAST:
            return found
    return None


def _day_since_1970(value: object) -> dt.date | None:
    total = seconds(value)
    if total is None:
        return None
    try:
        return dt.datetime.fromtimestamp(total / 1000 if total >= _LEAST_MS else total, dt.UTC).date()
    except (OverflowError, ValueError, OSError):
        return None


def reason(value: object) -> str:
    """What a service says went wrong, fit for a message: one line, short, without links, which hold keys."""
    return _LINK.sub("(link)", string(value))[:200].rstrip(" .") or "no reason given"


def only(content: Content, calls: list[Object]) -> Object:
    """The one call of a file.

    Raises:
        InputError: there are several.
    """
    if len(calls) > 1:
        raise InputError(f"{content.name}: {len(calls)} calls in one file.", "Save each as its own file.")
    return calls[0]


def parts_of(content: Content, calls: list[tuple[str | None, Object]]) -> list[Content]:
    """A content for each call of a file: what to name it by, and JSON of the same format.

    A file of a single call is left as it is.
    """
    if len(calls) < 2:
        return [content]
    return split_into((name or "", json.dumps(call).encode()) for name, call in calls)
