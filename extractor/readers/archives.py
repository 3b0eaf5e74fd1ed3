"""ZIP archives, opened with suspicion: whatever their headers say, reading is bounded in time and memory."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from pathlib import PurePosixPath

from extractor.errors import InputError
from extractor.patterns import regex
from extractor.readers import bounds

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DRIVE = regex(r"[A-Za-z]:")
_ENCRYPTED = 0x1 | 0x40
_HINT = "Unpack it yourself and name the transcripts in it."
_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error,
    EOFError, OSError, ValueError, OverflowError, RuntimeError, NotImplementedError,
)  # fmt: skip


def checked_zip(data: bytes, name: str) -> zipfile.ZipFile:
    """Open a ZIP archive whose directory is harmless. Read its members with `read_member` alone.

    Args:
        data: the archive.
        name: what it is called in messages.

    Raises:
        InputError: no archive, or broken; too many members, too large or too tightly packed; a member that is
            encrypted, a link, without a name, or lies outside the archive's own folder.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except _BROKEN:
        raise InputError(f"{name}: a broken ZIP archive.", "Export or download it again.") from None
    if len(members) > bounds.MAX_MEMBERS:
        raise InputError(f"{name}: more than {bounds.MAX_MEMBERS:,} files in one archive.", _HINT)
    if sum(m.file_size for m in members) > bounds.MAX_UNPACKED:
        size = bounds.MAX_UNPACKED // 1_000_000
        raise InputError(f"{name}: unpacks to more than {size} MB.", _HINT)
    for member in members:
        problem = _problem(member)
        if problem:
            raise InputError(f"{name}: {problem}.", _HINT)
    return archive


def _problem(member: zipfile.ZipInfo) -> str | None:
    if not member.filename:
        return "an archive with a file that has no name"
    if member.flag_bits & _ENCRYPTED:
        return "an archive with a password"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "an archive with links in it"
    path = member_path(member)
    if path.is_absolute() or ".." in path.parts or _DRIVE.match(str(path)):
        return "an archive with files outside its own folder"
    if member.file_size > max(bounds.RATIO_FROM, member.compress_size * bounds.MAX_RATIO):
        return f"an archive with a file that is packed more than {bounds.MAX_RATIO} times"
    if member.compress_type not in _METHODS:
        return "an archive that is packed in an unusual way"
    return None


def member_path(member: zipfile.ZipInfo) -> PurePosixPath:
    """A member's path in its archive; some Windows tools write it with backslashes."""
    return PurePosixPath(member.filename.replace("\\", "/"))


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
    """The bytes of a member of a checked archive.

    Args:
        archive: what `checked_zip` opened.
        member: one of its `infolist()`.
        name: what the archive is called in messages.

    Raises:
        InputError: it is broken or larger than MAX_BYTES, whatever the directory says.
    """
    try:
        with archive.open(member) as file:
            data = file.read(bounds.MAX_BYTES + 1)
    except _BROKEN:
        raise InputError(f"{name}: a file in this archive is broken.", "Export it again.") from None
    if len(data) > bounds.MAX_BYTES:
        size = bounds.MAX_BYTES // 1_000_000
        raise InputError(f"{name}: a file in this archive is larger than {size} MB.", _HINT)
    return data
