"""`bant show`: one call in full, with the quotes that prove each answer."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from extractor.cli.console import stdout
from extractor.errors import InputError
from extractor.form import Form
from extractor.formfile import load_form, shipped_forms
from extractor.record import AnyRecord, Record
from extractor.reports.files import JSONL, PARTIAL, read_records
from extractor.reports.view import call_view

# How many calls an error names.
_NAMED = 8


def show(
    call: Annotated[str, typer.Argument(help="The call's name, or how it begins.")],
    records: Annotated[
        Path, typer.Option("--records", help="What `bant extract` wrote: a folder or a file.")
    ] = Path("bant-out"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
) -> None:
    """Show one call: each field, the quotes that prove it, and what to ask next."""
    found = find_call(read_records(_file(records)), call)
    for record in found:
        if as_json:
            typer.echo(json.dumps(record.model_dump(mode="json"), indent=2))
        else:
            stdout().print(call_view(record, _form_of(record)))


def find_call(records: Sequence[AnyRecord], call: str) -> list[AnyRecord]:
    """The records of the call with this name, or of the only one that begins so.

    Raises:
        InputError: there is no such call, or more than one begins so.
    """
    if exact := [r for r in records if r.call_id == call]:
        return exact
    names = sorted({r.call_id for r in records})
    begun = [n for n in names if n.startswith(call)] or [
        n for n in names if n.lower().startswith(call.lower())
    ]
    if len(begun) == 1:
        return [r for r in records if r.call_id == begun[0]]
    if begun:
        raise InputError(f"{len(begun)} calls begin with {call}.", f"Which one? {_listed(begun)}.")
    if near := difflib.get_close_matches(call, names, n=_NAMED, cutoff=0.5):
        hint = f"Did you mean {_listed(near)}?"
    else:
        hint = f"There are {_listed(names)}." if names else "There are no records in this file."
    raise InputError(f"There is no call {call}.", hint)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _file(records: Path) -> Path:
    if not records.is_dir():
        return records
    if (records / JSONL).is_file() or not (records / PARTIAL).is_file():
        return records / JSONL
    raise InputError(
        f"{records}: the run that wrote here was cut off.", f"What it had done: --records {records / PARTIAL}"
    )


def _form_of(record: AnyRecord) -> Form | None:
    """The form that the record was made with, where it ships with the package and has not changed since."""
    if not isinstance(record, Record) or record.form not in shipped_forms():
        return None
    form = load_form(record.form)
    return form if form.sha256 == record.form_sha256 else None
