"""`bant forms`: which forms there are, what a form asks, and whether one of your own is right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from extractor.cli.console import stdout
from extractor.form import Field, Form, Option
from extractor.formfile import load_form, shipped_forms

NameOrFile = Annotated[str, typer.Argument(metavar="NAME|FILE", help="A form's name, or a YAML file.")]

app = typer.Typer(help="The forms that come with the program, and your own.")


@app.callback(invoke_without_command=True)
def list_forms(context: typer.Context) -> None:
    """List the forms that come with the program; your own begins with `extends: NAME`."""
    if context.invoked_subcommand is not None:
        return
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Form", no_wrap=True)
    table.add_column("Title")
    table.add_column("Fields")
    for name in shipped_forms():
        form = load_form(name)
        table.add_row(Text(name, style="bold"), Text(form.title), Text(", ".join(f.id for f in form.fields)))
    stdout().print(table)


@app.command()
def show(form: NameOrFile) -> None:
    """Show what a form asks, with the points of each answer."""
    stdout().print(form_view(load_form(form)))


@app.command()
def check(form: NameOrFile) -> None:
    """Say whether a form is right, and what it comes to with all that it extends."""
    stdout().print(summary(load_form(form)))


def summary(form: Form) -> RenderableType:
    """What a form comes to: points, tiers, currencies, catalogue."""
    table = Table.grid(padding=(0, 2, 0, 0))
    sum_of = " + ".join(f"{f.title} {f.max_points}" for f in form.fields)
    table.add_row("points", Text(f"{sum_of} = {form.max_points}"))
    table.add_row("tiers", Text(_tiers(form)))
    if any(f.kind == "money" for f in form.fields):
        others = ", ".join(c for c in form.exchange_rates if c != form.currency)
        table.add_row("currency", Text(f"{form.currency}; rates for {others or 'no other'}"))
    if any(f.kind == "needs" for f in form.fields):
        items = "1 item" if len(form.catalog) == 1 else f"{len(form.catalog)} items"
        empty = "empty: no need counts as one that you solve; list under `catalog` what you do"
        table.add_row(
            "catalogue", Text(items if form.catalog else empty, style="" if form.catalog else "yellow")
        )
    table.add_row("sha256", Text(form.sha256, style="dim"))
    return Group(Text.assemble(("right: ", "bold green"), f"{form.form}, {form.title}"), table)


def form_view(form: Form) -> RenderableType:
    """A form as one would fill it in."""
    head = [Text(form.title, style="bold"), Text(f"{form.max_points} points: {_tiers(form)}")]
    fields = [part for field in form.fields for part in _field(field)]
    return Group(*head, *fields, *_catalog(form))


def _tiers(form: Form) -> str:
    ranked = sorted(form.tiers.items(), key=lambda tier: -tier[1])
    return ", ".join(f"{name} from {least}" for name, least in ranked)


def _field(field: Field) -> Iterator[RenderableType]:
    yield Text()
    yield Text.assemble((field.title, "bold"), f"  up to {field.max_points} points  ", (field.kind, "dim"))
    yield Text(field.ask, style="italic")
    if field.options:
        yield _options(field.options, "[ ]" if field.multiple else "( )", points=True)
    else:
        yield Padding(Text(f"________________  {field.points}", style="dim"), (0, 0, 0, 2))
    for title, told in (("Part in the decision", field.roles), ("How much it presses", field.intensities)):
        if told:
            yield Text(f"  {title}:")
            yield _options(told, "( )", points=False)


def _options(options: tuple[Option, ...], box: str, *, points: bool) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    for option in options:
        worth = [Text(str(option.points), style="bold", justify="right")] if points else []
        label = Text(option.label or option.id)
        table.add_row(Text(box), label, *worth, Text(_when(option), style="dim"))
    return Padding(table, (0, 0, 0, 2))


def _when(option: Option) -> str:
    if option.description or option.min_coverage is None:
        return option.description
    return (
        f"from {option.min_coverage:.0%} of the needs solved by the catalogue"
        if option.min_coverage
        else "below"
    )


def _catalog(form: Form) -> Iterator[RenderableType]:
    if form.catalog:
        yield from (Text(), Text("What the product solves", style="bold"))
        for item in form.catalog:
            text = Text.assemble((item.id, "bold"), f"  {item.title}", (f"  {item.description}", "dim"))
            yield Padding(text, (0, 0, 0, 2))
