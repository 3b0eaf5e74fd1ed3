"""The table of formats. Detection, documentation and tests all read it; the order is that of asking."""

from __future__ import annotations

from extractor.errors import InputError
from extractor.readers import gong, srt, text, vtt
from extractor.readers.base import Content, Format

FORMATS: tuple[Format, ...] = (
    Format("gong", "Gong API: call transcript with parties (JSON)", (".json",), gong.recognise, gong.read),
    Format("vtt", "WebVTT: Zoom, Microsoft Teams, YouTube, others", (".vtt",), vtt.recognise, vtt.read),
    Format("srt", "SRT (SubRip) captions", (".srt",), srt.recognise, srt.read),
    Format(
        "name-blocks", "Text with name lines above paragraphs: Otter and the like",
        text.ENDINGS, text.recognise_blocks, text.read_blocks,
    ),
    Format(
        "name-lines", "Text with lines `Name: text` or `[00:01:02] Name: text`",
        text.ENDINGS, text.recognise_lines, text.read_lines,
    ),
    Format("prose", "Text without speakers", text.ENDINGS, text.recognise_prose, text.read_prose),
)  # fmt: skip

_YAML = (".yaml", ".yml")


def endings() -> frozenset[str]:
    """The endings of all formats, with their dots: files with these are found in folders."""
    return frozenset(ending for f in FORMATS for ending in f.endings)


def identify(content: Content) -> tuple[Format, str]:
    """The format of a file, by its content, and why.

    Raises:
        InputError: no format fits, or the content is no text.
    """
    if content.ending in _YAML:
        raise InputError(
            f"{content.name}: a YAML file is a form, a label or calls.yaml, not a call.",
            "Name the transcript or its folder.",
        )
    for form in FORMATS:
        why = form.recognise(content)
        if why:
            return form, why
    if content.ending == ".json" and content.json is None:
        raise InputError(f"{content.name}: not valid JSON.", "Export the transcript again.")
    raise InputError(
        f"{content.name}: no known transcript format.",
        f"Known are {', '.join(f.id for f in FORMATS)}.",
    )
