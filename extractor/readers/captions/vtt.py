"""WebVTT as Zoom, Teams, Webex, Grain, YouTube and others write it."""

from __future__ import annotations

from extractor.patterns import regex
from extractor.readers.base import Content, Parts, participants_of
from extractor.readers.captions.cues import ARROW, parse_cues, unroll
from extractor.readers.captions.voices import has_voices, join, of_payloads, payloads, spoken
from extractor.readers.dates import date_of_timestamp
from extractor.transcript import Turn

_HEADER = regex(r"^\s*WEBVTT(?:[ \t]|$|\n)")


def recognise(content: Content) -> str | None:
    """WebVTT says so in its first line; files that lost it still have its times."""
    if _HEADER.match(content.text):
        return "begins with WEBVTT"
    if content.ending == ".vtt" and any(map(ARROW.stands_in, content.text.split("\n"))):
        return "named .vtt and has lines with cue times"
    return None


def read(content: Content) -> Parts:
    """Read WebVTT; text in the header and in NOTE, STYLE and REGION blocks is not speech.

    Teams gives, beside the transcript, its metadata: the same times with JSON in place of the text.
    """
    cues, broken = parse_cues(content.text.replace("\0", "\ufffd"))
    metadata = payloads(cues)
    if len(metadata) * 2 <= len(cues):
        return captions(join(spoken(cues if has_voices(cues) else unroll(cues))), broken)
    parts = captions(join(of_payloads(metadata)), broken)
    days = (date_of_timestamp(value.get("startDateTime")) for _, value in metadata)
    return Parts(parts.turns, parts.participants, next(filter(None, days), None), parts.warnings)


def captions(turns: list[Turn], broken: int) -> Parts:
    """The parts of a captions file, with what the reader of the result should know."""
    warnings = []
    if broken:
        warnings.append(f"The times of {broken} caption(s) can't be read; their text is kept.")
    if turns and not any(t.speaker for t in turns):
        warnings.append("The captions name no speakers.")
    return Parts(turns, participants_of(turns), warnings=tuple(warnings))
