"""One call in full, for the terminal: every field with its quotes, and what to ask next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from extractor.form import Form
from extractor.record import AnyRecord, Conflict, Evidence, FailedRecord, FieldResult, Record, Usage
from extractor.reports.table import answer_style, tier_style
from extractor.reports.words import (
    clean,
    details,
    field_of,
    option_words,
    people,
    said_by,
    title_of,
    title_proof,
    value_words,
)


def call_view(record: AnyRecord, form: Form | None = None) -> RenderableType:
    """A call in full; `form` gives the fields' titles and the options' labels, else their ids serve."""
    if isinstance(record, FailedRecord):
        return _failed(record)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, result in record.fields.items():
        title = Text(clean(title_of(form, name)), style="bold")
        table.add_row(title, Group(*_field(name, result, form)))
        table.add_row()
    return Group(*_head(record, form), Text(), table, *_tail(record))


def _failed(record: FailedRecord) -> RenderableType:
    lines = [Text.assemble((clean(record.call_id), "bold"), ("  failed", "bold red"))]
    lines += [Text(clean(part)) for part in (record.error.message, record.error.hint) if part]
    if record.source:
        lines.append(Text(clean(record.source), style="dim"))
    return Group(*lines)


def _head(record: Record, form: Form | None) -> Iterator[Text]:
    tier = (clean(record.tier), tier_style(record.tier, form))
    score = (f"{record.score} of 100", "bold")
    yield Text.assemble((clean(record.call_id), "bold"), "  ", score, "  ", tier)
    day = record.call_date.isoformat() if record.call_date else "date unknown"
    yield Text(clean(f"{day}  {record.source or ''}"), style="dim")
    yield Text(clean(f"form {record.form}, model {record.model}"), style="dim")
    for title, names in (("Buyer", people(record, "buyer")), ("Seller", people(record, "seller"))):
        if names:
            yield Text(f"{title}: {names}")


def _field(name: str, result: FieldResult, form: Form | None) -> Iterator[RenderableType]:
    confidence = f"confidence {result.confidence:.0%}"
    points = f"{result.points} of {result.max_points} points"
    if result.status == "absent":
        yield Text.assemble(("not said", "dim"), f"  {points}, {confidence}")
        return
    option = option_words(result.option, field_of(form, name)) or "stated"
    yield Text.assemble((clean(option), answer_style(result)), f"  {points}, {confidence}")
    items = (result.value or {}).get("items")
    if items is None:
        if words := details(result):
            yield Text(words)
        yield from _quotes(result.evidence)
        if proof := title_proof(result):
            yield Text("title told:")
            yield from _quotes(proof)
    else:
        yield from _needs(items, (result.value or {}).get("intensity"))
    for conflict in result.conflicts:
        yield Text(f"earlier: {_earlier(conflict, name, form)}", style="yellow")
        yield from _quotes(conflict.evidence)


def _needs(items: Iterable[dict[str, object]], intensity: str | None) -> Iterator[RenderableType]:
    if intensity:
        yield Text(f"intensity: {clean(intensity)}")
    for item in items:
        catalog = (
            f"solved by {clean(str(item['catalog']))}" if item.get("catalog") else "not in the catalogue"
        )
        yield Text.assemble(f"{clean(str(item.get('text', '')))}  ", (catalog, "dim"))
        evidence = item.get("evidence")
        if isinstance(evidence, list):
            yield from _quotes(Evidence.model_validate(e) for e in evidence)


def _quotes(evidence: Iterable[Evidence]) -> Iterator[RenderableType]:
    for e in evidence:
        quote = Text.assemble((f'"{clean(e.quote)}"', "italic"), (f"  {said_by(e)}", "dim"))
        yield Padding(quote, (0, 0, 0, 2))


def _earlier(conflict: Conflict, name: str, form: Form | None) -> str:
    option = clean(option_words(conflict.option, field_of(form, name)))
    words = value_words(conflict.value)
    return f"{option} ({words})" if option and words else option or words


def _tail(record: Record) -> Iterator[RenderableType]:
    if record.next_questions:
        yield Text("Ask next", style="bold")
        yield from _listed(record.next_questions)
    if record.warnings:
        yield Text("Warnings", style="bold yellow")
        yield from _listed(record.warnings)
    yield Text(_usage(record.usage), style="dim")


def _listed(lines: Iterable[str]) -> Iterator[RenderableType]:
    for line in lines:
        yield Padding(Text(f"- {clean(line)}"), (0, 0, 0, 2))


def _usage(usage: Usage) -> str:
    cost = "" if usage.cost_usd is None else f", USD {usage.cost_usd:.4f}"
    requests = "1 request" if usage.llm_calls == 1 else f"{usage.llm_calls} requests"
    tokens = f"{usage.prompt_tokens:,} tokens read ({usage.cached_tokens:,} from the cache)"
    return f"{requests}, {tokens}, {usage.completion_tokens:,} written, {usage.seconds:.1f} s{cost}"
