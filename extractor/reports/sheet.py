"""Records as CSV, one row a call, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import TextIO

from extractor.form import Form
from extractor.patterns import regex
from extractor.record import AnyRecord, FieldResult, Record
from extractor.reports.words import clean, value_words

_QUOTES = 3
_PARTING = " | "
# Spreadsheets take a cell that begins so for a formula; the wide signs are those of East Asian keyboards.
_FORMULA = regex(r"[=+\-@\t\r＝＋－＠]")
# Where a semicolon or a tab parts the cells, a formula can also begin in the middle of ours.
_INNER_FORMULA = regex(r"(?<=[;\t])(?=[=+\-@＝＋－＠])")


def as_csv(records: Sequence[AnyRecord], form: Form | None = None) -> str:
    """The records as CSV with a header: see `write_csv`."""
    out = io.StringIO()
    write_csv(out, records, form)
    return out.getvalue()


def write_csv(out: TextIO, records: Iterable[AnyRecord], form: Form | None = None) -> None:
    """Write the records as CSV with a header, taking one at a time; without a form they are gone over thrice.

    Columns: `call_id, score, tier`; for each field `<field>` (its option, or what was said where the field
    has no options; empty where absent), `<field>_role` (role fields), `<field>_value`, `<field>_quote`; then
    `missing, warnings, error`. The fields are those of the form, or else those that the records have.
    """
    roles = _role_fields(records, form)
    fields = _field_ids(records, form)
    columns = ["call_id", "score", "tier"]
    for field in fields:
        columns += [field, *([f"{field}_role"] if field in roles else []), f"{field}_value", f"{field}_quote"]
    columns += ["missing", "warnings", "error"]
    table = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    table.writeheader()
    for record in records:
        cells = _cells(record, fields, roles)
        table.writerow({column: guarded(clean(cell)) for column, cell in cells.items()})


def guarded(cell: str) -> str:
    """The cell with a `'` before whatever a spreadsheet would take for a formula."""
    cell = _INNER_FORMULA.sub("'", cell)
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _field_ids(records: Iterable[AnyRecord], form: Form | None) -> list[str]:
    if form:
        return [f.id for f in form.fields]
    return list(dict.fromkeys(name for r in records if isinstance(r, Record) for name in r.fields))


def _role_fields(records: Iterable[AnyRecord], form: Form | None) -> set[str]:
    if form:
        return {f.id for f in form.fields if f.kind == "role"}
    return {
        name
        for record in records
        if isinstance(record, Record)
        for name, result in record.fields.items()
        if "role" in (result.value or {})
    }


def _cells(record: AnyRecord, fields: Sequence[str], roles: set[str]) -> dict[str, str]:
    if not isinstance(record, Record):
        return {"call_id": record.call_id, "error": f"{record.error.message} {record.error.hint}"}
    cells = {"call_id": record.call_id, "score": str(record.score), "tier": record.tier}
    for name in fields:
        result = record.fields.get(name)
        if result is None or result.status == "absent":
            continue
        words = value_words(result.value)
        cells[name] = _answer(result, words)
        if name in roles:
            cells[f"{name}_role"] = str((result.value or {}).get("role") or "")
        cells[f"{name}_value"] = words
        cells[f"{name}_quote"] = _PARTING.join(e.quote for e in result.evidence[:_QUOTES])
    cells["missing"] = ", ".join(record.missing)
    cells["warnings"] = "; ".join(record.warnings)
    return cells


def _answer(result: FieldResult, words: str) -> str:
    if result.option is not None:
        return result.option
    return "" if "role" in (result.value or {}) else words
