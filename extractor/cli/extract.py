"""`bant extract`: a folder of calls in, scored leads with proof out."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from extractor.cli import model as embedded
from extractor.cli.console import CallsBar, say, stdout
from extractor.errors import ModelNotFound
from extractor.llm import local, weights
from extractor.pipeline import Extractor, failed, is_embedded
from extractor.readers import call_ids, discover, read_file
from extractor.readers.callsfile import entry_for
from extractor.record import AnyRecord, FailedRecord, Record
from extractor.reports.files import RecordWriter
from extractor.reports.table import leads_table
from extractor.reports.words import clean
from extractor.transcript import SellerHints, Transcript

# One embedded model reads one call at a time fastest; a provider answers many.
_REMOTE_JOBS = 4


def _web_address(value: str | None) -> str | None:
    if value is not None and not value.startswith(("http://", "https://")):
        raise typer.BadParameter(f"{value!r} is no web address. As in: http://localhost:8000/v1")
    return value


def _or_from_environment(variable: str) -> Callable[[list[str] | None], list[str]]:
    """A list option's value, else the variable's. The parser would cut names at each space."""

    def listed(value: list[str] | None) -> list[str]:
        return value or [part.strip() for part in os.environ.get(variable, "").split(",") if part.strip()]

    return listed


Paths = Annotated[
    list[Path],
    typer.Argument(metavar="PATH", help="Transcripts, or folders that are searched downwards."),
]
FormOption = Annotated[str, typer.Option("--form", help="A form's name (see `bant forms`) or a YAML file.")]
ModelOption = Annotated[str, typer.Option("--model", help="local, or provider/name such as openai/gpt-5.")]
BaseUrlOption = Annotated[
    str | None, typer.Option("--base-url", callback=_web_address, help="An OpenAI-compatible server.")
]
StrategyOption = Annotated[
    Literal["whole", "evidence"] | None,
    typer.Option("--strategy", help="How to ask: whole or evidence. By the model unless given."),
]
SellerDomainOption = Annotated[
    list[str] | None,
    typer.Option(
        "--seller-domain",
        allow_from_autoenv=False,
        callback=_or_from_environment("BANT_EXTRACT_SELLER_DOMAIN"),
        help="E-mail domain of the selling company.  [env var: BANT_EXTRACT_SELLER_DOMAIN, with commas]",
    ),
]
SellerOption = Annotated[
    list[str] | None,
    typer.Option(
        "--seller",
        allow_from_autoenv=False,
        callback=_or_from_environment("BANT_EXTRACT_SELLER"),
        help="Someone who sells, or the selling company.  [env var: BANT_EXTRACT_SELLER, with commas]",
    ),
]
JobsOption = Annotated[int | None, typer.Option("--jobs", min=1, help="Calls read at once.")]


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
    for file in files:
        # A mistake in a calls.yaml is told before hours are spent on other calls.
        entry_for(file)
    for clash in clashes:
        say(clash)
    with RecordWriter(out, extractor.form) as writer:
        prepare(model, base_url, quiet=quiet)
        records = run(extractor, files, hints, writer, at_once=jobs or default_jobs(model), quiet=quiet)
    if not quiet:
        stdout().print(leads_table(records, extractor.form))
        say(f"Written: {out}/records.jsonl, .csv, .md; one call in full: bant show CALL --records {out}")
    return exit_code(records)


def prepare(model: str, base_url: str | None, *, quiet: bool) -> None:
    """Bring the embedded model onto this machine, where it is to be used and isn't there yet.

    Raises:
        ModelNotFound: its runtime is not installed, or what was downloaded is not the model.
        ModelUnreachable: it can't be downloaded.
        OutputError: the cache folder can't be written, or the disk is full.
    """
    if model != "local" or base_url is not None or weights.find() is not None:
        return
    if local.runtime_version() is None:
        raise ModelNotFound("The embedded model needs its runtime.", weights.INSTALL_HINT)
    size = f"{weights.MODEL.size / 1e9:.1f} GB"
    say(f"The embedded model is not on this machine yet: downloading it, this first time only ({size}).")
    if quiet:
        weights.pull()
    else:
        embedded.pull()


def run(
    extractor: Extractor,
    files: Mapping[Path, str],
    hints: SellerHints,
    writer: RecordWriter,
    *,
    at_once: int,
    quiet: bool,
) -> list[AnyRecord]:
    """Read each file. What is done goes to the writer at once: an interruption loses only the rest."""
    records: list[AnyRecord] = []
    told: set[str] = set()
    bar = CallsBar(len(files), quiet=quiet)

    def done(record: AnyRecord) -> None:
        writer.add(record)
        records.append(record)
        bar.one_done()
        why = record.error.message if isinstance(record, FailedRecord) else ""
        # Where a model can't be reached, all calls that are left fail for one reason.
        if why not in told:
            for line in remarks(record):
                bar.say(line)
        if why:
            told.add(why)

    async def work() -> None:
        async with extractor:
            await extractor.aextract_all(read_all(files, hints), done, at_once=at_once)

    try:
        with bar:
            asyncio.run(work())
    except KeyboardInterrupt:
        if records:
            say(f"{len(records)} of {len(files)} calls are done: {writer.out}/records.jsonl")
        raise
    return records


def read_all(files: Mapping[Path, str], hints: SellerHints) -> Iterator[Transcript | FailedRecord]:
    """Read each file when its turn comes; one that can't be read becomes a failed record."""
    for file, call_id in files.items():
        try:
            yield read_file(file, hints=hints).model_copy(update={"call_id": call_id})
        except Exception as error:
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
    return 1 if is_embedded(model) else _REMOTE_JOBS
