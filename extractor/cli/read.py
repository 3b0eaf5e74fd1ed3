"""`bant read`: what is understood of a file, before any model is asked."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from extractor.cli.console import stdout
from extractor.readers import identify, load, read_file
from extractor.transcript import Transcript


def read(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The transcript of a call.")],
    as_json: Annotated[
        bool, typer.Option("--json", allow_from_autoenv=False, help="Print the transcript as JSON.")
    ] = False,
) -> None:
    """Show what is understood of a transcript: format, speakers, sides, date, turns, warnings."""
    transcript = read_file(file)
    if as_json:
        typer.echo(json.dumps(transcript.as_read(), indent=2))
        return
    form, why = identify(load(file))
    console = stdout()
    console.print(_summary(transcript, form.title, why))
    console.print(_people(transcript))
    for warning in transcript.warnings:
        console.print(Text(f"Warning: {warning}"))


def _summary(transcript: Transcript, title: str, why: str) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(overflow="fold")
    rows = {
        "Call": transcript.call_id,
        "Format": f"{transcript.format}: {title}",
        "Why": why,
        "Date": _with_source(str(transcript.date) if transcript.date else None, transcript.date_from),
        "Sides": _with_source("known" if transcript.sides_from else None, transcript.sides_from),
        "Turns": f"{len(transcript.turns)} turns, {transcript.words()} words{_span(transcript)}",
    }
    for key, value in rows.items():
        table.add_row(Text(key), Text(value))
    return table


def _with_source(value: str | None, source: str | None) -> str:
    return f"{value} (from {source})" if value else "not known"


def _span(transcript: Transcript) -> str:
    times = [s for t in transcript.turns for s in (t.start, t.end) if s is not None]
    return f", {_clock(min(times))} to {_clock(max(times))}" if times else ", no times"


def _clock(seconds: float) -> str:
    minutes, second = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{second:02}"


def _people(transcript: Transcript) -> Table:
    turns = Counter(t.speaker for t in transcript.turns)
    table = Table(box=None, pad_edge=False)
    for heading in ("Speaker", "Side", "Title", "Company", "Turns"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "Turns" else "left")
    for person in transcript.participants:
        cells = (person.name, person.side or "", person.title or "", person.company or "")
        table.add_row(*map(Text, cells), str(turns[person.name]))
    if turns[None]:
        table.add_row(Text("(unknown)"), "", "", "", str(turns[None]))
    return table
