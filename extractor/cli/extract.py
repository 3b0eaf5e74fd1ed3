"""`bant extract`: a folder of calls in, scored leads with proof out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from extractor.cli.console import say, stderr, stdout
from extractor.errors import BantError
from extractor.pipeline import Extractor, failed
from extractor.readers import call_ids, discover, read_file
from extractor.record import AnyRecord, FailedRecord, Record
from extractor.reports.files import RecordWriter
from extractor.reports.table import leads_table
from extractor.reports.words import clean
from extractor.transcript import SellerHints, Transcript

Paths = Annotated[list[Path], typer.Argument(help="Transcripts, or folders that are searched downwards.")]
FormOption = Annotated[str, typer.Option("--form", help="A form's name (see `bant forms`) or a YAML file.")]
ModelOption = Annotated[str, typer.Option("--model", help="local, or provider/name such as openai/gpt-5.")]
BaseUrlOption = Annotated[str | None, typer.Option("--base-url", help="An OpenAI-compatible server.")]
StrategyOption = Annotated[
    str | None, typer.Option("--strategy", help="How to ask: whole or evidence. By the model unless given.")
]
SellerDomainOption = Annotated[
    list[str] | None, typer.Option("--seller-domain", help="E-mail domain of the selling company.")
]
SellerOption = Annotated[
    list[str] | None, typer.Option("--seller", help="Someone who sells, or the selling company.")
]
JobsOption = Annotated[int | None, typer.Option("--jobs", min=1, help="Calls read at once.")]

# One embedded model reads one call at a time fastest; a provider answers many.
_REMOTE_JOBS = 4


def extract(
    paths: Paths,
    form: FormOption = "bant",
    model: ModelOption = "local",
    base_url: BaseUrlOption = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the records.")] = Path("bant-out"),
    seller_domain: SellerDomainOption = None,
    seller: SellerOption = None,
    jobs: JobsOption = None,
    strategy: StrategyOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no table and no progress.")] = False,
) -> int:
    """Read calls and write a record of each: fields, quotes, score.

    Exit codes: 0 all done, 2 your mistake, 3 some calls failed and the rest are written, 130 interrupted.
    """
    hints = SellerHints(domains=tuple(seller_domain or ()), names=tuple(seller or ()))
    extractor = Extractor(form, model, base_url=base_url, strategy=strategy, jobs=jobs)
    files, clashes = call_ids(discover(paths))
    for clash in clashes:
        say(clash)
    with RecordWriter(out, extractor.form) as writer:
        records = run(extractor, files, hints, writer, at_once=jobs or default_jobs(model), quiet=quiet)
    if not quiet:
        stdout().print(leads_table(records, extractor.form))
        say(f"Written: {out}/records.jsonl, .csv, .md · one call in full: bant show CALL --records {out}")
    return exit_code(records)


def run(
    extractor: Extractor,
    files: Mapping[Path, str],
    hints: SellerHints,
    writer: RecordWriter,
    *,
    at_once: int,
    quiet: bool,
) -> list[AnyRecord]:
    """Read each file. What is done goes to the writer at once: an interruption loses only what is under way."""
    records: list[AnyRecord] = []
    console = stderr()
    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console, disable=quiet or not console.is_terminal, transient=True,
    )  # fmt: skip
    task = progress.add_task("Reading calls", total=len(files))

    def done(record: AnyRecord) -> None:
        writer.add(record)
        records.append(record)
        progress.advance(task)
        for line in remarks(record):
            progress.console.print(line, markup=False, soft_wrap=True)

    async def work() -> None:
        async with extractor:
            await extractor.aextract_all(read_all(files, hints), done, at_once=at_once)

    with progress:
        asyncio.run(work())
    return records


def read_all(files: Mapping[Path, str], hints: SellerHints) -> Iterator[Transcript | FailedRecord]:
    """Read each file when its turn comes; one that can't be read becomes a failed record."""
    for file, call_id in files.items():
        try:
            yield read_file(file, hints=hints).model_copy(update={"call_id": call_id})
        except BantError as error:
            yield failed(call_id, str(file), error)


def remarks(record: AnyRecord) -> list[str]:
    """What a user should see of a call besides its row: why it failed, what to be careful about."""
    if isinstance(record, FailedRecord):
        return [clean(f"{record.call_id}: {record.error.message} {record.error.hint}")]
    return [clean(f"{record.call_id}: {w}") for w in record.warnings]


def exit_code(records: list[AnyRecord]) -> int:
    """0 where every call was read whole, else 3."""
    whole = all(isinstance(r, Record) and not r.incomplete for r in records)
    return 0 if whole else 3


def default_jobs(model: str) -> int:
    """How many calls are read at once unless the user says."""
    return 1 if model.split(":")[0] == "local" else _REMOTE_JOBS
