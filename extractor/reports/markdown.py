"""Records as Markdown: a table of the leads, then each call with its quotes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

from extractor.form import Form
from extractor.patterns import regex
from extractor.record import AnyRecord, Conflict, Evidence, FailedRecord, FieldResult, Record
from extractor.reports.kept import Kept, Place
from extractor.reports.words import (
    answer_words,
    clean,
    details,
    field_of,
    option_words,
    people,
    said_by,
    tally,
    title_of,
    title_proof,
    value_words,
)

# With a backslash before it, each of these is a plain character. A dollar sign begins a formula.
_SIGNS = {sign: f"\\{sign}" for sign in "\\`*_[]|~$"}
_PLAIN = str.maketrans({**_SIGNS, "&": "&amp;", "<": "&lt;", ">": "&gt;"})
# What makes a link of an address.
_ADDRESS = regex(r"(?<=www)\.|:(?=//)", re.IGNORECASE)


def escaped(text: str) -> str:
    """Text that Markdown and HTML show as it is, in one line."""
    return _ADDRESS.sub(r"\\\g<0>", clean(text).translate(_PLAIN))


def as_markdown(records: Iterable[AnyRecord], form: Form | None = None) -> str:
    """The records as Markdown: see `MarkdownReport`."""
    out = io.StringIO()
    with MarkdownReport(form) as report:
        for record in records:
            report.add(record)
        report.write(out)
    return out.getvalue()


class MarkdownReport(Kept):
    """The records as Markdown, best score first. Each is put into words as it is added.

    Args:
        form: gives the fields' titles and the options' labels; without it, the fields are the records'.
        folder: where the words lie until all are there, in a file without a name; else where such files do.

    Raises:
        OSError: on entering and adding, the words can't be kept.
    """

    def __init__(self, form: Form | None = None, folder: Path | None = None) -> None:
        super().__init__(folder)
        self._form = form
        self._names = [f.id for f in form.fields] if form else []
        self._leads: list[_Lead] = []
        self._failures: list[_Failure] = []

    def add(self, record: AnyRecord) -> None:
        """Add a record."""
        if isinstance(record, FailedRecord):
            self._failures.append(_Failure(record.call_id, record.source or "", _failure(record)))
            return
        if self._form is None:
            self._names += [name for name in record.fields if name not in self._names]
        words = self._keep("\n" + "\n".join(_call(record, self._form)) + "\n")
        cells = (escaped(record.tier), escaped(record.call_id), *_answers(record, self._names))
        missing = escaped(", ".join(title_of(self._form, name) for name in record.missing))
        stands = (-record.score, record.call_id, record.source or "")
        self._leads.append(_Lead(*stands, words, cells, missing))

    def write(self, out: TextIO) -> None:
        """Write the table of the leads, what failed, and then each call."""
        leads = sorted(self._leads)
        out.write(f"# Leads\n\n{_summary(leads, len(self._failures))}\n")
        if leads:
            titles = [escaped(title_of(self._form, n)) for n in self._names]
            out.write("\n" + _row(["Score", "Tier", "Call", *titles, "Missing"]) + "\n")
            out.write(_row(["---:", "---", "---", *("---" for _ in titles), "---"]) + "\n")
            out.writelines(f"{_row(lead.row(2 + len(titles)))}\n" for lead in leads)
        if self._failures:
            out.write("\n")
            out.writelines(f"{failure.line}\n" for failure in sorted(self._failures))
        for lead in leads:
            out.write(self._kept(lead.words))


class _Lead(NamedTuple):
    """What decides where a record stands, where its call is written, and its row of the table."""

    less: int
    call_id: str
    source: str
    words: Place
    cells: tuple[str, ...]
    missing: str

    def row(self, cells: int) -> list[str]:
        """Its row, filled up to so many cells between score and what is missing."""
        return [str(-self.less), *self.cells, *["-"] * (cells - len(self.cells)), self.missing]


class _Failure(NamedTuple):
    """What decides where a call that failed stands, and its line."""

    call_id: str
    source: str
    line: str


def _summary(leads: Sequence[_Lead], failed: int) -> str:
    calls = len(leads) + failed
    counted = tally([lead.cells[0] for lead in leads] + ["failed"] * failed)
    return f"{calls} {'call' if calls == 1 else 'calls'}: {counted}." if calls else "No calls."


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _answers(record: Record, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        result = record.fields.get(name)
        yield escaped(answer_words(result)) if result and result.status == "stated" else "-"


def _failure(record: FailedRecord) -> str:
    reason = escaped(f"{record.error.message} {record.error.hint}")
    return f"- {escaped(record.call_id)} failed: {reason}"


def _call(record: Record, form: Form | None) -> Iterator[str]:
    yield f"## {escaped(record.call_id)}: {record.score}, {escaped(record.tier)}"
    yield ""
    about = {
        "Date": record.call_date.isoformat() if record.call_date else "",
        "Buyer": people(record, "buyer"),
        "Seller": people(record, "seller"),
        "File": record.source or "",
    }
    yield from (f"- {what}: {escaped(words)}" for what, words in about.items() if words)
    for name, result in record.fields.items():
        yield ""
        yield from _field(name, result, form)
    if record.next_questions:
        yield from ("", "### Ask next", "")
        yield from (f"- {escaped(q)}" for q in record.next_questions)
    if record.warnings:
        yield from ("", "### Warnings", "")
        yield from (f"- {escaped(w)}" for w in record.warnings)


def _field(name: str, result: FieldResult, form: Form | None) -> Iterator[str]:
    field = field_of(form, name)
    option = option_words(result.option, field) or ("stated" if result.status == "stated" else "not said")
    points = f"{result.points} of {result.max_points} points"
    yield f"### {escaped(title_of(form, name))}: {escaped(option)} ({points})"
    if words := details(result):
        yield from ("", escaped(words))
    if result.evidence:
        yield ""
    yield from (_quote(e) for e in result.evidence)
    if proof := title_proof(result):
        yield from ("", "Title told:", "", *(_quote(e) for e in proof))
    for conflict in result.conflicts:
        yield from ("", f"Earlier: {escaped(_earlier(conflict, form, name))}", "")
        yield from (_quote(e) for e in conflict.evidence)


def _earlier(conflict: Conflict, form: Form | None, name: str) -> str:
    option = option_words(conflict.option, field_of(form, name))
    words = value_words(conflict.value)
    return f"{option} ({words})" if option and words else option or words


def _quote(evidence: Evidence) -> str:
    return f'- "{escaped(evidence.quote)}" ({escaped(said_by(evidence))})'
