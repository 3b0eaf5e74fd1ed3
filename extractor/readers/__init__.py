"""Reading calls: a file in any of the known formats becomes a Transcript.

    discover(paths)        the calls among files and folders, and in files that hold several
    call_ids(files)        a call id for each file of a run
    read_file(path)        a file, with calls.yaml beside it and the date from its name
    read_bytes(data, name) the same of bytes that have no file
    FORMATS                the table of formats
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from pathlib import Path

from extractor.errors import InputError
from extractor.readers import bounds
from extractor.readers.base import Content, Format
from extractor.readers.callsfile import CallEntry, apply_entry, entry_for
from extractor.readers.dates import date_of_stamp, find_date
from extractor.readers.discovery import Found, call_id_of, call_ids, discover
from extractor.readers.inside import Call, bounded, load, locate, look_inside, only_call
from extractor.readers.registry import FORMATS, identify
from extractor.readers.sides_known import apply_hints
from extractor.transcript import SellerHints, Transcript

__all__ = [
    "FORMATS",
    "Content",
    "Format",
    "Found",
    "apply_hints",
    "call_id_of",
    "call_ids",
    "discover",
    "identify",
    "load",
    "load_transcript",
    "look_inside",
    "only_call",
    "read_bytes",
    "read_file",
]


def read_file(path: Path | str, *, hints: SellerHints | None = None) -> Transcript:
    """Read a call from a file, or from inside a file that holds several (`calls.zip/a01.vtt`).

    calls.yaml in the same folder overrides what the file says. The date comes from calls.yaml, the file's
    content, its name, or else its time stamp (with a warning); `date_from` says which. Sides come from
    the file, `hints` and calls.yaml, where the lists of calls.yaml override hints.

    Raises:
        InputError: the file can't be read as a transcript, or holds several calls: `discover` names them.
        FormError: a mistake in calls.yaml.
    """
    source, path = str(path), Path(path)
    file, inner = locate(path)
    call = only_call(load(path))
    transcript = _known(_read(call, source, path), entry_for(path), hints)
    if transcript.date:
        return transcript
    names = dict.fromkeys((Path(call.content.name).name, Path(inner).name, file.name))
    return _dated(transcript, [n for n in names if n], date_of_stamp(file.stat().st_mtime))


load_transcript = read_file  # its name in the package's public interface


def read_bytes(data: bytes, name: str, *, hints: SellerHints | None = None) -> Transcript:
    """Read a call from bytes; `name` is what a file with them would be called, without folders.

    Raises:
        InputError: the bytes can't be read as a transcript, or hold several calls.
    """
    file = Path(name).name
    call = only_call(bounded(Content(file, data)))
    transcript = _known(_read(call, name, Path(file)), None, hints)
    names = dict.fromkeys((Path(call.content.name).name, file))
    return transcript if transcript.date else _dated(transcript, list(names), None)


def _read(call: Call, source: str, path: Path) -> Transcript:
    content, form, _ = call
    parts = form.read(content)
    if not parts.turns:
        raise InputError(f"{content.name}: nothing is said in it ({form.title}).", "Export it again.")
    if len(parts.turns) > bounds.MAX_TURNS:
        raise InputError(
            f"{content.name}: more than {bounds.MAX_TURNS:,} turns.", "Split the file, one call each."
        )
    warnings = parts.warnings
    encoding = None if form.binary else content.decoded[1]
    if encoding:
        warnings = (*warnings, f"The file is not UTF-8; it was read as {encoding}.")
    return Transcript(
        turns=tuple(parts.turns),
        participants=parts.participants,
        date=parts.date,
        format=form.id,
        warnings=warnings,
        call_id=call_id_of(path if path.name == Path(content.name).name else path / content.name),
        source=source,
        source_sha256=hashlib.sha256(content.data).hexdigest(),
        date_from="file" if parts.date else None,
        sides_from="file" if any(p.side for p in parts.participants) else None,
    )


def _known(transcript: Transcript, entry: CallEntry | None, hints: SellerHints | None) -> Transcript:
    if entry:
        transcript = apply_entry(transcript, entry)
    if hints and not (entry and (entry.seller.speakers or entry.buyer.speakers)):
        transcript = apply_hints(transcript, hints)
    return transcript


def _dated(transcript: Transcript, names: Sequence[str], file_day: dt.date | None) -> Transcript:
    """The transcript with the date that the first name tells, or else the day of the file's time stamp."""
    found = next((f for n in names if (f := find_date(n)).date or f.ambiguous), find_date(names[0]))
    if found.date:
        return transcript.model_copy(update={"date": found.date, "date_from": "file name"})
    ways = "give it in calls.yaml or in the file's name (2026-03-12)"
    why = (
        "The date in the file's name can be read in more than one way"
        if found.ambiguous
        else "The file doesn't tell the date of the call"
    )
    then = "its time stamp was taken" if file_day else "it is not known"
    warning = f"{why}; {then}: {ways}."
    return transcript.model_copy(
        update={
            "date": file_day,
            "date_from": "file time" if file_day else None,
            "warnings": (*transcript.warnings, warning),
        }
    )
