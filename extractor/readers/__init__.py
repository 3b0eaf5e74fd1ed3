"""Reading calls: a file in any of the known formats becomes a Transcript.

    discover(paths)        the calls among files and folders
    call_ids(files)        a call id for each file of a run
    read_file(path)        a file, with calls.yaml beside it and the date from its name
    read_bytes(data, name) the same of bytes that have no file
    FORMATS                the table of formats
"""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

from extractor.errors import InputError
from extractor.readers.base import Content, Format
from extractor.readers.callsfile import CallEntry, apply_entry, entry_for
from extractor.readers.dates import find_date
from extractor.readers.discovery import call_id_of, call_ids, discover
from extractor.readers.registry import FORMATS, identify
from extractor.readers.sides_known import apply_hints
from extractor.transcript import SellerHints, Transcript

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "Content",
    "Format",
    "apply_hints",
    "call_id_of",
    "call_ids",
    "discover",
    "identify",
    "load",
    "read_bytes",
    "read_file",
]

# Ten hours of speech are about 1 MB of text; 50 MB leaves room for JSON with a time for each word.
MAX_BYTES = 50_000_000


def read_file(path: Path, *, hints: SellerHints | None = None) -> Transcript:
    """Read a call from a file.

    calls.yaml in the same folder overrides what the file says. The date comes from calls.yaml, the file's
    content, its name, or else its time stamp (with a warning); `date_from` says which. Sides come from
    the file, `hints` and calls.yaml, where the lists of calls.yaml override hints.

    Raises:
        InputError: the file can't be read as a transcript.
        FormError: a mistake in calls.yaml.
    """
    transcript = _read(load(path), str(path))
    entry = entry_for(path)
    transcript = _known(transcript, entry, hints)
    if transcript.date is None:
        transcript = _dated(transcript, path.name, dt.date.fromtimestamp(path.stat().st_mtime))
    return transcript


def read_bytes(data: bytes, name: str, *, hints: SellerHints | None = None) -> Transcript:
    """Read a call from bytes; `name` is what a file with them would be called, without folders.

    Raises:
        InputError: the bytes can't be read as a transcript.
    """
    transcript = _known(_read(_bounded(Content(Path(name).name, data)), name), None, hints)
    return transcript if transcript.date else _dated(transcript, transcript_name(name), None)


def load(path: Path) -> Content:
    """The content of a file.

    Raises:
        InputError: no file, no permission, or larger than MAX_BYTES.
    """
    if path.is_dir():
        raise InputError(f"{path}: a folder, not a file.", "Name a file in it.")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file.", "Check the path.") from None
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror}).", "Check its permissions.") from None
    return _bounded(Content(path.name, data))
