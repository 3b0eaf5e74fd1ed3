"""`bant extract`: a folder of calls in, scored leads with proof out."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from heapq import heappush, heappushpop
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from extractor.assembling import utf8
from extractor.cli import model as embedded
from extractor.cli.console import CallsBar, say, stdout
from extractor.cli.remarks import Remarks
from extractor.errors import ModelNotFound
from extractor.form import Form
from extractor.llm import local, weights
from extractor.llm.client import Limits
from extractor.pipeline import Extractor, failed, is_embedded
from extractor.readers import call_ids, discover, read_file
from extractor.readers.callsfile import entry_for
from extractor.record import AnyRecord, FailedRecord, Record
from extractor.reports.files import RecordWriter
from extractor.reports.table import FAILED, leads_table
from extractor.store import FILE as STORE
from extractor.store import Store
from extractor.transcript import SellerHints, Transcript

CALLS_FAILED = 3
# One embedded model reads one call at a time fastest; a provider answers many.
_REMOTE_JOBS = 4
# More rows than that nobody reads in a terminal.
_MOST_SHOWN = 100


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
JobsOption = Annotated[int | None, typer.Option("--jobs", min=1, help="Calls read at once.")]


def _named(flag: str, words: str) -> Any:
    """An option that may be given several times, or in the environment with commas."""
    variable = f"BANT_EXTRACT_{flag.strip('-').replace('-', '_').upper()}"
    return typer.Option(
        flag,
        allow_from_autoenv=False,
        callback=_or_from_environment(variable),
        help=f"{words}  [env var: {variable}, with commas]",
    )


def extract(
    paths: Paths,
    form: FormOption = "bant",
    model: ModelOption = "local",
    base_url: BaseUrlOption = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the records.")] = Path("bant-out"),
    seller_domain: Annotated[
        list[str] | None, _named("--seller-domain", "E-mail domain of the selling company.")
    ] = None,
    seller: Annotated[
        list[str] | None, _named("--seller", "Someone who sells, or the selling company.")
    ] = None,
    jobs: JobsOption = None,
    strategy: StrategyOption = None,
    min_confidence: Annotated[
        float, typer.Option("--min-confidence", min=0, max=1, help="Report fields below this as absent.")
    ] = 0.0,
    redact: Annotated[
        bool,
        typer.Option("--redact", help="Send no e-mail, phone, card or account number to a model elsewhere."),
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Forget what an earlier run has done in this folder.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be asked and what it costs, and ask nothing.")
    ] = False,
    rpm: Annotated[float | None, typer.Option("--rpm", min=0.1, help="Most requests a minute.")] = None,
    tpm: Annotated[float | None, typer.Option("--tpm", min=1, help="Most tokens a minute.")] = None,
    max_cost: Annotated[
        float | None, typer.Option("--max-cost", metavar="USD", min=0, help="Most that this run may cost.")
    ] = None,
    max_total_tokens: Annotated[
        int | None, typer.Option("--max-total-tokens", min=1, help="Most tokens that this run may use.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no table and no progress.")] = False,
) -> int:
    """Read calls and write a record of each: fields, quotes, score.

    The same command again reads only what is missing, has failed or has changed.

    Exit codes: 0 all done, 2 your mistake, 3 some calls failed and the rest are written, 130 interrupted.
    """
    at_once = jobs or default_jobs(model)
    hints = SellerHints(domains=tuple(seller_domain or ()), names=tuple(seller or ()))
    store = Store(out / STORE)
    kept = not dry_run or (store.path.exists() and not fresh)
    extractor = Extractor(
        form, model, base_url=base_url, strategy=strategy, jobs=at_once, min_confidence=min_confidence,
        redact=redact, limits=Limits(rpm, tpm, max_cost, max_total_tokens), store=store if kept else None,
    )  # fmt: skip
    found = discover(paths)
    for note in found.notes:
        say(note)
    files, clashes = call_ids(found)
    for file in files:
        # A mistake in a calls.yaml is told before hours are spent on other calls.
        entry_for(file)
    for clash in clashes:
        say(clash)
    if dry_run:
        with store if kept else nullcontext():
            return estimate(extractor, files, hints)
    with RecordWriter(out, extractor.form) as writer, store:
        if fresh:
            store.clear()
        store.keep_form(extractor.form.sha256, extractor.form.model_dump_json())
        prepare(model, base_url, quiet=quiet)
        ended = run(extractor, files, hints, writer, at_once=at_once, quiet=quiet)
    if not quiet:
        ended.print(extractor.form)
        if ended.known:
            say(f"{ended.known} of {len(files)} calls were read before and are unchanged.")
        say(f"Written: {out}/records.jsonl, .csv, .md; one call in full: bant show CALL --records {out}")
    return 0 if ended.whole else CALLS_FAILED


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


class Ended:
    """What has become of a run's calls. It keeps only what is printed, however many calls there are."""

    def __init__(self, writer: RecordWriter, bar: CallsBar) -> None:
        self.number = self.known = 0
        # Whether every call was read, and read whole.
        self.whole = True
        self._writer, self._bar = writer, bar
        self.remarks = Remarks(bar.say)
        self._counts: Counter[str] = Counter()
        self._best: list[tuple[int, str, int, Record]] = []
        self._failed: list[FailedRecord] = []

    def add_known(self, record: Record) -> None:
        """Add a call that an earlier run has read."""
        self.known += 1
        self._add(record)

    def add(self, record: AnyRecord) -> None:
        """Add a call that was read now, or has failed, and say what a user should see of it."""
        self._add(record)
        self.remarks.add(record)

    def print(self, form: Form) -> None:
        """Print the leads."""
        shown: list[AnyRecord] = [*(item[-1] for item in self._best), *self._failed]
        stdout().print(leads_table(shown, form, self._counts))
        if len(shown) < self.number:
            say(f"{len(shown)} of {self.number} calls are shown, the best first; the table has all of them.")

    def _add(self, record: AnyRecord) -> None:
        self._writer.add(record)
        self._bar.one_done()
        self.number += 1
        if isinstance(record, FailedRecord):
            self.whole = False
            self._counts[FAILED] += 1
            if len(self._failed) < _MOST_SHOWN:
                self._failed.append(record)
            return
        self.whole = self.whole and not record.incomplete
        self._counts[record.tier] += 1
        # Numbered, since calls of one name and score can't be compared further.
        item = (record.score, record.call_id, self.number, record)
        if len(self._best) < _MOST_SHOWN:
            heappush(self._best, item)
        else:
            heappushpop(self._best, item)


