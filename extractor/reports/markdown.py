"""Records as Markdown: a table of the leads, then each call with its quotes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from tempfile import TemporaryFile
from typing import NamedTuple, TextIO

from extractor.form import Form
from extractor.record import AnyRecord, Conflict, Evidence, FailedRecord, FieldResult, Record
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

# With a backslash before it, each of these is a plain character. A dollar sign begins a formula, "://" makes
# a link of an address.
_SIGNS = re.compile(r"([\\`*_\[\]|~$]|:(?=//))")
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_WWW = re.compile(r"(?<=www)\.", re.IGNORECASE)


def escaped(text: str) -> str:
    """Text that Markdown and HTML show as it is, in one line."""
    return _WWW.sub(r"\\.", _SIGNS.sub(r"\\\1", clean(text))).translate(_HTML)


def as_markdown(records: Sequence[AnyRecord], form: Form | None = None) -> str:
    """The records as Markdown, best score first; `form` gives the fields' titles and the options' labels."""
    out = io.StringIO()
    write_markdown(out, records, form)
    return out.getvalue()


def write_markdown(out: TextIO, records: Sequence[AnyRecord], form: Form | None = None) -> None:
    """Write what `as_markdown` returns, taking one record at a time, and each once where there is a form."""
    names = [f.id for f in form.fields] if form else _names(records)
    with TemporaryFile() as calls:
        leads, failures = [], []
        for record in records:
            if isinstance(record, FailedRecord):
                failures.append(f"{_failure(record)}\n")
                continue
            start, row = calls.tell(), _row(_cells(record, names, form))
            calls.write(("\n" + "\n".join(_call(record, form)) + "\n").encode())
            leads.append(_Lead(-record.score, record.call_id, start, calls.tell(), record.tier, row))
        leads.sort()
        out.write(f"# Leads\n\n{_summary(leads, len(failures))}\n")
        if leads:
            titles = [escaped(title_of(form, n)) for n in names]
            out.write("\n" + _row(["Score", "Tier", "Call", *titles, "Missing"]) + "\n")
            out.write(_row(["---:", "---", "---", *("---" for _ in names), "---"]) + "\n")
            out.writelines(f"{lead.row}\n" for lead in leads)
        if failures:
            out.write("\n")
            out.writelines(failures)
        for lead in leads:
            calls.seek(lead.start)
            out.write(calls.read(lead.end - lead.start).decode())


class _Lead(NamedTuple):
    """What decides where a record stands, where its call is written, and its row of the table."""

    less: int
    call_id: str
    start: int
    end: int
    tier: str
    row: str


def _names(records: Sequence[AnyRecord]) -> list[str]:
    return list(dict.fromkeys(name for r in records if isinstance(r, Record) for name in r.fields))


def _summary(leads: Sequence[_Lead], failed: int) -> str:
    calls = len(leads) + failed
    counted = tally([escaped(lead.tier) for lead in leads] + ["failed"] * failed)
    return f"{calls} {'call' if calls == 1 else 'calls'}: {counted}." if calls else "No calls."


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(record: Record, names: Sequence[str], form: Form | None) -> list[str]:
    answers = []
    for name in names:
        result = record.fields.get(name)
        answers.append(escaped(answer_words(result)) if result and result.status == "stated" else "-")
    missing = escaped(", ".join(title_of(form, name) for name in record.missing))
    return [str(record.score), escaped(record.tier), escaped(record.call_id), *answers, missing]


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
