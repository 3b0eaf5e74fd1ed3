"""Bytes to text: byte order marks, UTF-8, and charset-normalizer for the rest."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

from extractor.errors import InputError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Encodings that text files are still written in, the commonest first. Without this list a short text in
# cp1252 is taken for one of the hundred that nobody uses.
_IN_USE = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "koi8_r", "mac_roman",
    "gb18030", "big5", "cp932", "euc_jp", "cp949",
]  # fmt: skip
_MAGIC = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"ID3", "a sound recording"),
    (b"OggS", "a sound recording"),
    (b"fLaC", "a sound recording"),
    (b"RIFF", "a sound recording"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"\x1f\x8b", "a compressed file"),
)
_HINT = "Save the transcript as .txt, .vtt, .srt or JSON in UTF-8."
_CONTROLS = frozenset(map(chr, (*range(9), *range(14, 32)))) - {"\x1b"}


def decode(data: bytes, name: str) -> tuple[str, str | None]:
    """Decode a file.

    Returns:
        The text, and the encoding that was guessed, None for UTF-8 and where a byte order mark tells.

    Raises:
        InputError: nothing in it, a binary file, or no encoding fits.
    """
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xfe\xff"):
        raise InputError(f"{name}: the file is empty.", "Export the transcript again.")
    kind = _binary_kind(data)
    if kind:
        raise InputError(f"{name}: this is {kind}, not a transcript.", _HINT)
    text, encoding = _as_text(data, name)
    head = text[:100_000]
    if sum(map(head.count, _CONTROLS)) > 4 + len(head) / 100:
        raise InputError(f"{name}: a binary file, not a transcript.", _HINT)
    return text, encoding


def _binary_kind(data: bytes) -> str | None:
    for start, kind in _MAGIC:
        if data.startswith(start):
            return kind
    return "a video" if data[4:8] == b"ftyp" else None


def _as_text(data: bytes, name: str) -> tuple[str, str | None]:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding).removeprefix("\ufeff"), None
            except UnicodeDecodeError:
                raise InputError(
                    f"{name}: begins as {encoding.upper()} but isn't all of it.", _HINT
                ) from None
    wide = _utf16_without_mark(data)
    if wide:
        return wide
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError:
        guess = _guess(data)
    if guess is None:
        raise InputError(f"{name}: the file's encoding can't be told.", _HINT)
    return data.decode(guess, "replace"), guess


def _guess(data: bytes) -> str | None:
    """The likeliest encoding; of several that are equally likely the one in widest use."""
    matches = from_bytes(data, cp_isolation=_IN_USE)
    best = matches.best()
    if best is None:
        return None
    likely = {
        encoding
        for match in matches
        if (match.chaos, match.coherence) == (best.chaos, best.coherence)
        for encoding in match.could_be_from_charset
    }
    return min(likely.intersection(_IN_USE), key=_IN_USE.index, default=best.encoding)


def _utf16_without_mark(data: bytes) -> tuple[str, str] | None:
    """UTF-16 as some Windows tools write it: every second byte of ASCII is zero, and times and spaces are."""
    head = data[:4096]
    for encoding, zeros, rest in (("utf_16_le", head[1::2], head[::2]), ("utf_16_be", head[::2], head[1::2])):
        if len(zeros) > 1 and zeros.count(0) > len(zeros) * 0.1 and zeros.count(0) > 20 * rest.count(0):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError:
                return None
    return None