def run(
    extractor: Extractor,
    files: Mapping[Path, str],
    hints: SellerHints,
    writer: RecordWriter,
    *,
    at_once: int,
    quiet: bool,
) -> Ended:
    """Read each file. What is done goes to the writer at once: an interruption loses only the rest."""
    bar = CallsBar(len(files), quiet=quiet)
    ended = Ended(writer, bar)

    async def work() -> None:
        try:
            async with extractor:
                await extractor.aextract_all(
                    read_all(files, hints), ended.add, at_once=at_once, on_known=ended.add_known
                )
        finally:
            ended.remarks.end()

    try:
        with bar:
            asyncio.run(work())
    except BaseException as error:
        if ended.number:
            _add_earlier(extractor, files, writer)
            if isinstance(error, KeyboardInterrupt):
                say(f"{len(writer.call_ids)} of {len(files)} calls are done: {writer.out}/records.jsonl")
        raise
    return ended


def _add_earlier(extractor: Extractor, files: Mapping[Path, str], writer: RecordWriter) -> None:
    """Of the calls that a run did not come to, what an earlier run has made."""
    for call_id in files.values():
        if utf8(call_id) not in writer.call_ids and (record := extractor.last_known(call_id)) is not None:
            writer.add(record)


def estimate(extractor: Extractor, files: Mapping[Path, str], hints: SellerHints) -> int:
    """Print what a run would ask, and ask nothing. A call that can't be read is told: then it returns 3."""
    to_read, unread = 0, 0
    remarks = Remarks(say)

    def unknown() -> Iterator[Transcript]:
        nonlocal to_read, unread
        for call in read_all(files, hints):
            if isinstance(call, FailedRecord):
                unread += 1
                remarks.add(call)
            elif extractor.known(call) is None:
                to_read += 1
                yield call

    told = asyncio.run(extractor.estimate(unknown()))
    remarks.end()
    least, most = told.least, told.most
    price = "its price is not known"
    if least.cost_usd is not None and most.cost_usd is not None:
        price = f"{least.cost_usd:.2f} to {most.cost_usd:.2f} USD"
    lines = [
        f"{len(files)} calls: {to_read} to read, {len(files) - to_read - unread} read before and unchanged, "
        f"{unread} that can't be read.",
        f"{told.model}: {least.llm_calls} requests, {least.prompt_tokens} tokens of prompts, at most "
        f"{most.completion_tokens} of answers; {price}.",
        "An estimate: the prompts are made as for a run and counted at three bytes a token, rather too many; "
        "re-asks, halved chunks and failed attempts come on top.",
    ]
    typer.echo("\n".join(lines))
    return 3 if unread else 0


def read_all(files: Mapping[Path, str], hints: SellerHints) -> Iterator[Transcript | FailedRecord]:
    """Read each file when its turn comes; one that can't be read becomes a failed record."""
    for file, call_id in files.items():
        try:
            yield read_file(file, hints=hints).model_copy(update={"call_id": call_id})
        except Exception as error:
            yield failed(call_id, str(file), error)


def default_jobs(model: str) -> int:
    """How many calls are read at once unless the user says."""
    return 1 if is_embedded(model) else _REMOTE_JOBS
