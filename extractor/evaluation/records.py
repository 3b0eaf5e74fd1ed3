"""Reads a table of what is to be scored: the `records.csv` of ours, or a CSV that anything else made.

Columns, in any order and case, others left aside: `call_id`; for each field of the form its id with
an option (id or label), empty where the call doesn't state it; for a role field also `<field>_role`. And if
there are any: `score`, `<field>_quote` (several quotes parted by " | "), `error` for a call that failed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractor.errors import InputError
from extractor.evaluation.labels import LabelledCall
from extractor.evaluation.predictions import FieldPrediction, Prediction, Predictions, of_option
from extractor.form import Field, Form, Option
from extractor.readers import load
from extractor.scoring import score

_ABSENT = frozenset(("", "absent", "-", "n/a"))
_PARTING = " | "


@dataclass(frozen=True)
class _Row:
    """A row of a table: cells by column, and where it stands."""

    where: str
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "").strip().removeprefix("'")


def read_table(file: Path, calls: Sequence[LabelledCall]) -> Predictions:
    """Read a CSV (parted by commas, semicolons or tabs) for these calls.

    Raises:
        InputError: it can't be read, a column is missing, an option is none of the form's, or a call stands
            in it twice.
    """
    forms = {call.call_id: call.form for call in calls}
    made: dict[str, Prediction] = {}
    failures: dict[str, str] = {}
    others: list[str] = []
    for row in _rows(file, calls):
        call_id = row["call_id"]
        if call_id in made or call_id in failures:
            raise InputError(f"{row.where}: call {call_id} stands in it twice.", "Keep one row a call.")
        if call_id not in forms:
            others.append(call_id)
        elif row["error"]:
            failures[call_id] = row["error"]
        else:
            made[call_id] = _of_row(row, forms[call_id])
    return Predictions(made, failures, tuple(others))


def _rows(file: Path, calls: Sequence[LabelledCall]) -> Iterator[_Row]:
    text = load(file).text
    header = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = [c.strip().lower().replace(" ", "_") for c in next(rows)]
        needed = dict.fromkeys(f.id for call in calls for f in call.form.fields)
        missing = [name for name in ("call_id", *needed) if name not in columns]
        if missing:
            raise InputError(f"{file}: no column {', '.join(missing)}.", f"It has {', '.join(columns)}.")
        for cells in rows:
            if any(c.strip() for c in cells):
                named = {**dict.fromkeys(columns, ""), **dict(zip(columns, cells, strict=False))}
                yield _Row(f"{file}:{rows.line_num}", named)
    except csv.Error as error:
        raise InputError(f"{file}:{rows.line_num}: not valid CSV ({error}).", "Export it again.") from None


def _of_row(row: _Row, form: Form) -> Prediction:
    fields = {field.id: _of_cell(row, field) for field in form.fields}
    points = score(form, {name: f.result.points for name, f in fields.items()})
    return Prediction(row["call_id"], fields, _score(row) if row["score"] else points, None)


def _of_cell(row: _Row, field: Field) -> FieldPrediction:
    option = role = None
    stated = _says(row[field.id])
    if stated and field.options:
        cells = row[field.id].split(";") if field.multiple else [row[field.id]]
        picked = [_option(row, field.id, cell, field.options) for cell in cells if cell.strip()]
        option = max(picked, key=lambda o: o.points).id
    if field.roles:
        column = f"{field.id}_role"
        if stated and column not in row.cells:
            raise InputError(f"{row.where}: no column {column}.", f"It is one of: {_ids(field.roles)}.")
        role = _option(row, column, row[column], field.roles).id if _says(row[column]) else None
    # A contact of no known rank has a role alone.
    stated = stated or role is not None
    value: dict[str, Any] = {"role": role, "level": option} if field.roles else {}
    quotes: tuple[str, ...] | None = None
    if f"{field.id}_quote" in row.cells:
        quotes = tuple(q for q in row[f"{field.id}_quote"].split(_PARTING) if q.strip())
    return FieldPrediction(of_option(field, option, value, stated=stated), quotes)


def _says(cell: str) -> bool:
    return cell.lower() not in _ABSENT


def _option(row: _Row, column: str, cell: str, options: Sequence[Option]) -> Option:
    said = " ".join(cell.lower().split())
    for option in options:
        if said in (option.id.lower(), " ".join(option.label.lower().split())):
            return option
    raise InputError(f"{row.where}: {column} is none of the form's.", f"It is one of: {_ids(options)}.")


def _ids(options: Sequence[Option]) -> str:
    return ", ".join(o.id for o in options)


def _score(row: _Row) -> int:
    try:
        points = float(row["score"])
    except ValueError:
        points = -1.0
    if not 0 <= points <= 100:
        hint = "Leave it empty if there is none."
        raise InputError(f"{row.where}: score is no number from 0 to 100.", hint)
    return round(points)

