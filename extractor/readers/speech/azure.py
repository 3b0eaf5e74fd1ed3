"""Azure AI Speech: batch transcription (`recognizedPhrases`) and fast transcription (`phrases`)."""

from __future__ import annotations

from extractor.patterns import regex
from extractor.readers import jsonparts as js
from extractor.readers.base import Content, Parts
from extractor.readers.spoken import Piece, by_time, label_name, parts

_TICKS_PER_S = 10_000_000
_DURATION = regex(r"PT(?:(?P<h>\d{1,4})H)?(?:(?P<m>\d{1,6})M)?(?:(?P<s>\d{1,9}(?:\.\d{1,9})?)S)?")


def recognise(content: Content) -> str | None:
    """`recognizedPhrases`, or `phrases` beside `combinedPhrases`."""
    found = js.mapping(content.json)
    if isinstance(found.get("recognizedPhrases"), list):
        return "JSON with recognizedPhrases"
    if isinstance(found.get("phrases"), list) and "combinedPhrases" in found:
        return "JSON with phrases and combinedPhrases"
    return None


def read(content: Content) -> Parts:
    """Read phrases in the order in which they are said: the file has one channel after the other."""
    found = content.json
    phrases = js.mappings(js.first(found, "recognizedPhrases", "phrases"))
    several = len({js.text(p.get("channel")) for p in phrases} - {None}) > 1
    return parts(by_time(_piece(p, several) for p in phrases))


def _piece(phrase: js.Object, several: bool) -> Piece:
    """A phrase; one that wasn't recognised has no text."""
    best = js.mapping(next(iter(js.mappings(phrase.get("nBest"))), None))
    said = js.string(js.first(best, "display", "lexical")) or js.string(phrase.get("text"))
    start, length = _time(phrase, "offset"), _time(phrase, "duration")
    end = None if start is None or length is None else round(start + length, 3)
    line = label_name(phrase.get("channel"), "Channel") if several else None
    speaker = label_name(phrase.get("speaker"))
    name = f"{line}, {speaker}" if line and speaker else line or speaker
    return Piece(name, said, start, end)


def _time(phrase: js.Object, key: str) -> float | None:
    """Seconds from ticks of 100 ns, milliseconds, or an ISO 8601 duration, whichever the version has."""
    for unit, per_second in (("InTicks", _TICKS_PER_S), ("Milliseconds", 1000)):
        if (found := js.seconds(phrase.get(f"{key}{unit}"), per_second)) is not None:
            return found
    value = phrase.get(key)
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not match:
        return None
    hours, minutes, rest = (float(match[name] or 0) for name in ("h", "m", "s"))
    return round(hours * 3600 + minutes * 60 + rest, 3)
