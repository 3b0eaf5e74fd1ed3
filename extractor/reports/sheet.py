"""Records as CSV, one row a call, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, TextIO

from extractor.form import Form
from extractor.patterns import regex
from extractor.record import AnyRecord, FieldResult, Record
from extractor.reports.kept import Kept, Place
from extractor.reports.words import clean, value_words

_QUOTES = 3
_PARTING = " | "
# Spreadsheets take a cell that begins so for a formula; the wide signs are those of East Asian keyboards.
_FORMULA = regex(r"[=+\-@\t\r＝＋－＠]")
# Where a semicolon or a tab parts the cells, a formula can also begin in the middle of ours.
_INNER_FORMULA = regex(r"(?<=[;\t])(?=[=+\-@＝＋－＠])")


def as_csv(records: Iterable[AnyRecord], form: Form | None = None) -> str:
    """The records as CSV with a header: see `Sheet`."""
    out = io.StringIO()
    with Sheet(form) as sheet:
        for record in records:
            sheet.add(record)
        sheet.write(out)
    return out.getvalue()


class Sheet(Kept):
    """The records as CSV with a header, sorted by call. The cells of each are made as it is added.

    Columns: `call_id, score, tier`; for each field `<field>` (its option, or what was said where the field
    has no options; empty where absent), `<field>_role` (role fields), `<field>_value`, `<field>_quote`; then
    `missing, warnings, error`.

    Args:
        form: gives the fields; without it they are those that the records have.
        folder: where the cells lie until all are there, in a file without a name; else where such files do.

    Raises:
        OSError: on entering and adding, the cells can't be kept.
    """

    def __init__(self, form: Form | None = None, folder: Path | None = None) -> None:
        super().__init__(folder)
        self._form = form
        fields = form.fields if form else ()
        # In the order of the form, or in which records have them; and whether each is of a role.
        self._fields = {f.id: f.kind == "role" for f in fields}
        self._rows: list[_Row] = []

    def add(self, record: AnyRecord) -> None:
        """Add a record."""
        if self._form is None and isinstance(record, Record):
            for name, result in record.fields.items():
                is_role = "role" in (result.value or {})
                self._fields[name] = self._fields.get(name, False) or is_role
        cells = {column: guarded(clean(cell)) for column, cell in _cells(record, self._fields).items()}
        self._rows.append(_Row(record.call_id, record.source or "", self._keep(json.dumps(cells))))

    def write(self, out: TextIO) -> None:
        """Write the header and a row for each record."""
        columns = ["call_id", "score", "tier"]
        for field, is_role in self._fields.items():
            columns += [field, *([f"{field}_role"] if is_role else []), f"{field}_value", f"{field}_quote"]
        columns += ["missing", "warnings", "error"]
        table = csv.DictWriter(out, columns, restval="", lineterminator="\n")
        table.writeheader()
        for row in sorted(self._rows):
            table.writerow(json.loads(self._kept(row.cells)))


class _Row(NamedTuple):
    """What decides where a record stands, and where its cells are."""

    call_id: str
    source: str
    cells: Place


def guarded(cell: str) -> str:
    """The cell with a `'` before whatever a spreadsheet would take for a formula."""
    cell = _INNER_FORMULA.sub("'", cell)
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _cells(record: AnyRecord, fields: Mapping[str, bool]) -> dict[str, str]:
    if not isinstance(record, Record):
        return {"call_id": record.call_id, "error": f"{record.error.message} {record.error.hint}"}
    cells = {"call_id": record.call_id, "score": str(record.score), "tier": record.tier}
    for name, is_role in fields.items():
        result = record.fields.get(name)
        if result is None or result.status == "absent":
            continue
        words = value_words(result.value)
        cells[name] = _answer(result, words)
        if is_role:
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
